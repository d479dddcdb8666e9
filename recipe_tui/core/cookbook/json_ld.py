"""Write recipes as schema.org JSON-LD, see https://schema.org/Recipe."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

from recipe_tui.core.cookbook.document import heading_name
from recipe_tui.core.recipes.recipe import is_heading

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recipe_tui.core.cookbook.document import Document

CONTEXT = "https://schema.org"
_DURATION = re.compile(r"(?:(\d+) h)? ?(?:(\d+) min)?")
_TIMES = {"prep": "prepTime", "active": "activeTime", "cook": "cookTime", "rest": "restTime", "total": "totalTime"}


def write_json_ld(documents: Sequence[Document]) -> bytes:
    """Return one recipe as an object, or several as a graph.

    schema.org has no sections of ingredients, so their headings are lines of the list; those of the directions are
    sections. It has no active and resting time either: these two are properties of our own.
    """
    recipes = [_recipe(document) for document in documents]
    value = {"@context": CONTEXT, **recipes[0]} if len(recipes) == 1 else {"@context": CONTEXT, "@graph": recipes}
    return (json.dumps(value, indent=2, ensure_ascii=False) + "\n").encode()


def _recipe(document: Document) -> dict[str, Any]:
    recipe = document.recipe
    values: dict[str, Any] = {
        "@type": "Recipe",
        "name": recipe.title,
        "description": " ".join(document.notes),
        "keywords": list(recipe.tags),
        "recipeYield": recipe.servings,
        **{_TIMES[kind]: _iso(rest) for kind, _, rest in (line.partition(" ") for line in recipe.times)},
        "recipeIngredient": list(recipe.ingredients),
        "recipeInstructions": _instructions(recipe.steps),
    }
    return {name: value for name, value in values.items() if value}


def _iso(time: str) -> str:
    """Return ``1 h 10 min`` as ``PT1H10M``; other text as it is."""
    match = _DURATION.fullmatch(time)
    if not match:
        return time
    hours, minutes = match.groups()
    return f"PT{f'{hours}H' if hours else ''}{f'{minutes}M' if minutes else ''}"


def _instructions(steps: Sequence[str]) -> list[dict[str, Any]]:
    """Return the steps; those below a heading in its section. A heading with nothing below it is a step."""
    values: list[dict[str, Any]] = []
    below = values
    for number, line in enumerate(steps, 1):
        has_steps = number < len(steps) and not is_heading(steps[number])
        if is_heading(line) and has_steps:
            below = []
            values.append({"@type": "HowToSection", "name": heading_name(line), "itemListElement": below})
        else:
            below.append({"@type": "HowToStep", "text": line})
    return values
