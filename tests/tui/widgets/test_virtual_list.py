from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from typing import Any

import pytest
from textual.app import App, ComposeResult
from textual.content import Content
from textual.pilot import Pilot

from recipe_tui.tui.widgets.virtual_list import VirtualList
from tests.tui.pilot import strips

MILLIONS = 5_000_000


class Host(App[None]):
    """A list alone on the screen, and what it told."""

    def __init__(self, count: int) -> None:
        super().__init__()
        self.count = count
        self.made: list[int] = []
        self.highlighted: list[int] = []
        self.chosen: list[int] = []

    def compose(self) -> ComposeResult:
        yield VirtualList(self.row, self.count, "nothing here\nat all", id="rows")

    def row(self, index: int, width: int) -> Content:
        self.made.append(index)
        return Content(f"row {index} " + "x" * width)

    def on_virtual_list_highlighted(self, event: VirtualList.Highlighted) -> None:
        self.highlighted.append(event.index)

    def on_virtual_list_chosen(self, event: VirtualList.Chosen) -> None:
        self.chosen.append(event.index)

    @property
    def rows(self) -> VirtualList:
        return self.query_one(VirtualList)


def lines(app: App[None]) -> list[str]:
    """What is on the screen."""
    return ["".join(segment.text for segment in line).rstrip() for line in strips(app)]


def run(count: int, check: Callable[[Host, Pilot[None]], Coroutine[Any, Any, None]]) -> None:
    async def main() -> None:
        app = Host(count)
        async with app.run_test(size=(40, 10)) as pilot:
            await pilot.pause()
            await check(app, pilot)

    asyncio.run(main())


def test_of_millions_of_rows_only_those_that_are_seen_are_made() -> None:
    async def check(app: Host, pilot: Pilot[None]) -> None:
        assert set(app.made) <= set(range(11))
        await pilot.press("end")
        await pilot.pause()
        assert app.rows.selected == MILLIONS - 1
        assert lines(app)[-1].startswith(f"row {MILLIONS - 1}")
        assert len(set(app.made)) <= 30

    run(MILLIONS, check)


@pytest.mark.parametrize(
    ("keys", "selected"),
    [
        (["down"], 1),
        (["j", "j"], 2),
        (["j", "j", "k"], 1),
        (["up"], 0),
        (["pagedown"], 9),
        (["pagedown", "pagedown", "pageup"], 9),
        (["end"], 99),
        (["end", "down"], 99),
        (["end", "home"], 0),
    ],
)
def test_keys_move_the_selection_and_never_off_the_rows(keys: list[str], selected: int) -> None:
    async def check(app: Host, pilot: Pilot[None]) -> None:
        await pilot.press(*keys)
        await pilot.pause()
        assert app.rows.selected == selected
        assert any(line.startswith(f"row {selected} ") for line in lines(app))

    run(100, check)


def test_every_selection_is_told_once() -> None:
    async def check(app: Host, pilot: Pilot[None]) -> None:
        app.highlighted.clear()
        await pilot.press("down", "up", "up")
        await pilot.pause()
        assert app.highlighted == [1, 0]
        app.rows.show(50)
        await pilot.pause()
        assert app.highlighted == [1, 0, 0]  # the same place, another row

    run(100, check)


def test_a_click_selects_and_a_second_one_chooses() -> None:
    async def check(app: Host, pilot: Pilot[None]) -> None:
        await pilot.click("#rows", offset=(3, 4))
        assert (app.rows.selected, app.chosen) == (4, [])
        await pilot.click("#rows", offset=(3, 4))
        assert app.chosen == [4]

    run(100, check)


def test_long_rows_are_cut_and_no_row_says_so() -> None:
    async def check(app: Host, pilot: Pilot[None]) -> None:
        assert lines(app)[0].startswith("row 0 xxx")
        assert all(len(line) <= 40 for line in lines(app))
        app.rows.show(0)
        await pilot.pause()
        assert lines(app)[:3] == ["nothing here", "at all", ""]
        await pilot.press("down", "end")
        assert app.rows.selected == 0

    run(3, check)


def test_the_selected_row_stays_in_sight_when_the_terminal_shrinks() -> None:
    async def check(app: Host, pilot: Pilot[None]) -> None:
        await pilot.press(*["down"] * 8)
        await pilot.resize_terminal(40, 4)
        await pilot.pause()
        assert any(line.startswith("row 8 ") for line in lines(app))

    run(100, check)
