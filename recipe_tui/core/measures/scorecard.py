"""The scorecard: what a model in training writes for a few held-out prompts, and the one number it is chosen by.

The loss says how well a model predicts recipes that cooks wrote, and not what it writes by itself. The score is a sum::

    score = coverage - swapped_coverage - repetition_4gram - 5 max(0, overlap_13 - human_overlap_13) + parse_rate

Coverage counts only as far as it exceeds that of another prompt's ingredients, which directions that would suit any
recipe reach as well. Copying counts from the level of held-out human text on, and fivefold: a tenth of copied 13-grams
is a model that memorizes. Held-out human text itself scores about 0.85 - 0.20 - 0.01 - 0 + 1 = 1.6.
"""

from __future__ import annotations

from dataclasses import dataclass
from statistics import fmean
from typing import TYPE_CHECKING

from recipe_tui.core.measures.ingredients import coverage
from recipe_tui.core.measures.overlap import overlap
from recipe_tui.core.measures.text import repetition

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from recipe_tui.core.measures.written import Written
    from recipe_tui.core.novelty.index import NoveltyIndex
    from recipe_tui.core.recipes.recipe import Recipe

FEWEST_PROMPTS = 2
"""With fewer there is no other prompt."""

COPYING_WEIGHT = 5.0


@dataclass(frozen=True, slots=True)
class Scorecard:
    """Measures of what a model wrote for the same held-out prompts; all but the score are shares from 0 to 1.

    Attributes:
        coverage: Share of a prompt's ingredients that the directions mention.
        swapped_coverage: The same with the ingredients of another prompt.
        repetition_4gram: Share of 4-grams that occur before in the same directions.
        overlap_13: Share of 13-grams that occur in the training text.
        human_overlap_13: The same of the prompts' own directions.
        parse_rate: Share of the texts that are whole recipes and ended by themselves.
    """

    coverage: float
    swapped_coverage: float
    repetition_4gram: float
    overlap_13: float
    human_overlap_13: float
    parse_rate: float

    @property
    def score(self) -> float:
        """The sum, at most 2; more is better."""
        copied = COPYING_WEIGHT * max(0.0, self.overlap_13 - self.human_overlap_13)
        return self.coverage - self.swapped_coverage - self.repetition_4gram - copied + self.parse_rate


def scorecard(
    written: Sequence[Written], prompts: Sequence[Recipe], index: NoveltyIndex, human_overlap_13: float
) -> Scorecard:
    """Score texts.

    Args:
        written: A text for each prompt.
        prompts: The held-out recipes, at least two.
        index: The novelty index of the training text.
        human_overlap_13: See `overlap_13`.
    """
    others, texts = (*prompts[1:], *prompts[:1]), [one.directions for one in written]
    return Scorecard(
        coverage=_mean(coverage(own.ingredients, text) for own, text in zip(prompts, texts, strict=True)),
        swapped_coverage=_mean(coverage(other.ingredients, text) for other, text in zip(others, texts, strict=True)),
        repetition_4gram=_mean(map(repetition, texts)),
        overlap_13=overlap_13(index, texts),
        human_overlap_13=human_overlap_13,
        parse_rate=_mean(float(one.parsed) for one in written),
    )


def overlap_13(index: NoveltyIndex, texts: Sequence[str]) -> float:
    """Return the share of the 13-grams of all texts that occur in the training text; 0 where they have none."""
    found = [overlap(index, text) for text in texts]
    ngrams = sum(one.ngrams[0] for one in found)
    return sum(one.copied[0] for one in found) / ngrams if ngrams else 0.0


def _mean(values: Iterable[float | None]) -> float:
    """Return the mean of what was measured; 0 of nothing."""
    measured = [value for value in values if value is not None]
    return fmean(measured) if measured else 0.0
