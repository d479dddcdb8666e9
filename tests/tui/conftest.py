"""What the workbench's tests share: the two sizes, settings in a temporary place, and snapshots as pictures."""

from __future__ import annotations

import asyncio
import gc
import re
from collections.abc import Iterator
from pathlib import Path
from weakref import WeakSet

import pytest
from syrupy.assertion import SnapshotAssertion
from syrupy.extensions.single_file import SingleFileSnapshotExtension, WriteMode
from textual.app import App
from textual.events import ScreenSuspend
from textual.message_pump import MessagePump
from textual.pilot import Pilot, WaitForScreenTimeout
from textual.screen import Screen

SIZES = {"80x24": (80, 24), "120x40": (120, 40)}


class SvgSnapshot(SingleFileSnapshotExtension):
    """A screenshot a file, which the README can show."""

    file_extension = "svg"
    _write_mode = WriteMode.TEXT


@pytest.fixture
def picture(snapshot: SnapshotAssertion) -> SnapshotAssertion:
    """Compare `normalised(app.export_screenshot())` with the picture that was kept; --snapshot-update keeps it anew."""
    return snapshot.use_extension(SvgSnapshot)


@pytest.fixture(autouse=True)
def own_folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep settings and history out of the home folder of whoever runs the tests."""
    for name in ("XDG_CONFIG_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME"):
        monkeypatch.setenv(name, str(tmp_path / name.lower()))


@pytest.fixture(autouse=True)
def no_fetched_models(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let no form begin with a model that only this machine has."""
    monkeypatch.setattr("recipe_tui.core.registry.cache.is_available", lambda name: False)


@pytest.fixture(autouse=True)
def short_waits(monkeypatch: pytest.MonkeyPatch) -> None:
    """Let Textual draw and look whether it is idle four times as often: most of a test's time is spent between looks.

    The names are private to Textual 8.2.8, whose pilot waits until the process has been idle for one period.
    """
    monkeypatch.setattr(App, "NOTIFICATION_TIMEOUT", 600)  # a busy machine must not lose one before a test looks
    monkeypatch.setattr("textual.screen.UPDATE_PERIOD", 1 / 240)
    monkeypatch.setattr("textual._wait.SLEEP_GRANULARITY", 1 / 200)
    monkeypatch.setattr("textual._wait.SLEEP_IDLE", 1 / 1000)


@pytest.fixture(autouse=True)
def only_busy_widgets_are_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    """Have the pilot wait only for widgets that have messages: a message to each of the others is a third of a test.

    The names are private to Textual 8.2.8.
    """

    def is_busy(pump: MessagePump) -> bool:
        queue = pump._message_queue
        return bool(queue.values) or not queue.ready_event._waiters

    async def wait_for_screen(pilot: Pilot[object], timeout: float = 30.0) -> bool:
        app = pilot.app
        if not app._screen_stack:
            return False
        pumps = (app, *app.screen.walk_children(with_self=True))
        busy = [(pump, asyncio.Event()) for pump in pumps if is_busy(pump)]
        done = [event.wait() for pump, event in busy if pump.call_later(event.set)]
        tasks = [asyncio.create_task(app._exception_event.wait()), asyncio.gather(asyncio.sleep(0), *done)]
        finished, pending = await asyncio.wait(tasks, timeout=timeout, return_when=asyncio.FIRST_COMPLETED)
        for task in pending:
            task.cancel()
        if not finished:
            raise WaitForScreenTimeout("Timed out while waiting for widgets to process pending messages.")
        return tasks[1] in finished

    monkeypatch.setattr(Pilot, "_wait_for_screen", wait_for_screen)


@pytest.fixture(autouse=True)
def frames_are_drawn_when_they_are_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """Draw what changed when the pilot pauses and at the end, else four times a second.

    A quarter of a test was frames that neither the test nor a terminal saw. The names are private to Textual 8.2.8.
    """
    draw, suspend, pause = Screen._compositor_refresh, Screen._on_screen_suspend, Pilot.pause
    shut_down = App._shutdown
    changed: WeakSet[Screen[object]] = WeakSet()

    def refresh(screen: Screen[object]) -> None:
        if screen is not screen.app.screen:
            draw(screen)
        elif screen not in changed:
            changed.add(screen)
            asyncio.get_running_loop().call_later(1 / 4, draw_changed, screen)

    def draw_changed(screen: Screen[object]) -> None:
        if screen in changed:
            changed.discard(screen)
            try:
                draw(screen)
            except Exception as error:
                screen.app._handle_exception(error)

    def draw_behind_a_dialog(screen: Screen[object], event: ScreenSuspend) -> None:
        draw_changed(screen)
        suspend(screen)

    async def draw_after_pause(pilot: Pilot[object], delay: float | None = None) -> None:
        await pause(pilot, delay)
        if delay is None:
            draw_changed(pilot.app.screen)

    async def draw_at_the_end(app: App[object]) -> None:
        if app._screen_stack:
            draw_changed(app.screen)
        await shut_down(app)

    monkeypatch.setattr(Screen, "_compositor_refresh", refresh)
    monkeypatch.setattr(Screen, "_on_screen_suspend", draw_behind_a_dialog)
    monkeypatch.setattr(Pilot, "pause", draw_after_pause)
    monkeypatch.setattr(App, "_shutdown", draw_at_the_end)


@pytest.fixture(autouse=True, scope="module")
def garbage_is_collected_seldom() -> Iterator[None]:
    """Have the garbage collector run less often: an application makes many objects, nearly none of them garbage."""
    usual = gc.get_threshold()
    gc.set_threshold(50_000, *usual[1:])
    yield
    gc.set_threshold(*usual)


def normalised(svg: str) -> str:
    """Take the number that changes with every export out of a screenshot."""
    return re.sub(r"terminal-\d+", "terminal", svg)
