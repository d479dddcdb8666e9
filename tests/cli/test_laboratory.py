"""``recipe-tui laboratory`` with a stand-in for what writes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from recipe_tui.cli import laboratory as module
from recipe_tui.core.config.decoding_presets import saved_presets
from recipe_tui.core.evaluation.laboratory.setup import ExperimentRequest
from tests.cli.conftest import CommandLine
from tests.core.evaluation.laboratory.conftest import Clock, Model, experiment_of

LABORATORY = ("laboratory", "soups", "--grid", "ingredient_bonus=0,2")


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[ExperimentRequest]:
    """The requests; the texts of another experiment are written for them."""
    requests: list[ExperimentRequest] = []

    def experiment(request: ExperimentRequest) -> Any:
        requests.append(request)
        return experiment_of(*request.grids)

    def write(terminal: Any, experiment: Any, to: Path, *, confirmed: bool) -> None:
        from recipe_tui.core.evaluation.laboratory.run import run_experiment

        run_experiment(experiment, to, Model().load, confirmed=confirmed, clock=Clock())

    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    monkeypatch.setattr(ExperimentRequest, "experiment", experiment)
    monkeypatch.setattr(module, "write_experiment", write)
    return requests


def test_the_variants_stand_in_a_table_the_best_first(recipe_tui: CommandLine, asked: list[ExperimentRequest]) -> None:
    done = recipe_tui(*LABORATORY, "--to", "texts.jsonl", "--prompts", "4", "--seed", "3")
    lines = done.out.splitlines()
    assert lines[0].split()[:4] == ["variant", "texts", "score", "coverage"]
    assert lines[1].split()[:4] == ["ingredient_bonus=2", "4", "1.67", "1.00"]
    assert lines[2].split()[:4] == ["ingredient_bonus=0", "4", "1.33", "0.33"]
    assert "minus ingredient_bonus=0; * significant at 5 %" in done.out
    assert "2 variants × 4 prompts: 8 texts, at most 72 tokens" in done.err
    assert (asked[0].models, asked[0].prompts, asked[0].config.seed) == (("soups",), 4, 3)


def test_the_json_has_every_pair(recipe_tui: CommandLine, asked: list[ExperimentRequest]) -> None:
    done = recipe_tui(*LABORATORY, "--to", "texts.jsonl", "--json")
    assert [one["variant"] for one in done.json["ranked"]] == ["ingredient_bonus=2", "ingredient_bonus=0"]
    assert done.json["pairs"][0]["differences"]["coverage"]["value"] == pytest.approx(2 / 3)


def test_the_winner_is_saved_as_a_preset(recipe_tui: CommandLine, asked: list[ExperimentRequest]) -> None:
    done = recipe_tui(*LABORATORY, "--to", "texts.jsonl", "--save-preset", "winner")
    assert "ingredient_bonus=2 is the preset winner" in done.err
    assert saved_presets()[0].values == {"ingredient_bonus": 2.0}
    again = recipe_tui(*LABORATORY, "--to", "texts.jsonl", "--save-preset", "winner")
    assert "'winner' exists already" in again.error
    assert len(asked) == 1


def test_title_and_ingredients_are_a_single_prompt(recipe_tui: CommandLine, asked: list[ExperimentRequest]) -> None:
    recipe_tui(*LABORATORY, "--to", "texts.jsonl", "--title", "Soup", "--ingredient", "leek")
    assert (asked[0].prompts, asked[0].title, asked[0].ingredients) == (0, "Soup", ("leek",))


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ((), "the texts are written to a file"),
        (("--to", "a.jsonl", "--title", "Soup", "--prompts", "3"), "make a single prompt"),
        (("--to", "a.jsonl", "--save-preset", "greedy"), "'greedy' exists already"),
        (("--to", "a.jsonl", "--preset", "none"), "no decoding preset 'none'"),
    ],
)
def test_what_makes_no_sense_is_refused(recipe_tui: CommandLine, options: tuple[str, ...], message: str) -> None:
    assert message in recipe_tui(*LABORATORY, *options).error


@pytest.mark.parametrize(
    ("grid", "message"),
    [
        ("top_p=0.5,2", "top_p"),
        ("best_of=4 x temperature=0", "at temperature 0 best_of would write the same text each time"),
    ],
)
def test_a_mistake_in_the_grid_comes_before_a_model_is_looked_for(
    recipe_tui: CommandLine, grid: str, message: str
) -> None:
    assert message in recipe_tui("laboratory", "no-such-model", "--grid", grid, "--to", "a.jsonl").error
