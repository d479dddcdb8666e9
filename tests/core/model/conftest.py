"""Small models, and what PyTorch makes of one of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file
from transformers import GPT2Config, LlamaConfig, PreTrainedConfig

EXPECTED = Path(__file__).parent / "expected"
MODELS = ("gpt2", "llama", "llama_untied", "qwen2", "qwen3")


@pytest.fixture(scope="session", params=MODELS)
def checkpoint(request: pytest.FixtureRequest) -> Path:
    """Checkpoints that PyTorch's transformers wrote; see expected/make.py."""
    return EXPECTED / request.param


@pytest.fixture(scope="session")
def expected(checkpoint: Path) -> dict[str, np.ndarray]:
    """What PyTorch computes with one: input_ids [2, 20], logits [2, 20, 40] and loss."""
    return load_file(checkpoint.with_suffix(".safetensors"))


@pytest.fixture
def tiny_config() -> GPT2Config:
    return GPT2Config(n_layer=2, n_embd=16, n_head=2, n_positions=32, vocab_size=30, bos_token_id=0, eos_token_id=0)


@pytest.fixture
def tiny_llama() -> LlamaConfig:
    return LlamaConfig(
        num_hidden_layers=2,
        hidden_size=16,
        intermediate_size=24,
        num_attention_heads=4,
        num_key_value_heads=2,
        max_position_embeddings=32,
        vocab_size=30,
        bos_token_id=0,
        eos_token_id=0,
    )


@pytest.fixture(params=["tiny_config", "tiny_llama"])
def tiny(request: pytest.FixtureRequest) -> PreTrainedConfig:
    """A small shape of each family."""
    return request.getfixturevalue(request.param)
