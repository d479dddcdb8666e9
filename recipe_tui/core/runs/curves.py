"""Curves of a run for a chart: however long the run, a bounded number of points that still show every spike.

Steps fall into buckets of equal width; a bucket knows its lowest and highest value. When a curve outgrows its
buckets, they are merged in pairs. Until then every step has a bucket of its own.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias, TypeVar

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

Floats: TypeAlias = "NDArray[np.float64]"
Integers: TypeAlias = "NDArray[np.int64]"
Number = TypeVar("Number", np.float64, np.int64)

BUCKETS = 4096
"""Points of a curve at most; an even number."""


@dataclass(frozen=True, slots=True, eq=False)
class Curve:
    """Points in order of their steps.

    Attributes:
        steps: The last step of each point.
        values: Mean of the point's steps; NaN where one of them was no number, so that a gap is seen.
        low: The lowest number in it; NaN if there is none.
        high: The highest.
    """

    steps: Floats
    values: Floats
    low: Floats
    high: Floats

    def __len__(self) -> int:
        return len(self.steps)

    @classmethod
    def of(cls, steps: list[float], values: list[float]) -> Curve:
        """Return a curve of single steps."""
        numbers = np.asarray(values, float)
        return cls(np.asarray(steps, float), numbers, numbers, numbers)


class CurveBuilder:
    """Gathers the points of a curve.

    Args:
        buckets: Points at most; an even number.
    """

    def __init__(self, buckets: int = BUCKETS) -> None:
        self._width = 1
        self._low: Floats = np.full(buckets, np.nan)
        self._high: Floats = np.full(buckets, np.nan)
        self._sum: Floats = np.zeros(buckets)
        self._count: Integers = np.zeros(buckets, np.int64)
        self._last: Integers = np.full(buckets, -1, np.int64)

    def add(self, steps: Integers, values: Floats) -> None:
        """Take values in, one for each step; infinite ones count as no number.

        Args:
            steps: From 0, ascending.
            values: As many.
        """
        if not len(steps):
            return
        while steps[-1] // self._width >= len(self._low):
            self._merge()
        values = np.where(np.isfinite(values), values, np.nan)
        buckets = steps // self._width
        first = np.flatnonzero(np.diff(buckets, prepend=-1))
        at = buckets[first]
        self._low[at] = np.fmin(self._low[at], np.fmin.reduceat(values, first))
        self._high[at] = np.fmax(self._high[at], np.fmax.reduceat(values, first))
        self._sum[at] += np.add.reduceat(values, first)
        self._count[at] += np.diff(first, append=len(steps))
        self._last[at] = np.maximum.reduceat(steps, first)

    def curve(self) -> Curve:
        """Return the points so far."""
        there = np.flatnonzero(self._count)
        return Curve(
            self._last[there].astype(float),
            self._sum[there] / self._count[there],
            self._low[there],
            self._high[there],
        )

    def _merge(self) -> None:
        self._width *= 2
        self._low = _halved(np.fmin, self._low, np.nan)
        self._high = _halved(np.fmax, self._high, np.nan)
        self._sum = _halved(np.add, self._sum, 0.0)
        self._count = _halved(np.add, self._count, 0)
        self._last = _halved(np.maximum, self._last, -1)


def smoothed(values: Floats, weight: float) -> Floats:
    """Return the exponential moving average, corrected for its start, in which what is no number has no part.

    Args:
        values: Points in order.
        weight: Weight of the past, from 0 (nothing is smoothed) to below 1.
    """
    average, share = 0.0, 0.0
    result = np.empty(len(values))
    for index, value in enumerate(values.tolist()):
        if value == value:
            average = weight * average + (1 - weight) * value
            share = weight * share + (1 - weight)
            result[index] = average / share
        else:
            result[index] = np.nan
    return result


def _halved(join: np.ufunc, values: NDArray[Number], empty: float) -> NDArray[Number]:
    """Merge pairs of neighbours, and fill the room this makes."""
    result = np.full_like(values, empty)
    result[: len(values) // 2] = join(values[::2], values[1::2])
    return result
