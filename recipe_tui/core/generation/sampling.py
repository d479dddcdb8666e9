"""Drawing the next token from a model's scores. Plain numpy, one sequence at a time."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from recipe_tui.core.generation.candidates import Candidates, likeliest, softmax
from recipe_tui.core.generation.processors import process

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from recipe_tui.core.generation.candidates import Context


def candidates(logits: NDArray[np.floating], context: Context) -> Candidates:
    """Return the tokens to draw from, the likeliest first, with their probabilities, which sum to 1.

    Args:
        logits: Scores of the vocabulary, [vocab_size].
        context: Settings and text; see `PROCESSORS` for what is applied.
    """
    left = process(logits, context)
    return left._replace(values=left.values / left.values.sum())


def draw(choice: Candidates, random: np.random.Generator) -> int:
    """Draw a token; a single candidate uses no random number."""
    if len(choice.token_ids) == 1:
        return int(choice.token_ids[0])
    index = int(np.searchsorted(np.cumsum(choice.values), random.random(), side="right"))
    return int(choice.token_ids[min(index, len(choice.token_ids) - 1)])


def alternatives(logits: NDArray[np.float32], count: int) -> Candidates:
    """Return the likeliest next tokens with the model's own probabilities, before any processor."""
    probabilities = softmax(logits.astype(np.float64))
    best = likeliest(probabilities, count)
    return Candidates(best, probabilities[best])
