"""The table of all figures: a row for each measurement, a column for each contestant."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

OURS = "ours"
"""Our contestant; those whose names begin with it are ours too."""


@dataclass(slots=True)
class Figure:
    """A row.

    Attributes:
        what: What was measured.
        unit: Of the values; a rate is better when larger, all else when smaller.
        rounds: Values by contestant, one for each round.
        share: Share of the machine's limit that ours reaches; None where there is no such limit.
    """

    what: str
    unit: str
    rounds: dict[str, list[float]]
    share: float | None = None

    @property
    def medians(self) -> dict[str, float]:
        """The median of each contestant."""
        return {name: statistics.median(values) for name, values in self.rounds.items()}

    @property
    def ratio(self) -> float | None:
        """How many times as good our best is as the best other; above 1 is better. None where there is no other."""
        ours = [value for name, value in self.medians.items() if name.startswith(OURS)]
        others = [value for name, value in self.medians.items() if not name.startswith(OURS)]
        if not ours or not others:
            return None
        return max(ours) / max(others) if self.unit.endswith("/s") else min(others) / min(ours)

    def __str__(self) -> str:
        medians = ", ".join(f"{name} {_written(value)}" for name, value in self.medians.items())
        return f"{self.what}: {medians} {self.unit}"


class Table:
    """The figures, in the order in which they were measured.

    Args:
        observer: Gets each figure when it is measured.
    """

    def __init__(self, observer: Callable[[Figure], None] = lambda _: None) -> None:
        self.figures: list[Figure] = []
        self._observer = observer

    def add(self, what: str, unit: str, rounds: Mapping[str, Sequence[float]]) -> None:
        """Add a row."""
        self.figures.append(Figure(what, unit, {name: list(values) for name, values in rounds.items() if values}))
        self._observer(self.figures[-1])

    def add_share(self, what: str, share: float) -> None:
        """Add the share of the machine's limit to the rate that was measured."""
        self._rate(what).share = share

    def median(self, what: str, contestant: str) -> float:
        """Return a median that was measured."""
        return self._rate(what).medians[contestant]

    def _rate(self, what: str) -> Figure:
        return next(one for one in self.figures if one.what == what and one.unit.endswith("/s"))

    def to_json(self) -> list[dict[str, Any]]:
        """Return the rows with medians and rounds."""
        return [
            {
                "what": one.what,
                "unit": one.unit,
                "medians": one.medians,
                "rounds": one.rounds,
                "ours_to_best": one.ratio,
                "share_of_limit": one.share,
            }
            for one in self.figures
        ]

    def __str__(self) -> str:
        """The table in Markdown."""
        contestants = list(dict.fromkeys(name for one in self.figures for name in one.rounds))
        head = ["", "unit", *contestants, "ours / best other", "of the limit"]
        rows = [head, ["---"] * len(head)]
        for one in self.figures:
            medians = one.medians
            rows.append(
                [
                    one.what,
                    one.unit,
                    *(_written(medians[name]) if name in medians else "–" for name in contestants),
                    "–" if one.ratio is None else f"{one.ratio:.2f}",
                    "–" if one.share is None else f"{one.share:.0%}",
                ]
            )
        return "\n".join("| " + " | ".join(row) + " |" for row in rows)


def _written(value: float) -> str:
    return f"{value:,.{0 if value >= 100 else 1 if value >= 10 else 2}f}"
