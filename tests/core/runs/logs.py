"""What the tests read from the log of a run."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import TypeVar

from recipe_tui.core.runs.events import Event, Started
from recipe_tui.core.runs.tail import end_of_log

AnyEvent = TypeVar("AnyEvent")


def read_events(path: Path) -> list[Event]:
    """Return all events of a log, those that a resumed run logged again included."""
    return end_of_log(path, path.stat().st_size if path.exists() else 0)


def last(events: Iterable[Event], kind: type[AnyEvent]) -> AnyEvent | None:
    """Return the last event of a kind, or None."""
    return next((event for event in reversed(list(events)) if isinstance(event, kind)), None)


def history(events: Iterable[Event]) -> list[Event]:
    """Return the events of a run without those that a resumed run logged again."""
    kept: list[Event] = []
    for event in events:
        if isinstance(event, Started):
            kept = [old for old in kept if old.step <= event.step]
        kept.append(event)
    return kept
