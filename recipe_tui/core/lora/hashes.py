"""The hash of a checkpoint's weights, worked out once: of a large model it takes seconds."""

from __future__ import annotations

import hashlib
from contextlib import suppress
from typing import TYPE_CHECKING

from recipe_tui.core import paths
from recipe_tui.core.atomic_io import write_text, writing
from recipe_tui.core.errors import OutputError
from recipe_tui.core.lora.open import weights_hash
from recipe_tui.core.model.weights import weight_files

if TYPE_CHECKING:
    from pathlib import Path


def known_hash(folder: Path) -> str:
    """Return `weights_hash` of a checkpoint, from the user's cache folder if its files are those that were hashed.

    Raises:
        CheckpointError: The weights are missing or damaged.
    """
    lines = []
    for path in weight_files(folder):
        state = path.stat()
        lines.append(f"{path.resolve()} {state.st_size} {state.st_mtime_ns} {state.st_ino}")
    place = paths.hashes_cache() / hashlib.sha256("\n".join(lines).encode()).hexdigest()
    with suppress(OSError):  # it was never worked out, or cannot be read
        return place.read_text(encoding="utf-8").strip()
    found = weights_hash(folder)
    with suppress(OutputError), writing(place):  # where nothing can be kept it is worked out again
        place.parent.mkdir(parents=True, exist_ok=True)
        write_text(place, f"{found}\n")
    return found
