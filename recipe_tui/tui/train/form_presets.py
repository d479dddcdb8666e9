"""What the form begins with, and what it remembers."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from recipe_tui.core import paths
from recipe_tui.core.atomic_io import write_text, writing
from recipe_tui.core.config.presets import ADAPTED_MODEL, ADAPTED_SAMPLE, CAREFUL, SAMPLE, Preset
from recipe_tui.core.paths import state_folder
from recipe_tui.core.runs.files import read_json

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def first_preset(output: Path) -> Preset:
    """Return what the form begins with when nothing was filled in before: where no run is, the sample.

    The sample's recipes are learned by the best model that needs no network.
    """
    from recipe_tui.core.registry.cache import is_available  # here, because the first paint need not wait for it

    has_runs = any(next(output.glob(f"*/{name}"), None) for name in (paths.RUN_MANIFEST, paths.LAUNCH))
    if has_runs:
        return CAREFUL
    return ADAPTED_SAMPLE if is_available(ADAPTED_MODEL) else SAMPLE


def draft_path() -> Path:
    """Return the file that keeps what was filled in last."""
    return state_folder() / "new-run.json"


def load_draft(path: Path) -> dict[str, str] | None:
    """Return what was filled in last, by the names of the fields; None if nothing was, or nothing understandable."""
    try:
        values = read_json(path)
    except (OSError, ValueError):
        return None
    if not isinstance(values, dict) or not all(isinstance(value, str) for value in values.values()):
        return None
    return values


def save_draft(texts: Mapping[str, str], path: Path) -> None:
    """Keep what is filled in.

    Raises:
        OutputError: The folder cannot be written to.
    """
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, json.dumps(dict(texts), indent=1))
