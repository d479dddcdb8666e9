"""The event log of a run: an append-only file of JSON lines, which any number of viewers may read meanwhile.

A reader meets half-written last lines, lines of a newer version and a writer that died; none of them is an error. A
resumed run starts again at its last checkpoint, so the steps after that are logged twice; `tail` keeps the later ones.
"""

from __future__ import annotations

import json
import math
import os
from contextlib import suppress
from dataclasses import asdict
from functools import cache
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Discriminator, TypeAdapter, ValidationError

from recipe_tui.core.atomic_io import writing
from recipe_tui.core.runs.events import CheckpointSaved, Event
from recipe_tui.core.runs.files import LONGEST_LINE, read_end

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


class EventLog:
    """Writes the log of a run. Each event has been handed to the system when `append` returns.

    Args:
        path: The log; it is continued if it exists.
        observer: Receives each event after it is written.
    """

    def __init__(self, path: Path, observer: Callable[[Event], None] | None = None) -> None:
        self.path = path
        self._observer = observer
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
            if isinstance(event, CheckpointSaved):
                os.fsync(self._file.fileno())  # what led to a checkpoint outlives a power cut, as it does
        if self._observer is not None:
            self._observer(event)

    def close(self) -> None:
        """Close the file. An event that a full disk refused was an error of `append` already."""
        with suppress(OSError):
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


@cache
def _adapter() -> TypeAdapter[Event]:
    return TypeAdapter(Annotated[Event, Discriminator("kind")])


def _json_values(values: dict[str, Any]) -> dict[str, Any]:
    """JSON has no NaN and no infinity: they become strings that `float` understands."""
    return {
        name: str(value) if isinstance(value, float) and not math.isfinite(value) else value
        for name, value in values.items()
    }
