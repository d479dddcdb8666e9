"""Qwen 2, 2.5 and 3: what differs from Llama. Their layers are in `recipe_tui.core.model.qwen`."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from recipe_tui.core.families import llama
from recipe_tui.core.families.gguf_layout import GgufLayout

if TYPE_CHECKING:
    from collections.abc import Mapping

    from recipe_tui.core.config import ModelConfig
    from recipe_tui.core.families.family import Family
    from recipe_tui.core.families.gguf_layout import Metadata
    from recipe_tui.core.families.shape import Shape

HEAD_NORMS = {f"blk.*.attn_{one}_norm.weight": f"model.layers.*.self_attn.{one}_norm.weight" for one in "qk"}


def _unsupported(config: Any) -> str:
    window = config.sliding_window if "sliding_attention" in config.layer_types else None
    if window is not None and window < config.max_position_embeddings:
        return f"sliding_window = {window}"
    return llama.unsupported(config)


def _unsupported_in_gguf(config: Mapping[str, Any]) -> str:
    return "rope_type = llama3" if llama.extra_tensors(config) else ""


def _override(values: Mapping[str, Any], model: ModelConfig) -> dict[str, Any]:
    changed = llama.override(values, model)
    changed.pop("layer_types", None)  # derived anew from the number of layers
    return changed


def _shape_of_2(family: Family, values: Mapping[str, Any]) -> Shape:
    return llama.make_shape(family, values, ("q_proj", "k_proj", "v_proj"))


def _shape_of_3(family: Family, values: Mapping[str, Any]) -> Shape:
    return llama.make_shape(family, values, llama.ATTENTION if values.get("attention_bias") else (), head_norms=True)


def _read_config(file: Metadata) -> dict[str, Any]:
    config = llama.read_config(file)
    if config["model_type"] == "qwen3":
        return config | {"architectures": ["Qwen3ForCausalLM"], "attention_bias": file.has("blk.0.attn_q.bias")}
    return config | {"architectures": ["Qwen2ForCausalLM"]}


QWEN2 = replace(
    llama.LLAMA,
    model_type="qwen2",
    title="Qwen 2",
    keras_class="recipe_tui.core.model.qwen:Qwen2",
    config_class="Qwen2Config",
    architecture="Qwen2ForCausalLM",
    shape=_shape_of_2,
    override=_override,
    unsupported=_unsupported,
    # Without reordered rows: llama.cpp rotates the halves of Qwen's heads as Hugging Face does.
    gguf=GgufLayout(llama.NAMES, _read_config, llama.add_metadata, unsupported=_unsupported_in_gguf),
)
"""Yang et al., 2024; Qwen 2.5 too."""

QWEN3 = replace(
    QWEN2,
    model_type="qwen3",
    title="Qwen 3",
    keras_class="recipe_tui.core.model.qwen:Qwen3",
    config_class="Qwen3Config",
    architecture="Qwen3ForCausalLM",
    shape=_shape_of_3,
    kept_widths=11,  # queries and keys once more, before their normalization
    gguf=replace(QWEN2.gguf, names=llama.NAMES | HEAD_NORMS),
)
"""Qwen Team, 2025."""
