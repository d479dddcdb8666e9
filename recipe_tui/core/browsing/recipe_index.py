"""Where each recipe is: from rows of recipes to blocks."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from recipe_tui.core.blocks.store import Blocks


class RecipeIndex:
    """The blocks that each recipe of a split is in. The index is made when it is first asked for.

    Args:
        blocks: The blocks of the split.
    """

    def __init__(self, blocks: Blocks) -> None:
        self._blocks = blocks

    def blocks_of(self, recipes: NDArray[np.integer[Any]]) -> NDArray[np.int64]:
        """Return the numbers of the blocks that hold any of these recipes, ascending, each once.

        Args:
            recipes: Rows of recipes.
        """
        rows, order = self._index
        low = np.searchsorted(rows, recipes, "left")
        counts = np.searchsorted(rows, recipes, "right") - low
        before = np.cumsum(counts) - counts
        places = np.repeat(low - before, counts) + np.arange(counts.sum())
        return np.unique(self._block_of(order[places]))

    def parts_of(self, recipe: int) -> list[tuple[int, int, int]]:
        """Return block, offset in the recipe and length of each part of a recipe, in the recipe's order."""
        rows, order = self._index
        low, high = np.searchsorted(rows, [recipe, recipe + 1])
        segments = order[low:high]
        parts = self._blocks.segments[segments]
        found = zip(self._block_of(segments).tolist(), parts["offset"].tolist(), parts["length"].tolist(), strict=True)
        return sorted(found, key=lambda part: part[1])

    @cached_property
    def _index(self) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
        """The recipe of each segment, ascending, and the segments in that order."""
        recipes = np.ascontiguousarray(self._blocks.segments["recipe"])
        order = np.argsort(recipes, kind="stable")
        return recipes[order], order

    def _block_of(self, segments: NDArray[np.int64]) -> NDArray[np.int64]:
        found: NDArray[np.int64] = np.searchsorted(self._blocks.first_segments, segments, "right") - 1
        return found
