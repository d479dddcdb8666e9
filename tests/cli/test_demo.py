"""``recipe-tui demo``: the whole chain, with stand-ins for training and writing, and once in earnest."""

from __future__ import annotations

from pathlib import Path

from recipe_tui.core.paths import SAMPLE_MODEL, SAMPLE_RECIPES
from recipe_tui.sample import SAMPLE_INGREDIENTS, SAMPLE_TITLE
from tests.cli.conftest import CommandLine, FakeGenerator, FakeTraining


def test_it_builds_trains_and_writes_without_a_question(
    recipe_tui: CommandLine, training: FakeTraining, generator: type[FakeGenerator]
) -> None:
    done = recipe_tui("demo", "--output", "runs", "--run", "mine", "--json")
    assert done.code == 0
    assert set(done.json) == {"data", "train", "generate"}
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
    done = recipe_tui("demo")
    assert "records read" in done.out
    assert done.out.index("records read") < done.out.index("validation loss") < done.out.index(SAMPLE_TITLE)
    assert "step 1 of 40: loss 5.0000" in done.err
    assert "step 40 of 40: loss 0.1250" in done.err


def test_its_settings_can_be_changed(recipe_tui: CommandLine, training: FakeTraining) -> None:
    training.state = "stopped"
    done = recipe_tui("demo", "--set", "training.max_steps=3", "--json")
    assert done.code == 130
    assert done.json["generate"] == []
    assert training.config is not None
    assert training.config.training.max_steps == 3


def test_a_short_one_in_earnest(recipe_tui: CommandLine) -> None:
    done = recipe_tui(
        *("demo", "--json", "--set", "training.max_steps=2", "--set", "training.batch_size=1"),
        *("--set", "model.n_layer=1", "--set", "model.n_embd=16", "--set", "generation.max_new_tokens=3"),
    )
    assert done.code == 0, done.err
    assert done.json["train"]["steps"] == 2
    assert 0 < done.json["train"]["validation_loss"] < 20
    assert (Path(done.json["train"]["run"]) / "model" / "model.safetensors").is_file()
    (written,) = done.json["generate"]
    assert written["text"].startswith(SAMPLE_TITLE)
    assert written["recipe"]["ingredients"] == list(SAMPLE_INGREDIENTS)
    assert written["tokens"] == 3
