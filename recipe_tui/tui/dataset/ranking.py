"""What the page of losses shows, kept while it is closed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from recipe_tui.core.browsing.losses import RecipeLosses


@dataclass
class Ranking:
    """What the page shows, so that it opens again at the same place.

    Attributes:
        losses: The losses under the chosen model; None before any are read.
        highest: Whether the highest loss comes first.
        recipe: Row of the selected recipe.
    """

    losses: RecipeLosses | None = None
    highest: bool = True
    recipe: int | None = None
