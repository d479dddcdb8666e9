"""The tokenizer of a training: one that exists, or a new one trained on the training split. Needs no backend."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from recipe_tui.core.atomic_io import whole_folder, writing
from recipe_tui.core.blocks.fingerprint import fingerprint
from recipe_tui.core.blocks.gathered import Gathered
from recipe_tui.core.blocks.ingest import Candidates
from recipe_tui.core.blocks.partial_build import partial_build
from recipe_tui.core.blocks.progress import BuildProgress
from recipe_tui.core.blocks.selection import select_recipes
from recipe_tui.core.errors import NetworkError, SourceError, TokenizerError, UsageError
from recipe_tui.core.families.known import GPT2_SHAPES
from recipe_tui.core.paths import TOKENIZERS
from recipe_tui.core.recipes.clean import clean
from recipe_tui.core.recipes.reading import Unreadable, read_recipes, source_files
from recipe_tui.core.recipes.recipe import SPLITS
from recipe_tui.core.recipes.shingles import shingle_recipes
from recipe_tui.core.registry.hub import download
from recipe_tui.core.registry.locate import is_known_shape, locate_initial
from recipe_tui.core.text.field_dropout import drop_fields
from recipe_tui.core.text.layout import LAYOUTS, SECTIONS, Layout, Section
from recipe_tui.core.text.new_tokenizer import train_tokenizer
from recipe_tui.core.text.tokenizer import HUB_FILES, Tokenizer, load_tokenizer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from recipe_tui.core.blocks.fingerprint import Fingerprint
    from recipe_tui.core.blocks.partial_build import PartialBuild
    from recipe_tui.core.config import Config, DataConfig

WITHOUT_TOKENIZER = "train one on the recipes: --tokenizer new:8192; or name a folder that holds one"


@dataclass(frozen=True, slots=True)
class _NewTokenizer:
    """What a new tokenizer is trained with, besides the recipes."""

    vocab_size: int

    @property
    def fingerprint(self) -> str:
        return f"new:{self.vocab_size}"


def tokenizer_of(config: Config, progress: Callable[[BuildProgress], None] | None = None) -> Tokenizer:
    """Return the tokenizer of a configuration that has sources; train it where ``data.tokenizer`` says ``new:N``.

    A new tokenizer is kept below the output folder, and reused for the same recipes and settings.

    Args:
        config: The configuration.
        progress: Called with the progress of the training of a tokenizer.

    Raises:
        UsageError: A new tokenizer cannot write the layout.
        SourceError, NetworkError, OutputError: See `read_recipes` and `whole_folder`.
        TokenizerError: The tokenizer is missing, or cannot be loaded or trained.
        CheckpointError: There is no such model.
    """
    data, model = config.data, config.model
    if data.new_vocab_size is not None:
        folder = config.output / TOKENIZERS / new_tokenizer_digest(data)[:16]
        if not folder.is_dir():
            new_tokenizer(data, folder, progress)
        return load_tokenizer(folder, _layout_of(data).name)
    if data.tokenizer is None and is_known_shape(model):
        if model.name not in GPT2_SHAPES:
            raise TokenizerError(f"{model.name}: a shape has no tokenizer", WITHOUT_TOKENIZER, "data.tokenizer")
        try:
            return load_tokenizer(download(model.name, HUB_FILES, TokenizerError), data.layout)
        except NetworkError:
            raise TokenizerError(
                f"{model.name}: the hub cannot be reached, and its tokenizer is not on this machine",
                WITHOUT_TOKENIZER,
                "data.tokenizer",
            ) from None
    return load_tokenizer(data.tokenizer or locate_initial(model, HUB_FILES), data.layout)


def new_tokenizer(
    config: DataConfig,
    destination: Path,
    progress: Callable[[BuildProgress], None] | None = None,
    *,
    at_most: bool = False,
) -> Tokenizer:
    """Train a tokenizer on the recipes of the training split, and write it in Hugging Face layout.

    Recipes are cleaned, deduplicated and split as for a block store, so that no held-out recipe is learned from. An
    interrupted reading is resumed, as in `build_store`.

    Args:
        config: The settings; `DataConfig.new_vocab_size` says how large.
        destination: A new folder.
        progress: Called with the progress.
        at_most: Whether the vocabulary may be smaller, where the recipes support no larger one.

    Raises:
        UsageError: A new tokenizer cannot write the layout, or no size is given.
        SourceError: A source is missing or holds no recipe.
        ConfigError: All recipes are held out.
        TokenizerError: The recipes do not support the vocabulary.
        OutputError: The destination cannot be written to.
    """
    report = progress or (lambda _: None)
    layout, vocab_size = _layout_of(config), config.new_vocab_size
    if vocab_size is None:
        raise UsageError("no vocabulary size is given", "give one: --tokenizer new:8192")
    with partial_build(destination, _made_from(config)) as partial:
        candidates = _read(config, layout, partial, report)
        if not candidates.reasons:
            raise SourceError(f"{', '.join(config.source)}: no recipe in it", "check the sources")
        outcomes, _ = select_recipes(candidates, config)
        is_training = outcomes["split"] == SPLITS.index("train")
        report(BuildProgress("train tokenizer"))
        partial.recipes.seek(0)
        texts = (json.loads(line) for line, learned in zip(partial.recipes, is_training, strict=True) if learned)
        tokenizer = Tokenizer(train_tokenizer(texts, vocab_size, layout.special_tokens, at_most), layout)
        with whole_folder(destination) as folder:
            tokenizer.save(folder)
    return tokenizer


def new_tokenizer_digest(config: DataConfig) -> str:
    """Return a hash of all that decides a new tokenizer: sources, split, layout and size, and our code.

    Raises:
        SourceError: A source is missing or cannot be read.
    """
    return _made_from(config).digest


def _made_from(config: DataConfig) -> Fingerprint:
    defaults = type(config)()
    same = {name: getattr(defaults, name) for name in ("block_size", "packing", "overlong")}  # decide nothing here
    config = config.model_copy(update={**same, "layout": _layout_of(config).name})
    size = config.new_vocab_size or 0
    return fingerprint(config, source_files(config.source, config.format), _NewTokenizer(size))


def _layout_of(config: DataConfig) -> Layout:
    name = SECTIONS.name if config.layout == "auto" else config.layout
    if name not in LAYOUTS or name == "chat":
        raise UsageError("a new tokenizer has no chat template", "set the layout to sections or plain", "data.layout")
    return LAYOUTS[name]


def _read(
    config: DataConfig, layout: Layout, partial: PartialBuild, report: Callable[[BuildProgress], None]
) -> Candidates:
    """Read and clean all recipes; write the texts of each to the partial build, a line each."""
    gathered = Gathered(partial, config.near_duplicate_threshold)
    recipes = (read for read in read_recipes(config.source, config.format) if not isinstance(read, Unreadable))
    for batch in gathered.batches(recipes, report):
        cleaned = [clean(recipe) for recipe in batch]
        shingled = shingle_recipes([one.recipe for one in cleaned if one.reason is None])
        gathered.add(cleaned, shingled, np.zeros((len(batch), len(Section)), np.int32))
        with writing(partial.folder):
            for one in cleaned:
                spans = layout.spans(drop_fields(one.recipe, config.tag_dropout))
                texts = [span.text for span in spans if not span.special]
                partial.recipes.write(json.dumps(texts).encode() + b"\n")
        report(BuildProgress("read for tokenizer", len(gathered), note=partial.note))
        if partial.due():
            gathered.save({})
    return Candidates(gathered.reasons, gathered.given_splits, gathered.section_lengths, gathered.duplicates)
