from __future__ import annotations

from pathlib import Path

from textual.pilot import Pilot
from textual.widgets import Input, OptionList

from recipe_tui.core import paths
from recipe_tui.core.runs.workspaces import Workspace, known_workspaces, remember_workspace
from recipe_tui.tui.dialogs.choose import ChooseDialog
from recipe_tui.tui.generate.screen import GenerateScreen
from recipe_tui.tui.train.screen import TrainScreen
from recipe_tui.tui.train.workspace_picker import workspace_choices
from tests.tui.pilot import PlainWorkbench, drive, notices, until
from tests.tui.test_typed_ahead import RealWorkbench


def workspace(folder: Path) -> Path:
    (folder / "run").mkdir(parents=True)
    (folder / "run" / paths.RUN_MANIFEST).write_text("{}")
    return folder


def test_what_was_used_before_is_offered_first_then_the_present_folder_and_a_path() -> None:
    known = [Workspace(Path("/b"), 2e9, 3), Workspace(Path("/a"), 1e9, 1)]
    choices = workspace_choices(known, Path("/a"))
    assert [choice.value for choice in choices] == ["/b", "/a", str(Path("output").absolute()), ""]
    assert choices[0].note.startswith("runs: 3, used 2033-05-1")


def test_it_is_said_when_another_folder_is_shown_than_the_present_one(tmp_path: Path) -> None:
    app = PlainWorkbench(instead_of=Path("output"))

    async def test(pilot: Pilot[None]) -> None:
        await until(lambda: any("No runs in output" in notice for notice in notices(app)))

    drive(app, test)


def test_another_folder_is_chosen_by_a_key_and_the_prompt_that_is_written_stays(tmp_path: Path) -> None:
    here, other = workspace(tmp_path / "here"), workspace(tmp_path / "elsewhere")
    remember_workspace(other)
    app = RealWorkbench(here)

    async def test(pilot: Pilot[None]) -> None:
        await pilot.press("f3")
        writing = app.screen
        assert isinstance(writing, GenerateScreen)
        await pilot.press("S", "o", "f2", "o")
        await until(lambda: isinstance(app.screen, ChooseDialog) and app.screen.query_one(OptionList).option_count > 1)
        await pilot.press(*"elsewhere", "enter")
        await until(lambda: isinstance(app.screen, TrainScreen) and app.screen.output == other)
        assert (app.output, writing.output, writing.query_one("#title", Input).value) == (other, other, "So")
        await until(lambda: [one.path for one in known_workspaces()] == [other, here])

    drive(app, test)
