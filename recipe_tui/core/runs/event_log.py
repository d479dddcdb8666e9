"""The event log of a run: an append-only file of JSON lines, which any number of viewers may read meanwhile.

A reader meets half-written last lines, lines of a newer version and a writer that died; none of them is an error. A
resumed run starts again at its last checkpoint: steps it logged after that are logged twice, and `history` keeps the
later ones.
"""

from __future__ import annotations

import json
import math
import os
from dataclasses import asdict
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any, TypeVar

from pydantic import Discriminator, TypeAdapter, ValidationError

from recipe_tui.core.atomic_io import writing
from recipe_tui.core.runs.events import Event, Started
from recipe_tui.core.runs.files import LONGEST_LINE, read_end

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from pathlib import Path

AnyEvent = TypeVar("AnyEvent")


class EventLog:
    """Writes the log of a run. Each event has been handed to the system when `append` returns.

    Args:
        path: The log; it is continued if it exists.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        with writing(path):
            self._file = path.open("ab")
            if self._file.tell() and read_end(path, 1) != b"\n":
                self._file.write(b"\n")  # the last writer died within a line

    def append(self, event: Event) -> None:
        """Write one event.

        Raises:
            OutputError: The disk is full.
        """
        with writing(self.path):
            self._file.write(json.dumps({"kind": event.kind, **_json_values(asdict(event))}).encode() + b"\n")
            self._file.flush()

    def sync(self) -> None:
        """Return when everything appended so far is on the disk."""
        with writing(self.path):
            os.fsync(self._file.fileno())

    def close(self) -> None:
        """Close the file.

        Raises:
            OutputError: The disk was full when the last event was written, and still is.
        """
        with writing(self.path):
            self._file.close()


def parse_event(line: bytes) -> Event | None:
    """Read one line of a log.

    Returns:
        None if the line is cut, damaged or too long, if a value is of a wrong type or outside its range, or if this
        version does not know the kind. Fields of a later version are ignored.
    """
    if len(line) > LONGEST_LINE:
        return None
    try:
        return _adapter().validate_json(line)
    except ValidationError:
        return None


def read_events(path: Path) -> Iterator[Event]:
    """Read a log from the beginning; one that is missing or empty has no events."""
    if not path.is_file():
        return
    with path.open("rb") as file:
        while line := file.readline(LONGEST_LINE + 1):
            event = parse_event(line)
            if event is not None:
                yield event


def history(events: Iterable[Event]) -> list[Event]:
    """Return the events of a run without those that a resumed run logged again."""
    kept: list[Event] = []
    for event in events:
        if isinstance(event, Started):
            kept = [old for old in kept if old.step <= event.step]
        kept.append(event)
    return kept


def last(events: Iterable[Event], kind: type[AnyEvent]) -> AnyEvent | None:
    """Return the last event of a kind, or None."""
    found = None
    for event in events:
        if isinstance(event, kind):
            found = event
    return found


@cache
def _adapter() -> TypeAdapter[Event]:
    return TypeAdapter(Annotated[Event, Discriminator("kind")])


def _json_values(values: dict[str, Any]) -> dict[str, Any]:
    """JSON has no NaN and no infinity: they become strings that `float` understands."""
    return {
        name: str(value) if isinstance(value, float) and not math.isfinite(value) else value
        for name, value in values.items()
    }
