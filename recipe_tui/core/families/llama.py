"""Llamas in GGUF files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

from recipe_tui.core.errors import CheckpointError
from recipe_tui.core.families.gguf_names import EMBEDDING, HEAD, Architecture, exact, token_ids
from recipe_tui.core.families.rope import inverse_frequencies

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

    from recipe_tui.core.gguf.reading import GgufFile

    Array = NDArray[np.float32]

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
"""By how much each angle is slower than its base says: what the converter makes of Llama 3's scaling."""

HEADS = {"attn_q": "num_attention_heads", "attn_k": "num_key_value_heads"}
"""Projections whose rows the converter puts in another order, and how many heads they have."""


def permuted(rows: Array, heads: int) -> Array:
    """Give the rows of queries and keys the order that llama.cpp's converter does.

    It puts the two values that turn together next to each other; Hugging Face keeps them half a head apart.

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


def _configuration(file: GgufFile) -> dict[str, Any]:
    heads = file.metadata("llama.attention.head_count")
    width = file.metadata("llama.embedding_length")
    head_size = file.metadata("llama.attention.key_length", width // heads)
    return {
        "model_type": "llama",
        "architectures": ["LlamaForCausalLM"],
        "vocab_size": file.rows(EMBEDDING),
        "hidden_size": width,
        "intermediate_size": file.metadata("llama.feed_forward_length"),
        "num_hidden_layers": file.metadata("llama.block_count"),
        "num_attention_heads": heads,
        "num_key_value_heads": file.metadata("llama.attention.head_count_kv", heads),
        "head_dim": head_size,
        "max_position_embeddings": file.metadata("llama.context_length"),
        "rms_norm_eps": exact(file.metadata("llama.attention.layer_norm_rms_epsilon")),
        "tie_word_embeddings": not file.has(HEAD),
        "attention_bias": file.has("blk.0.attn_q.bias"),
        "rope_parameters": _rope(file, head_size),
        **token_ids(file),
    }


def _rope(file: GgufFile, head_size: int) -> dict[str, Any]:
    """Return ``rope_parameters``."""
    theta = {"rope_theta": float(file.metadata("llama.rope.freq_base", 10000.0))}
    if file.has(ROPE_FACTORS):
        return theta | _llama3(file, theta, head_size)
    kind = file.metadata("llama.rope.scaling.type", "none")
    if kind == "none":
        return theta | {"rope_type": "default"}
    if kind == "linear":
        return theta | {"rope_type": "linear", "factor": float(file.metadata("llama.rope.scaling.factor"))}
    raise CheckpointError(f"{file.path}: rope scaling '{kind}' is not supported", "give another model")


def _llama3(file: GgufFile, theta: dict[str, Any], head_size: int) -> dict[str, Any]:
    """Return the scaling that the factors come of: all of Llama 3 differ in the largest alone."""
    factors = file.floats(ROPE_FACTORS)
    scaling = {
        "rope_type": "llama3",
        "factor": float(factors.max()),
        "low_freq_factor": 1.0,
        "high_freq_factor": 4.0,
        "original_max_position_embeddings": 8192,
    }
    expected = _factors(head_size, theta | scaling)
    if factors.shape != expected.shape or not np.allclose(expected, factors, rtol=1e-3):
        raise CheckpointError(f"{file.path}: its rope scaling is not known", "give another model")
    return scaling


def _factors(head_size: int, rope: Mapping[str, Any]) -> Array:
    """Return by how much each angle is slower than its base says, [head_size / 2]."""
    return inverse_frequencies(head_size, dict(rope) | {"rope_type": "default"}) / inverse_frequencies(head_size, rope)


def _describe(writer: Any, config: Mapping[str, Any]) -> None:
    from gguf import RopeScalingType

    writer.add_vocab_size(config["vocab_size"])
    writer.add_context_length(config["max_position_embeddings"])
    writer.add_embedding_length(config["hidden_size"])
    writer.add_feed_forward_length(config["intermediate_size"])
    writer.add_block_count(config["num_hidden_layers"])
    writer.add_head_count(config["num_attention_heads"])
    writer.add_head_count_kv(config["num_key_value_heads"])
    writer.add_key_length(config["head_dim"])
    writer.add_value_length(config["head_dim"])
    writer.add_layer_norm_rms_eps(config["rms_norm_eps"])
    rope = config["rope_parameters"]
    writer.add_rope_dimension_count(config["head_dim"])
    writer.add_rope_freq_base(rope["rope_theta"])
    if rope.get("rope_type") == "linear":
        writer.add_rope_scaling_type(RopeScalingType.LINEAR)
        writer.add_rope_scaling_factor(rope["factor"])


def _besides(config: Mapping[str, Any]) -> dict[str, Array]:
    rope = config["rope_parameters"]
    return {ROPE_FACTORS: _factors(config["head_dim"], rope)} if rope.get("rope_type") == "llama3" else {}


def _laid_out(name: str, values: Array, config: Mapping[str, Any]) -> Array:
    part = name.split(".")[-2]
    return permuted(values, config[HEADS[part]]) if part in HEADS else values


def _put_back(name: str, values: Array, config: Mapping[str, Any]) -> Array:
    part = name.split(".")[-2]
    return unpermuted(values, config[HEADS[part]]) if part in HEADS else values


LLAMA = Architecture(
    name="llama",
    title="Llama",
    names=NAMES,
    configuration=_configuration,
    describe=_describe,
    not_weights=frozenset({ROPE_FACTORS}),  # the configuration says it
    laid_out=_laid_out,
    put_back=_put_back,
    besides=_besides,
)
