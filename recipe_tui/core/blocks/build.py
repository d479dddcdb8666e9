"""The chain from sources to a block store: read, clean, tokenize, find duplicates, split, pack, write."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import numpy as np

from recipe_tui.core.atomic_io import clear_abandoned, whole_folder, write_array, write_text, writing
from recipe_tui.core.blocks.arrays import release_pages
from recipe_tui.core.blocks.fingerprint import Fingerprint, fingerprint
from recipe_tui.core.blocks.ledger import Ledger
from recipe_tui.core.blocks.manifest import StoreManifest, foreign_file, is_store
from recipe_tui.core.blocks.outcomes import OUTCOME
from recipe_tui.core.blocks.packing import SEGMENT, Packed, best_fit, concatenate
from recipe_tui.core.blocks.partial_build import partial_build, remove_partial_build
from recipe_tui.core.blocks.progress import BuildProgress
from recipe_tui.core.blocks.selection import select_recipes
from recipe_tui.core.blocks.store import BlockStore
from recipe_tui.core.errors import StoreError, UsageError
from recipe_tui.core.paths import (
    BLOCKS,
    STORE_FIRST_SEGMENTS,
    STORE_INPUT_IDS,
    STORE_LEDGER,
    STORE_OUTCOMES,
    STORE_SEGMENTS,
    STORE_TOKENIZER,
)
from recipe_tui.core.recipes.recipe import SPLITS, Split

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from recipe_tui.core.blocks.partial_build import PartialBuild
    from recipe_tui.core.config import DataConfig
    from recipe_tui.core.text.tokenizer import Tokenizer

CHUNK = 1 << 20
"""Tokens written to blocks at once."""


def build_store(
    config: DataConfig,
    destination: Path,
    tokenizer: Tokenizer | None = None,
    progress: Callable[[BuildProgress], None] | None = None,
) -> BlockStore:
    """Build the block store of a configuration, or reuse the one that is there when nothing has changed.

    The store is written to a temporary folder and renamed when it is complete; it replaces an older one. A build that
    is interrupted leaves a `PartialBuild`, which the next build of the same store resumes.

    Args:
        config: The settings; ``store`` is ignored.
        destination: Folder of the store: new, empty, or a store.
        tokenizer: The tokenizer; the configuration's when None.
        progress: Called with the progress of the build.

    Raises:
        UsageError: No source or no tokenizer is given.
        SourceError: A source is missing, cannot be read, or no recipe in it is left.
        ConfigError: The settings leave nothing to train on.
        TokenizerError: The tokenizer cannot be loaded.
        NetworkError: A hub name cannot be reached.
        StoreError: The destination exists and is no store, or holds files that are no part of it.
        OutputError: The destination cannot be written to.
    """
    report = progress or (lambda _: None)
    if destination.is_symlink() or not destination.name:
        destination = destination.resolve()  # a link would be replaced, and "." has no place beside it
    tokenizer = tokenizer or _tokenizer_of(config)
    config = config.model_copy(update={"layout": tokenizer.layout.name})
    made_from, store = _find(config, destination, tokenizer)
    if store is not None:
        report(BuildProgress("reuse"))
        clear_abandoned(destination)
        remove_partial_build(destination, made_from)
        return store
    with partial_build(destination, made_from) as partial, whole_folder(destination) as folder:
        _fill(folder, config, tokenizer, partial, made_from, report)
    return BlockStore.open(destination)


def default_destination(config: DataConfig, tokenizer: Tokenizer, output: Path) -> Path:
    """Return the default folder of a configuration's store, named by its fingerprint.

    Args:
        config: The settings.
        tokenizer: The tokenizer.
        output: Folder of the runs.

    Raises:
        UsageError: No source is given.
        SourceError: A source is missing or cannot be read.
    """
    from recipe_tui.core.recipes.reading import source_files

    config = config.model_copy(update={"layout": tokenizer.layout.name})
    made_from = fingerprint(config, source_files(config.source, config.format), tokenizer)
    return output / BLOCKS / made_from.digest[:16]


def _tokenizer_of(config: DataConfig) -> Tokenizer:
    from recipe_tui.core.text.tokenizer import load_tokenizer

    if config.tokenizer is None:
        raise UsageError("no tokenizer is given", "name a folder or a hub name: --tokenizer gpt2")
    if config.new_vocab_size is not None:
        raise UsageError("a new tokenizer is trained first", "see recipe_tui.core.blocks.tokenizer.new_tokenizer")
    return load_tokenizer(config.tokenizer, config.layout)


def _find(config: DataConfig, destination: Path, tokenizer: Tokenizer) -> tuple[Fingerprint, BlockStore | None]:
    """Return the fingerprint of the store to build, and the store at the destination when it has that fingerprint."""
    from recipe_tui.core.recipes.reading import source_files

    manifest = None
    if is_store(destination):
        try:
            manifest = StoreManifest.read(destination)
            manifest.check_files(destination)
        except StoreError:
            manifest = None  # outdated or damaged: it will be replaced
    elif destination.exists() and not (destination.is_dir() and not any(destination.iterdir())):
        raise StoreError(f"{destination}: exists and is no block store", "choose another folder for the store")
    files = source_files(config.source, config.format)
    made_from = fingerprint(config, files, tokenizer, known=manifest.fingerprint.files if manifest else ())
    if manifest is None or manifest.fingerprint.digest != made_from.digest:
        if (foreign := foreign_file(destination)) is not None:
            raise StoreError(
                f"{destination}: would be replaced, and {foreign} in it is no part of a store",
                "move that file, or choose another folder for the store",
            )
        return made_from, None
    return made_from, BlockStore(destination, manifest, reused=True)


def _fill(
    folder: Path,
    config: DataConfig,
    tokenizer: Tokenizer,
    partial: PartialBuild,
    made_from: Fingerprint,
    report: Callable[[BuildProgress], None],
) -> None:
    """Write a complete store into a folder."""
    from recipe_tui.core.blocks.ingest import ingest

    token_type: type[np.unsignedinteger[Any]] = np.uint16 if tokenizer.vocab_size <= 1 << 16 else np.uint32
    ingested = ingest(config, tokenizer, folder, partial, token_type, report)
    report(BuildProgress("find duplicates", total=len(ingested.reasons)))
    outcomes, outcome_names = select_recipes(ingested, config)
    lengths = outcomes["section_tokens"].sum(axis=1, dtype=np.int64)
    report(BuildProgress("pack", total=len(outcomes)))
    packed = {split: _pack(outcomes, lengths, split, config) for split in SPLITS}
    ledger = Ledger.count(
        sources=config.source,
        read=len(outcomes) + ingested.unreadable,
        unreadable=ingested.unreadable,
        repairs=ingested.repairs,
        outcomes=outcomes,
        outcome_names=outcome_names,
        given_splits=ingested.given_splits,
        warnings=ingested.warnings,
        unread_fields=ingested.unread_fields,
        packed=packed,
        block_size=config.block_size,
    )
    ledger.check()
    blocks = sum(map(len, packed.values()))
    written = 0

    tokens = np.memmap(ingested.tokens, token_type, mode="r")

    def wrote(count: int) -> None:
        nonlocal written
        written += count
        release_pages(tokens)
        report(BuildProgress("write", written, blocks))

    starts = np.cumsum(lengths) - lengths
    for split, blocks_of_split in packed.items():
        _write_blocks(folder / split, blocks_of_split, tokens, starts, config.block_size, tokenizer.pad_id, wrote)
    write_array(folder / STORE_OUTCOMES, OUTCOME, outcomes.shape, [outcomes])
    write_text(folder / STORE_LEDGER, json.dumps(ledger.to_json(), indent=1) + "\n")
    ingested.field_values.write(folder)
    tokenizer.save(folder / STORE_TOKENIZER)
    manifest = StoreManifest(
        config=config,
        fingerprint=made_from,
        vocab_size=tokenizer.vocab_size,
        eos_id=tokenizer.eos_id,
        pad_id=tokenizer.pad_id,
        outcome_names=outcome_names,
        files={
            path.relative_to(folder).as_posix(): path.stat().st_size
            for path in sorted(folder.rglob("*"))
            if path.is_file()
        },
    )
    manifest.write(folder)


def _pack(outcomes: NDArray[np.void], lengths: NDArray[np.int64], split: Split, config: DataConfig) -> Packed:
    rows = np.flatnonzero(outcomes["split"] == SPLITS.index(split))
    rng = np.random.default_rng([config.seed, SPLITS.index(split)])
    if config.packing == "concatenate":
        return concatenate(rows, lengths[rows], config.block_size, rng)
    # Overlong recipes that are to be dropped are in no split.
    return best_fit(rows, lengths[rows], config.block_size, rng, "cut" if config.overlong == "cut" else "split")


def _write_blocks(
    folder: Path,
    packed: Packed,
    tokens: NDArray[np.unsignedinteger[Any]],
    starts: NDArray[np.int64],
    block_size: int,
    pad_id: int,
    wrote: Callable[[int], None],
) -> None:
    """Write the blocks of one split.

    Args:
        folder: Folder of the split.
        packed: The segments of each block.
        tokens: The tokens of all recipes, [tokens].
        starts: Index of each recipe's first token in `tokens`, [recipes].
        block_size: Tokens in a block.
        pad_id: The padding token.
        wrote: Called with the number of blocks just written.
    """

    def filled() -> Iterator[NDArray[np.unsignedinteger[Any]]]:
        step = max(1, CHUNK // block_size)
        for first in range(0, len(packed), step):
            last = min(first + step, len(packed))
            low, high = packed.first_segments[[first, last]]
            segments = packed.segments[low:high]
            block = np.repeat(np.arange(last - first), np.diff(packed.first_segments[first : last + 1]))
            blocks = np.full((last - first) * block_size, pad_id, tokens.dtype)
            source = _runs(starts[segments["recipe"]] + segments["offset"], segments["length"])
            blocks[_runs(block * block_size + segments["start"], segments["length"])] = tokens[source]
            yield blocks
            wrote(last - first)

    with writing(folder):
        folder.mkdir()
    write_array(folder / STORE_INPUT_IDS, tokens.dtype, (len(packed), block_size), filled())
    write_array(folder / STORE_SEGMENTS, SEGMENT, packed.segments.shape, [packed.segments])
    write_array(folder / STORE_FIRST_SEGMENTS, np.int64, packed.first_segments.shape, [packed.first_segments])


def _runs(starts: NDArray[np.int64], lengths: NDArray[np.int32]) -> NDArray[np.int64]:
    """Return start, start + 1, ... for each run of the given length, one run after the other."""
    before = np.cumsum(lengths, dtype=np.int64) - lengths
    return np.repeat(starts - before, lengths) + np.arange(lengths.sum(dtype=np.int64))
