"""Passages of blocks that a model may know by heart: where they stand, and whether it continues them word for word.

The protocol is that of "Quantifying Memorization Across Neural Language Models" (Carlini et al., 2023): 50 tokens of a
recipe are given, and the next 50 must follow greedily. They are given where they stand in their block, with all that
comes before: a model with learned positions knows a text by heart at the positions where it has seen it.
"""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

import numpy as np
from keras import ops

from recipe_tui.core.blocks.packing import IGNORED_LABEL
from recipe_tui.core.generation.extraction import EXTRACTION_TOKENS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recipe_tui.core.blocks.store import Blocks, BlockStore
    from recipe_tui.core.model.decoder import LanguageModel
    from recipe_tui.core.recipes.recipe import Split

CANDIDATES = 4
"""Blocks that are drawn for each passage, since not every block has one."""


class Passage(NamedTuple):
    """A passage of a block.

    Attributes:
        block: Number of the block in its split.
        start: The first token that must follow.
    """

    block: int
    start: int


def draw_passages(store: BlockStore, split: Split, count: int, seed: int) -> list[Passage]:
    """Return passages of as many different blocks; fewer where not enough blocks have one."""
    blocks, tokens = store.blocks(split), passage_tokens(store)
    drawn = np.random.default_rng(seed).permutation(len(blocks))[: CANDIDATES * count].tolist()
    starts = ((block, _start(blocks, block, tokens)) for block in drawn)
    return list(islice((Passage(block, start) for block, start in starts if start is not None), count))


def passage_tokens(store: BlockStore) -> int:
    """Return how many tokens are given at least, and how many must follow; small blocks have fewer."""
    return min(EXTRACTION_TOKENS, store.block_size // 2)


def continues(model: LanguageModel, store: BlockStore, split: Split, passages: Sequence[Passage]) -> list[bool]:
    """Compute which passages a model continues, in one batch.

    Args:
        model: The model.
        store: The block store, by the model's own tokenizer.
        split: Split of the passages.
        passages: One at least.
    """
    starts = np.array([passage.start for passage in passages])
    positions = starts[:, None] + np.arange(passage_tokens(store))
    batch = store.blocks(split).batch([passage.block for passage in passages])
    end = int(positions.max()) + 1
    isolation = {"position_ids": batch.position_ids[:, :end], "segment_ids": batch.segment_ids[:, :end]}
    hidden = model(batch.input_ids[:, :end], **(isolation if store.isolated else {}))
    hidden = ops.take_along_axis(hidden, positions[..., None] - 1, axis=1)
    likeliest = ops.convert_to_numpy(ops.argmax(model.logits(hidden), axis=-1))
    followed: list[bool] = (likeliest == np.take_along_axis(batch.input_ids, positions, axis=1)).all(axis=1).tolist()
    return followed


def _start(blocks: Blocks, block: int, tokens: int) -> int | None:
    """Return where the first passage of a block must be continued, or None.

    What is given and what must follow belong to one recipe, and all that must follow is learned.
    """
    recipes, labels = blocks.recipe_of_tokens(block), blocks.batch([block]).labels[0]
    for start in range(tokens, len(recipes) - tokens + 1):
        of_one_recipe = (recipes[start - tokens : start + tokens] == recipes[start]).all()
        if of_one_recipe and (labels[start : start + tokens] != IGNORED_LABEL).all():
            return start
    return None
