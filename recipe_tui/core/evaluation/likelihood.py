"""How likely held-out recipes are to a model: the whole recipe, and its directions alone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from keras import ops

from recipe_tui.core.evaluation.scores import Likelihood
from recipe_tui.core.text.layout import Section

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from recipe_tui.core.model.decoder import LanguageModel
    from recipe_tui.core.recipes.recipe import Recipe
    from recipe_tui.core.text.tokenizer import Tokenizer

PADDING = 64
"""Texts are padded to multiples of this, so that few lengths are compiled."""

BATCH_TOKENS = 1024
"""Token positions of a batch; the logits of the largest vocabulary take 0.6 GB."""


class TokenScores(NamedTuple):
    """How a model predicts the tokens of a text after the first one.

    Attributes:
        nats: Negative log-likelihood of each, [tokens - 1].
        likeliest: Whether each is the model's likeliest next token, [tokens - 1].
    """

    nats: NDArray[np.float64]
    likeliest: NDArray[np.bool_]


def recipe_likelihoods(
    model: LanguageModel, tokenizer: Tokenizer, recipes: Sequence[Recipe]
) -> Iterator[tuple[int, Likelihood]]:
    """Compute the likelihood of recipes without tags, servings and times, which not every layout has.

    What does not fit the model's context is left out. The first token is given.

    Args:
        model: The model.
        tokenizer: Its tokenizer.
        recipes: The recipes.

    Yields:
        The number of a recipe, and its likelihood; batch by batch, the longest first.
    """
    recipes = [replace(recipe, tags=(), servings="", times=()) for recipe in recipes]
    if not recipes:
        return
    encoded = tokenizer.encode_recipes(recipes)
    whole = np.split(encoded.ids.astype(np.int32), np.cumsum(encoded.lengths)[:-1])
    before_steps = encoded.section_lengths[:, : Section.STEPS].sum(axis=1).tolist()
    texts = [ids[: model.config.max_position_embeddings] for ids in whole]
    for batch in batches(list(map(len, texts))):
        found = token_scores(model, [texts[number] for number in batch])
        for number, (nats, _) in zip(batch, found, strict=True):
            recipe = recipes[number]
            directions = nats[max(before_steps[number] - 1, 0) :]
            size, steps_size = _size([recipe.title, *recipe.ingredients, *recipe.steps]), _size(recipe.steps)
            if len(texts[number]) < len(whole[number]):
                left_out = len(tokenizer.text(whole[number][len(texts[number]) :]).encode())
                size, steps_size = max(size - left_out, 1), max(steps_size - left_out, 0)
            values = float(nats.sum()), len(nats), size, float(directions.sum()), len(directions), steps_size
            yield number, Likelihood(*values)


def batches(lengths: Sequence[int]) -> Iterator[list[int]]:
    """Yield the numbers of texts in batches of `BATCH_TOKENS` padded positions at most, the longest texts first."""
    order = np.argsort(lengths, kind="stable").tolist()
    while order:
        size = max(1, BATCH_TOKENS // _padded(lengths[order[-1]]))
        yield order[-size:]
        del order[-size:]


def token_scores(model: LanguageModel, texts: Sequence[NDArray[np.int32]]) -> list[TokenScores]:
    """Compute how likely each token but the first of some texts is, in one batch.

    Args:
        model: The model.
        texts: Token ids, of each text at most the model's context.
    """
    longest = max(map(len, texts))
    ids = np.zeros((len(texts), min(_padded(longest), max(model.config.max_position_embeddings, longest))), np.int32)
    for row, text in enumerate(texts):
        ids[row, : len(text)] = text
    logits = model.logits(model(ids))[:, :-1]
    targets = ops.take_along_axis(logits, ops.convert_to_tensor(ids[:, 1:, None]), axis=-1)[..., 0]
    nats = np.asarray(ops.convert_to_numpy(ops.logsumexp(logits, axis=-1) - targets), np.float64)
    likeliest = np.asarray(ops.convert_to_numpy(ops.argmax(logits, axis=-1))) == ids[:, 1:]
    ends = [max(len(text) - 1, 0) for text in texts]
    return [TokenScores(nats[row, :end], likeliest[row, :end]) for row, end in enumerate(ends)]


def _padded(length: int) -> int:
    return -(-length // PADDING) * PADDING


def _size(lines: tuple[str, ...] | list[str]) -> int:
    """Return the bytes of some lines in UTF-8, with a line end after each."""
    return sum(len(line.encode("utf-8", "replace")) + 1 for line in lines)
