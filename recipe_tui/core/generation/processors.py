"""The processors of the next token's scores, in order of application: penalties, temperature, and truncation.

The order is that of the fields of `GenerationConfig`. A processor is a function that returns the remaining candidates,
and returns them unchanged where its setting is off. It may overwrite the scores that it is given: each more array of a
vocabulary's size costs a step time. To add a processor, write the function and its row in `PROCESSORS`.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

from recipe_tui.core.errors import GenerationError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from recipe_tui.core.config import GenerationConfig


class Candidates(NamedTuple):
    """Tokens that may come next.

    Attributes:
        token_ids: [candidates]; before `top_k` and `probabilities` the whole vocabulary, in order.
        values: Scores, [candidates]; after `probabilities` probabilities, the likeliest first.
    """

    token_ids: NDArray[np.int64]
    values: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Context:
    """What a processor sees besides the scores.

    Attributes:
        config: The settings.
        prompt: Token ids of the prompt.
        written: Token ids written after it.
        protected: End and section tokens, which no penalty touches: without them a recipe could not continue or end.
    """

    config: GenerationConfig
    prompt: Sequence[int]
    written: Sequence[int]
    protected: frozenset[int]


def repetition_penalty(candidates: Candidates, context: Context) -> Candidates:
    """Divide positive and multiply negative scores of tokens in prompt or text, once each (Keskar et al., 2019)."""
    factor = context.config.repetition_penalty
    if factor == 1.0:
        return candidates
    seen = np.array(sorted({*context.prompt, *context.written} - context.protected), np.int64)
    scores = candidates.values
    scores[seen] = np.where(scores[seen] > 0, scores[seen] / factor, scores[seen] * factor)
    return candidates


def no_repeat_ngram(candidates: Candidates, context: Context) -> Candidates:
    """Forbid tokens that repeat an n-gram of the text; not of the prompt, or the ingredients could not be named."""
    if context.config.no_repeat_ngram_size:
        forbidden = repeating(context.written, context.config.no_repeat_ngram_size) - context.protected
        candidates.values[list(forbidden)] = -np.inf
    return candidates


def temperature(candidates: Candidates, context: Context) -> Candidates:
    """Divide the scores by the temperature; 0 keeps the likeliest token alone (greedy)."""
    value = context.config.temperature
    if value == 0:
        best = np.array([np.argmax(candidates.values)], np.int64)
        return Candidates(candidates.token_ids[best], candidates.values[best])
    np.divide(candidates.values, value, out=candidates.values)
    return candidates


def top_k(candidates: Candidates, context: Context) -> Candidates:
    """Keep the k likeliest tokens (Fan et al., 2018)."""
    if not context.config.top_k:
        return candidates
    best = likeliest(candidates.values, context.config.top_k)
    return Candidates(candidates.token_ids[best], candidates.values[best])


def probabilities(candidates: Candidates, context: Context) -> Candidates:
    """Replace scores by probabilities, the likeliest first, as many as `top_p` needs."""
    whole = softmax(candidates.values)
    best = likeliest_until(whole, context.config.top_p)
    return Candidates(candidates.token_ids[best], whole[best])


def top_p(candidates: Candidates, context: Context) -> Candidates:
    """Keep the likeliest tokens up to the one that reaches the probability p (nucleus; Holtzman et al., 2020)."""
    if context.config.top_p == 1:
        return candidates
    before = np.cumsum(candidates.values) - candidates.values
    return _first(candidates, int(np.count_nonzero(before < context.config.top_p)))


def min_p(candidates: Candidates, context: Context) -> Candidates:
    """Drop tokens less probable than this share of the likeliest one (Nguyen et al., 2024)."""
    if context.config.min_p == 0:
        return candidates
    least = context.config.min_p * candidates.values[0]
    return _first(candidates, int(np.count_nonzero(candidates.values >= least)))


Processor = Callable[[Candidates, Context], Candidates]

PENALTIES: tuple[Processor, ...] = (repetition_penalty, no_repeat_ngram)
"""Those that a beam search applies too."""

PROCESSORS: tuple[Processor, ...] = (*PENALTIES, temperature, top_k, probabilities, top_p, min_p)
"""Those of sampling, in order."""


def process(
    logits: NDArray[np.floating[Any]], context: Context, processors: Sequence[Processor] = PROCESSORS
) -> Candidates:
    """Apply processors to the scores of the vocabulary.

    Args:
        logits: [vocab_size].
        context: Settings and text.
        processors: In order of application.

    Raises:
        GenerationError: A score is not a number.
    """
    if np.isnan(logits.max()):
        raise GenerationError("the model's scores are not numbers", "its weights are damaged: take another checkpoint")
    candidates = Candidates(_vocabulary(len(logits)), logits.astype(np.float64))
    for processor in processors:
        candidates = processor(candidates, context)
    return candidates


def repeating(written: Sequence[int], size: int) -> set[int]:
    """Return the tokens that would complete an n-gram of ``size`` tokens that was written before."""
    start = len(written) - size + 1
    if start < 0:
        return set()
    ending = list(written[start:])
    return {written[i + size - 1] for i in range(start) if list(written[i : i + size - 1]) == ending}


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


@lru_cache(maxsize=1)
def _vocabulary(size: int) -> NDArray[np.int64]:
    token_ids = np.arange(size)
    token_ids.flags.writeable = False
    return token_ids


def _first(candidates: Candidates, count: int) -> Candidates:
    """Keep the likeliest candidates, at least one."""
    count = max(1, count)
    return Candidates(candidates.token_ids[:count], candidates.values[:count])
