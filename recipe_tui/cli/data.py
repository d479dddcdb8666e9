"""``recipe-tui data``: recipes into blocks."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recipe_tui.cli.command import Outcome, command
from recipe_tui.cli.progress import ProgressView
from recipe_tui.cli.terminal import Terminal
from recipe_tui.core.config import Config
from recipe_tui.core.errors import UsageError

if TYPE_CHECKING:
    from recipe_tui.core.blocks.store import BlockStore


@command("top.output", "data", rest="source", rest_help=", and recipes to read")
def build(terminal: Terminal, config: Config) -> Outcome:
    """Read, clean, deduplicate, split and tokenize recipes, and pack them into a block store.

    The store is made below the output folder when --store names no place, and reused when nothing has changed. The
    tokenizer is the model's when --tokenizer names none.
    """
    started = time.perf_counter()
    with ProgressView(terminal) as progress:
        store = build_blocks(config, progress)
    seconds = time.perf_counter() - started
    if not terminal.as_json:
        show_ledger(terminal, store)
        terminal.say(f"{'found' if store.reused else 'built'} {store.path} in {seconds:.1f} s")
    return Outcome(describe_store(store, seconds))


def build_blocks(config: Config, progress: ProgressView) -> BlockStore:
    """Build, or reuse, the block store of a configuration; see `build_store` for what it raises."""
    if not config.data.source:
        raise UsageError("no recipes are given", "name files or folders: --source recipes.jsonl")
    from recipe_tui.core.backend import quieten

    quieten()
    from recipe_tui.core.blocks.build import build_store, default_destination
    from recipe_tui.core.recipes.reading.reader import source_files
    from recipe_tui.core.registry.locate import locate_model
    from recipe_tui.core.text.tokenizer import load_tokenizer

    source_files(config.data.source, config.data.format)  # a missing one is said before a tokenizer is sought
    data, name = config.data, config.data.tokenizer or config.model.name
    if data.tokenizer is None and Path(name).is_dir():
        name = str(locate_model(name))
    tokenizer = load_tokenizer(name, data.layout)
    destination = data.store or default_destination(data, tokenizer, config.output)
    return build_store(data, destination, tokenizer, progress.build)


def describe_store(store: BlockStore, seconds: float) -> dict[str, Any]:
    """Return what ``data build --json`` prints.

    Args:
        store: The store.
        seconds: Time it took to have it.
    """
    return {
        "store": store.path,
        "reused": store.reused,
        "seconds": round(seconds, 3),
        "ledger": store.ledger.to_json(),
        "blocks": {split: counts.blocks for split, counts in store.ledger.splits.items()},
    }


def show_ledger(terminal: Terminal, store: BlockStore) -> None:
    """Print where every recipe and every token went."""
    terminal.show_pairs((name, f"{count:,}") for name, count in store.ledger.rows())
    for warning in store.ledger.warnings:
        terminal.say(f"warning: {warning}")
