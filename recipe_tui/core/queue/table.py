"""The runs of the queue, to be compared."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from recipe_tui.core.errors import RunError
from recipe_tui.core.runs.status import summarize, unreadable

if TYPE_CHECKING:
    from recipe_tui.core.queue.entries import Entry, Queue
    from recipe_tui.core.runs.status import RunSummary


def runs_of(queue: Queue) -> list[tuple[Entry, RunSummary]]:
    """Return the entries that have a run, and how it stands; a run that was deleted is left out."""
    found = []
    for entry in queue.entries:
        run = Path(entry.run)
        if not entry.run or not run.is_dir():
            continue
        try:
            found.append((entry, summarize(run)))
        except RunError as error:
            found.append((entry, unreadable(run, error)))
    return found
