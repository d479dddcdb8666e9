"""Trivial systems that every model stands beside: nearest and random training recipes, a template, a copy of the list.

Coverage and order are perfect for the last two, so that neither says anything by itself.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from recipe_tui.core.measures.libraries import evaluation_library
from recipe_tui.core.measures.text import words_of
from recipe_tui.core.recipes.ingredients import name_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from recipe_tui.core.recipes.recipe import Recipe


class NearestRecipes:
    """Finds the training recipe whose title and ingredients are nearest to a prompt's, by BM25 (Lucene's variant).

    Args:
        recipes: The training recipes; read once, and only their words are kept.

    Raises:
        UsageError: bm25s is not installed.
    """

    def __init__(self, recipes: Iterable[Recipe]) -> None:
        with evaluation_library():
            import bm25s
        self._retriever = bm25s.BM25()
        self._retriever.index([_prompt_words(recipe) for recipe in recipes], show_progress=False)

    def nearest(self, prompts: Sequence[Recipe]) -> list[int]:
        """Return the number of the nearest recipe for each prompt, in the order in which they were read."""
        found = []
        for prompt in prompts:
            known = [word for word in _prompt_words(prompt) if word in self._retriever.vocab_dict]
            if not known:
                found.append(0)
                continue
            numbers, _ = self._retriever.retrieve([known], k=1, show_progress=False)
            found.append(int(numbers[0][0]))
        return found


def random_rows(rows: Sequence[int], count: int, seed: int) -> list[int]:
    """Draw a training recipe for each prompt."""
    return np.random.default_rng([seed, 1]).choice(rows, count).tolist()  # type: ignore[no-any-return]


def template(recipe: Recipe) -> tuple[str, ...]:
    """Return directions that name every listed ingredient in its order, and could belong to any recipe."""
    names = [" ".join(name_words(line)).lower() for line in recipe.ingredients]
    names = [name for name in names if name]
    return (
        f"Combine the {_listed(names)} in a large bowl.",
        "Cook over medium heat until done.",
        "Season to taste and serve.",
    )


def copy(recipe: Recipe) -> tuple[str, ...]:
    """Return the ingredient list as directions."""
    return recipe.ingredients


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))


def _prompt_words(recipe: Recipe) -> list[str]:
    return words_of("\n".join([recipe.title, *recipe.ingredients]))
