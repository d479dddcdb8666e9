"""An estimate of the training speed, from earlier runs on this machine."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from recipe_tui.core import paths
from recipe_tui.core.errors import RunError
from recipe_tui.core.machine import available_cores
from recipe_tui.core.runs.event_log import parse_event
from recipe_tui.core.runs.events import Started, Step
from recipe_tui.core.runs.files import LONGEST_LINE
from recipe_tui.core.runs.folder import RunManifest
from recipe_tui.core.runs.process import Process
from recipe_tui.core.runs.tail import end_of_log

if TYPE_CHECKING:
    from pathlib import Path

    from recipe_tui.core.runs.events import Event

CORE_SPEED = 50e9
"""Floating-point operations a second of one processor core in training; a rough figure."""

ABOUT = 0.01
"""Share by which the parameters of two runs may differ: the rows of new tokens, say."""


@dataclass(frozen=True, slots=True)
class Speed:
    """How fast a training is likely to be.

    Attributes:
        tokens_per_second: Token positions per second.
        basis: The source of the figure.
    """

    tokens_per_second: float
    basis: str


def expected_speed(output: Path, parameters: int, on_gpu: bool, trainable: int | None = None) -> Speed | None:
    """Return the speed to expect: that of the latest run of the same size on this machine, else a rough guess.

    Args:
        output: Folder of the runs.
        parameters: All of the model.
        on_gpu: Whether a GPU trains; of those nothing is guessed.
        trainable: Those that learn; None: all of them.

    Returns:
        None where nothing is known.
    """
    here = Process.current().host
    learns = parameters if trainable is None else trainable
    newest_first = sorted(output.glob(f"*/{paths.RUN_MANIFEST}"), key=lambda path: path.stat().st_mtime, reverse=True)
    for path in newest_first:
        try:
            manifest = RunManifest.read(path.parent)
        except RunError:
            continue
        if manifest.process is None or manifest.process.host != here:
            continue
        log = path.parent / paths.EVENTS
        events = end_of_log(log)
        started = next((event for event in (_first(log), *events) if isinstance(event, Started)), None)
        if started is None or abs(started.parameters - learns) > ABOUT * learns:
            continue
        speeds = [event.tokens_per_second for event in events if isinstance(event, Step)]
        if speeds and speeds[-1]:
            return Speed(speeds[-1], f"as in run {manifest.name}")
    if on_gpu:
        return None
    cores = available_cores()
    return Speed(cores * CORE_SPEED / (6 * parameters), f"a rough guess for {cores} cores")


def _first(log: Path) -> Event | None:
    try:
        with log.open("rb") as file:
            return parse_event(file.readline(LONGEST_LINE + 1))
    except OSError:
        return None
