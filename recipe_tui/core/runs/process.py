"""The process that trains a run: which one it is, that it was launched, and what it said last."""

from __future__ import annotations

import json
import os
import platform
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING

from recipe_tui.core import paths
from recipe_tui.core.atomic_io import replace_text

if TYPE_CHECKING:
    from pathlib import Path

HEADING = "=== "
"""What the line begins with that each launch writes to the worker's log before the worker does."""

TAIL = 16 * 1024
"""Bytes at the end of a worker's log in which its last words are looked for."""

DYING = ("error: ", "Fatal Python error")
"""How lines begin that say why a worker died; what comes after them is where, not why."""


@dataclass(frozen=True, slots=True)
class Process:
    """The process that trains: a pid alone may be another process's after a reboot."""

    host: str
    pid: int
    started: float

    @classmethod
    def current(cls) -> Process:
        """Return this process."""
        return cls.of(os.getpid())

    @classmethod
    def of(cls, pid: int) -> Process:
        """Return a process of this host, which must be there."""
        import psutil

        return cls(platform.node(), pid, psutil.Process(pid).create_time())

    @property
    def is_this(self) -> bool:
        """Whether it is the present process, or the one that stands in for it where Python is started by a stub."""
        return self.host == platform.node() and self.pid in (os.getpid(), os.getppid())

    def is_gone(self) -> bool:
        """Tell whether the process has ended; of another host's nothing is known, so it counts as there."""
        import psutil

        if self.host != platform.node():
            return False
        try:
            process = psutil.Process(self.pid)
            return bool(abs(process.create_time() - self.started) > 1 or process.status() == psutil.STATUS_ZOMBIE)
        except psutil.Error:
            return True


@dataclass(frozen=True, slots=True)
class Launch:
    """That a process was launched for a run, in ``launch.json``: all there is of a run until it has begun.

    Attributes:
        created: When, in seconds since 1970.
        model: The name the model was given by.
        process: The process.
    """

    created: float
    model: str
    process: Process

    def write(self, run: Path) -> None:
        """Put the launch in a run folder.

        Raises:
            OutputError: The folder cannot be written to.
        """
        replace_text(run / paths.LAUNCH, json.dumps(asdict(self), indent=1) + "\n")

    @classmethod
    def read(cls, run: Path) -> Launch | None:
        """Read the latest launch of a run; None if none is there, or none that is understood."""
        try:
            values = json.loads((run / paths.LAUNCH).read_text(encoding="utf-8"))
            return cls(float(values["created"]), str(values["model"]), Process(**values["process"]))
        except (OSError, ValueError, KeyError, TypeError):
            return None

    def standing(self, run: Path) -> tuple[str, str]:
        """Return state and reason of a run whose latest process has logged nothing yet."""
        if self.process.is_gone():
            return "failed", last_words(run) or "its process ended without a word"
        return "starting", ""


def is_launched(run: Path) -> bool:
    """Tell whether this process was launched to train the run."""
    launch = Launch.read(run)
    return launch is not None and launch.process.is_this


def last_words(run: Path) -> str:
    """Return the line that says best why the latest process of a run ended; empty if it said nothing.

    Args:
        run: The run folder.
    """
    try:
        with (run / paths.WORKER_LOG).open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - TAIL))
            text = file.read().decode("utf-8", "replace")
    except OSError:
        return ""
    words = ""
    dying = False
    for line in filter(None, map(str.strip, text.splitlines())):
        if line.startswith(HEADING):
            words, dying = "", False
        elif line.startswith(DYING):
            words, dying = line.removeprefix(DYING[0]), True
        elif not dying:
            words = line
    return words
