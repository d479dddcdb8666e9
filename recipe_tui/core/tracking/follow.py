"""Giving trackers the events of a run so that none can hurt it: each in a thread, behind the event log."""

from __future__ import annotations

import queue
import threading
import time
from contextlib import suppress
from typing import TYPE_CHECKING

from recipe_tui.core.tracking.tracker import give, make_tracker

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from recipe_tui.core.runs.events import Event
    from recipe_tui.core.tracking.tracker import MakeTracker, TrackedRun

WAITING = 50_000
"""Events that wait for a slow tracker; what comes beyond them is not sent."""

TIMEOUT = 15.0
"""Seconds that trackers have to send what is left when the run has ended."""


class Trackers:
    """The trackers of a run.

    Args:
        names: Their names; see `make_tracker`.
        run: The run.
        make: Makes each.
        waiting: Events that wait for each at most.
    """

    def __init__(
        self,
        names: Sequence[str],
        run: TrackedRun,
        make: Callable[[str], MakeTracker] = make_tracker,
        waiting: int = WAITING,
    ) -> None:
        self._followers = [_Follower(name, run, make, waiting) for name in dict.fromkeys(names)]

    def take(self, event: Event) -> None:
        """Give an event to each tracker; returns at once, whatever they do."""
        for follower in self._followers:
            follower.take(event)

    def problems(self) -> list[tuple[str, str]]:
        """Return the trackers that failed since the last call, and why."""
        found = [(follower.name, follower.problem) for follower in self._followers if follower.problem]
        for follower in self._followers:
            follower.problem = ""
        return found

    def close(self, timeout: float = TIMEOUT) -> None:
        """Wait until they have sent what is left, but not for long."""
        deadline = time.monotonic() + timeout
        for follower in self._followers:
            follower.close(max(0.0, deadline - time.monotonic()))


class _Follower:
    """One tracker in its thread."""

    def __init__(self, name: str, run: TrackedRun, make: Callable[[str], MakeTracker], waiting: int) -> None:
        self.name = name
        self.problem = ""
        self._events: queue.Queue[Event | None] = queue.Queue(waiting)
        self._failed = self._is_full = False
        self._thread = threading.Thread(target=self._follow, args=(run, make), name=f"tracker {name}", daemon=True)
        self._thread.start()

    def take(self, event: Event) -> None:
        if self._failed:
            return
        try:
            self._events.put_nowait(event)
        except queue.Full:
            if not self._is_full:
                self._is_full, self.problem = True, "it is too slow, so figures are missing there"

    def close(self, timeout: float) -> None:
        with suppress(queue.Full):
            self._events.put(None, timeout=timeout)
        self._thread.join(timeout)
        if self._thread.is_alive():
            self.problem = f"it did not end within {timeout:.0f} seconds"

    def _follow(self, run: TrackedRun, make: Callable[[str], MakeTracker]) -> None:
        try:
            tracker = make(self.name)(run)
            while (event := self._events.get()) is not None:
                give(tracker, event)
        except Exception as error:  # whatever a library raises concerns nothing but what it would have shown
            self.problem = " ".join(f"{type(error).__name__}: {error}".split())[:200]
            self._failed = True
