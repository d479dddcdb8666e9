"""Signals: SIGTERM, SIGUSR1 and Ctrl-C stop a training without losing a step, SIGHUP does not stop it."""

from __future__ import annotations

import signal
import threading
from contextlib import contextmanager
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType


STOPPING = tuple(getattr(signal, name) for name in ("SIGTERM", "SIGINT", "SIGUSR1") if hasattr(signal, name))
"""SLURM sends SIGUSR1 where a job's script asks for it."""


class StopRequestedError(Exception):
    """Somebody asked the run to stop during a validation or a sample, which is then abandoned."""


class StopSignals:
    """Handles SIGTERM, SIGUSR1 and SIGINT during a training, and ignores SIGHUP. A context manager.

    While nothing could be lost (loading, and writing the finished model after the last checkpoint), a signal raises
    `KeyboardInterrupt` at once. Inside `deferred` it only sets `received`, so that the loop saves a checkpoint first;
    a second signal raises there too. Python delivers signals to the main thread alone: in another one nothing is done.
    """

    def __init__(self) -> None:
        self.received = False
        self._deferred = False
        self._before: dict[signal.Signals, object] = {}

    def __enter__(self) -> Self:
        if threading.current_thread() is threading.main_thread():
            for number in STOPPING:
                self._before[number] = signal.signal(number, self._stop)
            if hasattr(signal, "SIGHUP"):
                self._before[signal.SIGHUP] = signal.signal(signal.SIGHUP, signal.SIG_IGN)
        return self

    def __exit__(self, *_: object) -> None:
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]

    @contextmanager
    def deferred(self) -> Iterator[None]:
        """Only record the first signal inside the block."""
        self._deferred = True
        try:
            yield
        finally:
            self._deferred = False

    def _stop(self, _: int, __: FrameType | None) -> None:
        again, self.received = self.received, True
        if again or not self._deferred:
            raise KeyboardInterrupt
