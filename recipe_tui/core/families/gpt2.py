"""GPT-2 in GGUF files."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from recipe_tui.core.families.gguf_names import EMBEDDING, HEAD, Architecture, exact, token_ids

if TYPE_CHECKING:
    from collections.abc import Mapping

    import numpy as np
    from numpy.typing import NDArray

    from recipe_tui.core.gguf.reading import GgufFile

    Array = NDArray[np.float32]

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
"""What GPT-2's ``Conv1D`` keeps as [inputs, outputs], and everybody else the other way round."""

ACTIVATIONS = ("gelu_new", "gelu_pytorch_tanh")
"""Names of the one activation that llama.cpp gives a GPT-2."""


def _configuration(file: GgufFile) -> dict[str, Any]:
    width, inner = file.metadata("gpt2.embedding_length"), file.metadata("gpt2.feed_forward_length")
    return {
        "model_type": "gpt2",
        "architectures": ["GPT2LMHeadModel"],
        "activation_function": ACTIVATIONS[0],
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


def _describe(writer: Any, config: Mapping[str, Any]) -> None:
    writer.add_context_length(config["n_positions"])
    writer.add_embedding_length(config["n_embd"])
    writer.add_feed_forward_length(config["n_inner"] or 4 * config["n_embd"])
    writer.add_block_count(config["n_layer"])
    writer.add_head_count(config["n_head"])
    writer.add_layer_norm_eps(config["layer_norm_epsilon"])


def _problem(config: Mapping[str, Any]) -> str:
    activation = config["activation_function"]
    return "" if activation in ACTIVATIONS else f"activation_function = {activation}"


def _transposed(name: str, values: Array, _: Mapping[str, Any]) -> Array:
    return values.T if name.split(".")[-2] in KERNELS and values.ndim > 1 else values


GPT2 = Architecture(
    name="gpt2",
    title="GPT-2",
    names=NAMES,
    configuration=_configuration,
    describe=_describe,
    not_weights=frozenset({HEAD}),  # older files hold the embedding a second time
    problem=_problem,
    laid_out=_transposed,
    put_back=_transposed,
)
