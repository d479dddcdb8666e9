"""The scores of one text of an experiment, and the number that settings are ranked by. Needs no backend.

The number is a sum, as the scorecard's (`recipe_tui.core.measures.scorecard`) with the extras of the reranking::

    score = coverage - swapped_coverage - 0.1 extras - repetition_4gram - 5 overlap_13 + parsed

A part that cannot be measured counts nothing: there is no other prompt to swap with where there is a single one, and
without a block store there are neither extras nor overlap.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from recipe_tui.core.measures.ingredients import Lexicon, coverage, order_tau
from recipe_tui.core.measures.libraries import evaluation_library
from recipe_tui.core.measures.overlap import overlap
from recipe_tui.core.measures.scorecard import COPYING_WEIGHT
from recipe_tui.core.measures.text import repetition, words_of
from recipe_tui.core.novelty.index import NoveltyIndex, novelty_index

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from recipe_tui.core.blocks.store import BlockStore
    from recipe_tui.core.measures.written import Written
    from recipe_tui.core.novelty.build import IndexProgress
    from recipe_tui.core.recipes.recipe import Recipe

EXTRA_WEIGHT = 0.1
"""What an unlisted ingredient costs, as in the reranking of best_of."""


@dataclass(frozen=True, slots=True)
class TextScores:
    """The scores of a text; None where a measure cannot be taken.

    Attributes:
        score: What settings are ranked by; see the module.
        coverage: Share of the listed ingredients that the directions mention.
        swapped_coverage: The same with the ingredients of the next prompt.
        extras: Unlisted ingredients that the directions mention.
        order_tau: Kendall's tau between the list and the order of the first mentions.
        repetition_4gram: Share of the 4-grams that occur before in the directions.
        overlap_13: Share of the 13-grams that occur in the training text.
        ngrams_13: Number of the 13-grams.
        parsed: 1 for a whole recipe that ended by itself, 0 otherwise.
        words: Words in the directions.
    """

    score: float
    coverage: float | None
    swapped_coverage: float | None
    extras: float | None
    order_tau: float | None
    repetition_4gram: float | None
    overlap_13: float | None
    ngrams_13: int | None
    parsed: float
    words: float


class TextScorer:
    """Scores the texts of an experiment.

    Args:
        prompts: The recipes whose title and ingredients are given.
        lexicon: The lexicon of the training recipes, where they are known.
        index: Their novelty index.

    Raises:
        UsageError: A library of the extra ``evaluation`` is not installed.
    """

    def __init__(
        self, prompts: Sequence[Recipe], lexicon: Lexicon | None = None, index: NoveltyIndex | None = None
    ) -> None:
        with evaluation_library():  # here, and not after the first text
            import scipy.stats  # noqa: F401
        self._prompts = prompts
        self._lexicon = lexicon
        self._index = index

    @classmethod
    def of(
        cls, prompts: Sequence[Recipe], store: BlockStore | None, progress: Callable[[IndexProgress], None]
    ) -> TextScorer:
        """Make a scorer that compares with the training recipes of a store; its index is built where there is none.

        Raises:
            UsageError: A library of the extra ``evaluation`` is not installed.
            StoreError, OutputError: The index cannot be built.
        """
        if store is None:
            return cls(prompts)
        from recipe_tui.core.blocks.store import training_recipes

        lexicon = Lexicon.of(recipe for _, recipe in training_recipes(store))
        return cls(prompts, lexicon, novelty_index(store, progress))

    def scores(self, number: int, written: Written) -> TextScores:
        """Return the scores of a text.

        Args:
            number: Index of its prompt.
            written: The text.
        """
        directions = written.directions
        listed = self._prompts[number].ingredients or written.recipe.ingredients
        several = len(self._prompts) > 1
        swapped = self._prompts[(number + 1) % len(self._prompts)].ingredients if several else ()
        shared = overlap(self._index, directions) if self._index is not None else None
        parts: dict[str, float | None] = {
            "coverage": coverage(listed, directions),
            "swapped_coverage": coverage(swapped, directions) if swapped else None,
            "extras": float(len(self._lexicon.extras(listed, directions))) if self._lexicon is not None else None,
            "repetition_4gram": repetition(directions),
            "overlap_13": shared.share(13) if shared is not None else None,
            "parsed": float(written.parsed),
        }
        score = sum(WEIGHTS[name] * value for name, value in parts.items() if value is not None)
        return TextScores(
            score=score,
            order_tau=order_tau(listed, directions),
            ngrams_13=shared.ngrams[0] if shared is not None else None,
            words=float(len(words_of(directions))),
            **parts,  # type: ignore[arg-type]
        )


WEIGHTS = {
    "coverage": 1.0,
    "swapped_coverage": -1.0,
    "extras": -EXTRA_WEIGHT,
    "repetition_4gram": -1.0,
    "overlap_13": -COPYING_WEIGHT,
    "parsed": 1.0,
}
"""What a unit of each part adds to the score."""
