"""Counting a split: lengths, padding, and how often each token is used; in chunks, so that it can be left."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np

from recipe_tui.core.browsing.filters import used_lengths
from recipe_tui.core.recipes.recipe import SPLITS, Split
from recipe_tui.core.text.layout import FIELDS, Section

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from numpy.typing import NDArray

    from recipe_tui.core.blocks.store import BlockStore

CHUNK = 2_048
"""Blocks counted at once."""


@dataclass(frozen=True, slots=True)
class Histogram:
    """How many things have which length.

    Attributes:
        edges: Lower edge of each bin and upper edge of the last, in tokens; the last bin includes its upper edge.
        counts: Things in each bin.
        mean: Mean length.
        quantiles: Smallest, median, 95th percentile and longest.
    """

    edges: tuple[int, ...]
    counts: tuple[int, ...]
    mean: float
    quantiles: tuple[int, int, int, int]


@dataclass(frozen=True, slots=True)
class Statistics:
    """The statistics of a split.

    Attributes:
        split: The split.
        blocks: Number of blocks.
        tokens: Tokens in them.
        padding: Places that hold none.
        recipe_lengths: Of the recipes in the split, in tokens.
        block_lengths: Tokens in each block.
        section_tokens: Tokens of the recipes by section, what is cut off included.
        most_frequent: Ids of the most frequent tokens and how often they are there, the most frequent first.
        used: Different tokens that are there.
        vocabulary: Different tokens that there could be.
    """

    split: Split
    blocks: int
    tokens: int
    padding: int
    recipe_lengths: Histogram
    block_lengths: Histogram
    section_tokens: Mapping[Section, int]
    most_frequent: tuple[tuple[int, int], ...]
    used: int
    vocabulary: int

    @property
    def padding_share(self) -> float:
        """Share of all places that hold no token."""
        return self.padding / max(self.tokens + self.padding, 1)

    @property
    def never_used_share(self) -> float:
        """Share of the vocabulary that is nowhere in the split."""
        return 1 - self.used / max(self.vocabulary, 1)


def count_statistics(
    store: BlockStore,
    split: Split,
    progress: Callable[[float], bool] | None = None,
    most_frequent: int = 40,
    bins: int = 16,
) -> Statistics | None:
    """Count a split.

    Args:
        store: The store.
        split: The split.
        progress: Called now and then with the share that is done, from 0 to 1; returns False to cancel.
        most_frequent: How many of the most frequent tokens are wanted.
        bins: Bins of the histograms.

    Returns:
        The statistics; None when `progress` said to leave.
    """
    blocks = store.blocks(split)
    used = used_lengths(blocks)
    counts = np.zeros(store.vocab_size, np.int64)
    places = np.arange(store.block_size)
    for first in range(0, len(blocks), CHUNK):
        if progress is not None and not progress(first / len(blocks)):
            return None
        chunk = blocks.input_ids[first : first + CHUNK]
        tokens = chunk[places < used[first : first + CHUNK, None]]
        blocks.require_tokens(tokens)
        counts += np.bincount(tokens, minlength=len(counts))
    outcomes = store.outcomes
    sections = outcomes["section_tokens"][outcomes["split"] == SPLITS.index(split)]
    by_section = sections.sum(axis=0, dtype=np.int64).tolist()
    order = np.argsort(-counts, kind="stable")[:most_frequent]
    return Statistics(
        split=split,
        blocks=len(blocks),
        tokens=int(used.sum()),
        padding=len(blocks) * store.block_size - int(used.sum()),
        recipe_lengths=histogram(sections.sum(axis=1, dtype=np.int64), bins),
        block_lengths=histogram(used, bins),
        section_tokens={
            section: by_section[section] for section in Section if by_section[section] or section not in FIELDS
        },
        most_frequent=tuple((int(i), int(counts[i])) for i in order if counts[i]),
        used=int(np.count_nonzero(counts)),
        vocabulary=store.vocab_size,
    )


def histogram(lengths: NDArray[np.integer[Any]], bins: int) -> Histogram:
    """Put lengths into bins of equal, whole width; lengths beyond the 99th percentile share the last bin.

    Args:
        lengths: The lengths, in tokens.
        bins: At most so many bins.
    """
    if not len(lengths):
        return Histogram((0, 1), (0,), 0.0, (0, 0, 0, 0))
    low, middle, high, common, top = np.quantile(lengths, [0, 0.5, 0.95, 0.99, 1], method="lower").tolist()
    width = max(-(-(common - low + 1) // bins), 1)
    number = (common - low) // width + 1
    counts = np.bincount(np.minimum((lengths - low) // width, number - 1), minlength=number)
    edges = [low + i * width for i in range(number)] + [top]
    return Histogram(tuple(edges), tuple(counts.tolist()), float(lengths.mean()), (low, middle, high, top))
