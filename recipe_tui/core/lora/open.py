"""Opening a folder that holds a model or an adapter: the one entry for both.

`model.weights` reads plain checkpoints only; an adapter is opened as its base with the adapter applied.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipe_tui.core import paths
from recipe_tui.core.lora.adapter import merge
from recipe_tui.core.lora.base import locate_base
from recipe_tui.core.lora.peft import read_adapter
from recipe_tui.core.lora.switch import AdapterSwitch
from recipe_tui.core.model import weights
from recipe_tui.core.registry.locate import is_adapter

if TYPE_CHECKING:
    from pathlib import Path

    from transformers import PreTrainedConfig

    from recipe_tui.core.config import Quantization
    from recipe_tui.core.lora.adapter import Adapter
    from recipe_tui.core.model.decoder import LanguageModel


def read_config(folder: Path) -> PreTrainedConfig:
    """Read the configuration of a model or an adapter; see `model.weights.read_config`.

    An adapter without ``config.json`` has its base's configuration, with rows for all tokens of the adapter.

    Raises:
        CheckpointError: The configuration is missing, malformed or of an unsupported family, or the base has changed.
        NetworkError: The base is on the hub, which cannot be reached.
    """
    if not is_adapter(folder) or (folder / paths.MODEL_CONFIG).is_file():
        return weights.read_config(folder)
    adapter = read_adapter(folder)
    return adapted_config(folder, adapter, locate_base(adapter, folder))


def adapted_config(folder: Path, adapter: Adapter, base: Path) -> PreTrainedConfig:
    """Return the configuration of an adapter whose base is known already; see `read_config`."""
    if (folder / paths.MODEL_CONFIG).is_file():
        return weights.read_config(folder)
    config = weights.read_config(base)
    config.vocab_size = max(config.vocab_size, adapter.vocab_size)
    return config


def load_model(
    folder: Path,
    precision: str = "float32",
    config: PreTrainedConfig | None = None,
    quantization: Quantization = "none",
) -> LanguageModel:
    """Load a model, or the base of an adapter with the adapter applied; see `model.weights.load_model`.

    An adapter is merged into float kernels; beside integer kernels it is kept as low-rank factors.

    Args:
        folder: The model's or the adapter's.
        precision: A Keras dtype policy.
        config: Replaces the folder's own configuration.
        quantization: Type of the projections' kernels.

    Raises:
        CheckpointError: The folder holds neither, its files are damaged, or the base has changed.
        NetworkError: The base is on the hub, which cannot be reached.
    """
    if not is_adapter(folder):
        return weights.load_model(folder, precision, config, quantization)
    adapter = read_adapter(folder)
    base = locate_base(adapter, folder)
    model = weights.load_model(base, precision, config or adapted_config(folder, adapter, base), quantization)
    if quantization == "none":
        merge(model, adapter)
    else:
        AdapterSwitch(model, {folder.name: adapter}).switch(folder.name)
    return model


def load_base(folder: Path, precision: str = "float32", quantization: Quantization = "none") -> LanguageModel:
    """Load the base of an adapter without the adapter, with rows for all tokens of the adapter; see `load_model`."""
    adapter = read_adapter(folder)
    base = locate_base(adapter, folder)
    return weights.load_model(base, precision, adapted_config(folder, adapter, base), quantization)
