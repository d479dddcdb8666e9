"""The processors of the next token's scores as array functions, for the loop that JAX compiles (`DeviceLoop`).

Each equals the function of the same name in `processors.py`, for several texts at once and in float32 where that has
float64. They need no text on the host, so that scores never leave the device. Which of them are on is fixed when the
loop is compiled; their strengths are not, so that another temperature compiles nothing.

Where scores are equal at the border of `top_k`, the lowest token ids are kept; NumPy's partition keeps any.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from recipe_tui.core.config.generation import PROCESSORS
from recipe_tui.core.generation.dry import LONGEST_RUN

if TYPE_CHECKING:
    from collections.abc import Callable

    from recipe_tui.core.config import GenerationConfig

Tensor = Any

OFF = {"guidance": 1, "repetition_penalty": 1, "typical_p": 1, "top_p": 1}
"""The values that turn processors off; 0 for all others. At temperature 0 the likeliest token is chosen."""


class Strengths(NamedTuple):
    """The settings of the processors, scalars; see `GenerationConfig`."""

    repetition_penalty: Tensor
    no_repeat_ngram_size: Tensor
    dry_multiplier: Tensor
    dry_base: Tensor
    dry_allowed_length: Tensor
    dry_range: Tensor
    temperature: Tensor
    top_n_sigma: Tensor
    top_k: Tensor
    typical_p: Tensor
    top_p: Tensor
    min_p: Tensor

    @classmethod
    def of(cls, config: GenerationConfig) -> Strengths:
        """Return the settings of a configuration."""
        values = (getattr(config, name) for name in cls._fields)
        return cls(*(np.float32(one) if isinstance(one, float) else np.int32(min(one, 2**31 - 1)) for one in values))


class Texts(NamedTuple):
    """What the processors see besides the scores.

    Attributes:
        written: Token ids after the prompts, int32 [rows, capacity].
        count: Number of them, int32 [rows].
        prompt: Tokens of the prompts, bool [rows, vocab_size].
        protected: Tokens that no penalty touches, bool [vocab_size].
        breakers: Tokens at which `dry` stops looking for a repeated run, bool [vocab_size].
    """

    written: Tensor
    count: Tensor
    prompt: Tensor
    protected: Tensor
    breakers: Tensor

    @property
    def is_written(self) -> Tensor:
        """Which positions hold a token of the text, bool [rows, capacity]."""
        return jnp.arange(self.written.shape[1]) < self.count[:, None]


class Ranked(NamedTuple):
    """The vocabulary, the highest score first.

    Attributes:
        token_ids: int32 [rows, vocab_size]; of equal scores the lower id is first.
        scores: float32 [rows, vocab_size].
        kept: Which tokens are candidates, bool [rows, vocab_size].
    """

    token_ids: Tensor
    scores: Tensor
    kept: Tensor

    @classmethod
    def of(cls, scores: Tensor) -> Ranked:
        """Sort the scores of a vocabulary, [rows, vocab_size]."""
        token_ids = jax.lax.broadcasted_iota(jnp.int32, scores.shape, 1)
        negative, token_ids = jax.lax.sort((-scores, token_ids), dimension=1, num_keys=1, is_stable=True)
        return cls(token_ids, -negative, jnp.ones(scores.shape, bool))

    @property
    def log_probabilities(self) -> Tensor:
        """Of the candidates among themselves; minus infinity for others."""
        return jax.nn.log_softmax(jnp.where(self.kept, self.scores, -jnp.inf))


def repetition_penalty(scores: Tensor, texts: Texts, strengths: Strengths) -> Tensor:
    """Divide positive and multiply negative scores of tokens in prompt or text."""
    factor = strengths.repetition_penalty
    seen = texts.prompt | _highest(texts, texts.is_written)
    return jnp.where(seen & ~texts.protected, jnp.where(scores > 0, scores / factor, scores * factor), scores)


def no_repeat_ngram(scores: Tensor, texts: Texts, strengths: Strengths) -> Tensor:
    """Forbid tokens that repeat an n-gram of the text."""
    before = _repeated(texts, jnp.zeros_like(texts.count), jnp.zeros_like(texts.protected))
    forbidden = _highest(texts, texts.is_written & (before >= strengths.no_repeat_ngram_size - 1))
    return jnp.where(forbidden & ~texts.protected, -jnp.inf, scores)


def dry(scores: Tensor, texts: Texts, strengths: Strengths) -> Tensor:
    """Lower what would continue a run of the text that was written before, the more the longer the run."""
    stops = texts.protected | texts.breakers
    first = jnp.where(strengths.dry_range > 0, jnp.maximum(texts.count - strengths.dry_range, 0), 0)
    continues = texts.is_written & ~stops[texts.written]
    length = _highest(texts, jnp.where(continues, _repeated(texts, first, stops), 0))
    growth = jnp.maximum(length - strengths.dry_allowed_length, 0).astype(jnp.float32)
    penalty = strengths.dry_multiplier * strengths.dry_base**growth
    return jnp.where(length >= strengths.dry_allowed_length, scores - penalty, scores)


def _repeated(texts: Texts, first: Tensor, stops: Tensor) -> Tensor:
    """Return how many tokens before each position are those at the end of the text.

    Args:
        texts: The texts.
        first: The first position that counts, int32 [rows].
        stops: Tokens that are never counted, bool [vocab_size].

    Returns:
        int32 [rows, capacity], at most `LONGEST_RUN`; of no meaning from the end of the text.
    """
    back = 1 + jnp.arange(LONGEST_RUN)
    ending = jnp.take_along_axis(texts.written, jnp.maximum(texts.count[:, None] - back, 0), axis=1)
    places = jnp.arange(texts.written.shape[1])[:, None] - back
    same = (texts.written[:, jnp.maximum(places, 0)] == ending[:, None]) & (places >= first[:, None, None])
    same &= ~stops[ending][:, None]
    return jnp.sum(jnp.cumprod(same.astype(jnp.int32), axis=-1), axis=-1)


def _highest(texts: Texts, values: Tensor) -> Tensor:
    """Return for each token the highest of the values, integers or booleans, at its positions; 0 if it has none.

    Args:
        texts: The texts.
        values: [rows, capacity].
    """
    rows = jnp.arange(len(values))[:, None]
    highest = jnp.zeros(texts.prompt.shape, jnp.int32).at[rows, texts.written].max(values.astype(jnp.int32))
    return highest.astype(values.dtype)


def top_n_sigma(ranked: Ranked, strengths: Strengths) -> Tensor:
    """Keep the tokens whose score is within n standard deviations of the highest."""
    sigma = jnp.std(ranked.scores, axis=-1, keepdims=True, where=jnp.isfinite(ranked.scores))
    return ranked.scores >= ranked.scores[:, :1] - strengths.top_n_sigma * sigma


def top_k(ranked: Ranked, strengths: Strengths) -> Tensor:
    """Keep the k likeliest tokens."""
    return jnp.broadcast_to(jnp.arange(ranked.kept.shape[1]) < strengths.top_k, ranked.kept.shape)


def typical_p(ranked: Ranked, strengths: Strengths) -> Tensor:
    """Keep the tokens whose surprise is nearest to the expected one, up to the probability p."""
    logs = ranked.log_probabilities
    probabilities = jnp.exp(logs)
    surprise = jnp.sum(jnp.where(probabilities > 0, -logs * probabilities, 0), axis=-1, keepdims=True)
    distance = jnp.abs(-logs - surprise)
    nearest, mass = jax.lax.sort((distance, probabilities), dimension=1, num_keys=1, is_stable=True)
    last = jnp.sum(jnp.cumsum(mass, axis=-1) < strengths.typical_p, axis=-1, keepdims=True)
    candidates = jnp.sum(ranked.kept, axis=-1, keepdims=True)
    return distance <= jnp.take_along_axis(nearest, jnp.minimum(last, candidates - 1), axis=1)


def top_p(ranked: Ranked, strengths: Strengths) -> Tensor:
    """Keep the likeliest tokens up to the one that reaches the probability p."""
    probabilities = jnp.exp(ranked.log_probabilities)
    return jnp.cumsum(probabilities, axis=-1) - probabilities < strengths.top_p


def min_p(ranked: Ranked, strengths: Strengths) -> Tensor:
    """Drop tokens less probable than this share of the likeliest one."""
    logs = ranked.log_probabilities
    return jnp.exp(logs - jnp.max(logs, axis=-1, keepdims=True)) >= strengths.min_p


PENALTIES: dict[str, Callable[[Tensor, Texts, Strengths], Tensor]] = {
    "repetition_penalty": repetition_penalty,
    "no_repeat_ngram_size": no_repeat_ngram,
    "dry_multiplier": dry,
}
"""Those of the scores of the vocabulary, by the field that turns them on; in order of application."""

TRUNCATIONS: dict[str, Callable[[Ranked, Strengths], Tensor]] = {
    "top_n_sigma": top_n_sigma,
    "top_k": top_k,
    "typical_p": typical_p,
    "top_p": top_p,
    "min_p": min_p,
}
"""Those that keep some of the candidates, which come after the temperature; likewise."""


def processors_on(config: GenerationConfig) -> frozenset[str]:
    """Return the fields of the processors that are on; without ``temperature`` the likeliest token is chosen."""
    return frozenset(name for name in PROCESSORS if getattr(config, name) != OFF.get(name, 0))


def can_run(config: GenerationConfig) -> bool:
    """Return whether texts can be sampled with these settings without scores or text on the host."""
    known = processors_on(config) <= {*PENALTIES, "temperature", *TRUNCATIONS}
    return known and config.num_beams == 1 and config.no_repeat_ngram_size <= LONGEST_RUN + 1


def candidates(scores: Tensor, texts: Texts, strengths: Strengths, on: frozenset[str]) -> Ranked:
    """Return the tokens to draw from.

    Args:
        scores: Scores of the vocabulary, float32 [rows, vocab_size].
        texts: The texts so far.
        strengths: The settings.
        on: See `processors_on`.
    """
    ranked = Ranked.of(penalized(scores, texts, strengths, on) / strengths.temperature)
    for name, kept in TRUNCATIONS.items():
        if name in on:
            ranked = ranked._replace(kept=ranked.kept & kept(ranked, strengths))
    return ranked


def penalized(scores: Tensor, texts: Texts, strengths: Strengths, on: frozenset[str]) -> Tensor:
    """Return the scores after the penalties; see `candidates`."""
    for name, penalty in PENALTIES.items():
        if name in on:
            scores = penalty(scores, texts, strengths)
    return scores


def draw(ranked: Ranked, uniform: Tensor) -> tuple[Tensor, Tensor]:
    """Draw a token of each text, as `sampling.draw` does.

    Args:
        ranked: The candidates.
        uniform: A random number from 0 to 1 for each text, float32 [rows].

    Returns:
        Token ids, int32 [rows], and whether the number was used: not where there is a single candidate.
    """
    cumulative = jnp.cumsum(jnp.exp(ranked.log_probabilities), axis=-1)
    total = cumulative[:, -1:]
    index = jnp.sum(cumulative <= uniform[:, None] * total, axis=-1)
    last = jnp.sum(cumulative < total, axis=-1)  # the last one that has a probability
    index = jnp.minimum(index, last)[:, None]
    token_ids = jnp.take_along_axis(ranked.token_ids, index, axis=1)[:, 0]
    return token_ids, jnp.sum(ranked.kept, axis=-1) > 1


def choose(
    scores: Tensor, texts: Texts, strengths: Strengths, uniform: Tensor, on: frozenset[str]
) -> tuple[Tensor, Tensor]:
    """Choose the next token of each text; see `candidates` and `draw`."""
    if "temperature" in on:
        return draw(candidates(scores, texts, strengths, on), uniform)
    token_ids = jnp.argmax(penalized(scores, texts, strengths, on), axis=-1).astype(jnp.int32)
    return token_ids, jnp.zeros(token_ids.shape, bool)
