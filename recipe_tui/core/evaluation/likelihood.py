"""How likely held-out recipes are to a model: the whole recipe, and its directions alone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from keras import ops

from recipe_tui.core.evaluation.scores import Likelihood
from recipe_tui.core.text.layout import Section

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from recipe_tui.core.model.decoder import LanguageModel
    from recipe_tui.core.recipes.recipe import Recipe
    from recipe_tui.core.text.tokenizer import Tokenizer

PADDING = 64
"""Texts are padded to multiples of this, so that few lengths are compiled."""


def recipe_likelihood(model: LanguageModel, tokenizer: Tokenizer, recipe: Recipe) -> Likelihood:
    """Compute the likelihood of a recipe without tags, servings and times, which not every layout has.

    What does not fit the model's context is left out. The first token is given.

    Args:
        model: The model.
        tokenizer: Its tokenizer.
        recipe: The recipe.
    """
    recipe = replace(recipe, tags=(), servings="", times=())
    encoded = tokenizer.encode_recipes([recipe])
    ids = encoded.ids[: model.config.max_position_embeddings].astype(np.int32)
    before_steps = int(encoded.section_lengths[0, : Section.STEPS].sum())
    (nats,) = token_nats(model, [ids])
    directions = nats[max(before_steps - 1, 0) :]
    whole, steps = _size([recipe.title, *recipe.ingredients, *recipe.steps]), _size(recipe.steps)
    if len(ids) < len(encoded.ids):
        left_out = len(tokenizer.text(encoded.ids[len(ids) :]).encode())
        whole, steps = max(whole - left_out, 1), max(steps - left_out, 0)
    return Likelihood(float(nats.sum()), len(nats), whole, float(directions.sum()), len(directions), steps)


def token_nats(model: LanguageModel, texts: Sequence[NDArray[np.int32]]) -> list[NDArray[np.float64]]:
    """Return the negative log-likelihood of each token but the first of some texts, each [tokens - 1].

    Args:
        model: The model.
        texts: Token ids, of each text at most the model's context.
    """
    longest = max(map(len, texts))
    length = min(-(-longest // PADDING) * PADDING, max(model.config.max_position_embeddings, longest))
    ids = np.zeros((len(texts), length), np.int32)
    for row, text in enumerate(texts):
        ids[row, : len(text)] = text
    logits = model.logits(model(ids))[:, :-1]
    targets = ops.take_along_axis(logits, ops.convert_to_tensor(ids[:, 1:, None]), axis=-1)[..., 0]
    nats = np.asarray(ops.convert_to_numpy(ops.logsumexp(logits, axis=-1) - targets), np.float64)
    return [of_text[: max(len(text) - 1, 0)] for of_text, text in zip(nats, texts, strict=True)]


def _size(lines: tuple[str, ...] | list[str]) -> int:
    """Return the bytes of some lines in UTF-8, with a line end after each."""
    return sum(len(line.encode("utf-8", "replace")) + 1 for line in lines)
