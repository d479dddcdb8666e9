"""Scores of many prompts as one value, with bootstrap intervals and paired tests.

Prompts are resampled, not texts or words: what varies between two evaluations is which prompts were drawn. Nearly every
measure is a function of numbers that are summed over prompts, so that a resample is a product of two matrices.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import numpy as np

from recipe_tui.core.measures.text import distinct

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

RESAMPLES = 1000
"""Bootstrap resamples, and permutations of a test."""

LEVEL = 0.95
"""Confidence of the intervals."""

DISTINCT_WORDS = 1000
"""Words over which distinct bigrams are counted."""


@dataclass(frozen=True, slots=True)
class Interval:
    """A value and its confidence interval.

    Attributes:
        value: The value; None where nothing could be measured.
        low: Lower end; None where there is no interval.
        high: Upper end.
    """

    value: float | None
    low: float | None = None
    high: float | None = None


class Score(Protocol):
    """A measure of several prompts."""

    @property
    def value(self) -> float:
        """The value over all prompts; not a number where nothing could be measured."""

    def resampled(self, counts: NDArray[np.int64]) -> NDArray[np.float64]:
        """Return the value of each resample.

        Args:
            counts: How often each prompt is in each resample, [resamples, prompts].
        """


def ratio(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return the first of two sums divided by the second, [..., 2] to [...]."""
    with np.errstate(divide="ignore", invalid="ignore"):
        found: NDArray[np.float64] = np.where(sums[..., 1] > 0, sums[..., 0] / sums[..., 1], np.nan)
    return found


def exp_ratio(sums: NDArray[np.float64]) -> NDArray[np.float64]:
    """Return exp of `ratio`: from nats and tokens to perplexity."""
    return np.exp(np.minimum(ratio(sums), 700.0))


@dataclass(frozen=True, slots=True)
class Summed:
    """A score that is a function of sums over prompts.

    Attributes:
        parts: The numbers of each prompt, [prompts, parts].
        combine: From sums [..., parts] to values [...].
    """

    parts: NDArray[np.float64]
    combine: Callable[[NDArray[np.float64]], NDArray[np.float64]] = ratio

    @classmethod
    def mean(cls, values: Sequence[float | None]) -> Summed:
        """Return the mean of the values that there are."""
        return cls(np.array([(0.0, 0.0) if one is None else (one, 1.0) for one in values]).reshape(-1, 2))

    @property
    def value(self) -> float:
        """See `Score`."""
        return float(self.combine(self.parts.sum(axis=0)))

    def resampled(self, counts: NDArray[np.int64]) -> NDArray[np.float64]:
        """See `Score`."""
        return self.combine(counts @ self.parts)


@dataclass(frozen=True, slots=True)
class Distinct:
    """Distinct bigrams over a fixed number of words; a text that is drawn twice counts once.

    Attributes:
        texts: The words of each text.
        words: Words that are counted.
    """

    texts: Sequence[Sequence[str]]
    words: int = DISTINCT_WORDS

    @property
    def value(self) -> float:
        """See `Score`."""
        found = distinct(self.texts, self.words)
        return float("nan") if found is None else found

    def resampled(self, counts: NDArray[np.int64]) -> NDArray[np.float64]:
        """See `Score`; the texts of a resample come in random order."""
        rng = np.random.default_rng(0)
        found = []
        for row in counts:
            drawn = rng.permutation(np.flatnonzero(row))
            found.append(distinct([self.texts[number] for number in drawn.tolist()], self.words))
        return np.array([np.nan if one is None else one for one in found], np.float64)


def resamples(prompts: int, seed: int, count: int = RESAMPLES) -> NDArray[np.int64]:
    """Draw resamples of prompts with replacement, [resamples, prompts]; the same for every score of an evaluation."""
    if not prompts:
        return np.zeros((count, 0), np.int64)
    return np.random.default_rng(seed).multinomial(prompts, np.full(prompts, 1 / prompts), count)


def interval(score: Score, counts: NDArray[np.int64]) -> Interval:
    """Return a score with its percentile bootstrap interval.

    Args:
        score: The score.
        counts: See `resamples`.
    """
    value = score.value
    if not np.isfinite(value):
        return Interval(None)
    return Interval(value, *_percentiles(score.resampled(counts)))


def _percentiles(values: NDArray[np.float64]) -> tuple[float | None, float | None]:
    values = values[np.isfinite(values)]
    if not len(values):
        return None, None
    low, high = np.quantile(values, [(1 - LEVEL) / 2, (1 + LEVEL) / 2])
    return float(low), float(high)


@dataclass(frozen=True, slots=True)
class Difference:
    """The difference of two systems in one measure, on the same prompts.

    Attributes:
        difference: The second minus the first, with its interval over resampled prompts.
        p: Two-sided p-value: how often a difference as large arises when the two texts of each prompt are swapped at
            random (approximate randomization, Noreen 1989); None for a measure that is no function of sums.
    """

    difference: Interval
    p: float | None

    @property
    def significant(self) -> bool:
        """Whether the interval leaves out 0, and the test agrees where there is one."""
        low, high = self.difference.low, self.difference.high
        apart = low is not None and high is not None and (low > 0 or high < 0)
        return apart and (self.p is None or self.p <= 1 - LEVEL)


def difference(first: Score, second: Score, counts: NDArray[np.int64], seed: int) -> Difference:
    """Compare two systems on the same prompts.

    Args:
        first: A score of one.
        second: The same score of the other.
        counts: See `resamples`.
        seed: Seed of the test.
    """
    value = second.value - first.value
    if not np.isfinite(value):
        return Difference(Interval(None), None)
    found = Interval(value, *_percentiles(second.resampled(counts) - first.resampled(counts)))
    if not (isinstance(first, Summed) and isinstance(second, Summed)):
        return Difference(found, None)
    swapped = np.random.default_rng(seed).integers(0, 2, (len(counts), len(first.parts))).astype(np.float64)
    moved = swapped @ (second.parts - first.parts)
    differences = second.combine(second.parts.sum(axis=0) - moved) - first.combine(first.parts.sum(axis=0) + moved)
    extreme = np.abs(differences) >= abs(value) - 1e-12
    return Difference(found, float((extreme.sum() + 1) / (len(extreme) + 1)))
