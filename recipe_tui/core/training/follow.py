"""Reading the log of a run that another process writes, while it writes, and however long it has become.

What happens rarely (starts, validations, checkpoints, samples, pauses, endings) is kept as it was told. Of the steps,
which are many, there are curves and the latest one. A half-written last line waits for its end; a log that was
truncated, replaced or deleted is read anew.
"""

from __future__ import annotations

import math
import os
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, BinaryIO

from recipe_tui.core.training.events import (
    Continued,
    Ended,
    Event,
    Paused,
    Started,
    Step,
    Validation,
    parse_event,
)

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

    from recipe_tui.core.training.curves import Curve, CurveBuilder

CURVES = ("loss", "learning_rate", "gradient_norm", "memory", "gpu_memory", "tokens_per_second")
"""Fields of a step that there is a curve of; the validation loss has one besides, called ``validation``."""

SOMETIMES_UNKNOWN = ("gpu_memory", "tokens_per_second")
"""Those among them whose missing values say nothing: there is no accelerator, or the first step compiles."""

CHUNK = 8 << 20
"""Bytes read at once; what bounds the memory."""

BULK = 256 << 10
"""Bytes from which on the steps are not read one by one."""

TOLD = 20_000
"""Rare events kept; of a run that tells more, the latest."""

_STEP = f'{{"kind": "{Step.kind}"'.encode()
_STARTED = f'{{"kind": "{Started.kind}"'.encode()
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
        curves: By name, see `CURVES`; empty for a follower that keeps none.
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

    Args:
        path: The log; it need not be there yet.
        curves: Whether to keep curves, which is most of the work.
        chunk: Bytes read at once.
        bulk: Bytes from which on the steps are not read one by one.
    """

    def __init__(self, path: Path, curves: bool = True, chunk: int = CHUNK, bulk: int = BULK) -> None:
        self.path = path
        self.has_curves = curves
        self._chunk = chunk
        self._bulk = bulk
        self._log: RunLog | None = None
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
        self._builders: dict[str, CurveBuilder] = {}
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
        lines = data.split(b"\n")[:-1]
        rare = [number for number, line in enumerate(lines) if not line.startswith(_STEP)]
        in_bulk = len(data) > self._bulk
        ends_of_rows = {number - 1 for number in (*rare, len(lines)) if number}
        drawn, offset = 0, 0
        events: list[Event] = []
        for number in sorted(ends_of_rows.union(rare)) if in_bulk else range(len(lines)):
            line = lines[number]
            if not line.startswith(_STARTED):
                events += self._tell(line)
                continue
            until = offset + sum(map(len, lines[drawn:number])) + number - drawn
            self._draw(data[offset:until], in_bulk)
            drawn, offset = number, until
            events += self._start(line, file, self._position + offset)
        self._draw(data[offset:] if offset else data, in_bulk)
        return events

    def _start(self, line: bytes, file: BinaryIO, offset: int) -> list[Event]:
        """A process began: forget what it does again, and look up the step it goes on from."""
        event = _sound_event(line)
        if not isinstance(event, Started):
            return []
        if self._latest is not None and self._latest.step > event.step:
            self._latest = _step_before(file, offset, event.step)
        if self._began is not None and self._updated is not None:
            self._seconds += self._updated - self._began
        self._began, self._paused = event.time, None
        self._told = deque((old for old in self._told if getattr(old, "step", 0) <= event.step), TOLD)
        for builder in self._builders.values():
            builder.rewind(event.step)
        self._step = event.step
        return self._tell(line)

    def _tell(self, line: bytes) -> list[Event]:
        event = _sound_event(line)
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
            case Validation():
                self._curve("validation", [event.step], [float(event.loss)])
        self._told.append(event)
        return [event]

    def _draw(self, data: bytes, in_bulk: bool) -> None:
        """Add the steps among whole lines to the curves."""
        if not self.has_curves:
            return
        columns = _columns_in_bulk(data) if in_bulk else _columns(data)
        for name in CURVES:
            self._curve(name, columns["step"], columns[name])

    def _curve(self, name: str, steps: Sequence[float], values: Sequence[float]) -> None:
        if not self.has_curves:
            return
        import numpy as np

        from recipe_tui.core.training.curves import CurveBuilder

        at, numbers = np.asarray(steps, np.int64), np.asarray(values, float)
        if name in SOMETIMES_UNKNOWN:
            at, numbers = at[~np.isnan(numbers)], numbers[~np.isnan(numbers)]
        if not len(at):
            return
        if (np.diff(at) < 0).any():  # no writer of ours does so
            order = np.argsort(at, kind="stable")
            at, numbers = at[order], numbers[order]
        self._builders.setdefault(name, CurveBuilder()).add(at, numbers)

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
            curves={name: builder.curve() for name, builder in self._builders.items()},
        )


def _sound_event(line: bytes) -> Event | None:
    """Read a line; None as well if its numbers are none, which may happen to a damaged file."""
    event = parse_event(line)
    numbers = (getattr(event, "time", None), getattr(event, "step", 0))
    if any(not isinstance(number, int | float) or number < 0 for number in numbers):
        return None
    if isinstance(event, Step | Validation) and _number(event.loss) is None:
        return None
    return event


def _number(value: object) -> float | None:
    """Return a logged number, whose NaN and infinities are strings; None if it is none."""
    try:
        return float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return None


def _columns(data: bytes) -> Mapping[str, Sequence[float]]:
    """Read the fields of steps one by one; damaged lines are left out."""
    columns: dict[str, list[float]] = {name: [] for name in ("step", *CURVES)}
    for line in data.split(b"\n"):
        if line.startswith(_STEP) and isinstance(event := _sound_event(line), Step):
            columns["step"].append(event.step)
            for name in CURVES:
                number = _number(getattr(event, name))
                columns[name].append(math.nan if number is None else number)
    return columns


def _columns_in_bulk(data: bytes) -> Mapping[str, Sequence[float]]:
    """Read the fields of steps at once; if any line is not as it should be, one by one."""
    import pyarrow
    import pyarrow.json

    fields = [(name, pyarrow.int64() if name == "step" else pyarrow.float64()) for name in ("step", *CURVES)]
    options = pyarrow.json.ParseOptions(explicit_schema=pyarrow.schema(fields), unexpected_field_behavior="ignore")
    for is_last in (False, True):
        try:
            table = pyarrow.json.read_json(pyarrow.BufferReader(data), parse_options=options)
        except pyarrow.ArrowInvalid:
            if is_last:
                break
            for word in (b"nan", b"inf", b"-inf"):  # how the log writes what JSON has no numbers for
                data = data.replace(b': "' + word + b'"', b": null")
        else:
            table = table.filter(table["learning_rate"].is_valid())  # only steps have one
            return {name: table[name].to_numpy() for name, _ in fields}
    return _columns(data)


def _step_before(file: BinaryIO, offset: int, step: int) -> Step | None:
    """Return the latest step told before an offset that is not beyond a step."""
    for line in _lines_before(file, offset):
        if line.startswith(_STEP):
            event = _sound_event(line)
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
