"""A tiny model with random weights, in a folder of its own."""

from __future__ import annotations

from pathlib import Path

import pytest

from recipe_tui.core import paths
from tests.core.conftest import tokenizer_folder, tokenizers

__all__ = ["model_folder", "tokenizer_folder", "tokenizers"]


@pytest.fixture(scope="session")
def model_folder(tmp_path_factory, tokenizers) -> Path:
    """A model of one layer that knows the tiny tokenizer."""
    from recipe_tui.core.model.weights import new_model, read_config, save_model

    folder = tmp_path_factory.mktemp("model")
    tokenizer = tokenizers["sections"]
    config = read_config(paths.SAMPLE_MODEL)
    config.n_layer, config.n_embd, config.n_head, config.n_positions = 1, 16, 2, 64
    config.vocab_size = tokenizer.vocab_size
    config.bos_token_id = config.eos_token_id = tokenizer.eos_id
    save_model(new_model(config), folder)
    tokenizer.save(folder)
    return folder
