"""Blocks in the order of training, for TensorFlow by `datasets`, for JAX read from the store.

Training reads one endless stream: the blocks of epoch 0 in a shuffled order, then those of epoch 1 in another, and so
on; a step takes the next ``blocks_per_step`` of it. So every step is full, and step and seed alone say what it reads,
which is what makes a resumed run see the very blocks that the interrupted one would have seen.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from recipe_tui.core.blocks.store import Blocks

ISOLATION = ("position_ids", "segment_ids")


def stream(blocks: int, seed: int, start: int, stop: int) -> NDArray[np.int64]:
    """Return the block numbers at places ``start`` to ``stop`` of the training stream.

    Args:
        blocks: Blocks in an epoch.
        seed: Seed of the shuffling; each epoch draws its own order from it.
        start: First place, counted from the beginning of training.
        stop: Place after the last.
    """
    epochs = range(start // blocks, -(-stop // blocks))
    orders = [np.random.default_rng([seed, epoch]).permutation(blocks) for epoch in epochs]
    first = epochs.start * blocks
    return np.concatenate([*orders, np.empty(0, np.int64)])[start - first : stop - first].astype(np.int64)


def batch_of(blocks: Blocks, indices: NDArray[np.int64], isolated: bool) -> dict[str, NDArray[np.int32]]:
    """Read blocks as the model takes them; without isolation positions and segments say nothing and are left out."""
    batch = asdict(blocks.batch(indices))
    return {name: rows for name, rows in batch.items() if isolated or name not in ISOLATION}


def training_data(blocks: Blocks, indices: NDArray[np.int64], blocks_per_step: int, isolated: bool) -> Any:
    """Return an iterator over the batches of the steps, in the given order.

    Args:
        blocks: The training blocks.
        indices: Block numbers in order, [steps x blocks_per_step].
        blocks_per_step: Blocks in a step.
        isolated: Whether recipes in a block are isolated from each other.
    """
    if keras.backend.backend() == "tensorflow":
        return iter(_tensorflow_data(blocks, indices, blocks_per_step, isolated))
    return (batch_of(blocks, step, isolated) for step in indices.reshape(-1, blocks_per_step))


def _tensorflow_data(blocks: Blocks, indices: NDArray[np.int64], blocks_per_step: int, isolated: bool) -> Any:
    """Read through ``to_tf_dataset``: rows are block numbers, and a transform reads the memory-mapped store."""
    import tensorflow as tf
    from datasets import Dataset
    from transformers import DefaultDataCollator

    def read(rows: dict[str, list[int]]) -> dict[str, list[NDArray[np.int32]]]:
        batch = batch_of(blocks, np.asarray(rows["block"]), isolated)
        return {name: list(values) for name, values in batch.items()}

    dataset = (
        Dataset.from_dict({"block": indices})
        .with_transform(read)
        .to_tf_dataset(
            batch_size=blocks_per_step,
            shuffle=False,  # the order is the stream's
            drop_remainder=True,
            collate_fn=DefaultDataCollator(return_tensors="np"),
            prefetch=False,
        )
    )
    narrow = dataset.map(lambda batch: {name: tf.cast(rows, tf.int32) for name, rows in batch.items()})
    return narrow.prefetch(2)
