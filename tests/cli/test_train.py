"""``recipe-tui train``: what the training is asked for, and what is said of it."""

from __future__ import annotations

from pathlib import Path

import pytest

from recipe_tui.core.kernels import KernelTimes
from tests.cli.conftest import CommandLine, FakeTraining


def test_the_json_holds_the_run_and_its_figures(recipe_tui: CommandLine, training: FakeTraining) -> None:
    done = recipe_tui("train", "--source", "a.jsonl", "--run", "mine", "--json")
    assert done.code == 0
    assert done.json == {
        "run": "output/mine",
        "state": "finished",
        "reason": "all steps done",
        "steps": 40,
        "train_loss": 0.125,
        "validation_loss": 2.0,
        "validation_perplexity": None,
        "tokens_per_second": 100.0,
    }
    assert "a library's chatter" in done.err


def test_options_and_settings_reach_the_training(
    recipe_tui: CommandLine, training: FakeTraining, tmp_path: Path
) -> None:
    config = tmp_path / "config.toml"
    config.write_text("[training]\nepochs = 9\nbatch_size = 9\n[model]\nname = 'folder'\n")
    recipe_tui(
        *("train", config, "--store", "blocks", "--output", "runs", "--batch-size", 2, "--learning-rate", "1e-3"),
        *("--layout", "plain", "--seed", 5, "--set", "training.beta_2=0.95", "--set", "generation.top_k=3"),
    )
    given = training.config
    assert given is not None
    assert given.data.store == Path("blocks")
    assert given.data.layout == "plain"
    assert given.output == Path("runs")
    assert given.model.name == "folder"
    assert (given.training.epochs, given.training.batch_size, given.training.learning_rate) == (9, 2, 1e-3)
    assert (given.training.seed, given.training.beta_2, given.generation.top_k) == (5, 0.95, 3)


def test_several_sources_are_one_corpus(recipe_tui: CommandLine, training: FakeTraining) -> None:
    recipe_tui("train", "--source", "a", "--source", "b", "c")
    assert training.config is not None
    assert training.config.data.source == ("a", "b", "c")


def test_without_recipes_it_says_what_to_give(recipe_tui: CommandLine, training: FakeTraining) -> None:
    done = recipe_tui("train")
    assert done.code == 2
    assert "--source" in done.error
    assert "recipe-tui demo" in done.error


def test_resuming_needs_no_recipes(recipe_tui: CommandLine, training: FakeTraining) -> None:
    assert recipe_tui("train", "--resume", "--run", "mine").code == 0
    assert training.resume is True
    assert training.config is not None
    assert training.config.run == "mine"


def test_a_stopped_training_exits_with_130_and_says_how_to_go_on(
    recipe_tui: CommandLine, training: FakeTraining
) -> None:
    training.state = "stopped"
    done = recipe_tui("train", "--source", "a", "--run", "mine", "--json")
    assert done.code == 130
    assert done.json["state"] == "stopped"
    assert "recipe-tui train --resume --run mine --output output" in done.err


def test_where_no_bar_can_be_drawn_it_tells_of_some_steps_in_plain_lines(
    recipe_tui: CommandLine, training: FakeTraining
) -> None:
    done = recipe_tui("train", "--source", "a")
    steps = [line for line in done.err.splitlines() if line.startswith("step ") and " of 40: loss" in line]
    assert 10 <= len(steps) <= 25
    assert "step 40 of 40: loss 0.1250, learning rate 1.00e-03, 100 tokens/s, 9s left" in steps
    assert "step 40: validation loss 2.0000, perplexity 7.39, best so far" in done.err
    assert "validation loss" in done.out
    assert "\x1b" not in done.out + done.err


def test_a_newcomer_types_a_preset_a_source_and_minutes(recipe_tui: CommandLine, training: FakeTraining) -> None:
    command = ("train", "--preset", "own-model", "--max-minutes", 5, "--source", "epicurious.jsonl", "--run", "own")
    assert recipe_tui(*command).code == 0
    given = training.config
    assert given is not None
    assert (given.run, given.training.max_minutes, given.data.tokenizer) == ("own", 5.0, "new:8192")
    assert (given.model.initialize, given.training.optimizer) == ("random", "muon")


def test_an_unknown_preset_is_one_line(recipe_tui: CommandLine, training: FakeTraining) -> None:
    done = recipe_tui("train", "--preset", "mine", "--source", "a")
    assert (
        done.code,
        done.error.startswith("no preset 'mine'; the presets are sample, sample-smollm2, own-model"),
    ) == (2, True)


def test_the_kernels_are_measured_once_and_never_where_the_environment_says_which(
    recipe_tui: CommandLine, training: FakeTraining, monkeypatch: pytest.MonkeyPatch
) -> None:
    measured: list[KernelTimes] = []

    def measure() -> KernelTimes:
        measured.append(KernelTimes(2.0, 1.0))
        return measured[-1]

    monkeypatch.setattr("recipe_tui.core.kernels.measure_kernels", measure)
    monkeypatch.setattr("recipe_tui.core.kernels.known_times", lambda: measured[-1] if measured else None)
    monkeypatch.setattr("recipe_tui.core.backend.chosen_backend", lambda: "tensorflow")
    assert recipe_tui("train", "--source", "a").code == 0
    assert not measured
    monkeypatch.delenv("TF_ENABLE_ONEDNN_OPTS")
    assert "oneDNN on, measured 2.00 times as fast" in recipe_tui("train", "--source", "a").err
    assert "measur" not in recipe_tui("train", "--source", "a").err
    assert len(measured) == 1


@pytest.mark.parametrize(
    "options",
    [("--set", "training.model_parallel=2"), ("--coordinator", "localhost:1", "--processes", 2, "--process-id", 0)],
)
def test_what_tensorflow_cannot_train_is_refused_before_kernels_are_measured(
    recipe_tui: CommandLine, training: FakeTraining, monkeypatch: pytest.MonkeyPatch, options: tuple[str | int, ...]
) -> None:
    monkeypatch.delenv("TF_ENABLE_ONEDNN_OPTS")
    monkeypatch.setattr("recipe_tui.core.kernels.known_times", lambda: None)
    monkeypatch.setattr("recipe_tui.core.kernels.measure_kernels", lambda: pytest.fail("it was measured"))
    monkeypatch.setattr("recipe_tui.core.backend.chosen_backend", lambda: "tensorflow")
    done = recipe_tui("train", "--source", "a", *options)
    assert (done.code, training.config) == (2, None)
    assert "on JAX alone; set KERAS_BACKEND=jax" in done.error
