"""The workbench in a terminal: what signals leave of it, and what it shows of damaged runs."""

from __future__ import annotations

import signal
import sys
import time
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import psutil

from tests.faults.damage import damage_neighbours
from tests.faults.ground import Ground, Scenario
from tests.tui.terminal import Terminal

SECONDS = 120
"""Longest that something may take on a busy machine."""


def scenarios(ground: Ground) -> Iterator[Scenario]:
    """Yield what happens to the workbench."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        for when, opens in (("open", False), ("opening", True)):
            run = partial(terminated, ground, number, opens)
            yield Scenario("SIGTERM, SIGHUP to the workbench", run, f"{number.name}, {when}")
    yield Scenario("SIGKILL of the workbench while a model is loaded", partial(killed, ground))
    yield Scenario("workbench over damaged runs", partial(damaged, ground))


def terminal(ground: Ground, folder: Path) -> Terminal:
    """Open the workbench."""
    folders = {f"XDG_{name}_HOME": str(folder / name) for name in ("CONFIG", "STATE", "CACHE", "DATA")}
    return Terminal([sys.executable, "-m", "recipe_tui"], folder, (120, 40), folders)


def terminated(ground: Ground, number: signal.Signals, opens: bool = False) -> None:
    """The terminal is as it was before, even where the workbench has not drawn anything yet."""
    with terminal(ground, ground.output().parent) as screen:
        screen.wait_for((lambda _: b"\x1b[?1049h" in screen.received) if opens else "[1 Train]", SECONDS)
        screen.process.send_signal(number)
        code = screen.wait(SECONDS)
        assert screen.restored, "the terminal is not restored"
        assert code == 128 + number, code
        assert b"Traceback" not in screen.received


def killed(ground: Ground) -> None:
    """The process that writes ends too."""
    output = ground.output()
    ground.copy(output)
    with terminal(ground, output.parent) as screen:
        screen.wait_for("[1 Train]", SECONDS)
        screen.press("f3")
        screen.wait_for("Ingredients", SECONDS)
        screen.wait_for(" writes: fill in", SECONDS)
        screen.press("Soup")
        screen.wait_for(" Soup ", SECONDS)  # keys that are typed ahead of it are another matter
        screen.press("f5")
        writers: list[psutil.Process] = []
        deadline = time.monotonic() + SECONDS
        while not writers and time.monotonic() < deadline:
            screen.read(0.1)
            writers = psutil.Process(screen.process.pid).children(recursive=True)
        assert writers, f"no writer:\n{screen.text}"
        screen.process.kill()
        _, left = psutil.wait_procs(writers, SECONDS)
        for process in left:
            process.kill()
        assert not left, f"still there: {left}"


def damaged(ground: Ground) -> None:
    """The runs are shown, and the unfinished one with them."""
    output = ground.output()
    damage_neighbours(ground, output)
    ground.unfinished(output, "unfinished")
    with terminal(ground, output.parent) as screen:
        screen.wait_for("[1 Train]", SECONDS)
        screen.wait_for(lambda text: "! run-zeros" in text and "? unfinished" in text, SECONDS)
        assert b"\x1b]0;x\x07" not in screen.received
        screen.press("ctrl+q")
        assert screen.wait(SECONDS) == 0
        assert screen.restored
