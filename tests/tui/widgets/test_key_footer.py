from __future__ import annotations

from pathlib import Path

import pytest
from textual.pilot import Pilot
from textual.screen import Screen

from recipe_tui.tui.actions import ACTIONS, Tab
from recipe_tui.tui.app import Workbench
from recipe_tui.tui.dataset.screen import DatasetScreen
from recipe_tui.tui.settings import Settings
from recipe_tui.tui.widgets.key_footer import KeyFooter
from tests.tui.generate.conftest import Bench
from tests.tui.pilot import FakeStatusReader, drive, shown, until

WIDTHS = range(60, 121, 4)


class DatasetBench(Workbench):
    """The workbench, with the dataset screen alone."""

    def new_screen(self, tab: Tab) -> Screen[None]:
        return DatasetScreen(self.output)


def test_a_key_that_has_no_room_is_left_out_whole(tmp_path: Path) -> None:
    async def test(pilot: Pilot[None]) -> None:
        labels = {action.label for action in ACTIONS if action.footer and action.area in ("generate", "everywhere")}
        keys = {"^j", "esc", "^o", "f7", "^t", "^y", "^s", "^p", "^q", "?", "f1"}
        counts = []
        for width in WIDTHS:
            await pilot.resize_terminal(width, 24)
            await until(lambda: "Help" in shown(pilot.app).splitlines()[-1])
            words = shown(pilot.app).splitlines()[-1].split()
            assert {word for word in words if word not in keys} <= labels
            counts.append(len(words))
        assert counts == sorted(counts)
        assert counts[0] < counts[-1]

    drive(bench(Bench, tmp_path), test, (WIDTHS[0], 24))


def bench(kind: type[Workbench], output: Path) -> Workbench:
    if kind is Bench:
        return Bench(output)
    return kind(output, Settings(), status_reader=FakeStatusReader())


@pytest.mark.parametrize("kind", [Bench, DatasetBench])
@pytest.mark.parametrize("size", [(60, 16), (80, 24), (120, 40)])
def test_the_help_is_among_the_keys_once_and_so_is_each_other(
    tmp_path: Path, kind: type[Workbench], size: tuple[int, int]
) -> None:
    async def test(pilot: Pilot[None]) -> None:
        def keys() -> str:
            return shown(pilot.app).splitlines()[-1]

        await until(lambda: "Help" in keys())
        assert keys().rstrip().endswith("Help")
        assert keys().count("Help") == 1
        assert keys().count("Palette") == (1 if size[0] == 120 else 0)
        assert pilot.app.screen.query_one(KeyFooter).region.width == size[0]

    drive(bench(kind, tmp_path), test, size)
