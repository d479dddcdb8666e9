"""Blocks in the order of training, for TensorFlow by `datasets`, for JAX read from the store.

Training reads one endless stream: the blocks of epoch 0 in a shuffled order, then those of epoch 1 in another, and so
on; a step takes the next ``blocks_per_step`` of it. So every step is full, and step and seed alone say what it reads,
which is what makes a resumed run see the very blocks that the interrupted one would have seen.
"""

from __future__ import annotations

from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict
from functools import partial
from typing import TYPE_CHECKING, Any, TypeVar

import keras
import numpy as np

from recipe_tui.core.training.goldfish import drop_targets

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator

    from numpy.typing import NDArray

    from recipe_tui.core.blocks.store import Blocks

Item = TypeVar("Item")
Result = TypeVar("Result")

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


def batch_of(
    blocks: Blocks, indices: NDArray[np.int64], isolated: bool, goldfish_k: int = 0
) -> dict[str, NDArray[np.int32]]:
    """Read blocks as the model takes them; without isolation positions and segments say nothing and are left out.

    Args:
        blocks: The blocks of a split.
        indices: Numbers of blocks.
        isolated: Whether recipes in a block are isolated from each other.
        goldfish_k: One in this many targets is dropped, see `drop_targets`; 0: none.
    """
    batch = asdict(blocks.batch(indices))
    if goldfish_k:
        batch["labels"] = drop_targets(batch["input_ids"], batch["labels"], batch["segment_ids"], goldfish_k)
    return {name: rows for name, rows in batch.items() if isolated or name not in ISOLATION}


def training_data(
    blocks: Blocks, indices: NDArray[np.int64], blocks_per_step: int, isolated: bool, goldfish_k: int = 0
) -> Any:
    """Return an iterator over the batches of the steps, in the given order.

    Args:
        blocks: The training blocks.
        indices: Block numbers in order, [steps x blocks_per_step].
        blocks_per_step: Blocks in a step.
        isolated: Whether recipes in a block are isolated from each other.
        goldfish_k: See `batch_of`.
    """
    read = partial(batch_of, blocks, isolated=isolated, goldfish_k=goldfish_k)
    if keras.backend.backend() == "tensorflow":
        return iter(_tensorflow_data(read, indices, blocks_per_step))
    return one_ahead(read, indices.reshape(-1, blocks_per_step))


def one_ahead(read: Callable[[Item], Result], items: Iterable[Item]) -> Iterator[Result]:
    """Yield what is read of each item, in order; the next one is read in a thread while the caller computes."""
    with ThreadPoolExecutor(1) as thread:
        waiting: Future[Result] | None = None
        for item in items:
            following = thread.submit(read, item)
            if waiting is not None:
                yield waiting.result()
            waiting = following
        if waiting is not None:
            yield waiting.result()


def _tensorflow_data(read: Callable[..., dict[str, Any]], indices: NDArray[np.int64], blocks_per_step: int) -> Any:
    """Read through ``to_tf_dataset``: rows are block numbers, and a transform reads the memory-mapped store."""
    import tensorflow as tf
    from datasets import Dataset
    from transformers import DefaultDataCollator

    def rows_of(rows: dict[str, list[int]]) -> dict[str, list[NDArray[np.int32]]]:
        return {name: list(values) for name, values in read(np.asarray(rows["block"])).items()}

    dataset = (
        Dataset.from_dict({"block": indices})
        .with_transform(rows_of)
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
