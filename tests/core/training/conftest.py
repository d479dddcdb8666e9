"""The bundled sample as a block store, and trainings of a second.

Tracing a step takes most of a tiny training. So trainings of one kind share the traced step (see `reused_steps`), and
`WholeRun` trains once for all tests of a module and keeps the run folder as it was at each event. What a SIGKILL would
have left at an event is then a copy, and not another training.
"""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pytest

from recipe_tui.core import paths
from recipe_tui.core.blocks.build import build_store
from recipe_tui.core.blocks.store import BlockStore
from recipe_tui.core.config import Config, DataConfig
from recipe_tui.core.runs.events import CheckpointSaved, Event, Step
from recipe_tui.core.text.tokenizer import load_tokenizer
from recipe_tui.core.training.loop import TrainingResult, train
from recipe_tui.core.training.step import FineTuning
from tests.core.training.reused_steps import STEPS, reusing
from tests.core.training.tiny import tiny_config


@dataclass
class WholeRun:
    """A training that was never interrupted. Tests only read it.

    Attributes:
        config: What is trained.
        folder: Where the copies of the run folder go.
    """

    config: Config
    folder: Path

    @cached_property
    def result(self) -> TrainingResult:
        """What the training came to."""
        return train(self.config, observer=self._copy)

    @property
    def run(self) -> Path:
        """The run folder."""
        return self.result.run

    def killed(self, step: int, output: Path, kind: type[Event] = Step) -> Config:
        """Make the run in another output folder as it was when an event was logged; return what resumes it."""
        name = self.run.name
        shutil.copytree(self._copied(kind, step), output / name)
        return Config(output=output, run=name)

    def _copy(self, event: Event) -> None:
        if isinstance(event, Step | CheckpointSaved):
            shutil.copytree(self.config.output / str(self.config.run), self._copied(type(event), event.step))

    def _copied(self, kind: type[Event], step: int) -> Path:
        return self.folder / f"{kind.__name__}-{step}"


@pytest.fixture(scope="session")
def store(tmp_path_factory: pytest.TempPathFactory) -> BlockStore:
    """The sample in isolated blocks of 64 tokens."""
    config = DataConfig(source=(str(paths.SAMPLE_RECIPES),), block_size=64, validation_fraction=0.02)
    tokenizer = load_tokenizer(paths.SAMPLE_MODEL, "sections")
    return build_store(config, tmp_path_factory.mktemp("blocks") / "store", tokenizer)


@pytest.fixture(autouse=True, scope="module")
def unprobed(request: pytest.FixtureRequest) -> Iterator[None]:
    """Leave out the gradients of the probing step, except in modules marked with ``memory_probe``."""
    with pytest.MonkeyPatch.context() as patch:
        if request.node.get_closest_marker("memory_probe") is None:
            patch.setattr(FineTuning, "probe", lambda self, batch: None)
        yield


@pytest.fixture(autouse=True, scope="session")
def traced_steps() -> Iterator[None]:
    """Let all trainings of these tests reuse traced steps."""
    with reusing(STEPS):
        yield


@pytest.fixture
def fresh_steps() -> Iterator[None]:
    """Let each training of a test trace its own step, as it does for users."""
    with reusing(None):
        yield


def small_config(store: BlockStore, output: Path, run: str | None = None, **training: Any) -> Config:
    """Return the configuration of a tiny training that writes no samples; keyword arguments are its settings."""
    return tiny_config(output, run, {"store": str(store.path)}, **training)


def save_base(store: BlockStore, folder: Path, layers: int = 1) -> Path:
    """Save a checkpoint that knows no section tokens yet."""
    from recipe_tui.core.model.weights import new_model, read_config, save_model

    tokenizer = load_tokenizer(store.tokenizer_path, "sections")
    config = read_config(paths.SAMPLE_MODEL)
    config.n_layer, config.n_embd, config.n_head = layers, 16, 2
    config.vocab_size = min(tokenizer.section_ids)
    config.bos_token_id = config.eos_token_id = tokenizer.eos_id
    save_model(new_model(config), folder)
    return folder


def tuned_config(plain: Config, base: Path, **training: Any) -> Config:
    """Return a configuration that begins with a checkpoint; keyword arguments are settings of ``[training]``."""
    values = plain.model_dump(mode="json") | {"model": {"name": str(base), "dropout": 0.1}}
    values["training"] |= training
    return Config.model_validate(values)


def lora_config(plain: Config, base: Path, adapter: dict[str, Any] | None = None, **model: Any) -> Config:
    """Return a configuration that trains an adapter of a checkpoint."""
    values = tuned_config(plain, base).model_dump(mode="json")
    values["model"] |= model
    values["adapter"] = {"method": "lora", "rank": 2, "alpha": 4, "dropout": 0.1} | (adapter or {})
    return Config.model_validate(values)


@pytest.fixture
def small(store: BlockStore, tmp_path: Path) -> Callable[..., Config]:
    """Make the configuration of a tiny training; keyword arguments are settings of ``[training]``."""

    def make(run: str | None = None, **training: Any) -> Config:
        return small_config(store, tmp_path / "output", run, **training)

    return make


@pytest.fixture(scope="module")
def shared_base(tmp_path_factory: pytest.TempPathFactory, store: BlockStore) -> Path:
    """The checkpoint that the shared runs of a module begin with. Tests only read it."""
    return save_base(store, tmp_path_factory.mktemp("base") / "base")


@pytest.fixture
def base(tmp_path: Path, shared_base: Path) -> Path:
    """The same checkpoint in a folder of this test alone."""
    return Path(shutil.copytree(shared_base, tmp_path / "base"))


@pytest.fixture
def lora(small: Callable[..., Config], base: Path) -> Callable[..., Config]:
    """Make the configuration of a tiny training by adapters."""

    def make(run: str, adapter: dict[str, Any] | None = None, **training: Any) -> Config:
        return lora_config(small(run, **{"learning_rate": 1e-2} | training), base, adapter)

    return make


@pytest.fixture(scope="module")
def whole_run(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Config], WholeRun]:
    """Have a training done once in a module, whatever tests ask for it."""
    runs: dict[str, WholeRun] = {}

    def make(config: Config) -> WholeRun:
        key = config.to_toml()
        if key not in runs:
            runs[key] = WholeRun(config, tmp_path_factory.mktemp("copies"))
        return runs[key]

    return make


@pytest.fixture(scope="module")
def shared_output(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The output folder of a module's shared runs."""
    return tmp_path_factory.mktemp("shared")
