"""The real workbench under Textual's pilot, with nothing on its disk, and one way to wait for it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

from textual._context import visible_screen_stack
from textual.app import App
from textual.pilot import Pilot
from textual.screen import Screen
from textual.strip import Strip

from recipe_tui.tui.actions import Tab, bindings_of
from recipe_tui.tui.app import Workbench
from recipe_tui.tui.settings import Settings
from recipe_tui.tui.widgets.title_bar import Status, TitleBar

TIMEOUT = 60.0
"""Seconds after which what a test waits for is taken not to come."""

IDLE = Status()
RUNNING = Status("running", "0412", "GPU 71% 38/140G")


class FakeStatusReader:
    """Stands for the reader of the status."""

    def __init__(self, status: Status = IDLE) -> None:
        self.status = status

    def read(self) -> Status:
        return self.status


class PlainScreen(Screen[None]):
    """Stands for a screen: a title bar and the area's keys."""

    def __init__(self, tab: Tab) -> None:
        super().__init__()
        self.tab: Tab = tab
        for binding in bindings_of(tab):
            self._bindings.key_to_bindings.setdefault(binding.key, []).append(binding)

    def compose(self) -> Any:
        yield TitleBar(self.tab)


class PlainWorkbench(Workbench):
    """The workbench with plain screens: what is tested is the frame, not what is in it."""

    def __init__(self, settings: Settings | None = None, status: Status = IDLE, **named: Any) -> None:
        super().__init__(Path("output"), settings or Settings(), status_reader=FakeStatusReader(status), **named)

    def new_screen(self, tab: Tab) -> Screen[None]:
        return PlainScreen(tab)


def drive(app: Workbench, test: Callable[[Pilot[None]], Awaitable[None]], size: tuple[int, int] = (80, 24)) -> None:
    """Run a test on an application."""

    async def run() -> None:
        async with app.run_test(size=size, notifications=True) as pilot:
            await pilot.pause()
            await test(pilot)

    asyncio.run(run())


async def until(condition: Callable[[], bool]) -> None:
    """Give the event loop its turns until something is so. However busy the machine is, it is waited for."""
    deadline = time.monotonic() + TIMEOUT
    while not condition():
        if time.monotonic() > deadline:
            raise AssertionError("it never came to be")
        await asyncio.sleep(0.002)


def shown(app: App[None]) -> str:
    """Return the text that is on the screen."""
    return "\n".join("".join(segment.text for segment in line).rstrip() for line in strips(app))


def strips(app: App[None]) -> list[Strip]:
    """Return the lines that are on the screen, with what is behind it; the names are private to Textual 8.2.8."""
    visible_screen_stack.set(app._background_screens)
    return app.screen._compositor.render_strips()


def notices(app: App[None]) -> list[str]:
    """Return the messages of the notifications; `_notifications` is private to Textual 8.2.8."""
    return [one.message for one in app._notifications]
