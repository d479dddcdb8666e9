"""The hub: which names are those of repositories there, and fetching their files. Needs no backend."""

from __future__ import annotations

import re
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
"""The files of a model that are fetched: never code, never pickled weights."""


REPOSITORY = re.compile(r"\w[\w-]*|\w[\w.-]*/\w[\w.-]*")
"""``name`` or ``owner/name``."""


def is_repository_name(name: str | Path) -> bool:
    """Return whether a name has the form of a repository's on the hub; neither it nor a local file need exist."""
    return REPOSITORY.fullmatch(str(name)) is not None


def download(name: str, patterns: Iterable[str], unknown: type[RecipeTuiError]) -> Path:
    """Fetch the files of a repository that match some patterns, unless the hub's cache has them; return their folder.

    Raises:
        NetworkError: The hub cannot be reached, and they are not in its cache.
        RecipeTuiError: Of the class ``unknown``: there is no such repository.
    """
    refused = unknown(f"{name}: neither a folder nor a name on the hub", "check the spelling")
    if not is_repository_name(name):
        raise refused
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HfHubHTTPError, HFValidationError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(name, allow_patterns=list(patterns)))
    except LocalEntryNotFoundError as error:
        raise NetworkError(
            f"{name}: no such folder, and the hub cannot be reached", "give a folder, or connect to the network"
        ) from error
    except (HfHubHTTPError, HFValidationError) as error:
        raise refused from error
