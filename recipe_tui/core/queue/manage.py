"""Deleting and renaming runs that may be in the queue: no entry is left that would train a run under its old name."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from recipe_tui.core.errors import ConfigError, RunError
from recipe_tui.core.queue.add import config_of
from recipe_tui.core.queue.file import QueueFile
from recipe_tui.core.queue.supervisor import is_supervised
from recipe_tui.core.runs import manage

if TYPE_CHECKING:
    from recipe_tui.core.queue.entries import Entry, Queue
    from recipe_tui.core.runs.manage import Deletion


def deletion_of(run: Path, file: QueueFile | None = None) -> tuple[Deletion, tuple[int, ...]]:
    """Return what deleting a run frees, and the numbers of the entries that are removed with it; see `delete_run`.

    Raises:
        RunError: The folder is no run, or the run is active, or the queue is damaged.
    """
    queue = (file or QueueFile()).read()
    _require_changeable(run, queue)
    return manage.deletion_of(run), tuple(entry.number for entry in _entries_of(run, queue))


def delete_run(run: Path, file: QueueFile | None = None) -> None:
    """Delete a run that has ended, and its entries in the queue, which would train it anew.

    Args:
        run: The run folder.
        file: The queue; that of this user and machine when None.

    Raises:
        RunError: The folder is no run, or the run is active, or the queue is damaged or locked.
        OutputError: Something in it cannot be deleted.
    """
    with (file or QueueFile()).changing() as change:
        _require_changeable(run, change.queue)
        manage.delete_run(run)
        deleted = _entries_of(run, change.queue)
        change.queue = replace(change.queue, entries=tuple(one for one in change.queue.entries if one not in deleted))


def rename_run(run: Path, name: str, file: QueueFile | None = None) -> Path:
    """Give a run that has ended another name, also in the queue, which then resumes it under that name.

    Args:
        run: The run folder.
        name: The new name.
        file: The queue; that of this user and machine when None.

    Returns:
        The new folder.

    Raises:
        RunError: The folder is no run, or the run is active, or the name is taken or no folder name, or the queue is
            damaged or locked.
        OutputError: The folder cannot be renamed.
    """
    with (file or QueueFile()).changing() as change:
        _require_changeable(run, change.queue)
        if (entry := _planned(run.parent / name, change.queue)) is not None:
            raise RunError(f"{name} is the name of entry {entry.number} in the queue", "choose another name")
        renamed = manage.rename_run(run, name)
        for entry in _entries_of(run, change.queue):
            change.queue = change.queue.put(replace(entry, run=str(renamed.absolute())))
    return renamed


def _require_changeable(run: Path, queue: Queue) -> None:
    """Raise if the run has not begun, or if the supervisor may be launching it just now."""
    if not run.exists() and (entry := _planned(run, queue)) is not None:
        raise RunError(
            f"{run.name} waits in the queue and has no folder yet",
            f"remove it there: recipe-tui queue remove {entry.number}",
        )
    if is_supervised(queue) and any(entry.state == "running" for entry in _entries_of(run, queue)):
        raise RunError(f"{run}: the queue is training it", "stop the run, then try again after a few seconds")


def _entries_of(run: Path, queue: Queue) -> list[Entry]:
    return [entry for entry in queue.entries if entry.run and Path(entry.run) == run.absolute()]


def _planned(run: Path, queue: Queue) -> Entry | None:
    """Return the entry that will train a run of this name, and has not begun."""
    for entry in queue.entries:
        if entry.state in ("waiting", "held") and not entry.run:
            with suppress(ConfigError):
                config = config_of(entry)
                if config.run and config.output / config.run == run.absolute():
                    return entry
    return None
