"""Where the checkpoints of a run are, and which of them are complete."""

from __future__ import annotations

import hashlib
import json
import re
from typing import TYPE_CHECKING

from recipe_tui.core import paths
from recipe_tui.core.runs.files import read_json

if TYPE_CHECKING:
    from pathlib import Path

NAME = re.compile(r"step-(\d+)", re.ASCII)


def checkpoint_folder(run: Path, step: int) -> Path:
    """Return the folder of a step's checkpoint; names sort by step."""
    return run / paths.CHECKPOINTS / f"step-{step:08d}"


def checkpoint_step(checkpoint: Path) -> int:
    """Return the step of a checkpoint by the name of its folder; -1 for a folder that is no checkpoint."""
    match = NAME.fullmatch(checkpoint.name)
    return int(match[1]) if match else -1


def complete_checkpoints(run: Path) -> list[Path]:
    """Return the complete checkpoints of a run, the newest first."""
    found = [path.parent for path in run.glob(f"{paths.CHECKPOINTS}/step-*/{paths.COMPLETE}")]
    return sorted((path for path in found if checkpoint_step(path) >= 0), key=checkpoint_step, reverse=True)


def incomplete_checkpoints(run: Path) -> list[Path]:
    """Return the checkpoints of a run that are not complete though newer than all that are, the newest first.

    Older ones are leftovers of their removal.
    """
    newest = max(map(checkpoint_step, complete_checkpoints(run)), default=-1)
    found = (path for path in run.glob(f"{paths.CHECKPOINTS}/step-*") if path.is_dir())
    return sorted((path for path in found if checkpoint_step(path) > newest), key=checkpoint_step, reverse=True)


def latest_checkpoint(run: Path) -> Path | None:
    """Return the newest complete checkpoint of a run, or None."""
    return next(iter(complete_checkpoints(run)), None)


def write_hashes(checkpoint: Path) -> None:
    """Mark a checkpoint as complete: write the SHA-256 of each of its files.

    Raises:
        OSError: A file cannot be read or written.
    """
    hashes = {path.name: _sha256(path) for path in sorted(checkpoint.iterdir()) if path.is_file()}
    (checkpoint / paths.COMPLETE).write_text(json.dumps({"sha256": hashes}, indent=1) + "\n", encoding="utf-8")


def damaged_file(checkpoint: Path) -> str:
    """Return the name of a file of a checkpoint that is not as it was written; empty if all are.

    Checkpoints of before have no hashes, and count as whole.
    """
    try:
        if not (checkpoint / paths.COMPLETE).stat().st_size:
            return ""
        hashes = read_json(checkpoint / paths.COMPLETE)["sha256"]
        return next((name for name, sha256 in hashes.items() if _sha256(checkpoint / name) != sha256), "")
    except (OSError, ValueError, KeyError, TypeError, AttributeError):
        return paths.COMPLETE


def _sha256(path: Path) -> str:
    """Return the hash of a file, or an empty text where there is none."""
    if not path.is_file():
        return ""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def best_step(checkpoint: Path) -> int | None:
    """Return the step that had the lowest validation loss when a checkpoint was saved; None if it is not known."""
    try:
        progress = read_json(checkpoint / paths.TRAINING_PROGRESS)
    except (OSError, ValueError):
        return None
    step = progress.get("best_step") if isinstance(progress, dict) else None
    return step if isinstance(step, int) else None
