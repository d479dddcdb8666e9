"""Clusters of duplicates: which recipes are the same, and which of them was kept."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from recipe_tui.core.blocks.outcomes import RecipeOutcome
    from recipe_tui.core.blocks.store import BlockStore


@dataclass(frozen=True, slots=True)
class Member:
    """A recipe in a cluster.

    Attributes:
        recipe: Its row.
        outcome: What became of it, and how similar it is to the first one.
    """

    recipe: int
    outcome: RecipeOutcome


class Clusters:
    """The clusters of two or more recipes, in the order in which they were read. Only indices are held.

    Args:
        store: The store.
    """

    def __init__(self, store: BlockStore) -> None:
        self._store = store
        cluster = np.ascontiguousarray(store.outcomes["cluster"])
        order = np.argsort(cluster, kind="stable")
        order = order[np.searchsorted(cluster[order], 0) :]  # -1 is no recipe
        _, first, counts = np.unique(cluster[order], return_index=True, return_counts=True)
        self._rows = order
        self._first = first[counts > 1]
        self._counts = counts[counts > 1]

    @property
    def pairs(self) -> NDArray[np.int32]:
        """Each duplicate with the recipe that stands for it: that one's row and its own, [duplicates, 2]."""
        cluster = self._store.outcomes["cluster"]
        rows = np.flatnonzero((cluster >= 0) & (cluster != np.arange(len(cluster))))
        rows = rows[np.argsort(cluster[rows], kind="stable")]
        return np.stack([cluster[rows], rows.astype(np.int32)], axis=1)

    def __len__(self) -> int:
        return len(self._first)

    def __getitem__(self, index: int) -> tuple[Member, ...]:
        """Return a cluster: the recipe that stands for it first, the others by row."""
        first, count = int(self._first[index]), int(self._counts[index])
        rows = self._rows[first : first + count].tolist()
        members = [Member(row, self._store.outcome(row)) for row in rows]
        return tuple(sorted(members, key=lambda member: (member.outcome.duplicate_of is not None, member.recipe)))
