"""The command line, called as a function, with stand-ins for what takes long."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from recipe_tui.cli.app import run
from recipe_tui.core.config import Config, GenerationConfig
from recipe_tui.core.recipes.recipe import Recipe
from recipe_tui.core.runs.events import Ended, Started, Step, Validation
from recipe_tui.core.text.generated import TextScore
from recipe_tui.core.text.prompt import Prompt


@dataclass(frozen=True)
class Done:
    """What a command line came to."""

    code: int
    out: str
    err: str

    @property
    def json(self) -> Any:
        return json.loads(self.out)

    @property
    def error(self) -> str:
        """The one line that an error is."""
        lines = [line for line in self.err.splitlines() if line.startswith("error: ")]
        assert len(lines) == 1, self.err
        assert "Traceback" not in self.err
        return lines[0].removeprefix("error: ")


CommandLine = Callable[..., Done]


@pytest.fixture
def recipe_tui(capsys: pytest.CaptureFixture[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> CommandLine:
    """Run ``recipe-tui`` with arguments, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))

    def call(*arguments: object) -> Done:
        capsys.readouterr()
        code = run([str(argument) for argument in arguments])
        captured = capsys.readouterr()
        return Done(code, captured.out, captured.err)

    return call


@pytest.fixture
def recipes(tmp_path: Path) -> Path:
    """Ten recipes in a file."""
    path = tmp_path / "recipes.jsonl"
    names = ("Bean", "Leek", "Kale", "Corn", "Lime", "Plum", "Rice", "Oat", "Egg", "Fig")
    rows = [
        {
            "title": f"{name} Soup {number}",
            "ingredients": [f"{number + 1} cups of {name.lower()}", "salt"],
            "directions": [f"Cook the {name.lower()} for {number + 5} minutes in a pot of water.", "Season with salt."],
        }
        for number, name in enumerate(names)
    ]
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path


@dataclass(frozen=True)
class FakeResult:
    """Has the fields of a `TrainingResult`, without a backend."""

    run: Path
    state: str
    reason: str
    steps: int
    train_loss: float
    validation_loss: float
    validation_perplexity: float
    tokens_per_second: float


@dataclass
class FakeTraining:
    """Stands for the training: keeps the configuration that it is given."""

    config: Config | None = None
    resume: bool | None = None
    state: str = "finished"
    loss: float = 2.0
    error: Exception | None = None

    def train(
        self, config: Config, *, resume: bool = False, observer: Any = None, progress: Any = None, processes: Any = None
    ) -> Any:
        self.config, self.resume = config, resume
        print("a library's chatter")
        if self.error is not None:
            raise self.error
        observer(Started(0.0, 0, 40, 10.0, 1000, 20, 64))
        if config.training.evaluate_on_start:
            observer(Validation(0.5, 0, 4.0, 54.6, False))
        for step in range(1, 41):
            observer(Step(1.0, step, 0.1, 5.0 / step, 1e-3, 1.0, 60, 100.0, 10**9, None, 9.0))
        observer(Validation(2.0, 40, self.loss, 7.389, True))
        observer(Ended(3.0, 40, self.state, "all steps done"))
        return FakeResult(
            run=config.output / (config.run or "made-up"),
            state=self.state,
            reason="all steps done",
            steps=40,
            train_loss=0.125,
            validation_loss=self.loss,
            validation_perplexity=float("inf"),
            tokens_per_second=100.0,
        )


@pytest.fixture
def training(monkeypatch: pytest.MonkeyPatch) -> FakeTraining:
    """A training that takes no time."""
    fake = FakeTraining()
    _stand_in(monkeypatch, "recipe_tui.core.training.loop", train=fake.train)
    monkeypatch.setattr("recipe_tui.core.backend.select_backend", lambda: "tensorflow")
    return fake


@dataclass(frozen=True)
class FakePiece:
    sequence: int
    text: str


@dataclass(frozen=True)
class FakeGenerated:
    text: str
    recipe: Recipe
    finish_reason: str = "stop"
    tokens: int = 5
    tokens_per_second: float = 50.0
    seed: int = 7
    notes: tuple[str, ...] = ("the limit was lowered",)
    score: TextScore | None = None


class FakeGenerator:
    """Stands for a model: writes the steps that it is told to."""

    loaded: str | Path | None = None
    weights: tuple[str, str] | None = None
    decoder = SimpleNamespace(weights_size=220_000_000)
    prompt: Prompt | None = None
    config: GenerationConfig | None = None
    writes: tuple[str, ...] = ("Boil it.", "Eat it.")

    @property
    def tokenizer(self) -> FakeGenerator:
        return self

    def encode(self, prompt: Prompt) -> Prompt:
        return prompt

    def text(self, prompt: Prompt) -> str:
        return "".join(f"{line}\n" for line in (prompt.text or prompt.title, *prompt.ingredients))

    @classmethod
    def load(
        cls, name: str | Path, precision: str = "float32", quantization: str = "none", progress: object = None
    ) -> FakeGenerator:
        FakeGenerator.loaded, FakeGenerator.weights = name, (precision, quantization)
        return cls()

    def generate(self, prompt: Prompt, config: GenerationConfig, observer: Any = None) -> list[FakeGenerated]:
        FakeGenerator.prompt, FakeGenerator.config = prompt, config
        if observer:
            for step in self.writes:
                observer(FakePiece(0, f"{step}\n"))
        text = "\n".join((prompt.text or prompt.title, *prompt.ingredients, *self.writes))
        recipe = Recipe(prompt.title, prompt.ingredients, self.writes)
        score = TextScore(0.9, 1.0, None, 0.0, None, -1.0) if config.best_of > 1 else None
        return [FakeGenerated(text, recipe, score=score)] * config.num_return_sequences


@pytest.fixture
def generator(monkeypatch: pytest.MonkeyPatch) -> type[FakeGenerator]:
    """A model that takes no time."""
    names = {"Generator": FakeGenerator, "Prompt": Prompt}
    _stand_in(monkeypatch, "recipe_tui.core.generation.generator", **names)
    monkeypatch.setattr("recipe_tui.core.backend.select_backend", lambda: "tensorflow")
    monkeypatch.setattr(FakeGenerator, "writes", ("Boil it.", "Eat it."))
    return FakeGenerator


def _stand_in(monkeypatch: pytest.MonkeyPatch, name: str, **contents: Any) -> None:
    module = ModuleType(name)
    for key, value in contents.items():
        setattr(module, key, value)
    monkeypatch.setitem(sys.modules, name, module)
