"""Search the blocks of a split by title, text or token; in steps, so that a search shows progress and can be left."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

from recipe_tui.core.browsing.filters import used_lengths

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from recipe_tui.core.blocks.store import Blocks, BlockStore
    from recipe_tui.core.browsing.recipe_index import RecipeIndex

SearchIn = Literal["title", "text", "token"]

CHUNK = 2_048
"""Blocks, or batches of recipes' rows, that are searched in one step."""


@dataclass(frozen=True, slots=True)
class Found:
    """What one step of a search found.

    Attributes:
        blocks: Numbers of blocks with a hit, ascending; each may come again in a later step.
        share: How much has been searched, from 0 to 1.
    """

    blocks: NDArray[np.int64]
    share: float


def search_recipes(store: BlockStore, places: RecipeIndex, text: str, where: SearchIn = "text") -> Iterator[Found]:
    """Yield the blocks of the recipes that hold a text, whatever its case, as they are found.

    Args:
        store: The store.
        places: Where the recipes of the split are.
        text: The text, not a pattern.
        where: "title" searches titles alone, "text" ingredients and steps too.
    """
    columns = ("title",) if where == "title" else ("title", "ingredients", "steps")
    total = max(len(store), 1)
    first = 0
    for batch in store.table.batches():
        matches = first + _matching_rows(batch, text, columns)
        first += batch.num_rows
        yield Found(places.blocks_of(matches), first / total)


def _matching_rows(batch: Any, text: str, columns: Sequence[str]) -> NDArray[np.int64]:
    """Return the rows of a batch in which any of the columns, of texts or lists of texts, holds the text."""
    import pyarrow as pa
    import pyarrow.compute as pc

    rows = []
    for name in columns:
        column = batch.column(name)
        is_list = pa.types.is_list(column.type)
        texts = column.flatten() if is_list else column
        hits = np.flatnonzero(pc.match_substring(texts, text, ignore_case=True).to_numpy(zero_copy_only=False))
        rows.append(pc.list_parent_indices(column).to_numpy()[hits] if is_list else hits)
    found: NDArray[np.int64] = np.unique(np.concatenate(rows))
    return found


def search_tokens(blocks: Blocks, ids: Sequence[int]) -> Iterator[Found]:
    """Yield the blocks that hold any of some tokens, as they are found; padding does not count.

    Args:
        blocks: The blocks of the split.
        ids: The tokens.
    """
    total, size = blocks.input_ids.shape
    largest = np.iinfo(blocks.input_ids.dtype).max
    wanted = np.array([i for i in ids if 0 <= i <= largest], blocks.input_ids.dtype)
    used = used_lengths(blocks)
    places = np.arange(size)
    for first in range(0, total, CHUNK):
        chunk = blocks.input_ids[first : first + CHUNK]
        hits = chunk == wanted[0] if len(wanted) == 1 else np.isin(chunk, wanted)
        hits = hits & (places < used[first : first + CHUNK, None])
        yield Found(first + np.flatnonzero(hits.any(axis=1)), min(first + CHUNK, total) / total)
