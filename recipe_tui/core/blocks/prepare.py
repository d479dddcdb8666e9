"""The blocks of a training and their tokenizer. Needs no backend."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipe_tui.core.blocks.build import build_store, default_destination
from recipe_tui.core.blocks.store import BlockStore
from recipe_tui.core.errors import UsageError
from recipe_tui.core.text.tokenizer import Tokenizer, load_tokenizer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from recipe_tui.core.blocks.progress import BuildProgress
    from recipe_tui.core.config import Config


def prepare_blocks(
    config: Config, model_folder: Path, progress: Callable[[BuildProgress], None] | None = None
) -> tuple[BlockStore, Tokenizer]:
    """Build, reuse or open the block store of a configuration.

    Args:
        config: With ``data.source`` the store is built from it, or reused; with ``data.store`` alone it is opened.
        model_folder: Where the tokenizer is when the configuration names none.
        progress: Called with the progress of a build.

    Raises:
        UsageError: Neither a source nor a store is given.
        SourceError, StoreError, TokenizerError, OutputError: See `build_store` and `BlockStore.open`.
    """
    data = config.data
    if not data.source:
        if data.store is None:
            raise UsageError("nothing to train on", "give recipes by --source, or a block store by --store")
        store = BlockStore.open(data.store)
        return store, load_tokenizer(store.tokenizer_path, store.config.layout)
    tokenizer = load_tokenizer(data.tokenizer or model_folder, data.layout)
    destination = data.store or default_destination(data, tokenizer, config.output)
    store = build_store(data, destination, tokenizer, progress)
    return store, tokenizer
