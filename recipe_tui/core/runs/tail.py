"""Reading the log of a run that another process writes, while it writes, and however long it has become.

What happens rarely (starts, validations, checkpoints, samples, pauses, endings) is kept as it was told. Of the steps,
which are many, there are the latest one and, for who asks for them, curves. A half-written last line waits for its
end; a log that was truncated, replaced or deleted is read anew.
"""

from __future__ import annotations

import math
import os
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO

from recipe_tui.core.runs.events import Continued, Ended, Event, Paused, Started, Step, Validation
from recipe_tui.core.runs.steps import STARTED, STEP, StepCurves, every_line, lines_that_matter, sound_event

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from recipe_tui.core.runs.curves import Curve

CHUNK = 4 << 20
"""Bytes read at once; what bounds the memory."""

BULK = 256 << 10
"""Bytes from which on the steps are not read one by one."""

TOLD = 20_000
"""Rare events kept; of a run that tells more, the latest."""

_HEAD = 64
"""Bytes at the beginning by which a replaced log is told from a longer one."""


@dataclass(frozen=True, slots=True, eq=False)
class RunLog:
    """What a log says. Another object means that something was added.

    Attributes:
        state: ``running``, ``paused``, ``finished``, ``stopped`` or ``failed``.
        reason: Why it ended, if it did.
        step: Steps done.
        started: How the latest process began, or None.
        latest: The latest step.
        validation: The latest validation.
        best: The validation with the lowest loss.
        told: Rare events, in order; what a resumed run does again is left out.
        updated: Time of the latest event in seconds since 1970, or None.
        seconds: Time spent training, pauses left out.
        curves: By name, see `logged_steps.CURVES`, and ``validation``; empty until they are drawn.
    """

    state: str = "running"
    reason: str = ""
    step: int = 0
    started: Started | None = None
    latest: Step | None = None
    validation: Validation | None = None
    best: Validation | None = None
    told: tuple[Event, ...] = ()
    updated: float | None = None
    seconds: float = 0.0
    curves: Mapping[str, Curve] = field(default_factory=dict)

    @property
    def total_steps(self) -> int:
        """Steps in all, 0 if nothing is known of them."""
        return self.started.total_steps if self.started else 0


class LogFollower:
    """Reads a log from where it stopped the last time.

    `poll` is quick: it only looks for what is rare. `draw` reads each step's numbers, five times as long.

    Args:
        path: The log; it need not be there yet.
        chunk: Bytes read at once.
        bulk: Bytes from which on the steps are not read one by one.
    """

    def __init__(self, path: Path, chunk: int = CHUNK, bulk: int = BULK) -> None:
        self.path = path
        self._chunk = chunk
        self._bulk = bulk
        self._log: RunLog | None = None
        self._drawn = 0
        self._begin()

    @property
    def log(self) -> RunLog:
        """What the log has said so far; the same object as long as nothing is added."""
        if self._log is None:
            self._log = self._snapshot()
        return self._log

    def poll(self) -> list[Event]:
        """Read what was added.

        Returns:
            The new events. Of steps that come in bulk, each row has only its last.
        """
        try:
            with self.path.open("rb") as file:
                return self._read(file)
        except FileNotFoundError:
            if self._position:
                self._begin()
            return []

    @property
    def undrawn(self) -> int:
        """Bytes that were polled and that the curves know nothing of."""
        return self._position - self._drawn

    def draw(self) -> None:
        """Bring the curves up to what was polled."""
        if not self.undrawn:
            return
        if any(offset >= self._drawn for offset, _ in self._starts):
            # What a resumed run does again shall leave no trace in points that stand for several steps.
            self._curves = StepCurves()
            self._drawn = 0
        try:
            with self.path.open("rb") as file:
                for end, last_step in self._rows():
                    self._draw_until(file, end, last_step)
        except FileNotFoundError:  # the next poll notices
            return
        self._log = None

    def _begin(self) -> None:
        self._position = 0
        self._identity = 0
        self._head = b""
        self._state, self._reason, self._step = "running", "", 0
        self._started: Started | None = None
        self._latest: Step | None = None
        self._told: deque[Event] = deque(maxlen=TOLD)
        self._began: float | None = None
        self._paused: float | None = None
        self._updated: float | None = None
        self._seconds = 0.0
        self._starts: list[tuple[int, int]] = []
        self._curves = StepCurves()
        self._drawn = 0
        self._log = None

    def _read(self, file: BinaryIO) -> list[Event]:
        status = os.fstat(file.fileno())
        if self._position and (
            status.st_ino != self._identity or status.st_size < self._position or file.read(_HEAD) != self._head
        ):
            self._begin()
        self._identity = status.st_ino
        events: list[Event] = []
        size = self._chunk
        file.seek(self._position)
        while data := file.read(size):
            whole = data.rfind(b"\n") + 1
            if not whole and len(data) < size:
                break  # the writer is in the middle of its line
            if whole:
                events += self._take(data[:whole], file)
                self._position += whole
                self._log = None
            size = self._chunk if whole else 2 * size
            file.seek(self._position)
        if self._position and len(self._head) < _HEAD:
            file.seek(0)
            self._head = file.read(min(_HEAD, self._position))
        return events

    def _take(self, data: bytes, file: BinaryIO) -> list[Event]:
        """Take in whole lines."""
        events: list[Event] = []
        for start, end in lines_that_matter(data) if len(data) > self._bulk else every_line(data):
            line = data[start:end]
            if line.startswith(STARTED):
                events += self._start(line, file, self._position + start)
            else:
                events += self._tell(line)
        return events

    def _start(self, line: bytes, file: BinaryIO, offset: int) -> list[Event]:
        """A process began: forget what it does again, and look up the step it goes on from."""
        event = sound_event(line)
        if not isinstance(event, Started):
            return []
        if self._latest is not None and self._latest.step > event.step:
            self._latest = _step_before(file, offset, event.step)
        if self._began is not None and self._updated is not None:
            self._seconds += self._updated - self._began
        self._began, self._paused = event.time, None
        self._told = deque((old for old in self._told if getattr(old, "step", 0) <= event.step), TOLD)
        self._starts.append((offset, event.step))
        self._step = event.step
        return self._tell(line)

    def _tell(self, line: bytes) -> list[Event]:
        event = sound_event(line)
        if event is None:
            return []
        self._step = max(self._step, getattr(event, "step", 0))
        self._updated = event.time
        match event:
            case Step():
                self._latest = event
                return [event]
            case Started():
                self._started, self._state, self._reason = event, "running", ""
            case Paused():
                self._state, self._paused = "paused", event.time
            case Continued():
                self._state = "running"
                if self._began is not None and self._paused is not None:
                    self._began += event.time - self._paused
            case Ended():
                self._state, self._reason = event.state, event.reason
        self._told.append(event)
        return [event]

    def _rows(self) -> Iterator[tuple[int, float]]:
        """Yield where what each process told ends, and the last step in it that was not done again."""
        ends = [offset for offset, _ in self._starts] + [self._position]
        for number, end in enumerate(ends):
            yield end, min((step for _, step in self._starts[number:]), default=math.inf)

    def _draw_until(self, file: BinaryIO, end: int, last_step: float) -> None:
        size = self._chunk
        while self._drawn < end:
            file.seek(self._drawn)
            data = file.read(min(size, end - self._drawn))
            whole = data.rfind(b"\n") + 1
            if whole:
                self._curves.add(data[:whole], last_step, len(data) > self._bulk)
                self._drawn += whole
                size = self._chunk
            elif len(data) < size:
                return  # the log was truncated; the next poll notices
            else:
                size *= 2

    def _snapshot(self) -> RunLog:
        validations = [event for event in self._told if isinstance(event, Validation)]
        scored = [event for event in validations if math.isfinite(float(event.loss))]
        seconds = self._seconds
        until = self._paused if self._state == "paused" else self._updated
        if self._began is not None and until is not None:
            seconds += max(0.0, until - self._began)
        return RunLog(
            state=self._state,
            reason=self._reason,
            step=self._step,
            started=self._started,
            latest=self._latest,
            validation=validations[-1] if validations else None,
            best=min(scored, key=lambda event: float(event.loss), default=None),
            told=tuple(self._told),
            updated=self._updated,
            seconds=seconds,
            curves=self._drawn_curves(validations),
        )

    def _drawn_curves(self, validations: Sequence[Validation]) -> dict[str, Curve]:
        if not self._drawn:
            return {}
        curves = self._curves.curves()
        if validations:
            from recipe_tui.core.runs.curves import Curve

            ordered = sorted(validations, key=lambda event: event.step)
            losses = [float(event.loss) for event in ordered]
            curves["validation"] = Curve.of(
                [event.step for event in ordered], [loss if math.isfinite(loss) else math.nan for loss in losses]
            )
        return curves


def _step_before(file: BinaryIO, offset: int, step: int) -> Step | None:
    """Return the latest step told before an offset that is not beyond a step."""
    for line in _lines_before(file, offset):
        if line.startswith(STEP):
            event = sound_event(line)
            if isinstance(event, Step) and event.step <= step:
                return event
    return None


def _lines_before(file: BinaryIO, offset: int) -> Iterator[bytes]:
    """Return the lines before an offset, the last first."""
    rest = b""
    while offset:
        size = min(BULK, offset)
        offset -= size
        file.seek(offset)
        rest, *lines = (file.read(size) + rest).split(b"\n")
        yield from reversed(lines)
    yield rest
