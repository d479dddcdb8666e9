"""Shapes of models that take no time: of each family one."""

from __future__ import annotations

from typing import Any

from transformers import GPT2Config, LlamaConfig, Qwen3Config

ENDS: dict[str, Any] = {"vocab_size": 20, "bos_token_id": 0, "eos_token_id": 0}


def tiny_gpt2(layers: int = 1, dropout: float = 0.0) -> GPT2Config:
    """Return a GPT-2 of two heads, 16 wide."""
    drop = {"resid_pdrop": dropout, "embd_pdrop": dropout}
    return GPT2Config(n_layer=layers, n_embd=16, n_head=2, n_positions=16, **drop, **ENDS)


GROUPED: dict[str, Any] = {
    "hidden_size": 16,
    "intermediate_size": 24,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 16,
}


def tiny_llama(layers: int = 1) -> LlamaConfig:
    """Return a Llama of four heads that share two keys, 16 wide."""
    return LlamaConfig(num_hidden_layers=layers, **GROUPED, **ENDS)


def tiny_qwen(layers: int = 1) -> Qwen3Config:
    """Return a Qwen 3 of the same shape, whose heads are twice as wide."""
    return Qwen3Config(num_hidden_layers=layers, head_dim=8, **GROUPED, **ENDS)
