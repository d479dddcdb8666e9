"""Writing with a base model or any adapter over it: the base is loaded and compiled once, a switch takes milliseconds.

A switch changes the tokenizer too: each adapter writes recipes as it has learned to, with its own tokens and layout.
"""

from __future__ import annotations

import hashlib
import time
from typing import TYPE_CHECKING

from recipe_tui.core import paths
from recipe_tui.core.errors import CheckpointError
from recipe_tui.core.generation.decoder import Decoder
from recipe_tui.core.generation.generator import Generator
from recipe_tui.core.lora.adapter import check_fit
from recipe_tui.core.lora.hashes import known_hash
from recipe_tui.core.lora.open import AdapterSwitch, locate_base
from recipe_tui.core.lora.peft import list_adapters, read_adapter, summary_of
from recipe_tui.core.model.weights import check_tokenizer, load_model, read_config
from recipe_tui.core.registry.locate import is_adapter, locate_model
from recipe_tui.core.text.tokenizer import load_tokenizer

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from recipe_tui.core.config import Quantization
    from recipe_tui.core.lora.adapter import Adapter
    from recipe_tui.core.lora.peft import AdapterSummary
    from recipe_tui.core.model.decoder import LanguageModel
    from recipe_tui.core.text.tokenizer import Tokenizer

MOST = 12
"""Adapters that are held ready beside the one that is asked for: the newest."""


class AdaptedGenerator(Generator):
    """Writes with a base model, or with any of several adapters over it.

    Args:
        model: The base, with rows for the tokens of all adapters; its kernels may be integers.
        base: Its folder.
        adapters: The adapters by folder.
        clock: Seconds of a monotonic clock.

    Raises:
        CheckpointError: An adapter does not fit the model.
        TokenizerError: The base has no tokenizer, or another one's.
    """

    def __init__(
        self,
        model: LanguageModel,
        base: Path,
        adapters: Mapping[Path, Adapter],
        clock: Callable[[], float] = time.perf_counter,
    ) -> None:
        self.base = base
        self.adapters = tuple(summary_of(folder) for folder in adapters)
        self.base_name = next((one.base for one in self.adapters if one.base), str(base))
        self._switch = AdapterSwitch(model, {str(folder): adapter for folder, adapter in adapters.items()})
        self._tokenizers: dict[str, Tokenizer] = {}
        super().__init__(Decoder(model), self._tokenizer_of(base, model), clock)

    @property
    def active(self) -> Path | None:
        """See `Generator.active`."""
        name = self._switch.active
        return next((one.path for one in self.adapters if str(one.path) == name), None)

    def switch(self, adapter: Path | None) -> None:
        """See `Generator.switch`."""
        if all(adapter != one.path for one in self.adapters):
            super().switch(adapter)
        tokenizer = self._tokenizer_of(adapter or self.base, self.decoder.model)
        self._switch.switch(None if adapter is None else str(adapter))
        self.decoder.refresh()
        self.tokenizer = tokenizer

    def _tokenizer_of(self, folder: Path, model: LanguageModel) -> Tokenizer:
        """Return a folder's tokenizer; runs over one base often have the same, which is loaded once."""
        place = folder if (folder / paths.TOKENIZER).is_file() else self.base  # PEFT alone saves none
        files = sorted([*place.glob("*token*.json"), *place.glob("chat_template*")])
        content = hashlib.sha256(b"".join(path.name.encode() + path.read_bytes() for path in files)).hexdigest()
        if content not in self._tokenizers:
            tokenizer = load_tokenizer(place)
            check_tokenizer(model.config, tokenizer.vocab_size, tokenizer.eos_id)
            self._tokenizers[content] = tokenizer
        return self._tokenizers[content]


def load_with_adapters(
    name: str | Path, place: Path | None = None, precision: str = "float32", quantization: Quantization = "none"
) -> Generator:
    """Load a model together with the adapters that belong to it, to switch between them.

    Args:
        name: See `locate_model`. An adapter stands for the model that it belongs to, and is made active.
        place: A folder of runs, whose adapters are looked at; what they belong to is told by the hash of its weights.
        precision: A Keras dtype policy.
        quantization: What the projections are kept as.

    Returns:
        An `AdaptedGenerator`; where there is no adapter, a `Generator`.

    Raises:
        CheckpointError, TokenizerError, NetworkError: The name is no model, or a damaged or ill-matched one.
    """
    folder = locate_model(name)
    known = [] if place is None else list_adapters(place, checkpoints=True)
    asked = next((one.path for one in known if one.path.resolve() == folder.resolve()), folder)
    adapters: dict[Path, Adapter] = {}
    if is_adapter(folder):
        adapters[asked] = read_adapter(folder)
        base = locate_base(adapters[asked], folder, known_hash)
    else:
        base = folder
    adapters |= _others(base, [one for one in known if one.path != asked])
    if not adapters:
        return Generator.load(name, precision, quantization)
    config = read_config(base)
    config.vocab_size = max(config.vocab_size, *(adapter.vocab_size for adapter in adapters.values()))
    model = load_model(base, precision, config, quantization)
    for path, adapter in list(adapters.items()):
        try:
            check_fit(model, adapter)
        except CheckpointError:
            if path == asked:
                raise
            del adapters[path]  # it would only stand in the way of the others
    generator = AdaptedGenerator(model, base, adapters)
    generator.switch(asked if asked in adapters else None)
    return generator


def _others(base: Path, known: Sequence[AdapterSummary]) -> dict[Path, Adapter]:
    """Return the newest adapters that were made for a model's weights."""
    if not any(one.base_hash for one in known):
        return {}
    own = known_hash(base)
    belonging = [one.path for one in known if one.base_hash == own]
    belonging.sort(key=lambda path: (path / paths.ADAPTER_CONFIG).stat().st_mtime, reverse=True)
    found = {}
    for path in belonging[:MOST]:
        try:
            found[path] = read_adapter(path)
        except CheckpointError:
            continue  # somebody may be writing it, and nobody has asked for it
    return found
