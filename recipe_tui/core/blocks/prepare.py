"""The blocks of a training and their tokenizer. Needs no backend."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipe_tui.core.atomic_io import clear_all_abandoned
from recipe_tui.core.blocks.build import build_store, default_destination
from recipe_tui.core.blocks.store import BlockStore
from recipe_tui.core.blocks.tokenizer import tokenizer_of
from recipe_tui.core.errors import UsageError
from recipe_tui.core.text.tokenizer import Tokenizer, load_tokenizer

if TYPE_CHECKING:
    from collections.abc import Callable

    from recipe_tui.core.blocks.progress import BuildProgress
    from recipe_tui.core.config import Config


def prepare_blocks(
    config: Config, progress: Callable[[BuildProgress], None] | None = None
) -> tuple[BlockStore, Tokenizer]:
    """Build, reuse or open the block store of a configuration.

    Args:
        config: With ``data.source`` the store is built from it, or reused; with ``data.store`` alone it is opened.
        progress: Called with the progress of a build.

    Raises:
        UsageError: Neither a source nor a store is given.
        SourceError, StoreError, TokenizerError, OutputError: See `tokenizer_of`, `build_store` and
            `BlockStore.open`.
    """
    data = config.data
    if not data.source:
        if data.store is None:
            raise UsageError("nothing to train on", "give recipes by --source, or a block store by --store")
        store = BlockStore.open(data.store)
        return store, load_tokenizer(store.tokenizer_path, store.config.layout)
    tokenizer = tokenizer_of(config, progress)
    destination = data.store
    if destination is None:
        destination = default_destination(data, tokenizer, config.output)
        clear_all_abandoned(destination.parent)  # names are fingerprints: a killed build may never be repeated
    store = build_store(data, destination, tokenizer, progress)
    return store, tokenizer
