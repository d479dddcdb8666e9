"""Extraction during a training: the share of passages of training blocks that the model continues word for word.

The protocol is that of "Quantifying Memorization Across Neural Language Models" (Carlini et al., 2023): 50 tokens of a
recipe are given, and the next 50 must follow greedily. Here they are given where they stand in their block, since a
model with learned positions knows a text by heart at the positions where it has seen it. ``recipe-tui evaluate`` asks
as a user does, with the recipe at the beginning, and so finds less.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from keras import ops

from recipe_tui.core.blocks.packing import IGNORED_LABEL
from recipe_tui.core.generation.extraction import EXTRACTION_TOKENS
from recipe_tui.core.training.data import batch_of

if TYPE_CHECKING:
    from recipe_tui.core.blocks.store import Blocks, BlockStore
    from recipe_tui.core.model.decoder import LanguageModel

PASSAGES = 16
"""Passages that are asked for at each sample: about a second for GPT-2 on a CPU."""

CANDIDATES = 4
"""Blocks that are drawn for each passage, since not every block has one."""


class Extraction:
    """Measures how much of the training text a model in training knows by heart; always with the same passages.

    The overlap of a sample shows only what is copied for a held-out prompt, which a model that knows all its training
    recipes may answer with words of its own.

    Args:
        model: The model in training.
        store: The block store.
        seed: Chooses the passages.
    """

    def __init__(self, model: LanguageModel, store: BlockStore, seed: int) -> None:
        self._model = model
        blocks = store.blocks("train")
        self._tokens = min(EXTRACTION_TOKENS, store.block_size // 2)
        drawn = np.random.default_rng(seed).permutation(len(blocks))[: CANDIDATES * PASSAGES].tolist()
        passages = [(one, start) for one in drawn if (start := self._start(blocks, one)) is not None][:PASSAGES]
        self._starts = np.array([start for _, start in passages], np.int32)
        if passages:
            end = int(self._starts.max()) + self._tokens
            batch = batch_of(blocks, np.array([block for block, _ in passages]), store.isolated)
            self._batch = {name: rows[:, :end] for name, rows in batch.items() if name != "labels"}

    def share(self) -> float | None:
        """Return the share of the passages that the present weights continue; None where no block has a passage."""
        if not len(self._starts):
            return None
        positions = self._starts[:, None] + np.arange(self._tokens)
        hidden = ops.take_along_axis(self._model(**self._batch), positions[..., None] - 1, axis=1)
        likeliest = ops.convert_to_numpy(ops.argmax(self._model.logits(hidden), axis=-1))
        followed = likeliest == np.take_along_axis(self._batch["input_ids"], positions, axis=1)
        return float(followed.all(axis=1).mean())

    def _start(self, blocks: Blocks, block: int) -> int | None:
        """Return where the first passage of a block must be continued, or None.

        What is given and what must follow belong to one recipe, and all that must follow is learned.
        """
        recipes, labels = blocks.recipe_of_tokens(block), blocks.batch([block]).labels[0]
        for start in range(self._tokens, len(recipes) - self._tokens + 1):
            of_one_recipe = (recipes[start - self._tokens : start + self._tokens] == recipes[start]).all()
            if of_one_recipe and (labels[start : start + self._tokens] != IGNORED_LABEL).all():
                return start
        return None
