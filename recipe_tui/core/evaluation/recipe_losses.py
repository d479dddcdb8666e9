"""Computing the loss of each recipe of a block store under a model; see `browsing.losses`."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import numpy as np

from recipe_tui.core.browsing.losses import NO_TARGETS, RecipeLosses, read_losses, recipes_in_splits, write_losses
from recipe_tui.core.generation.generator import Generator
from recipe_tui.core.model.token_scores import batches, token_scores
from recipe_tui.core.registry.locate import locate_model
from recipe_tui.core.text.layout import Section

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from numpy.typing import NDArray

    from recipe_tui.core.blocks.store import BlockStore
    from recipe_tui.core.model.decoder import LanguageModel
    from recipe_tui.core.text.tokenizer import Tokenizer

CHUNK = 512
"""Recipes that are sorted by length, so that a batch has little padding."""

WRITE_EVERY = 5.0
"""Seconds between two writes of the losses so far."""


def compute_losses(
    model: str,
    store: BlockStore,
    progress: Callable[[int, int], None] = lambda done, total: None,
    load: Callable[[str], Generator] = Generator.load,
    clock: Callable[[], float] = time.monotonic,
) -> RecipeLosses:
    """Compute the losses that are not kept yet, and keep them; what is computed is kept even when an error ends it.

    The recipes come in random order, so that the losses so far are those of a sample of the store.

    Args:
        model: Name of the model; see `locate_model`.
        store: The store.
        progress: Receives the recipes done and their total, each time that the losses so far are written.
        load: Loads the model.
        clock: Seconds of a monotonic clock.

    Raises:
        CheckpointError, TokenizerError, NetworkError: The model cannot be loaded.
        OutputError: The store's folder cannot be written to.
    """
    folder = locate_model(model)
    rows = recipes_in_splits(store)
    kept = read_losses(store, model)
    values = np.full(len(store), np.nan, np.float32)
    if kept is not None and kept.folder == folder:
        values[:] = kept.values
    losses = RecipeLosses(model, folder, values, len(rows))
    left = np.random.default_rng(0).permutation(rows)
    left = left[np.isnan(values[left])]
    progress(losses.done, losses.total)
    if not len(left):
        return losses
    write_losses(store, losses)  # a folder that cannot be written to is found before the work
    generator = load(str(folder))
    written = clock()
    try:
        for first in range(0, len(left), CHUNK):
            for batch, found in _losses(generator, store, left[first : first + CHUNK]):
                values[batch] = found
                if clock() - written >= WRITE_EVERY:
                    write_losses(store, losses)
                    progress(losses.done, losses.total)
                    written = clock()
    finally:
        write_losses(store, losses)
    progress(losses.done, losses.total)
    return losses


def mean_losses(model: LanguageModel, texts: list[NDArray[np.int32]], targets_from: list[int]) -> NDArray[np.float32]:
    """Return the mean loss of each of some texts in nats per target token, [texts].

    Args:
        model: The model.
        texts: Token ids, at most the model's context.
        targets_from: Where the targets of each text begin; the first token is never one.
    """
    scores = token_scores(model, texts)
    targets = [one.nats[max(start - 1, 0) :] for one, start in zip(scores, targets_from, strict=True)]
    return np.array([nats.mean() if len(nats) else NO_TARGETS for nats in targets], np.float32)


def _losses(
    generator: Generator, store: BlockStore, rows: NDArray[np.int64]
) -> Iterator[tuple[NDArray[np.int64], NDArray[np.float32]]]:
    """Yield the rows of each batch and their losses."""
    model, tokenizer = generator.decoder.model, generator.tokenizer
    texts, starts = _encoded(tokenizer, store, rows, model.config.max_position_embeddings)
    for batch in batches(list(map(len, texts))):
        yield rows[batch], mean_losses(model, [texts[one] for one in batch], [starts[one] for one in batch])


def _encoded(
    tokenizer: Tokenizer, store: BlockStore, rows: NDArray[np.int64], context: int
) -> tuple[list[NDArray[np.int32]], list[int]]:
    """Return the token ids of recipes, as far as the context reaches, and where their targets begin."""
    encoded = tokenizer.encode_recipes([store.recipe(row) for row in rows.tolist()])
    texts = np.split(encoded.ids.astype(np.int32), np.cumsum(encoded.lengths)[:-1])
    questions = encoded.section_lengths[:, : Section.STEPS].sum(axis=1).tolist()
    starts = questions if tokenizer.layout.name == "chat" else [0] * len(texts)
    return [text[:context] for text in texts], starts
