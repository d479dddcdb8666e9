from __future__ import annotations

import json
from pathlib import Path

import pytest

from recipe_tui.core import paths
from recipe_tui.core.blocks.field_values import MOST_VALUES, FieldValues
from recipe_tui.core.recipes.recipe import Recipe
from recipe_tui.core.text.prompt import Prompt


def values_of(*recipes: Recipe) -> FieldValues:
    values = FieldValues()
    for recipe in recipes:
        values.add(recipe)
    return values


def recipe(*tags: str, servings: str = "", times: tuple[str, ...] = ()) -> Recipe:
    return Recipe("Soup", ("1 leek",), ("Boil it.",), tags, servings=servings, times=times)


KNOWN = values_of(
    recipe("Vegan", "vegetarian", servings="4 servings", times=("total 30 min",)),
    recipe("vegetarian", "soup", servings="4 servings"),
)


def test_values_are_counted_and_come_back_from_the_store(tmp_path: Path) -> None:
    KNOWN.write(tmp_path)
    read = FieldValues.read(tmp_path)
    assert read == KNOWN
    assert read.tags == {"vegetarian": 2, "Vegan": 1, "soup": 1}
    assert (read.servings, read.times) == ({"4 servings": 2}, {"total 30 min": 1})


def test_the_commonest_values_are_written(tmp_path: Path) -> None:
    values_of(recipe("soup"), *(recipe("soup", str(n)) for n in range(MOST_VALUES + 5))).write(tmp_path)
    assert len(FieldValues.read(tmp_path).tags) == MOST_VALUES
    assert FieldValues.read(tmp_path).completions("tags", "")[0] == "soup"


@pytest.mark.parametrize("content", [None, "", "[]", "{", '{"tags": 3}', '{"tags": {"a": "x"}}', '{"others": {}}'])
def test_an_older_or_damaged_store_has_none(tmp_path: Path, content: str | None) -> None:
    if content is not None:
        (tmp_path / paths.STORE_FIELDS).write_text(content)
    assert FieldValues.read(tmp_path) == FieldValues()


def test_a_model_that_belongs_to_no_run_has_none(tmp_path: Path) -> None:
    assert FieldValues.of_model(tmp_path) == FieldValues()
    run, store = tmp_path / "run", tmp_path / "store"
    run.mkdir()
    store.mkdir()
    (run / paths.RUN_MANIFEST).write_text(json.dumps({"store": str(store)}))
    assert FieldValues.of_model(run) == FieldValues()


def test_the_commonest_value_that_begins_so_is_the_first_completion_whatever_its_case() -> None:
    assert KNOWN.completions("tags", "veg") == ["vegetarian", "Vegan"]
    assert KNOWN.completions("times", "TOTAL") == ["total 30 min"]
    assert KNOWN.completions("tags", "x") == []


def test_an_unknown_value_is_named_with_those_spelled_most_alike() -> None:
    prompt = Prompt("Soup", tags=("vegan", "soup"), servings="5 servings", times=("total 30 min",))
    tag, servings = KNOWN.unknown(prompt)
    assert tag == "'vegan' is not among the tags that the model was trained on; the nearest are: Vegan, vegetarian"
    assert servings.endswith("the nearest are: 4 servings")
    assert KNOWN.unknown(Prompt(tags=("xyz",)))[0].endswith("no similar value is known")


def test_nothing_is_unknown_where_no_values_are_known() -> None:
    assert FieldValues().unknown(Prompt(tags=("vegan",))) == []
    assert KNOWN.unknown(Prompt("Soup")) == []
