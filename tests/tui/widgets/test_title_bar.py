"""The title bar: what matters most stays when it becomes narrow."""

from __future__ import annotations

import pytest
from textual.pilot import Pilot

from recipe_tui.tui.widgets.title_bar import Status
from tests.tui.pilot import RUNNING, PlainWorkbench, drive, shown, until


def line(status: Status, width: int) -> str:
    """Return the title line."""
    lines: list[str] = []

    async def test(pilot: Pilot[None]) -> None:
        await until(lambda: status.run[:4] in shown(pilot.app) and status.machine[:3] in shown(pilot.app))
        lines.append(shown(pilot.app).splitlines()[0])

    drive(PlainWorkbench(status=status), test, (width, 24))
    return lines[0]


def test_it_has_name_tabs_run_and_machine() -> None:
    assert line(RUNNING, 80).split() == (
        ["recipe-tui", "[1", "Train]", "2", "Generate", "3", "Dataset", "●", "RUNNING", "0412", "GPU", "71%", "38/140G"]
    )


def test_when_narrow_the_name_goes_first_and_then_the_words_of_the_tabs() -> None:
    assert line(RUNNING, 72).split()[0] == "[1"
    assert line(RUNNING, 60).split()[:3] == ["[1]", "2", "3"]


def test_without_an_active_run_the_right_side_is_empty() -> None:
    assert line(Status(), 80).rstrip().endswith("3 Dataset")


@pytest.mark.parametrize("state", ["running", "paused", "failed", "lost"])
def test_every_state_is_told_by_its_word(state: str) -> None:
    assert state.upper() in line(Status(state, "0412", "CPU 3% 1/16G"), 80)


def test_a_hostile_name_is_harmless() -> None:
    shown_line = line(Status("running", "0412[red]\x1b[2J\u202e" + "x" * 500, "CPU 3% 1/16G"), 120)
    assert "[red]�[2J�" in shown_line
    assert "\x1b" not in shown_line


def test_where_one_writes_the_tabs_say_the_keys_that_no_field_takes() -> None:
    lines: list[str] = []

    async def test(pilot: Pilot[None]) -> None:
        await pilot.press("2")
        await until(lambda: "[F3 Generate]" in shown(pilot.app))
        lines.append(shown(pilot.app).splitlines()[0])

    drive(PlainWorkbench(), test, (80, 24))
    assert lines[0].split()[:6] == ["recipe-tui", "F2", "Train", "[F3", "Generate]", "F4"]
