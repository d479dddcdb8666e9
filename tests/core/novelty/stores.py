"""Stores for the novelty index: a table of recipes and their splits, without blocks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from recipe_tui.core.blocks.outcomes import OUTCOME
from recipe_tui.core.blocks.table import ROWS, RecipeTable, RecipeTableWriter
from recipe_tui.core.recipes.recipe import SPLITS, Recipe


@dataclass
class TableStore:
    """What an index needs of a `BlockStore`."""

    path: Path
    outcomes: NDArray[np.void]
    fingerprint: str = "a"

    @property
    def table(self) -> RecipeTable:
        return RecipeTable(self.path / "recipes.arrow")


def table_store(folder: Path, recipes: Sequence[Recipe], held_out: Sequence[int] = ()) -> TableStore:
    """Write recipes to a folder; some of them, by row, are held out."""
    folder.mkdir(exist_ok=True)
    with RecipeTableWriter(folder / "recipes.arrow") as writer:
        for first in range(0, len(recipes), ROWS):
            some = recipes[first : first + ROWS]
            writer.write(some, [() for _ in some])
    outcomes = np.zeros(len(recipes), OUTCOME)
    outcomes["split"][list(held_out)] = SPLITS.index("validation")
    return TableStore(folder, outcomes)
