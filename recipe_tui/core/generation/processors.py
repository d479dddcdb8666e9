"""The processors of the next token's scores, in order of application: penalties, temperature, and truncation.

The order is that of the fields of `GenerationConfig`. A processor is a function that returns the remaining candidates,
and returns them unchanged where its setting is off. It may overwrite the scores that it is given: each more array of a
vocabulary's size costs a step time. To add a processor, write the function, its row in `PROCESSORS` and the field
that turns it on. One that needs no text can have an array function in `device_processors.py` as well: with any other
processor that is on, a GPU returns the scores to the host for each token.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from recipe_tui.core.errors import GenerationError
from recipe_tui.core.generation.candidates import (
    Candidates,
    Context,
    Processor,
    likeliest,
    likeliest_until,
    log_softmax,
    softmax,
    vocabulary,
)
from recipe_tui.core.generation.contrast import contrast
from recipe_tui.core.generation.dry import dry
from recipe_tui.core.generation.guidance import guidance
from recipe_tui.core.generation.ingredient_bonus import ingredient_bonus
from recipe_tui.core.generation.section_automaton import section_automaton
from recipe_tui.core.generation.verbatim_guard import verbatim_guard

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray


NOT_NUMBERS = "the model's scores are not numbers", "its weights are damaged: take another checkpoint"


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
        return candidates.only(np.array([np.argmax(candidates.values)], np.int64))
    np.divide(candidates.values, value, out=candidates.values)
    return candidates


def top_n_sigma(candidates: Candidates, context: Context) -> Candidates:
    """Keep the tokens whose score is within n standard deviations of the highest (Tang et al., 2024)."""
    if not context.config.top_n_sigma or len(candidates.values) == 1:
        return candidates
    scores = candidates.values
    sigma = scores[np.isfinite(scores)].std()
    return candidates.only(scores >= scores.max() - context.config.top_n_sigma * sigma)


def top_k(candidates: Candidates, context: Context) -> Candidates:
    """Keep the k likeliest tokens (Fan et al., 2018)."""
    if not context.config.top_k:
        return candidates
    return candidates.only(likeliest(candidates.values, context.config.top_k))


def typical_p(candidates: Candidates, context: Context) -> Candidates:
    """Keep the tokens whose surprise is nearest to the expected one, up to the probability p (Meister et al., 2022)."""
    if context.config.typical_p == 1:
        return candidates
    surprise = -log_softmax(candidates.values)
    whole = np.exp(-surprise)
    possible = whole > 0
    distance = np.abs(surprise - (whole[possible] * surprise[possible]).sum())
    count = 256
    order = likeliest(-distance, count)
    while count < len(distance) and whole[order].sum() < context.config.typical_p:
        count *= 8
        order = likeliest(-distance, count)
    last = min(int(np.count_nonzero(np.cumsum(whole[order]) < context.config.typical_p)), len(order) - 1)
    return candidates.only(distance <= distance[order[last]])


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


PENALTIES: tuple[Processor, ...] = (
    verbatim_guard,
    ingredient_bonus,
    repetition_penalty,
    no_repeat_ngram,
    dry,
    section_automaton,
)
"""Those that a beam search applies too."""

PROCESSORS: tuple[Processor, ...] = (
    guidance,
    contrast,
    *PENALTIES,
    temperature,
    top_n_sigma,
    top_k,
    typical_p,
    probabilities,
    top_p,
    min_p,
)
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
        raise GenerationError(*NOT_NUMBERS)
    candidates = Candidates(vocabulary(len(logits)), logits.astype(np.float64))
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


def _first(candidates: Candidates, count: int) -> Candidates:
    """Keep the likeliest candidates, at least one."""
    count = max(1, count)
    return Candidates(candidates.token_ids[:count], candidates.values[:count])
