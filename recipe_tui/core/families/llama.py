"""Llama: ``config.json``, shape, and GGUF files. Its layers are in `recipe_tui.core.model.llama`.

Families that differ from it in little reuse the functions without an underscore.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Any

import numpy as np

from recipe_tui.core.errors import CheckpointError
from recipe_tui.core.families.activations import activation
from recipe_tui.core.families.family import Family
from recipe_tui.core.families.gguf_layout import EMBEDDING, HEAD, GgufLayout, exact, token_ids
from recipe_tui.core.families.rope import SCALINGS, inverse_frequencies
from recipe_tui.core.families.shape import Shape

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from numpy.typing import NDArray

    from recipe_tui.core.config import ModelConfig
    from recipe_tui.core.families.gguf_layout import Metadata

    Array = NDArray[np.float32]

ATTENTION = ("q_proj", "k_proj", "v_proj", "o_proj")
MLP = ("gate_proj", "up_proj", "down_proj")

NAMES = {
    EMBEDDING: "model.embed_tokens.weight",
    "output_norm.weight": "model.norm.weight",
    HEAD: "lm_head.weight",
    "blk.*.attn_norm.weight": "model.layers.*.input_layernorm.weight",
    "blk.*.attn_q.weight": "model.layers.*.self_attn.q_proj.weight",
    "blk.*.attn_k.weight": "model.layers.*.self_attn.k_proj.weight",
    "blk.*.attn_v.weight": "model.layers.*.self_attn.v_proj.weight",
    "blk.*.attn_output.weight": "model.layers.*.self_attn.o_proj.weight",
    "blk.*.attn_q.bias": "model.layers.*.self_attn.q_proj.bias",
    "blk.*.attn_k.bias": "model.layers.*.self_attn.k_proj.bias",
    "blk.*.attn_v.bias": "model.layers.*.self_attn.v_proj.bias",
    "blk.*.attn_output.bias": "model.layers.*.self_attn.o_proj.bias",
    "blk.*.ffn_norm.weight": "model.layers.*.post_attention_layernorm.weight",
    "blk.*.ffn_gate.weight": "model.layers.*.mlp.gate_proj.weight",
    "blk.*.ffn_up.weight": "model.layers.*.mlp.up_proj.weight",
    "blk.*.ffn_down.weight": "model.layers.*.mlp.down_proj.weight",
}

ROPE_FACTORS = "rope_freqs.weight"
"""The tensor that llama.cpp's converter writes for Llama 3's scaling: what each frequency is divided by."""

HEADS = {"attn_q": "num_attention_heads", "attn_k": "num_key_value_heads"}
"""Projections whose rows the converter reorders, and the setting that says how many heads they have."""


def head_size(values: Mapping[str, Any]) -> int:
    """Return the width of a head, which ``config.json`` may leave out."""
    return int(values.get("head_dim") or values["hidden_size"] // values["num_attention_heads"])


def unsupported(config: Any) -> str:
    """Return what of a configuration is not supported; empty when there is nothing."""
    rope = config.rope_parameters
    kind = rope.get("rope_type", "default")
    if kind not in SCALINGS:
        return f"rope_type = {kind}"
    size, heads, keys = head_size(config.to_dict()), config.num_attention_heads, config.num_key_value_heads
    if keys < 1 or heads % keys:
        return f"num_key_value_heads = {keys} for {heads} heads"
    if size < 2 or size % 2:
        return f"head_dim = {size}"
    with np.errstate(all="ignore"):
        if not np.isfinite(inverse_frequencies(size, rope)).all():
            return f"rope_parameters = {rope}"
    if (part := rope.get("partial_rotary_factor") or 1.0) != 1.0:
        return f"partial_rotary_factor = {part}"
    return "" if activation(config.hidden_act) == "silu" else f"hidden_act = {config.hidden_act}"


def override(values: Mapping[str, Any], model: ModelConfig) -> dict[str, Any]:
    """Change layers, width and heads; with the width the MLP grows, and with the heads those of keys and values."""
    width, heads = int(values["hidden_size"]), int(values["num_attention_heads"])
    new_width, new_heads = model.n_embd or width, model.n_head or heads
    changed = dict(values) | {"num_hidden_layers": model.n_layer or values["num_hidden_layers"]}
    if (new_width, new_heads) == (width, heads):
        return changed
    return changed | {
        "hidden_size": new_width,
        "num_attention_heads": new_heads,
        "intermediate_size": int(values["intermediate_size"]) * new_width // width,
        "num_key_value_heads": math.gcd(int(values.get("num_key_value_heads") or heads), new_heads),
        "head_dim": new_width // new_heads,
    }


def make_shape(family: Family, values: Mapping[str, Any], biased: Iterable[str], head_norms: bool = False) -> Shape:
    """Return the shape that the values of ``config.json`` describe.

    Args:
        family: The family.
        values: The values.
        biased: Names of the projections that have biases.
        head_norms: Whether queries and keys have a normalization over a head.
    """
    width, inner, size = int(values["hidden_size"]), int(values["intermediate_size"]), head_size(values)
    heads = int(values["num_attention_heads"])
    keys = int(values.get("num_key_value_heads") or heads) * size
    projections = {
        "q_proj": (width, heads * size),
        "k_proj": (width, keys),
        "v_proj": (width, keys),
        "o_proj": (heads * size, width),
        "gate_proj": (width, inner),
        "up_proj": (width, inner),
        "down_proj": (inner, width),
    }
    return Shape(
        family=family,
        n_layer=int(values["num_hidden_layers"]),
        n_embd=width,
        n_head=heads,
        n_inner=inner,
        key_width=keys,
        n_positions=int(values["max_position_embeddings"]),
        vocab_size=int(values["vocab_size"]),
        projections=projections,
        layer_vectors=sum(projections[name][1] for name in biased) + 2 * width + (2 * size if head_norms else 0),
        final_norm=width,
        learned_positions=False,
        tied=bool(values.get("tie_word_embeddings", False)),
    )


def _shape(family: Family, values: Mapping[str, Any]) -> Shape:
    attention = ATTENTION if values.get("attention_bias") else ()
    return make_shape(family, values, (*attention, *(MLP if values.get("mlp_bias") else ())))


def permuted(rows: Array, heads: int) -> Array:
    """Reorder the rows of queries or keys as llama.cpp's converter does.

    The two values that RoPE rotates together become neighbours; Hugging Face stores them half a head apart.

    Args:
        rows: [heads * head_size, ...].
        heads: Heads.
    """
    halves = rows.reshape(heads, 2, rows.shape[0] // heads // 2, *rows.shape[1:])
    return halves.swapaxes(1, 2).reshape(rows.shape)


def unpermuted(rows: Array, heads: int) -> Array:
    """Undo `permuted`."""
    pairs = rows.reshape(heads, rows.shape[0] // heads // 2, 2, *rows.shape[1:])
    return pairs.swapaxes(1, 2).reshape(rows.shape)


def read_config(file: Metadata) -> dict[str, Any]:
    """Return the values of ``config.json`` that the families have in common, given a GGUF file."""
    architecture = file.metadata("general.architecture")

    def metadata(key: str, *default: Any) -> Any:
        return file.metadata(f"{architecture}.{key}", *default)

    heads, width = metadata("attention.head_count"), metadata("embedding_length")
    size = metadata("attention.key_length", width // heads)
    return {
        "model_type": architecture,
        "vocab_size": file.rows(EMBEDDING),
        "hidden_size": width,
        "intermediate_size": metadata("feed_forward_length"),
        "num_hidden_layers": metadata("block_count"),
        "num_attention_heads": heads,
        "num_key_value_heads": metadata("attention.head_count_kv", heads),
        "head_dim": size,
        "max_position_embeddings": metadata("context_length"),
        "rms_norm_eps": exact(metadata("attention.layer_norm_rms_epsilon")),
        "tie_word_embeddings": not file.has(HEAD),
        "rope_parameters": _rope(file, architecture, size),
        **token_ids(file),
    }


def _read_config(file: Metadata) -> dict[str, Any]:
    named = {"architectures": ["LlamaForCausalLM"], "attention_bias": file.has("blk.0.attn_q.bias")}
    return read_config(file) | named


def _rope(file: Metadata, architecture: str, size: int) -> dict[str, Any]:
    """Return ``rope_parameters``."""
    theta = {"rope_theta": float(file.metadata(f"{architecture}.rope.freq_base", 10000.0))}
    if file.has(ROPE_FACTORS):
        return theta | _llama3(file, theta, size)
    kind = file.metadata(f"{architecture}.rope.scaling.type", "none")
    if kind == "none":
        return theta | {"rope_type": "default"}
    if kind == "linear":
        return theta | {"rope_type": "linear", "factor": float(file.metadata(f"{architecture}.rope.scaling.factor"))}
    raise CheckpointError(f"{file.path}: rope scaling '{kind}' is not supported", "give another model")


def _llama3(file: Metadata, theta: dict[str, Any], size: int) -> dict[str, Any]:
    """Return the scaling that the factors come from: the largest is all in which Llama 3's models differ."""
    factors = file.floats(ROPE_FACTORS)
    scaling = {
        "rope_type": "llama3",
        "factor": float(factors.max()),
        "low_freq_factor": 1.0,
        "high_freq_factor": 4.0,
        "original_max_position_embeddings": 8192,
    }
    expected = _factors(size, theta | scaling)
    if factors.shape != expected.shape or not np.allclose(expected, factors, rtol=1e-3):
        raise CheckpointError(f"{file.path}: its rope scaling is not known", "give another model")
    return scaling


def _factors(size: int, rope: Mapping[str, Any]) -> Array:
    """Return what the scaling divides each frequency by, [head_size / 2]."""
    return inverse_frequencies(size, dict(rope) | {"rope_type": "default"}) / inverse_frequencies(size, rope)


def add_metadata(writer: Any, config: Mapping[str, Any]) -> None:
    """Add the metadata of a configuration to a `gguf.GGUFWriter`."""
    from gguf import RopeScalingType

    size = head_size(config)
    writer.add_vocab_size(config["vocab_size"])
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_head_count_kv(config["num_key_value_heads"])
    writer.add_key_length(size)
    writer.add_value_length(size)
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    rope = config["rope_parameters"]
    writer.add_rope_dimension_count(size)
    writer.add_rope_freq_base(rope["rope_theta"])
    if rope.get("rope_type") == "linear":
        writer.add_rope_scaling_type(RopeScalingType.LINEAR)
        writer.add_rope_scaling_factor(rope["factor"])


def extra_tensors(config: Mapping[str, Any]) -> dict[str, Array]:
    """Return the tensor that carries Llama 3's scaling."""
    rope = config["rope_parameters"]
    return {ROPE_FACTORS: _factors(head_size(config), rope)} if rope.get("rope_type") == "llama3" else {}


def _to_gguf(name: str, values: Array, config: Mapping[str, Any]) -> Array:
    part = name.split(".")[-2]
    return permuted(values, config[HEADS[part]]) if part in HEADS else values


def _from_gguf(name: str, values: Array, config: Mapping[str, Any]) -> Array:
    part = name.split(".")[-2]
    return unpermuted(values, config[HEADS[part]]) if part in HEADS else values


LLAMA = Family(
    model_type="llama",
    title="Llama",
    keras_class="recipe_tui.core.model.llama:Llama",
    config_class="LlamaConfig",
    architecture="LlamaForCausalLM",
    prefix="model.",
    embedding="model.embed_tokens.weight",
    layers="layers",
    fan_in_fan_out=False,
    ignored_weights=re.compile(r"(model\.)?layers\.\d+\.self_attn\.rotary_emb\.inv_freq"),
    shape=_shape,
    override=override,
    unsupported=unsupported,
    default_targets=("q_proj", "v_proj"),
    dropout_rates=(),
    kept_widths=9,
    kept_inner_widths=3,  # both projections, and their product
    gguf=GgufLayout(
        names=NAMES,
        read_config=_read_config,
        add_metadata=add_metadata,
        ignored=frozenset({ROPE_FACTORS}),  # the configuration contains the scaling
        to_gguf=_to_gguf,
        from_gguf=_from_gguf,
        extra_tensors=extra_tensors,
    ),
)
"""Touvron et al., 2023: Llama 3, TinyLlama, SmolLM2 and others."""
