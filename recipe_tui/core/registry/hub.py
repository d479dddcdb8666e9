"""Fetching files by a name on the hub."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from recipe_tui.core.errors import NetworkError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from recipe_tui.core.errors import RecipeTuiError

MODEL_FILES = (
    "config.json",
    "generation_config.json",
    "*.safetensors",
    "*.safetensors.index.json",
    "tokenizer*",
    "chat_template.jinja",
    "*.txt",
)
"""What is fetched of a model: never code, never pickled weights."""


def download(name: str, patterns: Iterable[str], unknown: type[RecipeTuiError]) -> Path:
    """Fetch the files of a repository that match, or find them in the hub's cache, and return their folder.

    Raises:
        NetworkError: The hub cannot be reached, and they are not in its cache.
        RecipeTuiError: Of the class ``unknown``: it is no name on the hub.
    """
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(name, allow_patterns=list(patterns)))
    except LocalEntryNotFoundError as error:
        raise NetworkError(
            f"{name}: no such folder, and the hub cannot be reached", "give a folder, or connect to the network"
        ) from error
    except (HfHubHTTPError, HFValidationError) as error:
        raise unknown(f"{name}: neither a folder nor a name on the hub", "check the spelling") from error
