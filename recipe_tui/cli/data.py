"""``recipe-tui data``: recipes into blocks."""

from __future__ import annotations

import time
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from recipe_tui.cli.command import Outcome, command
from recipe_tui.cli.progress import ProgressView
from recipe_tui.cli.terminal import Terminal
from recipe_tui.core.config import NEW_TOKENIZER, Config
from recipe_tui.core.errors import UsageError

if TYPE_CHECKING:
    from recipe_tui.core.blocks.store import BlockStore

data = typer.Typer(help="Recipes into blocks.", no_args_is_help=True)

VOCAB_SIZE = 8192
"""Tokens of a new tokenizer: enough for recipes, and a small head for a small model."""


@data.command("build")
@command("top.output", "data", rest="source", rest_help=", and recipes to read")
def build(terminal: Terminal, config: Config) -> Outcome:
    """Read, clean, deduplicate, split and tokenize recipes, and pack them into a block store.

    The store is made below the output folder when --store names no place, and reused when nothing has changed. The
    tokenizer is the model's when --tokenizer names none.

    A build that is interrupted is resumed by the same command: its state is saved every few seconds in the hidden
    folder .NAME.partial beside the store, which is removed when the store is complete. Changed sources, settings,
    tokenizer or program start it afresh.
    """
    started = time.perf_counter()
    with ProgressView(terminal) as progress:
        store = build_blocks(config, progress)
    seconds = time.perf_counter() - started
    if not terminal.as_json:
        show_ledger(terminal, store)
        terminal.say(f"{'found' if store.reused else 'built'} {store.path} in {seconds:.1f} s")
    return Outcome(describe_store(store, seconds))


@data.command("tokenizer")
@command("top.output", "data", rest="source", rest_help=", and recipes to learn from")
def tokenizer(
    terminal: Terminal,
    config: Config,
    to: Annotated[Path, typer.Option("--to", metavar="DIR", help="A new folder for the tokenizer.")],
    vocab_size: Annotated[
        int, typer.Option("--vocab-size", metavar="N", help="Tokens, the special ones and the 256 bytes included.")
    ] = VOCAB_SIZE,
) -> Outcome:
    """Train a tokenizer of one's own: byte-level BPE with the layout's section tokens, on the training split only.

    Recipes are cleaned, deduplicated and split as in a training with the same settings. Use it by --tokenizer DIR; or
    leave this step out with --tokenizer new:N, which trains the same tokenizer.
    """
    if not config.data.source:
        raise UsageError("no recipes are given", "name files or folders: --source recipes.jsonl")
    if to.exists() and not (to.is_dir() and not any(to.iterdir())):
        raise UsageError(f"{to}: exists", "choose a new folder: --to DIR")
    from recipe_tui.core.blocks.tokenizer import new_tokenizer

    data = config.data.model_copy(update={"tokenizer": f"{NEW_TOKENIZER}{vocab_size}"})
    with ProgressView(terminal) as progress:
        trained = new_tokenizer(data, to, progress.build)
    if not terminal.as_json:
        terminal.say(f"trained on the training split, held-out recipes left out; written to {to}")
        terminal.show_pairs([("tokens", f"{trained.vocab_size:,}"), ("fingerprint", trained.fingerprint[:16])])
    return Outcome({"tokenizer": to, "vocab_size": trained.vocab_size, "fingerprint": trained.fingerprint})


def build_blocks(config: Config, progress: ProgressView) -> BlockStore:
    """Build, or reuse, the block store of a configuration; see `build_store` for what it raises."""
    if not config.data.source:
        raise UsageError("no recipes are given", "name files or folders: --source recipes.jsonl")
    from recipe_tui.core.backend import quieten

    quieten()
    from recipe_tui.core.blocks.prepare import prepare_blocks
    from recipe_tui.core.recipes.reading.reader import source_files

    source_files(config.data.source, config.data.format)  # a missing one is said before a tokenizer is sought
    return prepare_blocks(config, progress.build)[0]


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
