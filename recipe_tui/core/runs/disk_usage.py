"""The disk that folders take."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path


def folder_size(folder: Path) -> int:
    """Return the bytes of all files in a folder; links are not followed, and what cannot be read counts as empty.

    Args:
        folder: The folder; one that does not exist has 0 bytes.
    """
    size = 0
    pending = [str(folder)]
    while pending:
        try:
            with os.scandir(pending.pop()) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        pending.append(entry.path)
                    else:
                        size += entry.stat(follow_symlinks=False).st_size
        except OSError:  # deleted meanwhile, or not to be read
            continue
    return size
