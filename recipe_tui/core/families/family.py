"""What a family of models is: everything that distinguishes it from another, without a backend.

Adding a family takes a description here in `recipe_tui.core.families`, its layers in `recipe_tui.core.model`, and a
line in `recipe_tui.core.families.table`.
"""

from __future__ import annotations

import pkgutil
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from recipe_tui.core.errors import CheckpointError

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Iterator, Mapping

    import keras
    from numpy.typing import NDArray
    from transformers import PreTrainedConfig

    from recipe_tui.core.config import ModelConfig
    from recipe_tui.core.families.gguf_layout import GgufLayout
    from recipe_tui.core.families.shape import Shape
    from recipe_tui.core.model.decoder import LanguageModel

LEAVES = {
    "kernel": "weight",
    "bias": "bias",
    "gamma": "weight",
    "beta": "bias",
    "scale": "weight",
    "embeddings": "weight",
}
"""Keras' name of a weight, and Hugging Face's."""


@dataclass(frozen=True, slots=True)
class Family:
    """A family of models.

    Attributes:
        model_type: Value of ``model_type`` in ``config.json`` and of ``general.architecture`` in GGUF files.
        title: Its usual name.
        keras_class: The `LanguageModel` that computes it, as ``module:class``; imported when a model is made.
        config_class: Name of the configuration's class in transformers.
        architecture: Name of the model's class in transformers.
        prefix: Prefix of the names of all weights but the head's; some checkpoints on the hub leave it out.
        embedding: Name of the token embedding's weight.
        layers: Name of the list of layers.
        fan_in_fan_out: Whether checkpoints store kernels as [inputs, outputs] (PEFT's name for it).
        ignored_weights: Names that other exporters write besides the weights.
        shape: Returns the `Shape`, given the values of ``config.json``.
        override: Changes the values of ``config.json`` so that layers, width and heads are those of a `ModelConfig`.
        unsupported: Returns what of a configuration is not supported; empty when there is nothing.
        default_targets: The projections that PEFT adapts by default.
        dropout_rates: Names of the configuration's dropout rates.
        kept_widths: Values that a layer keeps for the backward pass of each token, in multiples of the width: the
            normalizations, queries, keys, values, the attention and the residual sums.
        kept_inner_widths: The same for the inside of the MLP, in multiples of its width.
        gguf: How GGUF files store it.
    """

    model_type: str
    title: str
    keras_class: str
    config_class: str
    architecture: str
    prefix: str
    embedding: str
    layers: str
    fan_in_fan_out: bool
    ignored_weights: re.Pattern[str]
    shape: Callable[[Family, Mapping[str, Any]], Shape]
    override: Callable[[Mapping[str, Any], ModelConfig], dict[str, Any]]
    unsupported: Callable[[Any], str]
    default_targets: tuple[str, ...]
    dropout_rates: tuple[str, ...]
    kept_widths: int
    kept_inner_widths: int
    gguf: GgufLayout

    def configure(self, values: Mapping[str, Any]) -> PreTrainedConfig:
        """Make transformers' configuration of the values of ``config.json``.

        Raises:
            CheckpointError: They are not supported, or contradict each other.
        """
        import transformers

        try:
            config: PreTrainedConfig = getattr(transformers, self.config_class)(**values)
            impossible = self.shape(self, config.to_dict()).impossible
            reason = "" if impossible else self.unsupported(config)
        except Exception as error:  # transformers raises many classes of errors
            reason = next(iter(str(error).splitlines()), type(error).__name__)
            raise CheckpointError(f"an impossible configuration ({reason})", "fetch the checkpoint again") from error
        if impossible:
            raise CheckpointError(f"an impossible configuration ({impossible})", "fetch the checkpoint again")
        if getattr(config, "quantization_config", None):
            reason = "quantization_config"
        if reason:
            raise CheckpointError(f"{reason} is not supported", f"give a plain {self.title}")
        return config

    def model(self, config: PreTrainedConfig) -> LanguageModel:
        """Make a model with random weights. Imports Keras."""
        model: LanguageModel = pkgutil.resolve_name(self.keras_class)(config)
        return model

    def named_weights(self, model: LanguageModel) -> Iterator[tuple[str, keras.Variable]]:
        """Yield every weight with its Hugging Face name, such as ``transformer.h.0.attn.c_attn.weight``."""
        for variable in model.weights:
            *path, leaf = variable.path.split("/")
            if leaf in LEAVES:
                name = ".".join([*path, LEAVES[leaf]]).replace(f".{self.layers}_", f".{self.layers}.")
                yield self.qualified(name), variable

    def qualified(self, name: str) -> str:
        """Return the full name of a weight, whether or not it has the prefix."""
        bare = name.removeprefix(self.prefix)
        return bare if bare.startswith("lm_head.") else self.prefix + bare

    def transposed(self, variable: keras.Variable, value: NDArray[Any]) -> NDArray[Any]:
        """Convert the value of a variable from Keras' layout to that of checkpoints, or back.

        Keras stores kernels as [inputs, outputs].
        """
        return value.T if not self.fan_in_fan_out and variable.name == "kernel" else value
