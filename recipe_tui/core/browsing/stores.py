"""The block stores there are: those under the output folder, and those that runs have learned from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from recipe_tui.core.blocks.manifest import StoreManifest, is_store
from recipe_tui.core.errors import RunError, StoreError
from recipe_tui.core.paths import BLOCKS, RUN_MANIFEST, STORE_MANIFEST
from recipe_tui.core.runs.folder import RunManifest


@dataclass(frozen=True, slots=True)
class StoreSummary:
    """A block store that was found.

    Attributes:
        path: Its folder.
        sources: What it was read from, as the configuration names it.
        block_size: Tokens in a block; 0 when it cannot be opened.
        modified: When it was made, seconds since 1970.
        runs: Names of the runs that learn from it.
        problem: Why it cannot be opened; empty when it can.
    """

    path: Path
    sources: tuple[str, ...]
    block_size: int
    modified: float
    runs: tuple[str, ...]
    problem: str = ""


def list_stores(output: Path) -> list[StoreSummary]:
    """Return the stores under an output folder and those that its runs name, the newest first.

    Args:
        output: Folder of the runs.
    """
    runs: dict[Path, list[str]] = {}
    for path in sorted(output.glob(f"*/{RUN_MANIFEST}")):
        try:
            run = RunManifest.read(path.parent)
        except RunError:
            continue  # the list of runs shows it
        if run.store:
            runs.setdefault(Path(run.store).resolve(), []).append(run.name)
    folders = {path.parent.resolve() for path in output.glob(f"{BLOCKS}/*/{STORE_MANIFEST}")} | set(runs)
    found = [_summarize(folder, tuple(runs.get(folder, ()))) for folder in folders if is_store(folder)]
    return sorted(found, key=lambda store: (-store.modified, store.path))


def newest_store(output: Path) -> Path | None:
    """Return the newest store that can be opened, or None."""
    return next((store.path for store in list_stores(output) if not store.problem), None)


def _summarize(folder: Path, runs: tuple[str, ...]) -> StoreSummary:
    try:
        modified = (folder / STORE_MANIFEST).stat().st_mtime
    except OSError as error:
        return StoreSummary(folder, (), 0, 0.0, runs, str(error))
    try:
        manifest = StoreManifest.read(folder)
        manifest.check_files(folder)
    except StoreError as error:
        return StoreSummary(folder, (), 0, modified, runs, error.message)
    return StoreSummary(folder, manifest.config.source, manifest.config.block_size, modified, runs)
