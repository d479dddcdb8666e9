"""Two finished trainings of a second each: of all weights, and of an adapter."""

from __future__ import annotations

from pathlib import Path

import pytest

from recipe_tui.core import paths
from recipe_tui.core.blocks.store import BlockStore
from recipe_tui.core.config import load_config
from recipe_tui.core.model.weights import new_model, read_config, save_model
from recipe_tui.core.text.tokenizer import load_tokenizer
from recipe_tui.core.training.loop import train
from tests.core.training.conftest import store, traced_steps, unprobed
from tests.core.without_graphs import without_graphs

__all__ = ["store", "traced_steps", "unprobed"]  # fixtures

SHAPE = {"n_layer": 1, "n_embd": 32, "n_head": 2, "dropout": 0.0}
STEPS = {
    "max_steps": 2,
    "batch_size": 2,
    "learning_rate": 1e-2,
    "evaluate_every": 2,
    "evaluate_batches": 2,
    "sample_every": 0,
}


@pytest.fixture(scope="module")
def run(store: BlockStore, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that trained all weights of a small GPT-2."""
    config = load_config(
        top={"output": str(tmp_path_factory.mktemp("output")), "run": "soups"},
        data={"store": str(store.path)},
        model={"name": str(paths.SAMPLE_MODEL), "initialize": "random"} | SHAPE,
        training=STEPS,
    )
    with without_graphs():
        return train(config).run


@pytest.fixture(scope="module")
def adapted(store: BlockStore, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that trained an adapter of one, and rows for the section tokens."""
    folder = tmp_path_factory.mktemp("adapted")
    tokenizer = load_tokenizer(store.tokenizer_path, "sections")
    shape = read_config(paths.SAMPLE_MODEL)
    shape.n_layer, shape.n_embd, shape.n_head = 1, 32, 2
    shape.vocab_size = min(tokenizer.section_ids)
    shape.bos_token_id = shape.eos_token_id = tokenizer.eos_id
    save_model(new_model(shape), folder / "base")
    config = load_config(
        top={"output": str(folder / "output"), "run": "stews"},
        data={"store": str(store.path)},
        model={"name": str(folder / "base")},
        adapter={"method": "lora", "rank": 2, "alpha": 4},
        training=STEPS | {"learning_rate": 0.1},
    )
    with without_graphs():
        return train(config).run
