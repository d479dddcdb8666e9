"""The verdict: "improved, and not memorized" only where every condition holds, else which one failed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from recipe_tui.core.evaluation.statistics import Difference, Interval, difference

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from recipe_tui.core.evaluation.statistics import Score

SWAPPED_COVERAGE = 0.25
"""Highest coverage of another recipe's ingredients: above it, directions name what any recipe lists."""

HUMAN_FLOORS = 2.0
"""How many times the overlap of held-out human directions a model's may be."""

OVERLAP_ALLOWANCE = 0.005
"""Overlap that is never held against a model, since the human floor of few prompts may be 0."""

EXTRACTION_MARGIN = 0.03
"""How much more of the training recipes than of held-out ones may be continued word for word."""


@dataclass(frozen=True, slots=True)
class Condition:
    """A condition of the verdict.

    Attributes:
        name: The condition as a sentence.
        passed: Whether it holds.
        measured: What was measured, and what is allowed.
        about: Whether it says that the model improved, or that it did not memorize.
    """

    name: str
    passed: bool
    measured: str
    about: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """The verdict on a model.

    Attributes:
        conditions: All conditions.
    """

    conditions: tuple[Condition, ...]

    @property
    def improved(self) -> bool:
        """Whether it is better than its base and the trivial baselines."""
        return all(one.passed for one in self.conditions if one.about == "improved")

    @property
    def memorized(self) -> bool:
        """Whether it writes what it was trained on."""
        return not all(one.passed for one in self.conditions if one.about == "memorized")

    @property
    def failed(self) -> tuple[Condition, ...]:
        """The conditions that do not hold."""
        return tuple(one for one in self.conditions if not one.passed)

    @property
    def headline(self) -> str:
        """The verdict without the conditions that failed."""
        if not self.failed:
            return "improved, and not memorized"
        said = f"{'improved' if self.improved else 'not shown to be improved'}, "
        return said + ("memorized" if self.memorized else "not memorized")

    @property
    def sentence(self) -> str:
        """The verdict in one line."""
        if not self.failed:
            return self.headline
        return f"{self.headline}; failed: {'; '.join(f'{one.name} ({one.measured})' for one in self.failed)}"


def judge(
    systems: Mapping[str, Mapping[str, Score]],
    intervals: Mapping[str, Mapping[str, Interval]],
    counts: NDArray[np.int64],
    seed: int,
) -> Verdict:
    """Judge a model.

    Args:
        systems: The scores of each system.
        intervals: The same as intervals.
        counts: See `statistics.resamples`.
        seed: Seed of the paired tests.
    """

    def against(name: str, other: str, measure: str, sign: int) -> Condition:
        what = "coverage" if measure == "coverage" else "bits per byte of directions"
        title = f"{what} {'above' if sign > 0 else 'below'} that of {SYSTEM_TITLES[other]}"
        ours, theirs = systems["model"].get(measure), systems.get(other, {}).get(measure)
        if ours is None or theirs is None:
            return Condition(title, False, f"{SYSTEM_TITLES[other]} was not evaluated", name)
        found = difference(theirs, ours, counts, seed)
        value = found.difference.value
        passed = value is not None and value * sign > 0 and found.significant
        return Condition(title, passed, _difference_text(found), name)

    def at_most(name: str, title: str, value: float | None, most: float) -> Condition:
        measured = "not measured" if value is None else f"{value:.4f}, at most {most:.4f}"
        return Condition(title, value is not None and value <= most, measured, name)

    def value_of(system: str, measure: str) -> float | None:
        found = intervals.get(system, {}).get(measure)
        return None if found is None else found.value

    conditions = [
        against("improved", "base", "directions_bits_per_byte", -1),
        against("improved", "base", "coverage", 1),
        against("improved", "bm25", "coverage", 1),
        at_most("improved", "coverage of another prompt is low", value_of("swapped", "coverage"), SWAPPED_COVERAGE),
    ]
    for size in (13, 20):
        floor = value_of("human", f"overlap_{size}") or 0.0
        conditions.append(
            at_most(
                "memorized",
                f"copied {size}-grams near the human floor",
                value_of("model", f"overlap_{size}"),
                max(HUMAN_FLOORS * floor, OVERLAP_ALLOWANCE),
            )
        )
    control = value_of("model", "extraction_control") or 0.0
    conditions.append(
        at_most(
            "memorized",
            "extraction of training recipes near that of held-out ones",
            value_of("model", "extraction"),
            control + EXTRACTION_MARGIN,
        )
    )
    return Verdict(tuple(conditions))


SYSTEM_TITLES = {
    "model": "the model",
    "base": "its base",
    "human": "human text",
    "swapped": "the model, another prompt",
    "bm25": "nearest recipe (BM25)",
    "random": "random recipe",
    "template": "template",
    "copy": "copy of the list",
}
"""The systems in the order in which they are shown."""


def _difference_text(found: Difference) -> str:
    one = found.difference
    if one.value is None or one.low is None or one.high is None:
        return "not measured"
    p = "" if found.p is None else f", p = {found.p:.3f}"
    return f"difference {one.value:+.3f}, from {one.low:+.3f} to {one.high:+.3f}{p}"
