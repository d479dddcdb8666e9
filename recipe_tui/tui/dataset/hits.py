"""The hits of a search, gathered while it runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from recipe_tui.core.browsing.search import SearchIn


@dataclass(frozen=True, slots=True)
class Query:
    """What is searched for.

    Attributes:
        where: In titles, in whole recipes, or in tokens.
        text: The characters; of a token also its name, or ``#`` and its id.
    """

    where: SearchIn
    text: str


class Hits:
    """Numbers of the blocks that a query has found, ascending."""

    def __init__(self, query: Query) -> None:
        import numpy as np

        self.query = query
        self.share = 0.0
        self._blocks: NDArray[np.int64] = np.zeros(0, np.int64)

    def __len__(self) -> int:
        return len(self._blocks)

    def __contains__(self, block: int) -> bool:
        place = int(self._blocks.searchsorted(block))
        return place < len(self._blocks) and int(self._blocks[place]) == block

    def add(self, blocks: NDArray[np.int64], share: float) -> None:
        """Take in what another step of the search found."""
        import numpy as np

        if len(blocks):
            self._blocks = np.union1d(self._blocks, blocks)
        self.share = share

    def after(self, block: int, step: int, shown: NDArray[np.int64] | None) -> int | None:
        """Return the next hit, round the end to the first one; None when there is none.

        Args:
            block: Where one is.
            step: 1 for the next hit, -1 for the one before.
            shown: The blocks that a filter shows, ascending; None for all.
        """
        import numpy as np

        hits = self._blocks if shown is None else np.intersect1d(self._blocks, shown, assume_unique=True)
        if not len(hits):
            return None
        place = int(hits.searchsorted(block, "right")) if step > 0 else int(hits.searchsorted(block, "left")) - 1
        return int(hits[place % len(hits)])

    def rank(self, block: int) -> int | None:
        """Return which hit a block is, from 1; None when it is none."""
        return int(self._blocks.searchsorted(block)) + 1 if block in self else None
