"""What a run says of itself: an append-only log of JSON lines, which any number of viewers may read meanwhile.

A reader meets half-written last lines, lines of a newer version and a writer that died; none of them is an error. A
resumed run starts again at its last checkpoint: steps it logged after that are told twice, and `history` keeps the
later telling.
"""

from __future__ import annotations

import json
import os
from dataclasses import asdict, dataclass, fields
from typing import TYPE_CHECKING, Any, ClassVar, TypeVar

from recipe_tui.core.atomic_io import writing
from recipe_tui.core.runs.told import Event as Event
from recipe_tui.core.runs.told import MemoryPlanned as MemoryPlanned
from recipe_tui.core.runs.told import MemoryProbed as MemoryProbed
from recipe_tui.core.runs.told import Merged as Merged
from recipe_tui.core.runs.told import NotMerged as NotMerged
from recipe_tui.core.runs.told import Quantized as Quantized
from recipe_tui.core.runs.told import ScheduleChanged as ScheduleChanged

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Started(Event):
    """A process began to train, from the beginning or from a checkpoint.

    Attributes:
        step: Steps already done.
        total_steps: Steps of the whole training.
        steps_per_epoch: Steps in one pass over the training blocks; rarely a whole number.
        parameters: Trainable parameters.
        blocks: Training blocks.
        tokens_per_step: Places in the blocks of a step.
    """

    kind: ClassVar[str] = "started"
    step: int
    total_steps: int
    steps_per_epoch: float
    parameters: int
    blocks: int
    tokens_per_step: int


@dataclass(frozen=True, slots=True)
class Step(Event):
    """An optimizer step.

    Attributes:
        step: Steps done, from 1.
        epoch: Passes over the training blocks so far.
        loss: Nats per target token of this step.
        learning_rate: The rate it used.
        gradient_norm: Global norm of the gradient before clipping.
        tokens: Target tokens in it.
        tokens_per_second: Places in blocks per second lately; None while the first step compiles.
        memory: Resident memory of the process in bytes.
        gpu_memory: Peak memory on the accelerator in bytes, where there is one.
        eta: Seconds to the last step at that speed, or None.
    """

    kind: ClassVar[str] = "step"
    step: int
    epoch: float
    loss: float
    learning_rate: float
    gradient_norm: float
    tokens: int
    tokens_per_second: float | None
    memory: int
    gpu_memory: int | None
    eta: float | None


@dataclass(frozen=True, slots=True)
class Validation(Event):
    """The validation blocks were scored.

    Attributes:
        step: Steps done.
        loss: Nats per target token over all of them.
        perplexity: exp(loss).
        best: Whether no earlier validation had a lower loss.
    """

    kind: ClassVar[str] = "validation"
    step: int
    loss: float
    perplexity: float
    best: bool


@dataclass(frozen=True, slots=True)
class Sample(Event):
    """The model wrote, with the weights it had, always from the same prompt and seed.

    Attributes:
        step: Steps done.
        prompt: What it was given.
        text: What it wrote after that; it may stop anywhere.
    """

    kind: ClassVar[str] = "sample"
    step: int
    prompt: str
    text: str


@dataclass(frozen=True, slots=True)
class CheckpointSaved(Event):
    """A checkpoint is whole and on the disk, under `path` in the run folder."""

    kind: ClassVar[str] = "checkpoint"
    step: int
    path: str


@dataclass(frozen=True, slots=True)
class Paused(Event):
    """The run waits for the control file to let it go on."""

    kind: ClassVar[str] = "paused"
    step: int


@dataclass(frozen=True, slots=True)
class Continued(Event):
    """The run goes on after a pause."""

    kind: ClassVar[str] = "continued"
    step: int


@dataclass(frozen=True, slots=True)
class Ended(Event):
    """The process stopped training.

    Attributes:
        state: ``finished``, ``stopped`` or ``failed``.
        reason: Why, in one line.
    """

    kind: ClassVar[str] = "ended"
    step: int
    state: str
    reason: str


KINDS: dict[str, type[Event]] = {
    event.kind: event
    for event in (
        Started,
        MemoryPlanned,
        MemoryProbed,
        Quantized,
        ScheduleChanged,
        Merged,
        NotMerged,
        Step,
        Validation,
        Sample,
        CheckpointSaved,
        Paused,
        Continued,
        Ended,
    )
}

AnyEvent = TypeVar("AnyEvent", bound=Event)


class EventLog:
    """The writing end. Each event is on its way to the disk when `append` returns.

    Args:
        path: The log; it is continued if it exists.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with writing(path):
            self._file = path.open("ab")
            if self._file.tell() and not _ends_with_newline(path):
                self._file.write(b"\n")  # the last writer died within a line

    def append(self, event: Event) -> None:
        """Write one event.

        Raises:
            OutputError: The disk is full.
        """
        with writing(self.path):
            self._file.write(json.dumps({"kind": event.kind, **_finite(asdict(event))}).encode() + b"\n")
            self._file.flush()

    def sync(self) -> None:
        """Return when everything appended so far is on the disk."""
        with writing(self.path):
            os.fsync(self._file.fileno())

    def close(self) -> None:
        """Close the file."""
        self._file.close()


def parse_event(line: bytes) -> Event | None:
    """Read one line of a log; None if it is cut, damaged, or of a kind that this version does not know."""
    try:
        values = json.loads(line)
        event = KINDS[values.pop("kind")]
        known = {field.name for field in fields(event)}
        values = {name: value for name, value in values.items() if name in known}
        return event(**values)
    except (ValueError, KeyError, TypeError, AttributeError):
        return None


def read_events(path: Path) -> Iterator[Event]:
    """Read a log from the beginning; one that is missing or empty has no events."""
    if not path.is_file():
        return
    with path.open("rb") as file:
        for line in file:
            event = parse_event(line)
            if event is not None:
                yield event


def history(events: Iterable[Event]) -> list[Event]:
    """Return the events of a run without what a resumed run has done again."""
    kept: list[Event] = []
    for event in events:
        if isinstance(event, Started):
            kept = [old for old in kept if getattr(old, "step", 0) <= event.step]
        kept.append(event)
    return kept


def last(events: Iterable[Event], kind: type[AnyEvent]) -> AnyEvent | None:
    """Return the last event of a kind, or None."""
    found = None
    for event in events:
        if isinstance(event, kind):
            found = event
    return found


def _finite(values: dict[str, Any]) -> dict[str, Any]:
    """JSON knows no NaN and no infinity: they become strings that `float` understands."""
    return {
        name: str(value) if isinstance(value, float) and not abs(value) < float("inf") else value
        for name, value in values.items()
    }


def _ends_with_newline(path: Path) -> bool:
    with path.open("rb") as file:
        file.seek(-1, os.SEEK_END)
        return file.read(1) == b"\n"
