"""What is measured: the recipe that a system wrote for a prompt."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from recipe_tui.core.recipes.recipe import Recipe


@dataclass(frozen=True, slots=True)
class Written:
    """What a system wrote for a prompt.

    Attributes:
        recipe: The recipe, title and ingredients of the prompt included, as parsed from the text.
        ended: Whether it ended by itself.
    """

    recipe: Recipe
    ended: bool = True

    @property
    def directions(self) -> str:
        """The directions as one text."""
        return "\n".join(self.recipe.steps)

    @property
    def parsed(self) -> bool:
        """Whether there are a title, ingredients and steps, and it ended by itself."""
        return bool(self.ended and self.recipe.title and self.recipe.ingredients and self.recipe.steps)
