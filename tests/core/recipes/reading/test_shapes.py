"""The shapes of JSON documents that hold recipes."""

from __future__ import annotations

import json

import pytest

from recipe_tui.core.recipes.reading.reader import read_recipes
from recipe_tui.core.recipes.reading.shapes import records_in
from tests.core.recipes.reading.conftest import TEA, TOAST, fields, fields_of

NAMES = list(TEA)


@pytest.mark.parametrize(
    ("document", "splits"),
    [
        ({"train": [TEA], "test": [TOAST]}, ["train", "test"]),
        (
            {"data": {"train": {"1": TEA}, "validation": {name: [TOAST[name]] for name in NAMES}}},
            ["train", "validation"],
        ),
        ({"train": [{**TEA, "partition": "test"}, TOAST]}, ["test", "train"]),
        ({"test": TEA, "train": TOAST}, [None, None]),
        ({"test": [TEA], "recipes": [TOAST]}, [None, None]),
    ],
)
def test_lists_that_have_the_names_of_splits_assign_them(write, document, splits):
    recipes = list(read_recipes([write("book.json", document)]))
    assert [fields(recipe) for recipe in recipes] == [fields_of(TEA), fields_of(TOAST)]
    assert [recipe.source.split for recipe in recipes] == splits


@pytest.mark.parametrize(
    "document",
    [
        {"data": [TEA, TOAST]},
        {"count": 2, "next": None, "results": [TEA, TOAST]},
        [{"results": [TEA]}, {"results": [TOAST]}],
        {"data": {"recipes": [TEA, TOAST]}},
        {"hits": [{"recipe": TEA}, {"recipe": TOAST}]},
        {name: {"0": TEA[name], "1": TOAST[name]} for name in NAMES},
        {name: [TEA[name], TOAST[name]] for name in NAMES},
        {"0": TEA, "1": TOAST},
        {"columns": NAMES, "index": [0, 1], "data": [list(TEA.values()), list(TOAST.values())]},
        {"schema": {"fields": [{"name": "title"}]}, "data": [{"index": 0, **TEA}, {"index": 1, **TOAST}]},
        [NAMES, list(TEA.values()), list(TOAST.values())],
    ],
)
@pytest.mark.parametrize("name", ["book.json", "book.jsonl", "book.json.zip"])
def test_wrappers_pages_and_pandas_orients_are_looked_through(tmp_path, document, name):
    import zipfile

    path = tmp_path / name
    if name.endswith("zip"):
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("book.json", json.dumps(document))
    else:
        path.write_text(json.dumps(document))
    assert [fields(recipe) for recipe in read_recipes([path])] == [fields_of(TEA), fields_of(TOAST)]


@pytest.mark.parametrize(
    "text",
    [
        f"[\n{json.dumps(TEA)},\n{json.dumps(TOAST)}\n]\n",
        f"{json.dumps(TEA, indent=1)}\n{json.dumps(TOAST, indent=1)}\n",
        f"{json.dumps(TEA)},\n{json.dumps(TOAST)},\n",
        f"// exported\n[{json.dumps(TEA)}, /* next */ {json.dumps(TOAST)},];",
    ],
)
@pytest.mark.parametrize("name", ["book.jsonl", "book.json"])
def test_what_is_not_quite_json_or_json_lines_is_read_all_the_same(write, text, name):
    if text.startswith("//") and name == "book.jsonl":
        pytest.skip("comments do not stand in JSON Lines")
    assert [fields(recipe) for recipe in read_recipes([write(name, text)])] == [fields_of(TEA), fields_of(TOAST)]


def test_themealdb_numbers_its_ingredients(write):
    meal = {"strMeal": "Tea", "strInstructions": "Boil.\r\nPour.", "strIngredient1": "mint", "strMeasure1": "1 handful",
            "strIngredient2": "sugar", "strMeasure2": " ", "strIngredient3": "", "strIngredient10": "ice"}  # fmt: skip
    (tea,) = read_recipes([write("tea.json", {"meals": [meal]})])
    assert fields(tea) == ("Tea", ("1 handful mint", "sugar", "ice"), ("Boil.", "Pour."))


def test_food_com_lists_quantities_and_parts_apart(write):
    table = (
        "Name,RecipeIngredientQuantities,RecipeIngredientParts,RecipeInstructions\n"
        'Tea,"c(""1"", NA)","c(""mint"", ""sugar"")","c(""Boil."", ""Pour."")"\n'
    )
    (tea,) = read_recipes([write("tea.csv", table)])
    assert fields(tea) == ("Tea", ("1 mint", "sugar"), ("Boil.", "Pour."))


def test_tandoor_keeps_the_ingredients_with_the_steps(write):
    step = {"instruction": "Boil.", "ingredients": [{"food": {"name": "mint"}, "unit": None, "amount": 2.0}]}
    (tea,) = read_recipes([write("tea.json", {"name": "Tea", "steps": [step]})])
    assert fields(tea) == ("Tea", ("2 mint",), ("Boil.",))


def test_the_split_that_a_record_names_is_kept(write):
    rows = [{**TEA, "partition": "test"}, {**TOAST, "split": "val"}]
    assert [recipe.source.split for recipe in read_recipes([write("book.json", rows)])] == ["test", "validation"]


def test_a_large_array_is_read_as_it_is_parsed(write, monkeypatch):
    from recipe_tui.core.recipes.reading import json_text

    monkeypatch.setattr(json_text, "_SMALL", 100)
    monkeypatch.setattr(json_text, "_CHUNK", 7)
    path = write("book.json", json.dumps([TEA, TOAST, TEA], indent=1))
    assert [fields(recipe)[0] for recipe in read_recipes([path])] == ["Mint Tea", "Garlic Toast", "Mint Tea"]


@pytest.mark.parametrize("name", ["Tea", "Mint Tea", "crème brûlée tart", "3 Bean Soup"])
def test_records_without_a_title_are_called_as_they_are_named(name):
    record = {"ingredients": ["mint"], "directions": ["Boil."]}
    assert list(records_in({"Drinks": {name: record}})) == [{"title": name, **record}]
    assert list(records_in({name: {**record, "name": "Tea"}})) == [{**record, "name": "Tea"}]


@pytest.mark.parametrize("name", ["7", "-Mx2aB", "recipe", "Recipe", "Data", "recipe_1", "clx81k", "a/b c"])
def test_identifiers_are_no_titles(name):
    record = {"ingredients": ["mint"], "directions": ["Boil."]}
    assert list(records_in({name: record})) == [record]
