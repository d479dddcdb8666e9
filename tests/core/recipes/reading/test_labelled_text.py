"""Plain text in which labels say what stands below them."""

from __future__ import annotations

import pytest

from recipe_tui.core.recipes.reading import read_recipes
from recipe_tui.core.recipes.reading.labelled_text import labelled_recipes, text_record
from tests.core.recipes.reading.conftest import fields

SOUP = ("Leek Soup", ("2 leeks, sliced", "salt"), ("Boil the leeks.", "Salt and serve."))
LISTS = "2 leeks, sliced\nsalt\n\n{}\nBoil the leeks.\nSalt and serve.\n"


@pytest.mark.parametrize(
    ("ingredients", "directions"),
    [
        ("Ingredients:", "Directions:"),
        ("INGREDIENTS", "METHOD"),
        ("** Ingredients **", "-- Instructions --"),
        ("Zutaten:", "Zubereitung:"),
        ("材料", "作り方"),
    ],
)
def test_labels_of_many_kinds_are_known(write, ingredients, directions):
    text = f"Leek Soup\n\n{ingredients}\n" + LISTS.format(directions)
    (soup,) = read_recipes([write("soup.txt", text)])
    assert fields(soup) == SOUP


def test_a_label_may_stand_on_the_line_of_its_text(write):
    text = "Title: Leek Soup\nIngredients: 2 leeks; 1 l water; 1 onion\nMethod: Boil the leeks. Salt and serve.\n"
    (soup,) = read_recipes([write("soup.txt", text)])
    assert fields(soup) == ("Leek Soup", ("2 leeks", "1 l water", "1 onion"), ("Boil the leeks.", "Salt and serve."))


def test_several_recipes_have_each_its_title_and_line(write):
    soup = "Leek Soup\n\nIngredients:\n" + LISTS.format("Directions:")
    notes = "\nNotes:\nServe it hot.\n\n"
    recipes = list(read_recipes([write("book.txt", soup + "\n" + soup + notes + soup)]))
    assert [fields(recipe) for recipe in recipes] == [SOUP] * 3
    assert recipes[0].source.line == 1


@pytest.mark.parametrize(
    "text",
    [
        "Leek Soup\n2 leeks\nBoil the leeks and serve.\n",
        "Ingredients:\n2 leeks\n",
        "Leek Soup\nDirections:\nBoil.\n",
        "Soup\nIngredients:\nDirections:\nBoil.\n",
    ],
)
def test_text_that_does_not_label_both_is_none_of_these(text):
    assert labelled_recipes(text.split("\n")) == []


def test_a_record_may_hold_a_recipe_in_one_text(write):
    text = "Leek Soup\n\nIngredients:\n" + LISTS.format("Directions:")
    (soup,) = read_recipes([write("books.jsonl", {"text": text, "split": "test"})])
    assert fields(soup) == SOUP
    assert soup.source.split == "test"


@pytest.mark.parametrize(("start", "end"), [("<|startoftext|>", "<|endoftext|>"), ("<s>", "</s>\n")])
def test_the_tokens_that_delimit_a_text_are_not_part_of_its_recipe(start, end):
    text = f"{start}Title: Leek Soup\nIngredients: 2 leeks\nMethod: Boil the leeks.{end}"
    assert text_record({"text": text}) == {
        "title": "Leek Soup",
        "ingredients": "2 leeks",
        "directions": "Boil the leeks.",
    }


def test_the_completion_of_a_title_is_a_recipe(write):
    completion = "2 leeks, sliced\n1 pinch salt\nBoil the leeks in the water.\nSalt them and serve the soup."
    (soup,) = read_recipes([write("books.jsonl", {"prompt": "Leek Soup", "completion": completion})])
    assert (soup.title, len(soup.ingredients), len(soup.steps)) == ("Leek Soup", 2, 2)


def test_other_texts_of_language_models_are_no_recipes():
    assert text_record({"prompt": "Why?", "completion": "Because.\nIt is.\nSo."}) is None
    assert text_record({"text": "A story.\nIt ends.\n"}) is None


@pytest.mark.parametrize(
    "directions",
    [
        ["Mix all", "Ingredients", "well and boil."],
        ["Mix all", "INGREDIENTS", "well and boil."],
        ["Ingredients should be at room temperature.", "Boil."],
        ["Boil.", "Preparation", "takes a while."],
        ["Boil.", "Ingredients: all of them go in now.", "Serve."],
    ],
)
def test_a_label_in_a_sentence_of_the_directions_is_text(directions):
    (tea,) = labelled_recipes(["Tea", "", "Ingredients:", "1 sprig mint", "", "Directions:", *directions])
    assert (tea.ingredients, tea.directions) == (["1 sprig mint"], directions)
