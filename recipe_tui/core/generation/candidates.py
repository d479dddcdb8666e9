"""The candidates for the next token, and what a processor of their scores knows of the text."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from recipe_tui.core.config import GenerationConfig
    from recipe_tui.core.generation.ingredient_bonus import IngredientBonus
    from recipe_tui.core.generation.section_automaton import SectionAutomaton
    from recipe_tui.core.generation.verbatim_guard import VerbatimGuard


class Candidates(NamedTuple):
    """Tokens that may come next.

    Attributes:
        token_ids: [candidates]; before `temperature` the whole vocabulary, in order.
        values: Scores, [candidates]; after `probabilities` probabilities, the likeliest first.
    """

    token_ids: NDArray[np.int64]
    values: NDArray[np.float64]

    def only(self, kept: NDArray[Any]) -> Candidates:
        """Return the candidates at some indices, or where a mask is set."""
        return Candidates(self.token_ids[kept], self.values[kept])


@dataclass(frozen=True, slots=True)
class Context:
    """What a processor sees besides the scores.

    Attributes:
        config: The settings.
        prompt: Token ids of the prompt.
        written: Token ids written after it.
        protected: End and section tokens, which no penalty touches: without them a recipe could not continue or end.
        breakers: Tokens at which `dry` stops looking for a repeated run.
        text: The written text; special tokens are line ends, and an unfinished character is left out.
        remaining: Tokens that can still be written.
        unconditional: Scores of the next token without the prompt, [vocab_size]; None where `guidance` is off.
        base: Scores of the next token by the adapter's base, [vocab_size]; None where `contrast` is off.
        guard: What `verbatim_guard` needs; None where it is off.
        ingredients: What `ingredient_bonus` needs; None where it is off.
        sections: What `section_automaton` needs; None where it is off.
    """

    config: GenerationConfig
    prompt: Sequence[int]
    written: Sequence[int]
    protected: frozenset[int]
    breakers: frozenset[int] = frozenset()
    text: str = ""
    remaining: int = 0
    unconditional: NDArray[np.float32] | None = None
    base: NDArray[np.float32] | None = None
    guard: VerbatimGuard | None = None
    ingredients: IngredientBonus | None = None
    sections: SectionAutomaton | None = None


Processor = Callable[[Candidates, Context], Candidates]


def likeliest(scores: NDArray[np.float64], count: int) -> NDArray[np.int64]:
    """Return the indices of the highest ``count`` scores, the highest first."""
    count = min(count, len(scores))
    indices = np.sort(np.argpartition(scores, -count)[-count:])  # sorted, so that equal scores keep their order
    return indices[np.argsort(-scores[indices], kind="stable")]


def likeliest_until(probabilities: NDArray[np.float64], total: float) -> NDArray[np.int64]:
    """Return the indices of the highest probabilities, the highest first, at least as many as sum to a total.

    Sorting the whole vocabulary takes ten times as long, and a nucleus is small.
    """
    count = 256
    while total < 1 and count < len(probabilities):
        indices = likeliest(probabilities, count)
        if probabilities[indices].sum() >= total:
            return indices
        count *= 8
    return likeliest(probabilities, len(probabilities))


def softmax(scores: NDArray[Any]) -> NDArray[Any]:
    """Return probabilities; those of scores of minus infinity are 0."""
    powers = np.exp(scores - scores.max())
    total: NDArray[Any] = powers / powers.sum()
    return total


def log_softmax(scores: NDArray[Any]) -> NDArray[Any]:
    """Return log-probabilities."""
    shifted = scores - scores.max()
    result: NDArray[Any] = shifted - np.log(np.exp(shifted).sum())
    return result


@lru_cache(maxsize=1)
def vocabulary(size: int) -> NDArray[np.int64]:
    """Return the ids of a vocabulary."""
    token_ids = np.arange(size)
    token_ids.flags.writeable = False
    return token_ids
