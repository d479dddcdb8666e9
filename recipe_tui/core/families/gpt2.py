"""GPT-2: ``config.json``, shape, and GGUF files. Its layers are in `recipe_tui.core.model.gpt2`."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

from recipe_tui.core.families.activations import activation
from recipe_tui.core.families.family import Family
from recipe_tui.core.families.gguf_layout import EMBEDDING, HEAD, GgufLayout, exact, token_ids
from recipe_tui.core.families.shape import Shape

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from recipe_tui.core.config import ModelConfig
    from recipe_tui.core.families.gguf_layout import Metadata

    Array = NDArray[np.float32]

SUPPORTED = {
    "scale_attn_weights": True,
    "scale_attn_by_inverse_layer_idx": False,
    "tie_word_embeddings": True,
    "add_cross_attention": False,
}
"""Settings that have one value in all published checkpoints of the family."""

LAYER = {
    "attn_norm": "ln_1",
    "attn_qkv": "attn.c_attn",
    "attn_output": "attn.c_proj",
    "ffn_norm": "ln_2",
    "ffn_up": "mlp.c_fc",
    "ffn_down": "mlp.c_proj",
}

NAMES = {
    EMBEDDING: "transformer.wte.weight",
    "position_embd.weight": "transformer.wpe.weight",
    "output_norm.weight": "transformer.ln_f.weight",
    "output_norm.bias": "transformer.ln_f.bias",
} | {
    f"blk.*.{one}.{leaf}": f"transformer.h.*.{other}.{leaf}"
    for one, other in LAYER.items()
    for leaf in ("weight", "bias")
}

KERNELS = frozenset({"attn_qkv", "attn_output", "ffn_up", "ffn_down"})
"""What GPT-2's ``Conv1D`` stores as [inputs, outputs], and llama.cpp as [outputs, inputs]."""


def _unsupported(config: Any) -> str:
    for name, supported in SUPPORTED.items():
        if getattr(config, name) != supported:
            return f"{name} = {getattr(config, name)}"
    if config.n_embd % config.n_head:
        return f"n_head = {config.n_head} for a width of {config.n_embd}"
    return "" if activation(config.activation_function) else f"activation_function = {config.activation_function}"


def _override(values: Mapping[str, Any], model: ModelConfig) -> dict[str, Any]:
    return dict(values) | {name: getattr(model, name) or values[name] for name in ("n_layer", "n_embd", "n_head")}


def _shape(family: Family, values: Mapping[str, Any]) -> Shape:
    width = int(values["n_embd"])
    inner = int(values.get("n_inner") or 4 * width)
    projections = {
        "attn.c_attn": (width, 3 * width),
        "attn.c_proj": (width, width),
        "mlp.c_fc": (width, inner),
        "mlp.c_proj": (inner, width),
    }
    return Shape(
        family=family,
        n_layer=int(values["n_layer"]),
        n_embd=width,
        n_head=int(values["n_head"]),
        n_inner=inner,
        key_width=width,
        n_positions=int(values["n_positions"]),
        vocab_size=int(values["vocab_size"]),
        projections=projections,
        layer_vectors=sum(outputs for _, outputs in projections.values()) + 4 * width,
        final_norm=2 * width,
        learned_positions=True,
        tied=True,
    )


def _read_config(file: Metadata) -> dict[str, Any]:
    width, inner = file.metadata("gpt2.embedding_length"), file.metadata("gpt2.feed_forward_length")
    return {
        "model_type": "gpt2",
        "architectures": ["GPT2LMHeadModel"],
        "activation_function": "gelu_new",
        "vocab_size": file.rows(EMBEDDING),
        "n_positions": file.metadata("gpt2.context_length"),
        "n_embd": width,
        "n_inner": None if inner == 4 * width else inner,
        "n_layer": file.metadata("gpt2.block_count"),
        "n_head": file.metadata("gpt2.attention.head_count"),
        "layer_norm_epsilon": exact(file.metadata("gpt2.attention.layer_norm_epsilon")),
        "tie_word_embeddings": True,
        **token_ids(file),
    }


def _add_metadata(writer: Any, config: Mapping[str, Any]) -> None:
    writer.add_context_length(config["n_positions"])
    writer.add_embedding_length(config["n_embd"])
    writer.add_feed_forward_length(config["n_inner"] or 4 * config["n_embd"])
    writer.add_block_count(config["n_layer"])
    writer.add_head_count(config["n_head"])
    writer.add_layer_norm_eps(config["layer_norm_epsilon"])


def _unsupported_in_gguf(config: Mapping[str, Any]) -> str:
    """Say which activation llama.cpp does not compute: in a GPT-2 it computes the approximated GELU alone."""
    name = config["activation_function"]
    return "" if activation(name) == "gelu_tanh" else f"activation_function = {name}"


def _transposed(name: str, values: Array, _: Mapping[str, Any]) -> Array:
    return values.T if name.split(".")[-2] in KERNELS and values.ndim > 1 else values


GPT2 = Family(
    model_type="gpt2",
    title="GPT-2",
    keras_class="recipe_tui.core.model.gpt2:GPT2",
    config_class="GPT2Config",
    architecture="GPT2LMHeadModel",
    prefix="transformer.",
    embedding="transformer.wte.weight",
    layers="h",
    fan_in_fan_out=True,
    # The causal mask, which older versions stored as a buffer.
    ignored_weights=re.compile(r"(transformer\.)?h\.\d+\.attn\.(bias|masked_bias)"),
    shape=_shape,
    override=_override,
    unsupported=_unsupported,
    default_targets=("c_attn",),
    dropout_rates=("resid_pdrop", "embd_pdrop", "attn_pdrop"),
    kept_widths=11,
    kept_inner_widths=2,
    gguf=GgufLayout(
        names=NAMES,
        read_config=_read_config,
        add_metadata=_add_metadata,
        ignored=frozenset({HEAD}),  # older files hold the embedding a second time
        unsupported=_unsupported_in_gguf,
        to_gguf=_transposed,
        from_gguf=_transposed,
    ),
)
"""Radford et al., 2019."""
