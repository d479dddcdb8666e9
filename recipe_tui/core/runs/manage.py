"""Deleting and renaming runs that have ended."""

from __future__ import annotations

import shutil
from contextlib import suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from recipe_tui.core import paths
from recipe_tui.core.atomic_io import replace_text, writing
from recipe_tui.core.config import load_config
from recipe_tui.core.errors import ConfigError, OutputError, RunError
from recipe_tui.core.runs.checkpoints import complete_checkpoints
from recipe_tui.core.runs.files import folder_size
from recipe_tui.core.runs.folder import RunManifest, check_new_run, is_held, run_folders
from recipe_tui.core.runs.process import Launch
from recipe_tui.core.runs.status import ACTIVE, run_state

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Deletion:
    """What deleting a run frees, and what is left.

    Attributes:
        size: Bytes that are freed.
        checkpoints: Number of its complete checkpoints.
        checkpoints_size: Bytes of all its checkpoints.
        store: Its block store, which stays; None where there is none, or where another run uses it.
        store_size: Bytes of that store.
        dependents: Names of the runs beside it that began from its model.
    """

    size: int
    checkpoints: int
    checkpoints_size: int
    store: Path | None = None
    store_size: int = 0
    dependents: tuple[str, ...] = ()


def deletion_of(run: Path) -> Deletion:
    """Return what deleting a run frees; nothing is deleted.

    Raises:
        RunError: The folder is no run, or the run is active.
    """
    _require_ended(run)
    others = dict(_manifests(run_folders(run.parent) - {run}))
    store: Path | None = None
    with suppress(RunError):
        manifest = RunManifest.read(run)
        is_store = (Path(manifest.store) / paths.STORE_MANIFEST).is_file()
        if is_store and all(one.store != manifest.store for one in others.values()):
            store = Path(manifest.store)
    return Deletion(
        size=folder_size(run),
        checkpoints=len(complete_checkpoints(run)),
        checkpoints_size=folder_size(run / paths.CHECKPOINTS),
        store=store,
        store_size=folder_size(store) if store else 0,
        dependents=tuple(sorted(other.name for other, one in others.items() if _is_inside(one.model, run))),
    )


def delete_run(run: Path) -> None:
    """Delete a run that has ended, with its checkpoints, its model and its log; its block store stays.

    Raises:
        RunError: The folder is no run, or the run is active.
        OutputError: Something in it cannot be deleted.
    """
    _require_ended(run)
    try:
        for name in (paths.RUN_MANIFEST, paths.LAUNCH):  # first, so that a half-deleted folder is never taken for a run
            (run / name).unlink(missing_ok=True)
        shutil.rmtree(run)
    except OSError as error:
        raise OutputError(
            f"{run}: cannot be deleted ({error.strerror})", "check its permissions, and delete the rest by hand"
        ) from error


def rename_run(run: Path, name: str) -> Path:
    """Give a run that has ended another name, also in its manifest and configuration.

    Args:
        run: The run folder.
        name: The new name.

    Returns:
        The new folder.

    Raises:
        RunError: The folder is no run, or the run is active, or the name is taken or no folder name.
        OutputError: The folder cannot be renamed.
    """
    _require_ended(run)
    renamed = check_new_run(run.parent, name)
    with writing(run):
        run.rename(renamed)
    with suppress(ConfigError, RunError):  # a damaged run keeps what is in its files; its folder is its name
        manifest = RunManifest.read(renamed)
        config = load_config(renamed / paths.RUN_CONFIG).model_copy(update={"run": name})
        replace_text(renamed / paths.RUN_CONFIG, config.to_toml())
        replace(manifest, name=name).of(config).write(renamed)
    return renamed


def _require_ended(run: Path) -> None:
    if run not in run_folders(run.parent):
        raise RunError(f"{run}: no run in this folder", "recipe-tui runs lists them")
    if run.is_symlink():
        raise RunError(f"{run}: a link to another folder", "open the folder that it leads to by --output")
    state = run_state(run)
    launch = Launch.read(run)
    if state in ACTIVE or is_held(run) or (launch is not None and not launch.process.is_gone()):
        raise RunError(f"{run}: the run is {state if state in ACTIVE else 'being written to'}", "stop it first")


def _manifests(runs: set[Path]) -> Iterator[tuple[Path, RunManifest]]:
    for run in runs:
        with suppress(RunError):
            yield run, RunManifest.read(run)


def _is_inside(model: str, run: Path) -> bool:
    return Path(model).absolute().is_relative_to(run.absolute())
