"""What is exported is read back unchanged, or the program says what is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from recipe_tui.core.cookbook.document import Document, tidied
from recipe_tui.core.cookbook.formats import FORMATS, export
from recipe_tui.core.cookbook.hints import notes_on
from recipe_tui.core.cookbook.reading_back import reading_note
from recipe_tui.core.recipes.recipe import Recipe

MARKS = Recipe(
    "A @home #1 ~10 recipe",
    ("2 cups #1 flour @ room temp", "1 {weird} brace", "egg [- not comment -]", "---", "***"),
    ("Heat ~ 10 min @ 350 {F}.", "# Not a heading", ">> servings: 3", "---", "Use #3 pot ~{5%minutes}"),
    servings="4-6 servings",
)
EMPTY = Recipe("", (), ())
HEADINGS = Recipe("# hash", ("1 egg",), ("Stir.", "Ingredients:", "Directions:", "Done."))


def note(recipe: Recipe, name: str, folder: Path) -> str:
    document = Document.of(tidied(recipe), notes_on(recipe))
    (path,) = export([document], FORMATS[name], folder)  # type: ignore[index]
    return reading_note(path, [document])


@pytest.mark.parametrize("name", FORMATS)
def test_marks_of_another_format_are_text_in_every_format(name: str, tmp_path: Path) -> None:
    assert note(MARKS, name, tmp_path) == ""


def test_what_a_format_cannot_hold_is_said(tmp_path: Path) -> None:
    assert "not recognised as a recipe" in note(EMPTY, "recipemd", tmp_path)
    assert "when it is read again" in note(HEADINGS, "recipemd", tmp_path)
    assert note(HEADINGS, "text", tmp_path) == note(HEADINGS, "json-ld", tmp_path) == ""


def test_several_recipes_of_a_file_are_compared_in_their_order(tmp_path: Path) -> None:
    documents = [Document.of(MARKS), Document.of(Recipe("Soup", ("leek",), ("Boil.",)))]
    (path,) = export(documents, FORMATS["paprika"], tmp_path / "all.paprikarecipes")
    assert reading_note(path, documents) == ""
    assert "title, ingredients, steps" in reading_note(path, documents[::-1])
