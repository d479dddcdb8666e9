"""The output folders that were used before, so that runs are found from anywhere.

They are in one file of the user's state folder (XDG), which several processes may write to: it is locked meanwhile, and
replaced as a whole. A damaged file counts as empty.
"""

from __future__ import annotations

import json
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import TypeAdapter

from recipe_tui.core import paths
from recipe_tui.core.atomic_io import replace_text, writing
from recipe_tui.core.runs.events import Time  # noqa: TC001 - pydantic reads it
from recipe_tui.core.runs.files import read_json
from recipe_tui.core.runs.folder import PathText, run_folders

if TYPE_CHECKING:
    from collections.abc import Callable

KEPT = 100
"""Workspaces that are remembered, the latest ones."""

LOCKED = 2.0
"""Seconds to wait for another process that writes the file."""


@dataclass(frozen=True, slots=True)
class Workspace:
    """An output folder with runs.

    Attributes:
        path: The folder, absolute.
        used: When it was used last, seconds since 1970.
        runs: How many runs are in it.
    """

    path: Path
    used: float
    runs: int


@dataclass(frozen=True, slots=True)
class _Entry:
    path: PathText
    used: Time


def remember_workspace(output: Path, now: Callable[[], float] = time.time) -> None:
    """Remember that an output folder is used.

    Raises:
        OutputError: The state folder cannot be written to.
    """
    from filelock import FileLock, Timeout

    file = paths.workspaces_file()
    folder = str(output.absolute())
    with writing(file):
        file.parent.mkdir(parents=True, exist_ok=True)
        try:
            with FileLock(file.with_suffix(".lock"), timeout=LOCKED):
                others = [entry for entry in _read(file) if entry.path != folder]
                entries = [_Entry(folder, now()), *others][:KEPT]
                replace_text(file, json.dumps([asdict(entry) for entry in entries], indent=1) + "\n")
        except Timeout:
            return  # whoever holds it that long hangs; this folder is remembered the next time


def known_workspaces(file: Path | None = None) -> list[Workspace]:
    """Return the output folders that were used before and have runs, the one used last first.

    Args:
        file: Where they are remembered; in the user's state folder when None.
    """
    found = []
    for entry in _read(file or paths.workspaces_file()):
        folder = Path(entry.path)
        with suppress(OSError, ValueError):  # a disk that does not answer, or a path that cannot be
            found.append(Workspace(folder, entry.used, len(run_folders(folder))))
    return sorted((one for one in found if one.runs), key=lambda one: one.used, reverse=True)


def workspace_instead(output: Path) -> Path | None:
    """Return the workspace used last where an output folder has no runs; None if it has, or there is none."""
    if run_folders(output):
        return None
    return next((one.path for one in known_workspaces()), None)


def _read(file: Path) -> list[_Entry]:
    try:
        return _adapter().validate_python(read_json(file))
    except (OSError, ValueError):
        return []


@cache
def _adapter() -> TypeAdapter[list[_Entry]]:
    return TypeAdapter(list[_Entry])
