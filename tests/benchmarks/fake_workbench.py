"""The workbench with a fake for the process that writes: ``python -m tests.benchmarks.fake_workbench OUTPUT``."""

from __future__ import annotations

import sys
from pathlib import Path

from textual.screen import Screen

from recipe_tui.tui.actions import Tab
from recipe_tui.tui.app import Workbench
from recipe_tui.tui.generate.process_client import ProcessClient
from recipe_tui.tui.generate.screen import GenerateScreen


class FakeWorkbench(Workbench):
    """Writes with `tests.benchmarks.fake_writer`."""

    def new_screen(self, tab: Tab) -> Screen[None]:
        if tab != "generate":
            return super().new_screen(tab)
        screen = GenerateScreen(self.output, ProcessClient((sys.executable, "-m", "tests.benchmarks.fake_writer")))
        screen.choose_model("fake")
        return screen


if __name__ == "__main__":
    FakeWorkbench(Path(sys.argv[1])).run()
