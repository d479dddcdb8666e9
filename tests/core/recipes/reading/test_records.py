from __future__ import annotations

from datetime import date
from unittest.mock import patch

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recipe_tui.core.errors import SourceError
from recipe_tui.core.recipes.reading import parting
from recipe_tui.core.recipes.reading.columns import table_columns
from recipe_tui.core.recipes.reading.records import Unreadable, read_record
from recipe_tui.core.recipes.recipe import Recipe, Source
from tests.core.recipes.reading.conftest import TEA, fields, fields_of

SOURCE = Source("book.jsonl", 7)


def recipe_from(record: object, source: Source) -> Recipe | Unreadable:
    """Return the recipe alone, without what is said of it."""
    return next(read_record(record, source))


def read(**record) -> Recipe:
    recipe = recipe_from(record, SOURCE)
    assert isinstance(recipe, Recipe), recipe
    return recipe


def reason(record) -> str:
    outcome = recipe_from(record, SOURCE)
    assert isinstance(outcome, Unreadable), outcome
    assert (outcome.file, outcome.line) == ("book.jsonl", 7)
    return outcome.reason


def test_a_record_becomes_a_recipe_with_its_text_untouched():
    record = {
        "title": " Tea &amp; Co \n",
        "ingredients": ["1 cup\u2028water ", ""],
        "directions": ["1. Boil\nit."],
        "tags": ["hot"],
    }
    assert recipe_from(record, SOURCE) == Recipe(
        " Tea &amp; Co \n", ("1 cup\u2028water ", ""), ("1. Boil\nit.",), ("hot",), SOURCE
    )


@pytest.mark.parametrize("name", ["title", "name", "Title", "recipe_name", "Recipe Name", "recipeTitle"])
def test_the_title_has_several_names(name):
    assert read(**{name: "Tea"}).title == "Tea"


@pytest.mark.parametrize("name", ["ingredients", "Ingredients", "recipeIngredient", "ingredient_lines"])
def test_the_ingredients_have_several_names(name):
    assert read(**{name: ["mint"]}).ingredients == ("mint",)


@pytest.mark.parametrize(
    "name", ["directions", "instructions", "steps", "method", "Instructions", "recipeInstructions"]
)
def test_the_directions_have_several_names(name):
    assert read(**{name: ["Boil."]}).steps == ("Boil.",)


@pytest.mark.parametrize(
    ("title", "text"),
    [
        (1001, "1001"),
        (3.5, "3.5"),
        ({"en": "Tea", "de": "Tee"}, "Tea"),
        ({"de": "Tee"}, "Tee"),
        ({"@value": "Tea"}, "Tea"),
    ],
)
def test_a_title_may_be_a_number_or_written_in_several_languages(title, text):
    assert read(title=title).title == text


def test_a_title_that_is_a_truth_value_leaves_it_to_the_next_name():
    assert read(title=True, name="Tea").title == "Tea"


def test_the_preferred_name_wins_and_the_next_one_stands_in_for_a_null():
    assert read(steps=["second"], directions=["first"]).steps == ("first",)
    assert read(steps=["second"], directions=None).steps == ("second",)


def test_kaggles_cleaned_ingredients_are_no_ingredients():
    assert read(Cleaned_Ingredients=["butter", "cut up"]).ingredients == ()
    assert read(Cleaned_Ingredients=["butter", "cut up"], Ingredients=["butter, cut up"]).ingredients == (
        "butter, cut up",
    )


def test_tags_are_gathered_from_all_their_names_each_once():
    recipe = read(tags=["vegan", None], keywords="vegan, quick , ", recipeCuisine="Moroccan", recipeCategory=["Drink"])
    assert recipe.tags == ("vegan", "quick", "Moroccan", "Drink")


def test_tags_may_be_defined_terms():
    assert read(keywords=[{"@type": "DefinedTerm", "name": "summer"}]).tags == ("summer",)


def test_missing_and_null_fields_are_empty():
    assert recipe_from({"calories": 12}, SOURCE) == Recipe("", (), (), (), SOURCE)
    assert recipe_from({"title": None, "ingredients": None, "directions": None, "tags": None}, SOURCE) == Recipe(
        "", (), (), (), SOURCE
    )


def test_text_is_split_at_line_breaks_and_blank_lines_drop():
    assert read(directions="Boil.\r\n\n  \nPour\x0bit out.").steps == ("Boil.", "Pour", "it out.")


def test_text_is_not_split_at_what_wrong_encodings_leave():
    """An ellipsis of Windows, and what stands for a lost accent in Epicurious."""
    assert read(directions="Pour it\u2028 out.\x85").steps == ("Pour it\u2028 out.\x85",)


def test_null_items_drop():
    assert read(ingredients=["mint", None]).ingredients == ("mint",)


@pytest.mark.parametrize(
    "written", ["['salt', \"baker's yeast\"]", '["salt", "baker\'s yeast"]', ' ["salt", "baker\\u0027s yeast"]\n']
)
def test_lists_written_as_python_or_json_text_are_lists(written):
    assert read(ingredients=written).ingredients == ("salt", "baker's yeast")


def test_text_that_merely_begins_with_a_bracket_is_text():
    assert read(directions="[Optional] Boil.").steps == ("[Optional] Boil.",)


@pytest.mark.parametrize(
    "written", ["['salt', 'pep", "['salt', __import__('os')]", '["salt" "a" 1]', "['" + "[" * 100_000]
)
def test_a_list_text_that_is_not_one_to_its_end_is_named(written):
    assert "begins like a list" in reason({"ingredients": written})


def test_how_to_steps_and_sections_become_lines_and_headings():
    directions = [
        {"@type": "HowToStep", "name": "Boil", "text": "Boil the water."},
        {"@type": "HowToStep", "name": "Pour it."},
        {
            "@type": "HowToSection",
            "name": "For the syrup: ",
            "itemListElement": [{"@type": "HowToStep", "text": "Melt the sugar."}, "Stir."],
        },
        {"@type": "HowToSection", "itemListElement": {"@type": "HowToStep", "text": "Serve."}},
    ]
    expected = ("Boil the water.", "Pour it.", "For the syrup:", "Melt the sugar.", "Stir.", "Serve.")
    assert read(recipeInstructions=directions).steps == expected
    assert read(recipeInstructions={"@type": "ItemList", "itemListElement": directions}).steps == expected


def test_objects_with_a_text_become_lines():
    assert read(ingredients=[{"text": "1 cup milk"}]).ingredients == ("1 cup milk",)


@pytest.mark.parametrize(
    ("record", "said"),
    [
        (["Tea"], "a list where a recipe, an object with named fields, is expected"),
        ("Tea", "text where a recipe"),
        (None, "nothing where a recipe"),
        (True, "a truth value where a recipe"),
        ({"title": date(2026, 11, 26)}, "the title is of type date, not text"),
        ({"ingredients": 3}, "ingredients is a number, not a list or text"),
        ({"ingredients": [{"calories": 5}]}, "item 1 of ingredients is an object without a text"),
        ({"directions": False}, "directions is a truth value, not a list or text"),
        ({"title": "half \ud83d"}, "the title holds bytes that are not UTF-8, or half a character"),
        ({"directions": ["ok", "caf\udce9"]}, "item 2 of directions holds bytes that are not UTF-8"),
    ],
)
def test_a_record_of_the_wrong_shape_says_what_is_wrong(record, said):
    assert said in reason(record)


@pytest.mark.parametrize(
    ("record", "said"),
    [
        ({"ingredients": ["mint", 2.5]}, "item 2 of ingredients is a number, not text"),
        ({"directions": ["Boil.", True, 1]}, "item 2 of directions is a truth value, not text, and 1 more"),
        ({"tags": 1}, "tags is a number, not a list or text"),
        ({"tags": [1, "hot"]}, "item 1 of tags is a number, not text"),
        ({"keywords": "['hot', 'qu"}, "tags begins like a list, but is not one to its end"),
    ],
)
def test_a_part_that_cannot_be_understood_is_left_out_and_said_and_the_recipe_is_kept(record, said):
    recipe, left_out = read_record({"title": "Tea", "ingredients": "mint", "directions": "Boil.", **record}, SOURCE)
    assert (recipe.title, recipe.ingredients, recipe.steps) == ("Tea", ("mint",), ("Boil.",))
    assert left_out == Unreadable("book.jsonl", 7, f"left out of the recipe: {said}")


def test_a_bottomless_record_is_unreadable():
    directions: list = []
    for _ in range(20_000):
        directions = [{"@type": "HowToSection", "itemListElement": directions}]
    assert reason({"directions": directions}) == "nested too deeply"


VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters()) | st.just("['a'"),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["@type", "name", "text", "itemListElement"]), inner | st.just("HowToSection")
        )
    ),
    max_leaves=8,
)


@given(st.dictionaries(st.sampled_from(["title", "ingredients", "directions", "tags"]), VALUES) | VALUES)
def test_any_value_is_a_recipe_of_encodable_text_or_unreadable(value):
    outcome = recipe_from(value, SOURCE)
    if isinstance(outcome, Recipe):
        for text in (outcome.title, *outcome.ingredients, *outcome.steps, *outcome.tags):
            assert isinstance(text, str)
            text.encode()
    else:
        assert outcome.reason


@pytest.mark.parametrize(
    ("name", "split", "unknown"),
    [
        ("Test ", "test", ""),
        ("fold-3", None, "fold-3"),
        (2, None, "2"),
        (None, None, ""),
        ("", None, ""),
        (float("nan"), None, ""),
    ],
)
@pytest.mark.parametrize("column", ["split", "Partition", "data_split", "subset"])
def test_a_split_that_is_not_understood_is_kept_by_its_name(column, name, split, unknown):
    source = recipe_from(
        {"title": "Tea", "ingredients": ["mint"], "directions": ["Boil."], column: name}, SOURCE
    ).source
    assert (source.split, source.unknown_split) == (split, unknown)


def test_a_table_needs_a_column_for_each_part_of_a_recipe():
    assert table_columns(["id", "name", "steps", "ingredients"], "book.csv").names == ["name", "ingredients", "steps"]
    with pytest.raises(SourceError, match=r"book.csv: its columns \(id, title, \(unnamed\)\) are not those") as error:
        table_columns(["id", "title", ""], "book.csv")
    assert error.value.hint == "name them title, ingredients and directions (or name, instructions, steps, method)"


def test_an_unreadable_line_prints_as_a_place_and_a_reason():
    assert str(Unreadable("a.csv", 3, "too short")) == "a.csv:3: too short"
    assert str(Unreadable("a.png", 0, "a binary file")) == "a.png: a binary file"


HUGE = 10**400


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("servings", HUGE),
        ("servings", [HUGE, "4"]),
        ("prepTime", -HUGE),
        ("totalTime", {"minutes": HUGE}),
        ("tags", HUGE),
        ("tags", float("inf")),
    ],
)
def test_a_number_too_large_for_a_recipe_is_left_out_and_counted(field, value):
    recipe, left_out = read_record({**TEA, field: value}, SOURCE)
    assert fields(recipe) == fields_of(TEA)
    assert "left out of the recipe" in left_out.reason


@pytest.mark.parametrize("name", ["quantity", "amount", "quantityMax"])
@pytest.mark.parametrize("number", [HUGE, float("inf"), {"value": HUGE}, [1 << 99_999]])
def test_an_amount_too_large_is_left_out_and_counted_but_not_its_ingredient(name, number):
    number = number[0] if isinstance(number, list) else number
    record = {**TEA, "ingredients": [{name: number, "unit": "c", "name": "mint"}, "salt"]}
    recipe, left_out = read_record(record, SOURCE)
    assert recipe.ingredients == ("mint", "salt")
    assert f"{name.lower()} of item 1 of ingredients is a number too large" in left_out.reason


def test_amounts_too_large_in_maps_and_rows_are_counted():
    for ingredients in ({"mint": HUGE, "water": "1 l"}, {"mint": {"amount": HUGE}, "water": {"amount": "1 l"}}):
        recipe, left_out = read_record({**TEA, "ingredients": ingredients}, SOURCE)
        assert recipe.ingredients[-1] == "1 l water"
        assert "mint" in left_out.reason


@pytest.mark.parametrize("field", ["title", "split", "@type", "id", "ner"])
def test_no_number_of_thousands_of_digits_ends_the_reading(field):
    for number in (HUGE, 1 << 99_999):  # Python writes no more than 4,300 digits
        outcomes = list(read_record({**TEA, field: number, "name": "Tea"}, SOURCE))
        assert isinstance(outcomes[0], Recipe)


@pytest.mark.parametrize(
    "record",
    [
        {"ingredients": ["<" * 6_000_000]},
        {"ingredients": [{"text": "<" * 6_000_000}]},
        {"ingredients": ["x"], "directions": {"steps": "< " * 3_000_000}},
        {"ingredient1": "<" * 6_000_000},
        {"ingredients": ["x"], "step1": "<" * 6_000_000},
    ],
)
def test_a_field_that_is_too_long_is_refused_before_it_is_parsed(record):
    with patch.object(parting, "is_html", side_effect=AssertionError):
        (refusal,) = read_record({"title": "Tea", **record}, SOURCE)
    assert "characters of text" in refusal.reason


@pytest.mark.parametrize("placeholder", ["N/A", "none", "null", "-", "TBD", "n.a.", "", "???", ["N/A"], "No title"])
def test_placeholders_give_way_to_what_stands_under_another_name(placeholder):
    record = {
        "title": placeholder if isinstance(placeholder, str) else "Untitled",
        "name": "Mint Tea",
        "recipeIngredient": TEA["ingredients"],
        "ingredients": placeholder,
        "directions": placeholder,
        "steps": TEA["directions"],
        "tags": placeholder,
        "servings": placeholder,
        "yield": "4",
    }
    (recipe,) = read_record(record, SOURCE)
    assert fields(recipe) == fields_of(TEA)
    assert (recipe.tags, recipe.servings) == ((), "4 servings")


def test_placeholders_beside_numbered_names_give_way_too():
    record = {"title": "Tea", "directions": "N/A", "step1": "Boil.", "step2": "none", "step3": "Pour.",
              "ingredients": "-", "ingredient1": "mint", "measure1": "1", "ingredient2": "N/A"}  # fmt: skip
    (recipe,) = read_record(record, SOURCE)
    assert (recipe.ingredients, recipe.steps) == (("1 mint",), ("Boil.", "Pour."))


def test_sections_hold_ingredients_and_steps():
    components = [{"raw_text": "1 handful mint", "position": 1}, {"raw_text": "500 ml water", "position": 2}]
    tasty = {
        "title": "Mint Tea",
        "sections": [{"name": None, "components": components}],
        "instructions": TEA["directions"],
    }
    (recipe,) = read_record(tasty, SOURCE)
    assert fields(recipe) == fields_of(TEA)
    sections = [{"title": "Tea", "ingredients": ["mint"], "steps": ["Boil."]}, {"title": "Top", "ingredients": ["jam"]}]
    (recipe,) = read_record({"title": "Tea", "sections": sections}, SOURCE)
    assert (recipe.ingredients, recipe.steps) == (("Tea:", "mint", "Top:", "jam"), ("Tea:", "Boil."))


def test_sections_that_hold_something_else_are_not_understood():
    (recipe,) = read_record({**TEA, "sections": ["intro", "outro"]}, SOURCE)
    assert recipe.unread_fields == ("sections",)
