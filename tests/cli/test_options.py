"""Options come from the configuration: every setting has one, and says there what it means."""

from __future__ import annotations

import pytest

from recipe_tui.cli.options import settings_of
from recipe_tui.core.config import Config
from tests.cli.conftest import CommandLine

SECTIONS = ("data", "model", "training", "generation")


@pytest.mark.parametrize("section", SECTIONS)
def test_every_key_of_a_section_has_an_option(section: str) -> None:
    keys = Config.model_fields[section].annotation.model_fields  # type: ignore[union-attr]
    assert [setting.key for setting in settings_of(section)] == list(keys)


def test_the_keys_outside_of_sections_are_those_that_are_no_section() -> None:
    assert [setting.option for setting in settings_of("top")] == ["output", "run"]


def test_one_key_can_be_asked_for() -> None:
    assert [setting.option for setting in settings_of("top.output", "data.store")] == ["output", "store"]


def test_a_name_that_two_sections_have_belongs_to_the_first() -> None:
    settings = {setting.option: setting.section for setting in settings_of("training", "model", "data")}
    assert settings["seed"] == "training"
    assert settings["model"] == "model"


@pytest.mark.parametrize(
    ("command", "sections"),
    [(("data", "build"), ("data",)), (("train",), ("training", "model", "data")), (("generate",), ("generation",))],
)
def test_the_help_shows_every_option_with_meaning_and_default(
    recipe_tui: CommandLine, command: tuple[str, ...], sections: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "400")
    done = recipe_tui(*command, "--help")
    assert done.code == 0
    for setting in settings_of(*sections):
        option = f"│ --{setting.option.replace('_', '-')} "
        (line,) = [line for line in done.out.splitlines() if line.startswith(option)]
        assert str(setting.field.description) in line
        default = setting.field.get_default()
        assert default in (None, ()) or f"Default: {default}." in line


def test_the_original_commands_options_are_there(recipe_tui: CommandLine) -> None:
    wanted = {
        ("data", "build"): "--source --tokenizer --layout --block-size --store",
        (
            "train",
        ): "--source --store --model --output --run --resume --epochs --max-steps --batch-size --learning-rate",
        ("generate",): "--model --title --ingredient --directions --prompt --max-new-tokens --seed --temperature "
        "--top-k --top-p --num-return-sequences --num-beams",
        ("runs",): "--output",
        ("doctor",): "--output",
        ("demo",): "--output",
    }
    for command, options in wanted.items():
        out = recipe_tui(*command, "--help").out
        for option in (*options.split(), "--json", "--set", "--debug"):
            assert f" {option} " in out, (command, option)


def test_a_wrong_value_is_blamed_on_the_option_that_gave_it(recipe_tui: CommandLine) -> None:
    done = recipe_tui("train", "--epochs", "many", "--source", "x.jsonl")
    assert done.code == 2
    assert done.error.startswith("--epochs 'many': ")
    by_set = recipe_tui("train", "--set", "training.epochs=many", "--source", "x.jsonl")
    assert by_set.error.startswith("--set: training.epochs = 'many': ")


@pytest.mark.parametrize("command", [("train",), ("data", "build"), ("generate",), ("evaluate",), ("export",)])
def test_no_option_is_cut_at_80_columns(
    recipe_tui: CommandLine, command: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    wide_enough = recipe_tui(*command, "--help").out
    monkeypatch.setenv("COLUMNS", "400")
    options = [word for word in recipe_tui(*command, "--help").out.split() if word.startswith("--")]
    assert [option for option in options if f" {option} " not in wide_enough] == []
