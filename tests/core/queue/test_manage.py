"""Deleting and renaming runs of the queue: ended, to be resumed, or not begun."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from recipe_tui.core.errors import RunError
from recipe_tui.core.queue.entries import EntryState
from recipe_tui.core.queue.manage import delete_run, deletion_of, rename_run
from recipe_tui.core.runs.events import Ended
from tests.core.queue.test_supervisor import Night


def crashed(folder: Path, state: EntryState = "waiting") -> Night:
    """Return a queue whose first run has crashed, is to be resumed, and whose second has not begun."""
    night = Night(folder)
    night.supervisor.tick()
    night.trainings.die(night.entries[0])
    with night.file.changing() as change:
        change.queue = replace(change.queue.put(replace(change.queue.entries[0], state=state)), supervisor=None)
    return night


def test_a_run_that_is_to_be_resumed_is_resumed_under_its_new_name(tmp_path: Path) -> None:
    night = crashed(tmp_path)
    renamed = rename_run(tmp_path / "runs" / "run-0", "soup", night.file)
    assert [entry.run for entry in night.entries] == [str(renamed), ""]
    assert renamed.is_dir()
    assert night.states == ["waiting", "waiting"]


def test_a_run_that_is_to_be_resumed_is_deleted_with_its_entry_and_not_trained_anew(tmp_path: Path) -> None:
    night = crashed(tmp_path)
    run = tmp_path / "runs" / "run-0"
    assert deletion_of(run, night.file)[1] == (1,)
    delete_run(run, night.file)
    assert [entry.number for entry in night.entries] == [2]
    assert not run.exists()


def test_an_entry_that_ended_without_a_supervisor_goes_with_its_run(tmp_path: Path) -> None:
    night = crashed(tmp_path, "running")
    delete_run(tmp_path / "runs" / "run-0", night.file)
    assert [entry.number for entry in night.entries] == [2]


def test_an_entry_that_has_ended_follows_its_run(tmp_path: Path) -> None:
    night = Night(tmp_path, 1)
    night.supervisor.tick()
    night.trainings.log(night.entries[0], Ended(2.0, 3, "stopped", "asked to stop"))
    night.trainings.die(night.entries[0])
    night.supervisor.tick()
    rename_run(tmp_path / "runs" / "run-0", "soup", night.file)
    assert (night.states, Path(night.entries[0].run).name) == (["stopped"], "soup")


def test_a_run_that_has_not_begun_is_removed_from_the_queue_instead(tmp_path: Path) -> None:
    night = crashed(tmp_path)
    run = tmp_path / "runs" / "run-1"
    for change in (lambda: delete_run(run, night.file), lambda: rename_run(run, "soup", night.file)):
        with pytest.raises(RunError, match="has no folder yet; remove it there: recipe-tui queue remove 2"):
            change()
    assert len(night.entries) == 2


def test_a_name_that_waits_in_the_queue_is_taken(tmp_path: Path) -> None:
    night = crashed(tmp_path)
    with pytest.raises(RunError, match="run-1 is the name of entry 2"):
        rename_run(tmp_path / "runs" / "run-0", "run-1", night.file)


def test_what_the_supervisor_may_be_launching_is_left_alone(tmp_path: Path) -> None:
    night = Night(tmp_path, 1)
    night.supervisor.tick()
    night.trainings.die(night.entries[0])  # and the supervisor, which is this process, has not seen it yet
    with pytest.raises(RunError, match="the queue is training it"):
        delete_run(tmp_path / "runs" / "run-0", night.file)
    assert (tmp_path / "runs" / "run-0").is_dir()
