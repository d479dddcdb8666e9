"""Generation with a base or any adapter over it: the base is loaded and compiled once, a switch takes milliseconds.

A switch changes the tokenizer too: each adapter was trained with its own special tokens and layout of recipes.
"""

from __future__ import annotations

import hashlib
from functools import cache
from typing import TYPE_CHECKING

from recipe_tui.core import paths
from recipe_tui.core.errors import CheckpointError
from recipe_tui.core.generation.decoder import Decoder
from recipe_tui.core.generation.generator import Generator
from recipe_tui.core.generation.open_decoder import LLAMA_CPP, open_decoder
from recipe_tui.core.generation.training_text import TrainingText
from recipe_tui.core.lora.adapter import check_fit
from recipe_tui.core.lora.base import cached_weights_hash, locate_base
from recipe_tui.core.lora.peft import list_adapters, read_adapter, summary_of
from recipe_tui.core.lora.switch import AdapterSwitch
from recipe_tui.core.model.weights import check_tokenizer, load_model, read_config
from recipe_tui.core.registry.locate import is_adapter, locate_model
from recipe_tui.core.text.tokenizer import load_tokenizer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping, Sequence
    from pathlib import Path

    from transformers import PreTrainedConfig

    from recipe_tui.core.config import Quantization
    from recipe_tui.core.generation.open_decoder import AnyDecoder
    from recipe_tui.core.lora.adapter import Adapter
    from recipe_tui.core.lora.peft import AdapterSummary
    from recipe_tui.core.model.decoder import LanguageModel
    from recipe_tui.core.text.tokenizer import Tokenizer

MAX_ADAPTERS = 12
"""Adapters loaded besides the requested one: the newest."""


class Tokenizers:
    """The tokenizers of a base and its adapters; those with the same files are loaded once.

    Args:
        base: Folder of the base.
        config: The model's configuration, with rows for the tokens of all adapters.
    """

    def __init__(self, base: Path, config: PreTrainedConfig) -> None:
        self._base, self._config = base, config
        self._loaded: dict[str, Tokenizer] = {}

    def of(self, folder: Path) -> Tokenizer:
        """Return the tokenizer in a folder, or the base's where there is none: PEFT alone saves none.

        Raises:
            TokenizerError: It is missing or damaged, or does not fit the model.
        """
        folder = folder if (folder / paths.TOKENIZER).is_file() else self._base
        files = sorted([*folder.glob("*token*.json"), *folder.glob("chat_template*")])
        content = hashlib.sha256(b"".join(path.name.encode() + path.read_bytes() for path in files)).hexdigest()
        if content not in self._loaded:
            tokenizer = load_tokenizer(folder)
            check_tokenizer(self._config, tokenizer.vocab_size, tokenizer.special_ids)
            self._loaded[content] = tokenizer
        return self._loaded[content]


class AdaptedGenerator:
    """A generator, and the adapters that its model can be switched to.

    Args:
        base: Folder of the base.
        adapters: Folders of the adapters; there may be none.
        tokenizers: Of the base and the adapters.
        activate: Makes an adapter active, or none, and returns what decodes with it.
        base_decoder: Loads the base once more, for contrast with it.

    Attributes:
        generator: Generates with the active adapter, or with the base.
        active: Folder of the active adapter; None for the base itself.
        adapters: Summaries of the adapters.
        base_name: Folder or hub name of the base.

    Raises:
        TokenizerError: The base's tokenizer is missing, or does not fit the model.
    """

    def __init__(
        self,
        base: Path,
        adapters: Iterable[Path],
        tokenizers: Tokenizers,
        activate: Callable[[Path | None], AnyDecoder],
        base_decoder: Callable[[], AnyDecoder],
    ) -> None:
        self.base = base
        self.active: Path | None = None
        self.adapters = tuple(map(summary_of, adapters))
        self.base_name = next((one.base for one in self.adapters if one.base), str(base))
        self._tokenizers = tokenizers
        self._activate = activate
        self._base_decoder = base_decoder
        self.generator = Generator(activate(None), tokenizers.of(base))
        self.generator.training_text = TrainingText.of_model(base)

    def switch(self, adapter: Path | None) -> None:
        """Make an adapter active, or none.

        Args:
            adapter: The adapter's folder.

        Raises:
            CheckpointError: The adapter is not loaded.
            TokenizerError: Its tokenizer is damaged, or does not fit the model.
        """
        if adapter is not None and all(adapter != one.path for one in self.adapters):
            raise CheckpointError(f"{adapter}: not among the adapters that were loaded", "load it")
        tokenizer = self._tokenizers.of(adapter or self.base)
        self.generator.decoder = self._activate(adapter)
        self.generator.tokenizer = tokenizer
        self.generator.training_text = TrainingText.of_model(adapter or self.base)
        self.generator.base = None if adapter is None else self._base_decoder
        self.active = adapter


def load_with_adapters(
    name: str | Path,
    runs: Path | None = None,
    precision: str = "float32",
    quantization: Quantization = "none",
    progress: Callable[[str], None] = lambda _: None,
) -> AdaptedGenerator:
    """Load a model together with the adapters that belong to it.

    Args:
        name: See `locate_model`. An adapter stands for its base, and is made active.
        runs: A folder of runs to search for adapters; the hash of the weights decides which belong to the model.
        precision: See `open_decoder`. llama.cpp has a file for each adapter, so that the first switch to it writes one.
        quantization: Type of the projections' kernels.
        progress: Called with what is done, in a few words, while a model is converted for llama.cpp.

    Raises:
        UsageError: See `open_decoder`.
        CheckpointError, TokenizerError, NetworkError: The model is missing, damaged or does not match its tokenizer.
    """
    folder = locate_model(name)
    known = [] if runs is None else list_adapters(runs, checkpoints=True)
    requested = next((one.path for one in known if one.path.resolve() == folder.resolve()), folder)
    adapters: dict[Path, Adapter] = {}
    if is_adapter(folder):
        adapters[requested] = read_adapter(folder)
        base = locate_base(adapters[requested], folder, cached_weights_hash)
    else:
        base = folder
    adapters |= _others(base, [one for one in known if one.path != requested])
    config = read_config(base)
    config.vocab_size = max(config.vocab_size, *(adapter.vocab_size for adapter in adapters.values()), 0)
    tokenizers = Tokenizers(base, config)
    tokenizers.of(base)  # an error here comes before the model is loaded
    if precision in LLAMA_CPP:
        activate = _opening(base, precision, quantization, progress)
    else:
        model = load_model(base, precision, config, quantization)
        for path, adapter in list(adapters.items()):
            try:
                check_fit(model, adapter)
            except CheckpointError:
                if path == requested:
                    raise
                del adapters[path]  # one that does not fit must not prevent the others
        activate = _switching(model, adapters)
    base_decoder = cache(lambda: open_decoder(base, precision, quantization, config=config, progress=progress))
    adapted = AdaptedGenerator(base, adapters, tokenizers, activate, base_decoder)
    if requested in adapters:
        adapted.switch(requested)
    return adapted


def _opening(
    base: Path, precision: str, quantization: Quantization, progress: Callable[[str], None]
) -> Callable[[Path | None], AnyDecoder]:
    """Return a function that opens a model with an adapter, or the base."""
    return lambda adapter: open_decoder(adapter or base, precision, quantization, progress=progress)


def _switching(model: LanguageModel, adapters: Mapping[Path, Adapter]) -> Callable[[Path | None], AnyDecoder]:
    """Return a function that assigns the values of an adapter to one model in memory, or of none."""
    switch = AdapterSwitch(model, {str(folder): adapter for folder, adapter in adapters.items()})
    decoder = Decoder(model)

    def activate(adapter: Path | None) -> Decoder:
        switch.switch(None if adapter is None else str(adapter))
        decoder.refresh()
        return decoder

    return activate


def _others(base: Path, known: Sequence[AdapterSummary]) -> dict[Path, Adapter]:
    """Return the newest adapters of a model, by the hash of its weights."""
    if not any(one.base_hash for one in known):
        return {}
    own = cached_weights_hash(base)
    belonging = [one.path for one in known if one.base_hash == own]
    belonging.sort(key=lambda path: (path / paths.ADAPTER_CONFIG).stat().st_mtime, reverse=True)
    found = {}
    for path in belonging[:MAX_ADAPTERS]:
        try:
            found[path] = read_adapter(path)
        except CheckpointError:
            continue  # it may be half written, and was not requested
    return found
