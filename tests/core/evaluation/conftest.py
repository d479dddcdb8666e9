"""A training of two steps on the sample, and its evaluation on four prompts."""

from __future__ import annotations

from pathlib import Path

import pytest

from recipe_tui.core import paths
from recipe_tui.core.blocks.store import BlockStore
from recipe_tui.core.config import GenerationConfig, load_config
from recipe_tui.core.evaluation.evaluate import Evaluated, evaluate
from recipe_tui.core.evaluation.subject import find_subject
from recipe_tui.core.training.loop import train
from tests.core.training.conftest import store, traced_steps, unprobed
from tests.core.without_graphs import without_graphs

__all__ = ["store", "traced_steps", "unprobed"]  # fixtures

DECODING = GenerationConfig(max_new_tokens=8, seed=0)


@pytest.fixture(scope="session")
def run(store: BlockStore, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A run that began with random weights."""
    config = load_config(
        top={"output": str(tmp_path_factory.mktemp("output")), "run": "soups"},
        data={"store": str(store.path)},
        model={"name": str(paths.SAMPLE_MODEL), "initialize": "random", "n_layer": 1, "n_embd": 16, "n_head": 2},
        training={"max_steps": 2, "batch_size": 2, "sample_every": 0, "evaluate_batches": 1},
    )
    with without_graphs():
        return train(config).run


@pytest.fixture(scope="session")
def evaluated(store: BlockStore, run: Path) -> Evaluated:
    """The run, evaluated. Tests only read it."""
    with without_graphs():
        return evaluate([find_subject(str(run))], store, 4, DECODING, run.parent)
