"""Field dropout: leave out tags, servings and times at random, so that a model writes with and without them.

A recipe's own words are the seed, so that the same recipe is always written in the same way.
"""

from __future__ import annotations

import random
from dataclasses import replace
from hashlib import blake2b
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from recipe_tui.core.recipes.recipe import Recipe


def drop_fields(recipe: Recipe, rate: float) -> Recipe:
    """Return a recipe with some of its tags, servings and times left out, and its tags in a random order.

    With the probability ``rate`` all of them are left out, and else each with the probability ``rate``: prompts name
    none, some or all, and tags in any order.

    Args:
        recipe: The recipe.
        rate: From 0, which keeps all of them, to 1, which keeps none.
    """
    if not (recipe.tags or recipe.servings or recipe.times):
        return recipe
    words = "\n".join((recipe.title, *recipe.ingredients, *recipe.steps))
    rng = random.Random(blake2b(words.encode(errors="surrogatepass"), digest_size=8).digest())
    if rng.random() < rate:
        return replace(recipe, tags=(), servings="", times=())

    def kept(values: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(value for value in values if rng.random() >= rate)

    tags = kept(recipe.tags)
    return replace(
        recipe,
        tags=tuple(rng.sample(tags, len(tags))),
        servings="".join(kept((recipe.servings,))),
        times=kept(recipe.times),
    )
