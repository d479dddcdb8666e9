"""Write recipes as plain text, with a line above the ingredients and one above the directions."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipe_tui.core.recipes.labels import BULLET, DIRECTIONS, INGREDIENTS, MAKES, NOTES, TAGS, TIME
from recipe_tui.core.recipes.recipe import is_heading

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recipe_tui.core.cookbook.document import Document


def write_text(documents: Sequence[Document]) -> bytes:
    """Return the only recipe as text; `recipe_tui.core.recipes.reading.labelled` reads it back exactly."""
    (document,) = documents
    recipe = document.recipe
    described = {MAKES: recipe.servings, TIME: ", ".join(recipe.times), TAGS: ", ".join(recipe.tags)}
    about = [f"{label}: {text}" for label, text in described.items() if text]
    number = 0
    steps = []
    for line in recipe.steps:
        number = 0 if is_heading(line) else number + 1
        steps.append(f"{number}. {line}" if number else line)
    ingredients = [line if is_heading(line) else f"{BULLET}{line}" for line in recipe.ingredients]
    blocks = (
        [recipe.title],
        about,
        [INGREDIENTS],
        _spaced(ingredients),
        [DIRECTIONS],
        _spaced(steps),
        [NOTES, *document.notes] if document.notes else [],
    )
    return ("\n\n".join("\n".join(lines) for lines in blocks if lines) + "\n").encode()


def _spaced(lines: Sequence[str]) -> list[str]:
    """Return lines with a blank one above each heading but the first line."""
    return [f"\n{line}" if number and is_heading(line) else line for number, line in enumerate(lines)]
