"""Small models, and what PyTorch makes of one of them."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from safetensors.numpy import load_file
from transformers import GPT2Config

EXPECTED = Path(__file__).parent / "expected"


@pytest.fixture(scope="session")
def checkpoint() -> Path:
    """A checkpoint that PyTorch's transformers wrote; see expected/make.py."""
    return EXPECTED / "gpt2"


@pytest.fixture(scope="session")
def expected() -> dict[str, np.ndarray]:
    """What PyTorch computes with it: input_ids [2, 20], logits [2, 20, 40] and loss."""
    return load_file(EXPECTED / "outputs.safetensors")


@pytest.fixture
def tiny_config() -> GPT2Config:
    return GPT2Config(n_layer=2, n_embd=16, n_head=2, n_positions=32, vocab_size=30, bos_token_id=0, eos_token_id=0)
