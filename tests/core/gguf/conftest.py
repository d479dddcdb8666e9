"""A small Llama in Hugging Face's layout, and GGUF files made of it as llama.cpp's converter makes them."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import gguf
import numpy as np
import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

WIDTH, INNER, HEADS, KEY_HEADS, LAYERS, CONTEXT = 64, 96, 4, 2, 2, 128
HEAD = WIDTH // HEADS
TEMPLATE = "{% for message in messages %}<|user|>{{ message['content'] }}<|end|>{% endfor %}"

LAYER = {
    "input_layernorm.weight": ("attn_norm.weight", (WIDTH,)),
    "self_attn.q_proj.weight": ("attn_q.weight", (WIDTH, WIDTH)),
    "self_attn.k_proj.weight": ("attn_k.weight", (KEY_HEADS * HEAD, WIDTH)),
    "self_attn.v_proj.weight": ("attn_v.weight", (KEY_HEADS * HEAD, WIDTH)),
    "self_attn.o_proj.weight": ("attn_output.weight", (WIDTH, WIDTH)),
    "post_attention_layernorm.weight": ("ffn_norm.weight", (WIDTH,)),
    "mlp.gate_proj.weight": ("ffn_gate.weight", (INNER, WIDTH)),
    "mlp.up_proj.weight": ("ffn_up.weight", (INNER, WIDTH)),
    "mlp.down_proj.weight": ("ffn_down.weight", (WIDTH, INNER)),
}


def permuted(rows: np.ndarray, heads: int) -> np.ndarray:
    """What the converter does to the rows of queries and keys."""
    return rows.reshape(heads, 2, rows.shape[0] // heads // 2, -1).swapaxes(1, 2).reshape(rows.shape)


def tokens_of(tokenizer_folder: Path) -> tuple[list[str], list[str]]:
    """The vocabulary and the merges of a byte-level tokenizer."""
    model = json.loads((tokenizer_folder / "tokenizer.json").read_text())["model"]
    merges = [merge if isinstance(merge, str) else " ".join(merge) for merge in model["merges"]]
    return sorted(model["vocab"], key=model["vocab"].get), merges


@pytest.fixture
def tensors(tokenizer_folder: Path) -> dict[str, np.ndarray]:
    """Random weights, by Hugging Face's names."""
    rng = np.random.default_rng(0)
    shapes = {f"model.layers.{i}.{name}": shape for i in range(LAYERS) for name, (_, shape) in LAYER.items()}
    shapes |= {"model.embed_tokens.weight": (len(tokens_of(tokenizer_folder)[0]), WIDTH), "model.norm.weight": (WIDTH,)}
    return {name: rng.normal(size=shape).astype(np.float32) for name, shape in shapes.items()}


@pytest.fixture
def write(tmp_path: Path, tokenizer_folder: Path, tensors: dict[str, np.ndarray]) -> Callable[..., Path]:
    """Write a GGUF file; values of its metadata and its type can be changed."""

    def written(kind: str = "F32", changes: dict[str, Any] | None = None, **extra: np.ndarray) -> Path:
        path = tmp_path / "tiny.gguf"
        changes = changes or {}
        writer = gguf.GGUFWriter(path, changes.pop("architecture", "llama"))
        tokens, merges = tokens_of(tokenizer_folder)
        writer.add_context_length(CONTEXT)
        writer.add_embedding_length(WIDTH)
        writer.add_feed_forward_length(INNER)
        writer.add_block_count(LAYERS)
        writer.add_head_count(HEADS)
        writer.add_head_count_kv(KEY_HEADS)
        writer.add_layer_norm_rms_eps(1e-5)
        writer.add_rope_freq_base(changes.pop("theta", 500.0))
        writer.add_tokenizer_model(changes.pop("tokenizer", "gpt2"))
        writer.add_tokenizer_pre(changes.pop("words", "gpt-2"))
        writer.add_token_list(tokens)
        writer.add_token_types([3 if token == "<|endoftext|>" else 1 for token in tokens])
        writer.add_token_merges(merges)
        writer.add_eos_token_id(tokens.index("<|endoftext|>"))
        writer.add_chat_template(TEMPLATE)
        writer.add_license("mit")
        for key, value in changes.items():
            writer.add_string(key, value)
        for name, values in converted(tensors).items():
            quantized = kind if values.ndim == 2 else "F32"
            type_ = gguf.GGMLQuantizationType[quantized]
            data = values if quantized == "F32" else gguf.quants.quantize(values, type_)
            writer.add_tensor(name, data, raw_dtype=type_)
        for name, values in extra.items():
            writer.add_tensor(name.replace("__", "."), values)
        writer.write_header_to_file()
        writer.write_kv_data_to_file()
        writer.write_tensors_to_file()
        writer.close()
        return path

    return written


def converted(tensors: dict[str, np.ndarray]) -> dict[str, np.ndarray]:
    result = {
        "token_embd.weight": tensors["model.embed_tokens.weight"],
        "output_norm.weight": tensors["model.norm.weight"],
    }
    for i in range(LAYERS):
        for name, (theirs, _) in LAYER.items():
            values = tensors[f"model.layers.{i}.{name}"]
            heads = {"attn_q.weight": HEADS, "attn_k.weight": KEY_HEADS}.get(theirs)
            result[f"blk.{i}.{theirs}"] = permuted(values, heads) if heads else values
    return result
