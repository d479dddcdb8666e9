"""A CSV file in the run folder, with a row for each step and each validation."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from recipe_tui.core.runs.steps import CURVES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from recipe_tui.core.tracking.tracker import TrackedRun

METRICS = (
    "train/epoch",
    *(f"train/{name}" for name in CURVES),
    "validation/loss",
    "validation/perplexity",
    "sample/overlap",
    "sample/extraction",
)
COLUMNS = ("step", "time", *METRICS)


class CsvTracker:
    """Writes ``metrics.csv``. A resumed run replaces the rows of the steps that it takes again.

    Args:
        run: The run.
    """

    def __init__(self, run: TrackedRun) -> None:
        path = run.folder / "metrics.csv"
        kept: list[dict[str, str]] = []
        if run.step and path.is_file():
            with path.open(newline="", encoding="utf-8") as file:
                kept = [row for row in csv.DictReader(file) if (row.get("step") or "").isdigit()]
        self._file = path.open("w", newline="", encoding="utf-8")
        self._writer = csv.DictWriter(self._file, COLUMNS, restval="", extrasaction="ignore")
        self._writer.writeheader()
        self._writer.writerows(row for row in kept if int(row["step"]) <= run.step)
        self._file.flush()

    def log(self, step: int, time: float, metrics: Mapping[str, float]) -> None:
        """Write a row."""
        self._writer.writerow({"step": step, "time": f"{time:.3f}", **metrics})
        self._file.flush()

    def text(self, step: int, time: float, name: str, text: str) -> None:
        """Leave texts out: they are in the event log."""

    def finish(self, state: str) -> None:
        """Close the file."""
        self._file.close()
