"""The bundled sample as a block store, and the configuration of a training that takes a second."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from recipe_tui.core import paths
from recipe_tui.core.blocks.build import build_store
from recipe_tui.core.config import Config, DataConfig, load_config
from recipe_tui.core.text.tokenizer import load_tokenizer

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from recipe_tui.core.blocks.store import BlockStore


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> BlockStore:
    """The sample in isolated blocks of 64 tokens."""
    config = DataConfig(source=(str(paths.SAMPLE_RECIPES),), block_size=64, validation_fraction=0.02)
    tokenizer = load_tokenizer(paths.SAMPLE_MODEL, "sections")
    return build_store(config, tmp_path_factory.mktemp("blocks") / "store", tokenizer)


@pytest.fixture
def small(store: BlockStore, tmp_path: Path) -> Callable[..., Config]:
    """Make the configuration of a tiny training; keyword arguments are settings of ``[training]``."""

    def make(run: str | None = None, **training: Any) -> Config:
        defaults = {
            "max_steps": 6,
            "batch_size": 2,
            "gradient_accumulation_steps": 2,
            "learning_rate": 1e-3,
            "evaluate_every": 2,
        }
        return load_config(
            top={"output": str(tmp_path / "output"), "run": run},
            data={"store": str(store.path)},
            model={
                "name": str(paths.SAMPLE_MODEL),
                "initialize": "random",
                "n_layer": 1,
                "n_embd": 16,
                "n_head": 2,
                "dropout": 0.1,
            },
            training=defaults | training,
        )

    return make


@pytest.fixture
def base(tmp_path: Path, store: BlockStore) -> Path:
    """A checkpoint that knows no section tokens yet."""
    from recipe_tui.core.model.weights import new_model, read_config, save_model

    tokenizer = load_tokenizer(store.tokenizer_path, "sections")
    config = read_config(paths.SAMPLE_MODEL)
    config.n_layer, config.n_embd, config.n_head = 2, 16, 2
    config.vocab_size = min(tokenizer.section_ids)
    config.bos_token_id = config.eos_token_id = tokenizer.eos_id
    save_model(new_model(config), tmp_path / "base")
    return tmp_path / "base"


@pytest.fixture
def lora(small: Callable[..., Config], base: Path) -> Callable[..., Config]:
    """Make the configuration of a tiny training by adapters."""

    def make(run: str, adapter: dict[str, Any] | None = None, **training: Any) -> Config:
        plain = small(run, **{"learning_rate": 1e-2} | training)
        values = plain.model_dump(mode="json")
        values["model"] = {"name": str(base), "dropout": 0.1}
        values["adapter"] = {"method": "lora", "rank": 2, "alpha": 4, "dropout": 0.1} | (adapter or {})
        return type(plain).model_validate(values)

    return make
