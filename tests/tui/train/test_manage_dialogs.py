"""Deleting and renaming runs on the training screen."""

from __future__ import annotations

from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from recipe_tui.core.runs.manage import Deletion
from recipe_tui.core.runs.status import list_runs
from recipe_tui.tui.dialogs.ask import AskDialog
from recipe_tui.tui.dialogs.confirm import ConfirmDialog
from recipe_tui.tui.dialogs.error import ErrorDialog
from recipe_tui.tui.train.manage_dialogs import deletion_text
from tests.tui.conftest import normalised
from tests.tui.pilot import PlainWorkbench, drive, notices, shown, until
from tests.tui.train.stage import Stage, a_run, ended, gone, settled, show, training

STOPPED = [*training(40), ended("stopped", "asked to stop", 40)]
FULL = Deletion(1_250_000_000, 3, 1_100_000_000, Path("output/blocks/0123456789abcdef"), 400_000_000, ("stew", "pie"))


@pytest.fixture
def output(tmp_path: Path) -> Path:
    output = tmp_path / "output"
    for created, name in ((3.0, "soup"), (2.0, "stew"), (1.0, "pie")):
        a_run(output, name, STOPPED, created, gone())
    return output


def test_the_question_says_what_is_freed_and_what_is_left() -> None:
    assert deletion_text(Deletion(1500, 0, 0)) == "This frees 1.5 kB."
    assert deletion_text(FULL) == (
        "This frees 1.2 GB, 1.1 GB of it 3 checkpoints. Its block store 0123456789ab (400.0 MB) stays; no other run "
        "here uses it. stew and 1 more began from it."
    )


def test_entries_of_the_queue_that_go_with_it_are_named() -> None:
    assert deletion_text(Deletion(1500, 0, 0), (3,)) == "This frees 1.5 kB. Entry 3 of the queue goes with it."


def test_the_question_as_a_picture(picture) -> None:
    app = PlainWorkbench()

    async def test(pilot: Pilot[None]) -> None:
        app.push_screen(ConfirmDialog("Delete 0412-gpt2?", deletion_text(FULL)))
        await settled(pilot)
        assert normalised(app.export_screenshot()) == picture(name="80x24")

    drive(app, test)


def test_a_run_is_deleted_when_that_is_confirmed_and_the_next_one_is_shown(output: Path) -> None:
    app = Stage(output)

    async def test(pilot: Pilot[None]) -> None:
        await pilot.press("D")
        await until(lambda: isinstance(app.screen, ConfirmDialog) and "Delete soup?" in shown(app))
        await pilot.press("n", "escape")
        await pilot.pause()
        assert (output / "soup").is_dir()
        await pilot.press("D")
        await until(lambda: isinstance(app.screen, ConfirmDialog) and "This frees" in shown(app))
        await pilot.press("y")
        await until(lambda: any("soup is deleted" in text for text in notices(app)))
        await app.look(pilot)
        assert [run.name for run in list_runs(output)] == ["stew", "pie"]
        assert app.train.view is not None and app.train.view.name == "stew"

    show(app, test)


def test_when_the_last_run_is_deleted_the_screen_says_how_to_start_one(tmp_path: Path) -> None:
    a_run(tmp_path, "soup", STOPPED, process=gone())
    app = Stage(tmp_path)

    async def test(pilot: Pilot[None]) -> None:
        await pilot.press("D")
        await until(lambda: isinstance(app.screen, ConfirmDialog))
        await pilot.press("y")
        await until(lambda: any("soup is deleted" in text for text in notices(app)))
        await until(lambda: "Nothing has been trained here yet" in shown(app))

    show(app, test)


def test_a_run_that_trains_is_not_deleted(tmp_path: Path) -> None:
    a_run(tmp_path, "soup", training(40))
    app = Stage(tmp_path)

    async def test(pilot: Pilot[None]) -> None:
        await pilot.press("D")
        await until(lambda: isinstance(app.screen, ErrorDialog) and "stop it first" in shown(app))

    show(app, test)
    assert (tmp_path / "soup").is_dir()


def test_a_run_is_renamed_and_stays_chosen(output: Path) -> None:
    app = Stage(output)

    async def test(pilot: Pilot[None]) -> None:
        await pilot.press("R")
        await until(lambda: isinstance(app.screen, AskDialog) and "Rename soup" in shown(app))
        await pilot.press("end", *["backspace"] * 4, *"pie", "enter")
        await until(lambda: any("exists already" in str(one.visual) for one in app.screen.query(Static)))  # it may wrap
        await pilot.press("s", "enter")
        await until(lambda: (output / "pies").is_dir() and not isinstance(app.screen, AskDialog))
        await app.look(pilot)
        await until(lambda: app.train.view is not None and app.train.view.name == "pies")

    show(app, test)
