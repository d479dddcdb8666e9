"""Packing: which tokens of which recipe go where in which block.

Two ways. `concatenate` is the original workflow's: all recipes in one stream, cut every ``block_size`` tokens, also
within a recipe. `best_fit` keeps recipes whole where it can: best-fit-decreasing bin packing, as in "Fewer Truncations
Improve Language Modeling" (Ding et al. 2024, arXiv:2404.10830). Both work on lengths alone and are deterministic.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

IGNORED_LABEL = -100
"""The label of a position that is no target: padding, a question, the first token of an isolated recipe."""

SEGMENT = np.dtype(
    [
        ("recipe", np.int32),  # row of the recipe
        ("start", np.int32),  # first token's place in the block
        ("length", np.int32),  # tokens
        ("offset", np.int32),  # first token's place in the recipe
        ("continues_before", np.bool_),  # the recipe's tokens before this segment are in another block
        ("continues_after", np.bool_),  # the recipe continues after this segment, in another block or, cut, in none
    ]
)
"""A run of one recipe's tokens in one block."""


@dataclass(frozen=True, slots=True)
class Packed:
    """The places of all tokens.

    Attributes:
        segments: The segments, structured as `SEGMENT`, in the order of the blocks and of their place in the block.
        first_segments: Row of each block's first segment, and the number of segments at the end, [blocks + 1] int64.
    """

    segments: NDArray[np.void]
    first_segments: NDArray[np.int64]

    def __len__(self) -> int:
        return len(self.first_segments) - 1


def concatenate(
    recipes: NDArray[np.integer[Any]], lengths: NDArray[np.integer[Any]], block_size: int, rng: np.random.Generator
) -> Packed:
    """Put all recipes, shuffled, into one stream and cut it every `block_size` tokens; the last block may be short.

    Args:
        recipes: Row of each recipe, [n].
        lengths: Tokens in each recipe, [n].
        block_size: Tokens in a block.
        rng: Decides the order; a source may be sorted by title.
    """
    order = rng.permutation(len(recipes))
    ends = np.cumsum(lengths[order], dtype=np.int64)
    starts = ends - lengths[order]
    total = int(ends[-1]) if len(ends) else 0
    edges = np.union1d(starts, np.arange(0, total, block_size))  # where a segment begins
    position = np.searchsorted(ends, edges, side="right")  # of each segment's recipe in the order
    segments = np.zeros(len(edges), SEGMENT)
    segments["recipe"] = recipes[order][position]
    segments["start"] = edges % block_size
    segments["length"] = np.diff(edges, append=total)
    segments["offset"] = edges - starts[position]
    _mark_continuations(segments, lengths[order][position])
    return _packed(segments, edges // block_size)


def best_fit(
    recipes: NDArray[np.integer[Any]],
    lengths: NDArray[np.integer[Any]],
    block_size: int,
    rng: np.random.Generator,
    overlong: Literal["split", "cut"] = "split",
) -> Packed:
    """Put each recipe, the longest first, into the block where it leaves the least room; blocks are shuffled.

    Args:
        recipes: Row of each recipe, [n].
        lengths: Tokens in each recipe, [n].
        block_size: Tokens in a block.
        rng: Decides which of equally long recipes comes first, and the order of the blocks, so that the first blocks
            are a fair sample of all.
        overlong: What happens to a recipe longer than a block: ``split`` fills blocks of its own and packs the rest
            like any recipe, ``cut`` keeps the first block of it.
    """
    order = rng.permutation(len(recipes))
    recipes, lengths = recipes[order], lengths[order].astype(np.int64)
    parts = np.ones_like(lengths) if overlong == "cut" else -(-lengths // block_size)
    owner = np.repeat(np.arange(len(recipes)), parts)
    part = np.arange(len(owner)) - np.repeat(np.cumsum(parts) - parts, parts)
    segments = np.zeros(len(owner), SEGMENT)
    segments["recipe"] = recipes[owner]
    segments["offset"] = part * block_size
    segments["length"] = np.minimum(lengths[owner] - part * block_size, block_size)
    _mark_continuations(segments, lengths[owner])
    longest_first = np.argsort(-segments["length"], kind="stable")
    segments = segments[longest_first]
    block, segments["start"] = _fill(segments["length"], block_size)
    shuffled = rng.permutation(int(block.max()) + 1 if len(block) else 0)
    block = shuffled[block]
    in_order = np.lexsort((segments["start"], block))
    return _packed(segments[in_order], block[in_order])


def _fill(lengths: NDArray[np.integer[Any]], block_size: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the block and the place in it of each length, by best fit in the given order.

    Blocks wait in a list for each amount of room they have left. Bit r of `rooms` says that the list for r is not
    empty, so the tightest room that is large enough is the lowest set bit above: constant time, whatever the number
    of blocks.
    """
    waiting: list[list[int]] = [[] for _ in range(block_size + 1)]
    rooms = blocks = 0
    placed_in = np.empty(len(lengths), np.int64)
    placed_at = np.empty(len(lengths), np.int64)
    for i, length in enumerate(lengths.tolist()):
        large_enough = rooms >> length
        if large_enough:
            room = length + (large_enough & -large_enough).bit_length() - 1
            block = waiting[room].pop()
            if not waiting[room]:
                rooms ^= 1 << room
        else:
            room, block, blocks = block_size, blocks, blocks + 1
        placed_in[i], placed_at[i] = block, block_size - room
        if left := room - length:
            waiting[left].append(block)
            rooms |= 1 << left
    return placed_in, placed_at


def _mark_continuations(segments: NDArray[np.void], recipe_lengths: NDArray[np.integer[Any]]) -> None:
    segments["continues_before"] = segments["offset"] > 0
    segments["continues_after"] = segments["offset"] + segments["length"] < recipe_lengths


def _packed(segments: NDArray[np.void], blocks: NDArray[np.integer[Any]]) -> Packed:
    """Index segments, which are in the order of their blocks, by block."""
    count = int(blocks[-1]) + 1 if len(blocks) else 0
    return Packed(segments, np.searchsorted(blocks, np.arange(count + 1)).astype(np.int64))
