"""How likely held-out recipes are to a model: the whole recipe, and its directions alone."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from recipe_tui.core.evaluation.scores import Likelihood
from recipe_tui.core.model.token_scores import batches, token_scores
from recipe_tui.core.text.layout import Section

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from recipe_tui.core.model.decoder import LanguageModel
    from recipe_tui.core.recipes.recipe import Recipe
    from recipe_tui.core.text.tokenizer import Tokenizer


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


def _size(lines: tuple[str, ...] | list[str]) -> int:
    """Return the bytes of some lines in UTF-8, with a line end after each."""
    return sum(len(line.encode("utf-8", "replace")) + 1 for line in lines)
