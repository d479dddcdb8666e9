"""Choosing the next token: what is done to the scores, in which order, and the draw. Plain numpy, one row at a time.

The order is that of the fields of `GenerationConfig`: repetition penalty, no-repeat n-grams, temperature, top-k, top-p,
min-p. Each works on what the one before has left.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from recipe_tui.core.config import GenerationConfig


class Candidates(NamedTuple):
    """Tokens that may come next, the likeliest first."""

    token_ids: NDArray[np.int64]
    probabilities: NDArray[np.float64]


def penalized(
    logits: NDArray[np.float32],
    prompt: Sequence[int],
    written: Sequence[int],
    config: GenerationConfig,
    protected: frozenset[int],
) -> NDArray[np.float64]:
    """Return the scores with repetition made less likely or impossible.

    Args:
        logits: Scores of the vocabulary, [vocab_size].
        prompt: Token ids of the prompt.
        written: Token ids written after it.
        config: ``repetition_penalty`` (CTRL, Keskar et al., 2019) divides positive scores and multiplies negative ones,
            once for each distinct token of prompt and text; ``no_repeat_ngram_size`` forbids what would repeat a run
            of written tokens. It does not look at the prompt, or the listed ingredients could not be named.
        protected: End and section tokens, which are never touched, or a text could not go on or end.
    """
    scores = logits.astype(np.float64)
    if config.repetition_penalty != 1.0:
        seen = np.array(sorted({*prompt, *written} - protected), np.int64)
        factor = config.repetition_penalty
        scores[seen] = np.where(scores[seen] > 0, scores[seen] / factor, scores[seen] * factor)
    if config.no_repeat_ngram_size:
        forbidden = repeating(written, config.no_repeat_ngram_size) - protected
        scores[list(forbidden)] = -np.inf
    return scores


def repeating(written: Sequence[int], size: int) -> set[int]:
    """Return the tokens that would complete a run of ``size`` tokens that was written before."""
    start = len(written) - size + 1
    if start < 0:
        return set()
    ending = list(written[start:])
    return {written[i + size - 1] for i in range(start) if list(written[i : i + size - 1]) == ending}


def candidates(scores: NDArray[np.float64], config: GenerationConfig) -> Candidates:
    """Return the tokens to draw from, by temperature, top-k, top-p and min-p; at least one always stays.

    Args:
        scores: Scores of the vocabulary after `penalized`, [vocab_size].
        config: ``top_k`` (Fan et al., 2018), ``top_p`` (nucleus sampling, Holtzman et al., 2020; the token that crosses
            p stays) and ``min_p`` (Nguyen et al., 2024). Temperature 0 leaves the likeliest token alone.
    """
    if config.temperature == 0:
        return Candidates(np.array([np.argmax(scores)], np.int64), np.ones(1))
    if config.top_k:
        token_ids = likeliest(scores, config.top_k)
        probabilities = softmax(scores[token_ids] / config.temperature)
    else:
        whole = softmax(scores / config.temperature)
        token_ids = likeliest_until(whole, config.top_p)
        probabilities = whole[token_ids]
    if config.top_p < 1:
        before = np.cumsum(probabilities) - probabilities
        kept = max(1, int(np.count_nonzero(before < config.top_p)))
        token_ids, probabilities = token_ids[:kept], probabilities[:kept]
    if config.min_p > 0:
        kept = max(1, int(np.count_nonzero(probabilities >= config.min_p * probabilities[0])))
        token_ids, probabilities = token_ids[:kept], probabilities[:kept]
    return Candidates(token_ids, probabilities / probabilities.sum())


def draw(choice: Candidates, random: np.random.Generator) -> int:
    """Draw a token; a single candidate needs no luck."""
    if len(choice.token_ids) == 1:
        return int(choice.token_ids[0])
    place = int(np.searchsorted(np.cumsum(choice.probabilities), random.random(), side="right"))
    return int(choice.token_ids[min(place, len(choice.token_ids) - 1)])


def alternatives(logits: NDArray[np.float32], count: int) -> Candidates:
    """Return the likeliest next tokens with the model's own probabilities, before any control acts."""
    probabilities = softmax(logits.astype(np.float64))
    best = likeliest(probabilities, count)
    return Candidates(best, probabilities[best])


def likeliest(scores: NDArray[np.float64], count: int) -> NDArray[np.int64]:
    """Return the places of the highest ``count`` scores, the highest first."""
    count = min(count, len(scores))
    places = np.sort(np.argpartition(scores, -count)[-count:])  # in order, so that equals keep theirs
    return places[np.argsort(-scores[places], kind="stable")]


def likeliest_until(probabilities: NDArray[np.float64], total: float) -> NDArray[np.int64]:
    """Return the places of the highest probabilities, the highest first, at least as many as add up to a total.

    To sort the whole vocabulary takes ten times as long, and a nucleus is small.
    """
    count = 256
    while total < 1 and count < len(probabilities):
        places = likeliest(probabilities, count)
        if probabilities[places].sum() >= total:
            return places
        count *= 8
    return likeliest(probabilities, len(probabilities))


def softmax(scores: NDArray[Any]) -> NDArray[Any]:
    """Return probabilities; scores of minus infinity have none."""
    powers = np.exp(scores - scores.max())
    total: NDArray[Any] = powers / powers.sum()
    return total
