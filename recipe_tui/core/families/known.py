"""Shapes that are known by name, so that a model with random weights needs no checkpoint and no hub.

Those of the published GPT-2 models, and small ones named by their figures: ``gpt2-4x256`` has 4 layers of width 256.
"""

from __future__ import annotations

import re
from typing import Any

from recipe_tui.core.errors import UsageError

GPT2_SHAPES = {
    "distilgpt2": (6, 768, 12),
    "gpt2": (12, 768, 12),
    "gpt2-medium": (24, 1024, 16),
    "gpt2-large": (36, 1280, 20),
    "gpt2-xl": (48, 1600, 25),
}
"""Layers, width and heads of the published models (Radford et al., 2019; Sanh et al., 2019)."""

SMALL = re.compile(r"(gpt2|llama)-([1-9]\d{0,2})x([1-9]\d{0,4})")
"""Names of small shapes: family, layers, width."""

HEAD_SIZE = 64
"""Width of an attention head in small shapes, as in the published models."""

CONTEXT = 1024

VOCABULARY = 8192
"""Rows of the embedding in small shapes before the tokenizer is known, which decides them."""


def known_shape(name: str) -> dict[str, Any] | None:
    """Return the values of ``config.json`` of a shape that is known by name, or None.

    Args:
        name: A published GPT-2, or ``FAMILY-LAYERSxWIDTH`` with the family ``gpt2`` or ``llama``.

    Raises:
        UsageError: The width is no multiple of `HEAD_SIZE`.
    """
    if name in GPT2_SHAPES:
        return _gpt2(*GPT2_SHAPES[name], vocab_size=50257, dropout=0.1)
    found = SMALL.fullmatch(name)
    if found is None:
        return None
    family, layers, width = found[1], int(found[2]), int(found[3])
    if width % HEAD_SIZE:
        nearest = max(HEAD_SIZE, round(width / HEAD_SIZE) * HEAD_SIZE)
        raise UsageError(
            f"{name}: a width of {width} cannot be shared by heads of {HEAD_SIZE}",
            f"take a multiple of {HEAD_SIZE}: {family}-{layers}x{nearest}",
            "model.name",
        )
    if family == "gpt2":
        return _gpt2(layers, width, width // HEAD_SIZE, VOCABULARY, dropout=0.0)
    return _llama(layers, width)


def _gpt2(layers: int, width: int, heads: int, vocab_size: int, dropout: float) -> dict[str, Any]:
    return {
        "model_type": "gpt2",
        "architectures": ["GPT2LMHeadModel"],
        "activation_function": "gelu_new",
        "vocab_size": vocab_size,
        "n_positions": CONTEXT,
        "n_embd": width,
        "n_layer": layers,
        "n_head": heads,
        "n_inner": None,
        "resid_pdrop": dropout,
        "embd_pdrop": dropout,
        "attn_pdrop": dropout,
        "layer_norm_epsilon": 1e-5,
        "initializer_range": 0.02,
        "tie_word_embeddings": True,
    }


def _llama(layers: int, width: int) -> dict[str, Any]:
    """Return a Llama whose MLP, three matrices of 8/3 the width, has as many parameters as a GPT-2's."""
    return {
        "model_type": "llama",
        "architectures": ["LlamaForCausalLM"],
        "hidden_act": "silu",
        "vocab_size": VOCABULARY,
        "max_position_embeddings": CONTEXT,
        "hidden_size": width,
        "intermediate_size": round(width * 8 / 3 / HEAD_SIZE) * HEAD_SIZE,
        "num_hidden_layers": layers,
        "num_attention_heads": width // HEAD_SIZE,
        "num_key_value_heads": width // HEAD_SIZE,
        "head_dim": HEAD_SIZE,
        "rms_norm_eps": 1e-5,
        "rope_parameters": {"rope_type": "default", "rope_theta": 10000.0},
        "initializer_range": 0.02,
        "tie_word_embeddings": True,
    }
