"""Read RecipeMD with recipemd; runs where that is installed, and imports nothing of ours.

It keeps Markdown as it is written, with its escapes, which are resolved here.
"""

import json
import re
import sys
from pathlib import Path

from recipemd.data import RecipeParser


def shown(text):
    return re.sub(r"\\([!-/:-@\[-`{-~])", r"\1", text or "")


def ingredients(group):
    yield from group.ingredients
    for inner in group.ingredient_groups:
        yield from ingredients(inner)


found = []
for name in sys.argv[1:]:
    recipe = RecipeParser().parse(Path(name).read_text(encoding="utf-8"))
    found.append(
        {
            "title": shown(recipe.title),
            "ingredients": [
                [
                    f"{float(one.amount.factor):g}" if one.amount else "",
                    (one.amount.unit if one.amount else "") or "",
                    shown(one.name),
                ]
                for one in ingredients(recipe)
            ],
            "steps": shown(recipe.instructions),
            "servings": " ".join(f"{one.factor} {one.unit}" for one in recipe.yields),
            "tags": list(recipe.tags),
        }
    )
print(json.dumps(found))
