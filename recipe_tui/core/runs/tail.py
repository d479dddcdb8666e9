"""Reading the log of a run while another process writes it, however long it has become.

Rare events (starts, validations, checkpoints, samples, pauses, ends) are all kept. Of the steps, which are many, the
latest one is kept and, on demand, curves. A half-written last line waits for its end; a log that was truncated,
replaced or deleted is read again from the beginning. Lines that are no valid events are skipped and counted.
"""

from __future__ import annotations

import math
import os
from collections import deque
from dataclasses import dataclass, field
from itertools import islice
from typing import TYPE_CHECKING, BinaryIO, Literal

from recipe_tui.core.runs.event_log import parse_event
from recipe_tui.core.runs.events import Continued, Ended, Paused, Sample, Scored, Started, Step, Validation
from recipe_tui.core.runs.files import LONGEST_LINE, lines_before, open_file, read_end
from recipe_tui.core.runs.steps import DAMAGED, STEP, StepCurves, every_line, lines_that_matter, valid_step_before

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from recipe_tui.core.runs.curves import Curve
    from recipe_tui.core.runs.events import Event

CHUNK = 4 << 20
"""Bytes read at once, which bounds the memory."""

PARSED = 40_000
"""Lines of a chunk that are parsed at most, steps in a row left out: the events of a run are too long for more."""

BULK = 256 << 10
"""Bytes from which on the steps are not read one by one."""

RARE_EVENTS = 20_000
"""Rare events that are kept, the latest ones."""

END = 64 << 10
"""Bytes at the end of a log in which `end_of_log` searches."""

_FRACTIONS = 64 << 20
"""Bytes at the end of a log in which `logged_fractions` searches: some hundred thousand steps."""

_HEAD = 64
"""Bytes at the beginning by which a replaced log is distinguished from a longer one."""

SCORES = ("score", "coverage", "swapped_coverage", "repetition_4gram", "overlap_13", "parse_rate")
"""The curves of the scorecards, by the fields of `Scored`."""

LoggedState = Literal["running", "paused", "finished", "stopped", "failed"]
"""How a run stands as far as its log says."""


@dataclass(frozen=True, slots=True, eq=False)
class RunLog:
    """The contents of a log. Another object means that something was added.

    Attributes:
        state: How the run stands.
        reason: Why it ended, if it did.
        step: Steps done.
        started: How the latest process began, or None.
        latest: The latest step.
        validation: The latest validation.
        scored: The latest scorecard.
        best: The validation of the best weights: with the lowest loss, or with the highest score where there are any.
        events: Rare events, in order, without those that a resumed run logged again.
        updated: Time of the latest event in seconds since 1970, or None.
        seconds: Time spent training, pauses left out.
        curves: By name, see `steps.CURVES`, and ``validation``, ``overlap``, ``extraction`` and `SCORES`; empty until
            drawn.
        skipped: Lines that are no valid events. Of the steps in a long log, those that were read one by one; all of
            them once the curves are drawn.
    """

    state: LoggedState = "running"
    reason: str = ""
    step: int = 0
    started: Started | None = None
    latest: Step | None = None
    validation: Validation | None = None
    scored: Scored | None = None
    best: Validation | None = None
    events: tuple[Event, ...] = ()
    updated: float | None = None
    seconds: float = 0.0
    curves: Mapping[str, Curve] = field(default_factory=dict)
    skipped: int = 0

    @property
    def total_steps(self) -> int:
        """Steps in all, 0 if nothing is known of them."""
        return self.started.total_steps if self.started else 0


def state_after(event: Event) -> LoggedState | None:
    """Return how a run stands after an event; None if the event does not change it."""
    match event:
        case Started() | Continued():
            return "running"
        case Paused():
            return "paused"
        case Ended():
            return event.state
    return None


def end_of_log(path: Path, size: int = END) -> list[Event]:
    """Return the events at the end of a log, in order; enough to say how a run stands without reading all of it.

    Args:
        path: The log; without one there are no events.
        size: Bytes that are read.
    """
    try:
        lines = read_end(path, size).splitlines()
    except OSError:
        return []
    return [event for event in map(parse_event, lines) if event is not None]


def logged_fractions(path: Path, after: int) -> dict[int, float]:
    """Return the fraction of the time that was over after each step of a log, by step; see `events.Step`.

    Args:
        path: The log.
        after: The last step that is left out.
    """
    found: dict[int, float] = {}
    for event in end_of_log(path, size=_FRACTIONS):
        if isinstance(event, Step) and event.step > after and event.fraction is not None:
            found[event.step] = event.fraction
    return found


class LogTail:
    """Reads a log from where it stopped the last time.

    `poll` is quick: it parses the rare events. `draw` reads each step's numbers, which takes five times as long.

    Args:
        path: The log; it need not exist yet.
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
        """The log as of the last `poll`; the same object as long as nothing is added."""
        if self._log is None:
            self._log = self._snapshot()
        return self._log

    def poll(self) -> list[Event]:
        """Read what was added.

        Returns:
            The new events. Of steps that come in bulk, each row has only its last.
        """
        try:
            with open_file(self.path) as file:
                return self._read(file)
        except FileNotFoundError:
            if self._position:
                self._begin()
            return []

    @property
    def undrawn(self) -> int:
        """Bytes that were polled and are not in the curves yet."""
        return self._position - self._drawn

    def draw(self) -> None:
        """Bring the curves up to what was polled."""
        if not self.undrawn:
            return
        if any(offset >= self._drawn for offset, _ in self._starts):
            # Steps that a resumed run logs again must not count in points that stand for several steps.
            self._curves = StepCurves()
            self._drawn = 0
        try:
            with open_file(self.path) as file:
                for end, last_step in self._rows():
                    self._draw_until(file, end, last_step)
        except FileNotFoundError:  # the next poll notices
            return
        self._log = None

    def _begin(self) -> None:
        self._position = 0
        self._identity = 0
        self._head = b""
        self._state: LoggedState = "running"
        self._reason, self._step = "", 0
        self._started: Started | None = None
        self._latest: Step | None = None
        self._events: deque[Event] = deque(maxlen=RARE_EVENTS)
        self._began: float | None = None
        self._paused: float | None = None
        self._updated: float | None = None
        self._seconds = 0.0
        self._skipped = self._skipped_steps = 0
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
            elif len(data) > LONGEST_LINE:
                self._position += len(data)  # what is left of the line is no event either
                self._skipped += 1
                whole = len(data)
            size = self._chunk if whole else 2 * size
            file.seek(self._position)
        if self._position and len(self._head) < _HEAD:
            file.seek(0)
            self._head = file.read(min(_HEAD, self._position))
        return events

    def _take(self, data: bytes, file: BinaryIO) -> list[Event]:
        """Take in complete lines; of a log that is mostly damage, or nothing that a run logs, not all are parsed."""
        in_bulk = len(data) > self._bulk
        events: list[Event] = []
        end = -1
        lines = lines_that_matter(data) if in_bulk else every_line(data)
        most = self._skipped + self._skipped_steps + DAMAGED
        for start, end in islice(lines, PARSED):
            line = data[start:end]
            event = parse_event(line)
            if event is None and line.startswith(STEP):
                self._skipped_steps += 1
                if in_bulk:
                    event = valid_step_before(data, start)
            elif event is None and line.strip():
                self._skipped += 1
            if self._skipped + self._skipped_steps > most:
                break
            if isinstance(event, Started):
                self._start(event, file, self._position + start)
            if event is not None:
                self._add(event)
                events.append(event)
        rest = data[end + 1 :]
        steps = rest.startswith(STEP) + rest.count(b"\n" + STEP)
        self._skipped_steps += steps
        self._skipped += sum(map(bool, rest.split(b"\n"))) - steps
        return events

    def _start(self, event: Started, file: BinaryIO, offset: int) -> None:
        """A process began: drop what it will log again, and find the step that it continues from."""
        if self._latest is not None and self._latest.step > event.step:
            self._latest = _step_before(file, offset, event.step)
        if self._began is not None and self._updated is not None:
            self._seconds += max(0.0, self._updated - self._began)  # the clock may be set back
        self._began, self._paused = event.time, None
        self._events = deque((old for old in self._events if old.step <= event.step), RARE_EVENTS)
        self._starts.append((offset, event.step))
        self._step = event.step

    def _add(self, event: Event) -> None:
        self._step = max(self._step, event.step)
        self._updated = event.time
        self._state = state_after(event) or self._state
        match event:
            case Step():
                self._latest = event
                return
            case Started():
                self._started, self._reason = event, ""
            case Paused():
                self._paused = event.time
            case Continued():
                if self._began is not None and self._paused is not None:
                    self._began += event.time - self._paused
            case Ended():
                self._reason = event.reason
        self._events.append(event)

    def _rows(self) -> Iterator[tuple[int, float]]:
        """Yield where the log of each process ends, and its last step that no later process logged again."""
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
            elif len(data) > LONGEST_LINE:
                self._drawn += len(data)
            else:
                size *= 2

    def _snapshot(self) -> RunLog:
        validations = [event for event in self._events if isinstance(event, Validation)]
        scores = [event for event in self._events if isinstance(event, Scored)]
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
            scored=scores[-1] if scores else None,
            best=_best(validations, scores),
            events=tuple(self._events),
            updated=self._updated,
            seconds=seconds,
            curves=self._drawn_curves(validations, scores),
            skipped=self._skipped + max(self._skipped_steps, self._curves.skipped),
        )

    def _drawn_curves(self, validations: Sequence[Validation], scores: Sequence[Scored]) -> dict[str, Curve]:
        if not self._drawn:
            return {}
        curves = self._curves.curves()
        samples = [event for event in self._events if isinstance(event, Sample)]
        rare = {
            "validation": [(event.step, event.loss) for event in validations],
            "overlap": [(event.step, event.overlap) for event in samples if event.overlap is not None],
            "extraction": [(event.step, event.extraction) for event in samples if event.extraction is not None],
            **{name: [(event.step, float(getattr(event, name))) for event in scores] for name in SCORES},
        }
        for name, points in rare.items():
            if points:
                from recipe_tui.core.runs.curves import Curve

                ordered = sorted(points, key=lambda point: point[0])
                values = [value if math.isfinite(value) else math.nan for _, value in ordered]
                curves[name] = Curve.of([step for step, _ in ordered], values)
        return curves


def _best(validations: Sequence[Validation], scores: Sequence[Scored]) -> Validation | None:
    """Return the validation of the best weights."""
    if scores:
        best = max(scores, key=lambda event: event.score).step
        return next((event for event in validations if event.step == best), None)
    finite = [event for event in validations if math.isfinite(event.loss) and event.step]  # 0: before the training
    return min(finite, key=lambda event: event.loss, default=None)


def _step_before(file: BinaryIO, offset: int, step: int) -> Step | None:
    """Return the latest step logged before an offset that is not beyond a step."""
    for line in lines_before(file, offset):
        if line.startswith(STEP):
            event = parse_event(line)
            if isinstance(event, Step) and event.step <= step:
                return event
    return None
