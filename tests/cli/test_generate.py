"""``recipe-tui generate``: what the model is asked for, and how its text is shown."""

from __future__ import annotations

from pathlib import Path

import pytest
import typer

from recipe_tui.cli.app import application
from recipe_tui.cli.generate import complete_tag
from recipe_tui.core.blocks.field_values import FieldValues
from recipe_tui.core.recipes.recipe import Recipe
from tests.cli.conftest import CommandLine, FakeGenerator

MODEL = ("--model", "checkpoint")


def test_the_json_is_a_list_of_texts_and_recipes(recipe_tui: CommandLine, generator: type[FakeGenerator]) -> None:
    done = recipe_tui("generate", *MODEL, "--title", "Soup", "--ingredient", "leek", "--ingredient", "salt", "--json")
    assert done.code == 0
    assert done.json == [
        {
            "text": "Soup\nleek\nsalt\nBoil it.\nEat it.",
            "recipe": {
                "title": "Soup",
                "ingredients": ["leek", "salt"],
                "steps": ["Boil it.", "Eat it."],
                "tags": [],
                "servings": "",
                "times": [],
            },
            "finish_reason": "stop",
            "tokens": 5,
            "tokens_per_second": 50.0,
            "seed": 7,
        }
    ]
    assert generator.loaded == "checkpoint"


def test_the_best_of_several_texts_is_shown_with_its_score(
    recipe_tui: CommandLine, generator: type[FakeGenerator]
) -> None:
    asked = ("generate", *MODEL, "--title", "Soup", "--best-of", 4)
    done = recipe_tui(*asked)
    assert "score 0.90: coverage 1.00, repetition 0.00, log-probability -1.00" in done.err
    assert done.out.startswith("Soup\nBoil it.")
    (text,) = recipe_tui(*asked, "--json").json
    assert text["score"] == {
        **{"total": 0.9, "coverage": 1.0, "extras": None, "repetition": 0.0, "overlap": None},
        "log_probability": -1.0,
    }


def test_the_prompt_and_the_controls_reach_the_model(recipe_tui: CommandLine, generator: type[FakeGenerator]) -> None:
    recipe_tui(
        *("generate", *MODEL, "--title", "Soup", "--ingredient", "leek", "salt", "--directions", "Boil"),
        *("--max-new-tokens", 9, "--temperature", 0, "--top-k", 4, "--top-p", "0.5", "--seed", 3),
        *("--num-return-sequences", 2, "--num-beams", 2, "--set", "generation.min_p=0.1"),
    )
    assert generator.prompt is not None
    assert (generator.prompt.title, generator.prompt.ingredients) == ("Soup", ("leek", "salt"))
    assert (generator.prompt.directions, generator.prompt.text) == ("Boil", None)
    config = generator.config
    assert config is not None
    assert (config.max_new_tokens, config.temperature, config.top_k, config.top_p) == (9, 0, 4, 0.5)
    assert (config.seed, config.num_return_sequences, config.num_beams, config.min_p) == (3, 2, 2, 0.1)


def test_tags_reach_the_model_and_are_enough(recipe_tui: CommandLine, generator: type[FakeGenerator]) -> None:
    recipe_tui("generate", *MODEL, "--tag", "Italian", "--tag", "vegan")
    assert generator.prompt is not None
    assert generator.prompt.tags == ("Italian", "vegan")
    assert recipe_tui("generate", *MODEL, "--tag", "vegan", "--prompt", "Soup").code == 2


def test_servings_and_times_reach_the_model_as_recipes_have_them(
    recipe_tui: CommandLine, generator: type[FakeGenerator]
) -> None:
    recipe_tui(
        "generate", *MODEL, "--title", "Soup", "--servings", "4", "--time", "prep 20 minutes", "--time", "1 hour"
    )
    assert generator.prompt is not None
    assert (generator.prompt.servings, generator.prompt.times) == ("4 servings", ("prep 20 min", "total 1 h"))


class TestTagsOfTheCorpus:
    """A model that was trained on recipes with some tags."""

    @pytest.fixture
    def model(self, monkeypatch: pytest.MonkeyPatch) -> None:
        values = FieldValues()
        values.add(Recipe("Soup", ("leek",), ("Boil.",), ("vegan", "vegetarian", "soup")))
        monkeypatch.setattr("recipe_tui.core.registry.locate.is_hub_name", lambda _: False)
        monkeypatch.setattr("recipe_tui.core.registry.locate.locate_model", lambda _: Path("model"))
        monkeypatch.setattr(FieldValues, "of_model", classmethod(lambda *_: values))

    @pytest.mark.usefixtures("model")
    def test_an_unknown_tag_is_said_and_used_all_the_same(
        self, recipe_tui: CommandLine, generator: type[FakeGenerator]
    ) -> None:
        done = recipe_tui("generate", *MODEL, "--tag", "vegn", "--tag", "soup")
        assert "'vegn' is not among the tags that the model was trained on; the nearest are: vegan" in done.err
        assert "'soup'" not in done.err
        assert generator.prompt is not None
        assert generator.prompt.tags == ("vegn", "soup")

    @pytest.mark.usefixtures("model")
    def test_the_shell_completes_them(self) -> None:
        context = typer.Context(typer.main.get_command(application()))
        context.params = {"model": "checkpoint"}
        assert complete_tag(context, "veg") == ["vegan", "vegetarian"]

    def test_a_model_that_is_missing_completes_nothing(self, tmp_path: Path) -> None:
        context = typer.Context(typer.main.get_command(application()))
        context.params = {"model": str(tmp_path / "nowhere")}
        assert complete_tag(context, "veg") == []


def test_integers_are_asked_for_and_their_size_is_said(recipe_tui: CommandLine, generator: type[FakeGenerator]) -> None:
    done = recipe_tui("generate", *MODEL, "--title", "Soup", "--quantization", "int8", "--precision", "bfloat16")
    assert generator.weights == ("bfloat16", "int8")
    assert "int8: the weights take 220 MB" in done.err
    assert recipe_tui("generate", *MODEL, "--title", "Soup", "--quantization", "int5").code == 2


def test_a_bare_prompt_goes_as_it_is(recipe_tui: CommandLine, generator: type[FakeGenerator]) -> None:
    recipe_tui("generate", *MODEL, "--prompt", "Once [b]upon")
    assert generator.prompt is not None
    assert generator.prompt.text == "Once [b]upon"


def test_one_text_is_streamed_after_its_prompt(recipe_tui: CommandLine, generator: type[FakeGenerator]) -> None:
    done = recipe_tui("generate", *MODEL, "--title", "Soup", "--ingredient", "leek")
    assert done.out.startswith("Soup\nleek\nBoil it.\nEat it.\n")
    assert "stop after 5 tokens, 50 tokens/s, seed 7" in done.err
    assert "note: the limit was lowered" in done.err


def test_several_texts_are_shown_one_after_the_other(recipe_tui: CommandLine, generator: type[FakeGenerator]) -> None:
    done = recipe_tui("generate", *MODEL, "--title", "Soup", "--num-return-sequences", 3)
    assert done.out.count("Boil it.") == 3
    assert "3: stop after 5 tokens" in done.err


@pytest.mark.parametrize("options", [(), ("--num-return-sequences", 2)])
def test_what_a_model_writes_never_acts_on_the_terminal(
    recipe_tui: CommandLine,
    generator: type[FakeGenerator],
    monkeypatch: pytest.MonkeyPatch,
    options: tuple[object, ...],
) -> None:
    monkeypatch.setattr(generator, "writes", ("[red]Boil[/red] \x1b[2J\x9b it.",))
    out = recipe_tui("generate", *MODEL, "--title", "Soup\x07", *options).out
    assert "[red]Boil[/red] \\x1b[2J\\x9b it." in out
    assert "Soup\\x07" in out


def test_the_default_model_is_the_latest_run_in_the_output(
    recipe_tui: CommandLine, generator: type[FakeGenerator]
) -> None:
    Path("output").mkdir()
    assert recipe_tui("generate", "--title", "Soup").code == 0
    assert generator.loaded == Path("output")


def test_without_any_run_it_says_to_train_first(recipe_tui: CommandLine, generator: type[FakeGenerator]) -> None:
    done = recipe_tui("generate", "--title", "Soup")
    assert done.code == 1
    assert done.error.startswith("output: no runs there; train one first: recipe-tui demo")


def test_without_a_beginning_it_says_what_to_give(recipe_tui: CommandLine) -> None:
    done = recipe_tui("generate", *MODEL)
    assert done.code == 2
    assert "--title" in done.error


@pytest.mark.parametrize("more", [("--title", "Soup"), ("--prompts", "titles.txt", "--to", "texts.jsonl")])
def test_contradictory_controls_are_a_usage_error_before_a_model_is_opened(
    recipe_tui: CommandLine, more: tuple[str, ...]
) -> None:
    done = recipe_tui("generate", "--model", "nowhere", *more, "--num-beams", "2", "--best-of", "4")
    assert done.code == 2
    assert "best_of chooses among sampled texts" in done.err


def test_prompt_and_title_exclude_each_other(recipe_tui: CommandLine) -> None:
    done = recipe_tui("generate", *MODEL, "--prompt", "x", "--title", "y")
    assert done.code == 2
    assert "--prompt stands alone" in done.error
