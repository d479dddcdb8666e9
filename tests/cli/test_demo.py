"""``recipe-tui demo``: the whole chain, with stand-ins for training and writing, and once in earnest."""

from __future__ import annotations

from pathlib import Path

import pytest

from recipe_tui.cli.data import build_blocks
from recipe_tui.cli.demo import demo_config
from recipe_tui.cli.progress import ProgressView
from recipe_tui.core.blocks.store import BlockStore
from recipe_tui.core.config import Config
from recipe_tui.core.paths import SAMPLE_MODEL, SAMPLE_RECIPES
from recipe_tui.core.registry.best_model import BestModel
from recipe_tui.sample import SAMPLE_INGREDIENTS, SAMPLE_TITLE, sample_config
from tests.cli.conftest import CommandLine, FakeGenerator, FakeTraining


def sample_blocks(_: Config, progress: ProgressView) -> BlockStore:
    """Build the blocks of the sample's own tokenizer, in the place of one that would be fetched."""
    return build_blocks(sample_config(), progress)


def test_it_builds_trains_and_writes_without_a_question(
    recipe_tui: CommandLine, training: FakeTraining, generator: type[FakeGenerator]
) -> None:
    done = recipe_tui("demo", "--model", "random", "--output", "runs", "--run", "mine", "--json")
    assert done.code == 0
    assert set(done.json) == {"model", "data", "before", "train", "perplexity", "generate"}
    assert done.json["data"]["ledger"]["kept"] == 180
    assert done.json["train"]["run"] == "runs/mine"
    assert done.json["generate"][0]["recipe"]["title"] == SAMPLE_TITLE
    assert training.config is not None
    assert training.config.data.source == (str(SAMPLE_RECIPES),)
    assert training.config.data.store == Path(done.json["data"]["store"])
    assert training.config.model.name == str(SAMPLE_MODEL)
    assert generator.loaded == Path("runs/mine")
    assert generator.prompt is not None
    assert generator.prompt.ingredients == SAMPLE_INGREDIENTS


def test_for_people_it_shows_the_ledger_the_falling_loss_and_the_recipe(
    recipe_tui: CommandLine, training: FakeTraining, generator: type[FakeGenerator]
) -> None:
    done = recipe_tui("demo", "--model", "random")
    assert "records read" in done.out
    assert done.out.index("records read") < done.out.index("validation loss") < done.out.index(SAMPLE_TITLE)
    assert "step 1 of 40: loss 5.0000" in done.err
    assert "step 40 of 40: loss 0.1250" in done.err


def test_its_settings_can_be_changed(recipe_tui: CommandLine, training: FakeTraining) -> None:
    training.state = "stopped"
    done = recipe_tui("demo", "--model", "random", "--set", "training.max_steps=3", "--json")
    assert done.code == 130
    assert done.json["generate"] == []
    assert training.config is not None
    assert training.config.training.max_steps == 3


def test_it_starts_from_the_best_model_with_an_adapter_and_shows_the_recipe_before_and_after(
    recipe_tui: CommandLine, training: FakeTraining, generator: type[FakeGenerator], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = BestModel("smollm2-135m", "SmolLM2 is on this machine")
    monkeypatch.setattr("recipe_tui.core.registry.best_model.best_model", lambda _: found)
    monkeypatch.setattr("recipe_tui.cli.demo.build_blocks", sample_blocks)
    done = recipe_tui("demo", "--run", "mine")
    assert "starting from smollm2-135m: SmolLM2 is on this machine; --model chooses another" in done.err
    assert "perplexity of held-out recipes: 54.6 before the training, inf after it (lower is better)" in done.err
    assert done.out.count(SAMPLE_TITLE) == 2
    assert training.config is not None
    assert (training.config.model.name, training.config.adapter.method) == ("smollm2-135m", "lora")
    assert generator.loaded == Path("output/mine")


def test_without_any_model_it_starts_from_random_weights_and_says_why(
    recipe_tui: CommandLine, training: FakeTraining, generator: type[FakeGenerator], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = BestModel(None, "neither SmolLM2 nor GPT-2 can be fetched")
    monkeypatch.setattr("recipe_tui.core.registry.best_model.best_model", lambda _: found)
    done = recipe_tui("demo")
    assert "starting from random weights" in done.err
    assert found.reason in done.err
    assert training.config is not None
    assert training.config.model.initialize == "random"


def test_a_model_is_chosen_by_its_name() -> None:
    config = demo_config(model="gpt2")
    assert (config.model.name, config.model.initialize, config.adapter.method) == ("gpt2", "pretrained", "lora")
    assert config.adapter.target_modules == ("all-linear",)


def test_a_short_one_in_earnest(recipe_tui: CommandLine) -> None:
    done = recipe_tui(
        *("demo", "--model", "random", "--json", "--set", "training.max_steps=2", "--set", "training.batch_size=1"),
        *("--set", "model.n_layer=1", "--set", "model.n_embd=16", "--set", "generation.max_new_tokens=3"),
    )
    assert done.code == 0, done.err
    assert done.json["train"]["steps"] == 2
    assert 0 < done.json["train"]["validation_loss"] < 20
    assert done.json["perplexity"]["before"] > done.json["perplexity"]["after"] > 1
    assert (Path(done.json["train"]["run"]) / "model" / "model.safetensors").is_file()
    (written,) = done.json["generate"]
    assert written["text"].startswith(SAMPLE_TITLE)
    assert written["recipe"]["ingredients"] == list(SAMPLE_INGREDIENTS)
    assert written["tokens"] == 3
