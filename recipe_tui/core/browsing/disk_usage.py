"""The disk that runs, checkpoints, block stores and caches take."""

from __future__ import annotations

from collections import Counter
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Literal

from recipe_tui.core import paths
from recipe_tui.core.errors import RunError
from recipe_tui.core.runs.checkpoints import complete_checkpoints
from recipe_tui.core.runs.files import folder_size
from recipe_tui.core.runs.folder import RunManifest, run_folders

if TYPE_CHECKING:
    from collections.abc import Iterator

Kind = Literal["run", "checkpoints", "block store", "output", "cache"]
"""``run`` is a run without its checkpoints, ``output`` anything else in the output folder."""


@dataclass(frozen=True, slots=True)
class DiskUse:
    """What a folder takes.

    Attributes:
        kind: What it is.
        path: The folder.
        size: Its bytes.
        note: What one should know before it is deleted; empty for nothing.
    """

    kind: Kind
    path: Path
    size: int
    note: str = ""


def disk_uses(output: Path) -> list[DiskUse]:
    """Return what takes disk, the largest first: all in an output folder, and this user's caches.

    Args:
        output: Folder of the runs.
    """
    return sorted(_found(output), key=lambda use: (-use.size, str(use.path)))


def _found(output: Path) -> Iterator[DiskUse]:
    runs = run_folders(output)
    users: Counter[Path] = Counter()
    for run in runs:
        with suppress(RunError):
            users[Path(RunManifest.read(run).store).absolute()] += 1
        checkpoints = run / paths.CHECKPOINTS
        size = folder_size(checkpoints)
        yield DiskUse("run", run, max(folder_size(run) - size, 0))  # checkpoints may be pruned meanwhile
        if size:
            yield DiskUse("checkpoints", checkpoints, size, f"{len(complete_checkpoints(run))} complete")
    blocks = output / paths.BLOCKS
    stores = {*map(Path.absolute, _folders(blocks)), *(store for store in users if _is_store(store))}
    for store in stores:
        count = users[store]
        used = f"used by {count} {'run' if count == 1 else 'runs'}" if count else "used by no run here"
        if (store / paths.PARTIAL_MANIFEST).is_file():
            used = "an unfinished build, which the same command resumes"
        yield DiskUse("block store", store, folder_size(store), used)
    for folder in _folders(output):
        if folder not in runs and folder != blocks and folder.absolute() not in stores:
            yield DiskUse("output", folder, folder_size(folder))
    for folder in (*_folders(paths.models_cache()), paths.llama_cpp_cache(), paths.compiled_cache()):
        if size := folder_size(folder):
            yield DiskUse("cache", folder, size, "fetched or converted again when it is needed")


def _folders(folder: Path) -> list[Path]:
    return [path for path in folder.iterdir() if path.is_dir() and not path.is_symlink()] if folder.is_dir() else []


def _is_store(folder: Path) -> bool:
    return (folder / paths.STORE_MANIFEST).is_file()
