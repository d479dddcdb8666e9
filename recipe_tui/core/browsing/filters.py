"""Which blocks are of a kind, found for millions of blocks at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from recipe_tui.core.blocks.store import Blocks

Filter = Literal["all", "cut", "padded", "several"]

FILTERS: dict[Filter, str] = {
    "all": "all blocks",
    "cut": "a recipe begins before the block or continues after it",
    "padded": "the block is not full",
    "several": "the block holds more than one recipe",
}
"""What each filter shows."""


def used_lengths(blocks: Blocks) -> NDArray[np.int64]:
    """Return how many places of each block hold a token, [blocks] int64."""
    last = blocks.segments[blocks.first_segments[1:] - 1]
    used: NDArray[np.int64] = last["start"].astype(np.int64) + last["length"]
    return used


def filtered(blocks: Blocks, which: Filter) -> NDArray[np.int64] | None:
    """Return the numbers of the blocks that a filter shows, ascending; None for all of them.

    Args:
        blocks: The blocks of a split.
        which: The filter.
    """
    if which == "all":
        return None
    if which == "cut":
        shown = _any_segment(blocks, blocks.segments["continues_before"] | blocks.segments["continues_after"])
    elif which == "padded":
        shown = used_lengths(blocks) < blocks.input_ids.shape[1]
    else:
        shown = np.diff(blocks.first_segments) > 1
    return np.flatnonzero(shown)


def _any_segment(blocks: Blocks, flags: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Return for each block whether the flag of any of its segments is set."""
    before = np.concatenate([[0], np.cumsum(flags, dtype=np.int64)])
    found: NDArray[np.bool_] = np.diff(before[blocks.first_segments]) > 0
    return found
