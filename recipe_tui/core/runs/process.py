"""The process that trains a run: its identity, its launch, and the last line that it printed."""

from __future__ import annotations

import json
import os
import platform
from dataclasses import asdict, dataclass
from functools import cache
from typing import TYPE_CHECKING, Annotated, Literal

from pydantic import Field, TypeAdapter

from recipe_tui.core import paths
from recipe_tui.core.atomic_io import replace_text
from recipe_tui.core.errors import RunError, problem
from recipe_tui.core.runs.events import Count, Time  # noqa: TC001 - pydantic reads them
from recipe_tui.core.runs.files import read_end, read_json

if TYPE_CHECKING:
    from pathlib import Path

HEADING = "=== "
"""Prefix of the line that each launch writes to the worker's log before the worker starts."""

END = 16 * 1024
"""Bytes at the end of a worker's log that `last_words` reads."""

INTERRUPTED = "interrupted"
"""How the last words of a worker begin that a signal stopped before it trained."""

DYING = ("error: ", "Fatal Python error")
"""Prefixes of lines that say why a worker died; the lines after them say where."""


@dataclass(frozen=True, slots=True)
class Process:
    """The process that trains. The pid alone does not identify it, because pids are reused.

    Attributes:
        host: Name of the machine.
        pid: Number of the process.
        started: When it started.
    """

    host: str
    pid: Annotated[int, Field(strict=True, ge=0, le=2**31 - 1)]
    started: Time

    @classmethod
    def current(cls) -> Process:
        """Return this process."""
        return cls.of(os.getpid())

    @classmethod
    def of(cls, pid: int) -> Process:
        """Return a running process of this host."""
        import psutil

        return cls(platform.node(), pid, psutil.Process(pid).create_time())

    @property
    def is_this(self) -> bool:
        """Whether it is this process, or its parent where Python is started by a launcher stub."""
        return self.host == platform.node() and self.pid in (os.getpid(), os.getppid())

    def is_gone(self) -> bool:
        """Return whether the process has ended. One of another host cannot be checked, and counts as running."""
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
    """The launch of a process for a run, in ``launch.json``: all there is of a run until training begins.

    Attributes:
        created: When.
        model: The name the model was given by.
        process: The process.
        log_size: Bytes of the event log before the launch; None in older runs.
    """

    created: Time
    model: str
    process: Process
    log_size: Count | None = None

    def write(self, run: Path) -> None:
        """Put the launch in a run folder.

        Raises:
            OutputError: The folder cannot be written to.
        """
        replace_text(run / paths.LAUNCH, json.dumps(asdict(self), indent=1) + "\n")

    @classmethod
    def load(cls, run: Path) -> Launch | None:
        """Read the latest launch of a run; None if there is none.

        Raises:
            RunError: The file is damaged.
        """
        path = run / paths.LAUNCH
        try:
            return _adapter().validate_python(read_json(path))
        except FileNotFoundError:
            return None
        except (OSError, ValueError) as error:
            raise RunError(f"{path}: damaged ({problem(error)})", "move that file away, or start a new run") from error

    @classmethod
    def read(cls, run: Path) -> Launch | None:
        """Read the latest launch of a run; None if there is none, or if it is damaged."""
        try:
            return cls.load(run)
        except RunError:
            return None

    def has_logged(self, run: Path, updated: float | None) -> bool:
        """Return whether the process has logged an event.

        The size of the log tells it, because times do not when the clock is set back.

        Args:
            run: The run folder.
            updated: Time of the latest event, by which older launches are compared.
        """
        if self.log_size is None:
            return updated is not None and updated >= self.created
        return log_size(run) not in (self.log_size, self.log_size + 1)  # one more closes the line of a killed process

    def state(self, run: Path) -> tuple[Literal["starting", "stopped", "failed"], str]:
        """Return state and reason of a run whose latest process has logged nothing yet."""
        if not self.process.is_gone():
            return "starting", ""
        words = last_words(run)
        return (
            "stopped" if words.startswith(INTERRUPTED) else "failed"
        ), words or "its process ended without a message"


def is_launched(run: Path) -> bool:
    """Return whether this process was launched to train the run."""
    launch = Launch.read(run)
    return launch is not None and launch.process.is_this


def log_size(run: Path) -> int:
    """Return the bytes of the event log of a run; 0 if there is none."""
    try:
        return (run / paths.EVENTS).stat().st_size
    except OSError:
        return 0


def last_words(run: Path) -> str:
    """Return the line that says best why the latest process of a run ended; empty if it printed nothing.

    Args:
        run: The run folder.
    """
    try:
        text = read_end(run / paths.WORKER_LOG, END).decode("utf-8", "replace")
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


@cache
def _adapter() -> TypeAdapter[Launch]:
    return TypeAdapter(Launch)
