"""The prompts of an evaluation: held-out recipes of a block store, the same ones for every model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from recipe_tui.core.blocks.store import training_recipes as training_recipes
from recipe_tui.core.errors import StoreError
from recipe_tui.core.recipes.ingredients import content_words
from recipe_tui.core.recipes.recipe import SPLITS, Recipe
from recipe_tui.core.text.prompt import Prompt

if TYPE_CHECKING:
    from recipe_tui.core.blocks.store import BlockStore
    from recipe_tui.core.recipes.recipe import Split

HELD_OUT: tuple[Split, ...] = ("test", "validation")
"""Splits that prompts are drawn from: the first one that has any."""


@dataclass(frozen=True, slots=True)
class HeldOutPrompts:
    """Held-out recipes whose title and ingredients are given, and whose directions are compared with.

    Attributes:
        rows: Their rows in the store.
        recipes: The recipes.
        split: The split that they are from.
        left_out: Recipes of the split that were drawn and cannot be a prompt: they list no ingredient.
        asked: Number of prompts that was asked for; 0 where it is not known.
    """

    rows: tuple[int, ...]
    recipes: tuple[Recipe, ...]
    split: Split
    left_out: int
    asked: int = 0

    def __len__(self) -> int:
        return len(self.rows)

    @property
    def shortage(self) -> str:
        """That there are fewer prompts than were asked for; empty if there are not."""
        if len(self) >= self.asked:
            return ""
        return f"{self.asked:,} prompts were asked for, and no more recipes are held out"

    def by_row(self) -> dict[int, Prompt]:
        """Return the prompts by their rows."""
        return {
            row: Prompt(recipe.title, recipe.ingredients) for row, recipe in zip(self.rows, self.recipes, strict=True)
        }

    def free(self, count: int, titles: bool) -> dict[int, Prompt]:
        """Return prompts after which a model writes whole recipes: nothing, or a title, by the row that it is from.

        Args:
            count: Number of recipes.
            titles: Whether the model writes their titles, which layouts with section tokens allow.
        """
        recipes = zip(self.rows[:count], self.recipes[:count], strict=True)
        return {row: Prompt() if titles else Prompt(recipe.title) for row, recipe in recipes}


def held_out_prompts(store: BlockStore, count: int, seed: int) -> HeldOutPrompts:
    """Draw prompts from the test split, or from the validation split where there is no test split.

    No duplicate of a training recipe is among them, since the clusters of duplicates never straddle splits.

    Args:
        store: The store.
        count: Number of prompts; with fewer held-out recipes, all of them.
        seed: Seed of the draw.

    Raises:
        StoreError: The store holds out no recipe with ingredients and directions.
    """
    for split in HELD_OUT:
        drawn = np.random.default_rng(seed).permutation(rows_of(store, split)).tolist()
        rows: list[int] = []
        recipes: list[Recipe] = []
        left_out = 0
        for row in drawn:
            recipe = store.recipe(row)
            if recipe.steps and any(map(content_words, recipe.ingredients)):
                rows.append(row)
                recipes.append(recipe)
            else:
                left_out += 1
            if len(rows) == count:
                break
        if rows:
            return HeldOutPrompts(tuple(rows), tuple(recipes), split, left_out, count)
    raise StoreError(
        f"{store.path}: no held-out recipes with ingredients", "build the store with data.test_fraction above 0"
    )


def rows_of(store: BlockStore, split: Split) -> list[int]:
    """Return the rows of a split."""
    rows: list[int] = np.flatnonzero(store.outcomes["split"] == SPLITS.index(split)).tolist()
    return rows
