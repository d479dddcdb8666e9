"""The messages of the dataset screen's threads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.message import Message

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from recipe_tui.core.browsing.filters import Filter
    from recipe_tui.core.errors import RecipeTuiError, TokenizerError
    from recipe_tui.core.recipes.recipe import Split
    from recipe_tui.tui.dataset.hits import Hits
    from recipe_tui.tui.dataset.opened import BlockPicture, OpenedStore


@dataclass
class StoreOpened(Message):
    """A store is open.

    Attributes:
        opened: The store; None when there is none under the output folder.
        block: The block to go to.
    """

    opened: OpenedStore | None
    block: int = 0


@dataclass
class BlockRead(Message):
    """A block has been read.

    Attributes:
        problem: Why its tokens are shown by id alone; sent with the first block only.
    """

    opened: OpenedStore
    block: BlockPicture
    problem: TokenizerError | None = None


@dataclass
class BlocksFiltered(Message):
    """A filter has found its blocks.

    Attributes:
        shown: Numbers of the blocks; None for all.
    """

    opened: OpenedStore
    split: Split
    which: Filter
    shown: NDArray[np.int64] | None


@dataclass
class SearchStep(Message):
    """A search has found more, or is done.

    Attributes:
        blocks: Numbers of the blocks that were found since the last step.
        share: How much has been searched, from 0 to 1.
    """

    hits: Hits
    blocks: NDArray[np.int64]
    share: float


@dataclass
class Failed(Message):
    """A job has failed.

    Attributes:
        store_is_lost: Whether nothing more can be shown of the store.
    """

    error: RecipeTuiError
    store_is_lost: bool = True
