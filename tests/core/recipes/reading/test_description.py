"""Tags, servings and times, as all programs and sites name them."""

from __future__ import annotations

import pytest

from recipe_tui.core.recipes.reading.description import read_servings, read_tags, read_times
from recipe_tui.core.recipes.reading.items import Skipped
from tests.core.recipes.reading.test_records import read


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("4 servings", "4 servings"),
        ("12 muffins", "12 muffins"),
        (4, "4 servings"),
        (1.0, "1 serving"),
        (2.5, "2 1/2 servings"),
        ("4", "4 servings"),
        ("4-6", "4-6 servings"),
        ("Serves 4", "4 servings"),
        ("Serves: 4 to 6 people", "4 to 6 servings"),
        ("Makes 12 muffins", "12 muffins"),
        ("Yield: 2 loaves", "2 loaves"),
        ("4 Personen", "4 Personen"),
        (["6", "6 pieces"], "6 pieces"),
        (["4"], "4 servings"),
        ("['4', '4 servings']", "4 servings"),
        ({"@type": "QuantitativeValue", "value": 4, "unitText": "bowls"}, "4 bowls"),
        ({"@type": "QuantitativeValue", "value": "4"}, "4 servings"),
        ("  about\n a dozen ", "about a dozen"),
        (0, ""),
        (None, ""),
        (float("nan"), ""),
        (True, ""),
        ([], ""),
        ({"@type": "Thing"}, ""),
        ("x" * 300, ""),
    ],
)
def test_servings_are_one_line(value, text):
    assert read_servings([("recipeYield", value)]) == text


def test_a_number_of_servings_takes_the_unit_that_stands_beside_it():
    assert read_servings([("servings", 6), ("servings_text", "muffins")]) == "6 muffins"
    assert read_servings([("servings", 6), ("servings_text", "")]) == "6 servings"


def test_the_first_name_that_says_something_counts():
    assert read_servings([("recipeServings", 0), ("recipeYield", "2 jars")]) == "2 jars"


@pytest.mark.parametrize(
    ("name", "value", "lines"),
    [
        ("prepTime", "PT20M", ["prep 20 min"]),
        ("prep_time", "20 minutes", ["prep 20 min"]),
        ("PrepTime", 20, ["prep 20 min"]),
        ("cookTime", "PT1H10M", ["cook 1 h 10 min"]),
        ("performTime", "1 Hour", ["cook 1 h"]),
        ("totalTime", "P0DT1H", ["total 1 h"]),
        ("readyInMinutes", 45, ["total 45 min"]),
        ("minutes", "45", ["total 45 min"]),
        ("waiting_time", 30, ["rest 30 min"]),
        ("cookTime", {"@type": "Duration", "maxValue": "PT30M"}, ["cook 30 min"]),
        ("cookTime", ["PT30M"], ["cook 30 min"]),
        ("cookTime", "overnight", ["cook overnight"]),
        ("cookTime", "PT0S", []),
        ("cookTime", None, []),
        ("cookTime", float("nan"), []),
        ("cookTime", float("inf"), []),
        ("cookTime", -5, []),
        ("cookTime", True, []),
        ("cookTime", "x" * 300, []),
        ("cookTime", "2024-05-01T10:00:00", []),
    ],
)
def test_times_are_lines_with_their_kind(name, value, lines):
    assert read_times([(name, value)]) == lines


def test_all_kinds_of_description_are_read_from_a_record():
    recipe = read(
        name="Tea",
        recipeIngredient=["mint"],
        recipeInstructions=["Boil."],
        recipeYield=["2", "2 cups"],
        prepTime="PT5M",
        cookTime="PT10M",
        totalTime="PT15M",
        recipeCuisine="Moroccan",
        recipeCategory=["Drink", "drink"],
        keywords="hot, quick",
        suitableForDiet=["https://schema.org/GlutenFreeDiet", "http://schema.org/VeganDiet", "HalalDiet"],
        cookingMethod="Boiling",
    )
    assert recipe.servings == "2 cups"
    assert recipe.times == ("prep 5 min", "cook 10 min", "total 15 min")
    assert set(recipe.tags) == {
        "Moroccan",
        "Drink",
        "drink",
        "hot",
        "quick",
        "gluten free",
        "vegan",
        "halal",
        "Boiling",
    }


def test_mealie_stores_tags_as_objects_and_times_as_words():
    recipe = read(
        name="Tea",
        recipeIngredient=[{"note": "mint"}],
        recipeInstructions=[{"text": "Boil."}],
        recipeServings=2.0,
        recipeYieldQuantity=0,
        recipeYield="cups",
        prepTime="5 Minutes",
        performTime="10 Minutes",
        totalTime="15 Minutes",
        tags=[{"id": "1", "name": "Hot", "slug": "hot"}],
        recipeCategory=[{"name": "Drink"}],
    )
    assert (recipe.servings, recipe.times) == ("2 cups", ("prep 5 min", "cook 10 min", "total 15 min"))
    assert recipe.tags == ("Drink", "Hot") or recipe.tags == ("Hot", "Drink")


def test_tandoor_counts_minutes():
    recipe = read(
        name="Tea",
        steps=[{"instruction": "Boil.", "ingredients": [{"food": {"name": "mint"}, "amount": 1, "no_amount": True}]}],
        servings=2,
        servings_text="cups",
        working_time=5,
        waiting_time=10,
        keywords=[{"name": "hot", "description": ""}],
    )
    assert (recipe.servings, recipe.times) == ("2 cups", ("prep 5 min", "rest 10 min"))
    assert recipe.tags == ("hot",)


def test_paprika_writes_words():
    recipe = read(
        name="Tea", ingredients="mint", directions="Boil.", servings="Serves 2", prep_time="5 mins", cook_time="",
        total_time="1 hr 5 mins", categories=["Drinks"],
    )  # fmt: skip
    assert (recipe.servings, recipe.times) == ("2 servings", ("prep 5 min", "total 1 h 5 min"))
    assert recipe.tags == ("Drinks",)


def test_food_com_has_servings_and_yield_apart():
    recipe = read(
        Name="Tea", RecipeIngredientParts="mint", RecipeInstructions="Boil.", RecipeServings="4.0", RecipeYield="NA",
        PrepTime="PT5M", CookTime="NA", RecipeCategory="Drink",
    )  # fmt: skip
    assert (recipe.servings, recipe.times) == ("4 servings", ("prep 5 min",))


@pytest.mark.parametrize("text", ["4 Servings, 200g", "2 loaves, serves 8", "1 cake (makes 12 slices)"])
def test_a_yield_keeps_its_words(text):
    assert read_servings([("yield", text)]) == text


@pytest.mark.parametrize(
    "text",
    ["quick|vegan|hot, sweet", "quick; vegan; hot, sweet", "quick\nvegan\nhot, sweet", "quick • vegan • hot, sweet"],
)
def test_the_strongest_separator_parts_tags(text):
    assert read_tags(text, Skipped()) == ["quick", "vegan", "hot, sweet"]


def test_hashtags_commas_in_brackets_and_placeholders():
    assert read_tags("#quick #gluten-free", Skipped()) == ["quick", "gluten-free"]
    assert read_tags("cake (plain, dark), N/A, hot", Skipped()) == ["cake (plain, dark)", "hot"]
