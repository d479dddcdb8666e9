"""A model together with adapters: opened from an adapter's folder, or switched between several of them."""

from __future__ import annotations

import hashlib
import re
from typing import TYPE_CHECKING

import numpy as np

from recipe_tui.core import paths
from recipe_tui.core.errors import CheckpointError
from recipe_tui.core.lora.adapter import check_fit, merge, numbers, projections, put_rows, token_tables
from recipe_tui.core.lora.peft import read_adapter
from recipe_tui.core.model.weights import load_model, read_config, tensors
from recipe_tui.core.registry.locate import locate_model

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from pathlib import Path

    from transformers import PreTrainedConfig

    from recipe_tui.core.config import Quantization
    from recipe_tui.core.lora.adapter import Adapter
    from recipe_tui.core.model.decoder import LanguageModel

NOT_HASHED = re.compile(r"(.*\.)?(lm_head\.weight|attn\.bias|attn\.masked_bias|rotary_emb\.inv_freq)")
"""Weights that some exporters write and others do not."""

PREFIXES = ("transformer.", "model.")
"""What the names of a checkpoint's weights may begin with."""


def weights_hash(folder: Path) -> str:
    """Return a hash of a checkpoint's weights: the same however they are cut into files, and in 16 bits or in 32.

    Raises:
        CheckpointError: They are missing or damaged.
    """
    lines = []
    for name, tensor in tensors(folder):
        if not NOT_HASHED.fullmatch(name):
            bare = next((name.removeprefix(prefix) for prefix in PREFIXES if name.startswith(prefix)), name)
            digest = hashlib.sha256(np.ascontiguousarray(tensor).data).hexdigest()
            lines.append(f"{bare} {tensor.shape} {digest}")
    return hashlib.sha256("\n".join(sorted(lines)).encode()).hexdigest()


def load_adapted(
    folder: Path,
    precision: str = "float32",
    config: PreTrainedConfig | None = None,
    quantization: Quantization = "none",
) -> LanguageModel:
    """Load the model that an adapter belongs to, with the adapter merged into it, or beside it where it is integers.

    Args:
        folder: The adapter's.
        precision: A Keras dtype policy.
        config: Takes the place of the model's own.
        quantization: What the projections are kept as.

    Raises:
        CheckpointError: The adapter is damaged, or the model is not the one it was made for.
    """
    adapter = read_adapter(folder)
    base = locate_base(adapter, folder)
    model = load_model(base, precision, config or adapted_config(folder, adapter, base), quantization)
    if quantization == "none":
        merge(model, adapter)
    else:
        AdapterSwitch(model, {folder.name: adapter}).switch(folder.name)
    return model


def adapted_config(folder: Path, adapter: Adapter | None = None, base: Path | None = None) -> PreTrainedConfig:
    """Return the configuration of a model with an adapter: the base's, with rows for all tokens of the adapter."""
    if (folder / paths.MODEL_CONFIG).is_file():
        return read_config(folder)
    adapter = adapter or read_adapter(folder)
    config = read_config(base or locate_base(adapter, folder))
    config.vocab_size = max(config.vocab_size, adapter.vocab_size)
    return config


def locate_base(adapter: Adapter, folder: Path, hash_of: Callable[[Path], str] = weights_hash) -> Path:
    """Find the model that an adapter belongs to, and check that it still is the same.

    Args:
        adapter: The adapter.
        folder: Where it lies.
        hash_of: Works out the hash of a checkpoint's weights.

    Raises:
        CheckpointError: It is gone, or has other weights.
        NetworkError: It is on the hub, which cannot be reached.
    """
    if not adapter.base:
        raise CheckpointError(f"{folder}: the adapter does not say which model it belongs to", "save it again")
    base = locate_model(adapter.base)
    check_base(adapter, base, hash_of)
    return base


def check_base(adapter: Adapter, base: Path, hash_of: Callable[[Path], str] = weights_hash) -> None:
    """Check that a checkpoint is the one an adapter was made for, as far as the adapter says.

    Raises:
        CheckpointError: Its weights are others.
    """
    if adapter.base_hash is not None and hash_of(base) != adapter.base_hash:
        raise CheckpointError(
            f"{base}: the adapter was made for other weights than these (their hash differs)",
            f"give the model that it was made for, {adapter.base}",
        )


class AdapterSwitch:
    """Several adapters over one model, of which one is active at a time, or none.

    Room for the largest is made once; a switch then writes a few megabytes, and nothing is loaded or compiled again.
    Works on floats and on integers alike.

    Args:
        model: The base, with rows for the tokens of all adapters; see `adapted_config`.
        adapters: The adapters by name.

    Raises:
        CheckpointError: An adapter does not fit the model.
    """

    def __init__(self, model: LanguageModel, adapters: Mapping[str, Adapter]) -> None:
        for adapter in adapters.values():
            check_fit(model, adapter)
        self.model = model
        self.adapters = dict(adapters)
        self.active: str | None = None
        ranks: dict[str, int] = {}
        for adapter in adapters.values():
            for name in adapter.factors:
                ranks[name] = max(adapter.rank, ranks.get(name, 0))
        layers = projections(model)
        self._layers = {name: layers[name] for name in ranks}
        for name, layer in self._layers.items():
            layer.add_adapter(ranks[name], alpha=ranks[name])
        self._token_ids = sorted({token for adapter in adapters.values() for token in adapter.token_ids})
        self._rows = {name: numbers(table.embeddings)[self._token_ids] for name, table in token_tables(model).items()}

    def switch(self, name: str | None) -> None:
        """Make one adapter active, or none.

        On JAX a `Decoder` goes on with the former one until its ``refresh``.

        Raises:
            CheckpointError: There is none of that name.
        """
        if name is not None and name not in self.adapters:
            raise CheckpointError(f"no adapter '{name}'", f"there are: {', '.join(self.adapters)}")
        adapter = None if name is None else self.adapters[name]
        for path, layer in self._layers.items():
            first, second = (
                np.zeros(factor.shape, np.float32) for factor in (layer.lora_kernel_a, layer.lora_kernel_b)
            )
            if adapter is not None and path in adapter.factors:
                first[:, : adapter.rank] = adapter.factors[path][0]
                second[: adapter.rank] = adapter.alpha / adapter.rank * adapter.factors[path][1]
            layer.lora_kernel_a.assign(first)
            layer.lora_kernel_b.assign(second)
        put_rows(self.model, self._token_ids, self._rows)
        if adapter is not None:
            put_rows(self.model, adapter.token_ids, adapter.token_rows)
        self.active = name
