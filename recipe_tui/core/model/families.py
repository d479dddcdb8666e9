"""The families of models there are: what tells one's checkpoints from another's."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from recipe_tui.core.errors import CheckpointError
from recipe_tui.core.families.rope import SCALINGS
from recipe_tui.core.model.gpt2 import GPT2
from recipe_tui.core.model.llama import Llama

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

    import keras
    from numpy.typing import NDArray
    from transformers import PreTrainedConfig

LanguageModel = GPT2 | Llama
"""A model of any family: they have the same methods, and their configurations the same names for what is the same."""

# Keras' name of a weight -> Hugging Face's.
LEAVES = {
    "kernel": "weight",
    "bias": "bias",
    "gamma": "weight",
    "beta": "bias",
    "scale": "weight",
    "embeddings": "weight",
}


@dataclass(frozen=True, slots=True)
class Family:
    """What tells a family's checkpoints from another's.

    Attributes:
        name: What people call it.
        model: Makes a model of a configuration.
        configuration: Name of the configuration's class in transformers.
        architecture: Name of the model's class in transformers.
        prefix: What the names of weights begin with, the head's excepted; the hub has checkpoints without.
        layers: What the list of layers is called.
        transposed: Whether kernels are stored as [outputs, inputs].
        not_weights: Names that other exporters write besides.
        supported: Settings of the configuration that have one value in all published checkpoints of the family.
        problem: Says what else of a configuration is not supported; empty when nothing is.
    """

    name: str
    model: Callable[[Any], LanguageModel]
    configuration: str
    architecture: str
    prefix: str
    layers: str
    transposed: bool
    not_weights: re.Pattern[str]
    supported: Mapping[str, Any]
    problem: Callable[[Any], str] = lambda _: ""

    def configure(self, values: dict[str, Any]) -> PreTrainedConfig:
        """Make a configuration of what ``config.json`` says.

        Raises:
            CheckpointError: It says something that is not supported, or impossible.
        """
        import transformers

        try:
            config: PreTrainedConfig = getattr(transformers, self.configuration)(**values)
        except Exception as error:  # transformers has many classes for it
            reason = next(iter(str(error).splitlines()), type(error).__name__)
            raise CheckpointError(f"an impossible configuration ({reason})", "fetch the checkpoint again") from error
        for name, supported in self.supported.items():
            if getattr(config, name) != supported:
                raise CheckpointError(f"{name} = {getattr(config, name)} is not supported", f"give a plain {self.name}")
        if problem := self.problem(config):
            raise CheckpointError(f"{problem} is not supported", f"give a plain {self.name}")
        return config

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

    def turned(self, variable: keras.Variable, value: NDArray[Any]) -> NDArray[Any]:
        """Turn the value of a variable from how Keras keeps it to how checkpoints do, or back."""
        return value.T if self.transposed and variable.name == "kernel" else value


def _llama_problem(config: Any) -> str:
    kind = config.rope_parameters.get("rope_type", "default")
    if kind not in SCALINGS:
        return f"rope_type = {kind}"
    return "" if config.hidden_act == "silu" else f"hidden_act = {config.hidden_act}"


FAMILIES = {
    "gpt2": Family(
        name="GPT-2",
        model=GPT2,
        configuration="GPT2Config",
        architecture="GPT2LMHeadModel",
        prefix="transformer.",
        layers="h",
        transposed=False,
        # The causal mask, which older versions kept as a buffer.
        not_weights=re.compile(r"(transformer\.)?h\.\d+\.attn\.(bias|masked_bias)"),
        supported={
            "scale_attn_weights": True,
            "scale_attn_by_inverse_layer_idx": False,
            "tie_word_embeddings": True,
            "add_cross_attention": False,
        },
    ),
    "llama": Family(
        name="Llama",
        model=Llama,
        configuration="LlamaConfig",
        architecture="LlamaForCausalLM",
        prefix="model.",
        layers="layers",
        transposed=True,
        not_weights=re.compile(r"(model\.)?layers\.\d+\.self_attn\.rotary_emb\.inv_freq"),
        supported={},
        problem=_llama_problem,
    ),
}
"""The families by the ``model_type`` of their configuration."""


def family_of(config: PreTrainedConfig) -> Family:
    """Return the family that a configuration belongs to."""
    return FAMILIES[config.model_type]
