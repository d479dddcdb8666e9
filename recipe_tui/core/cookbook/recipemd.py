"""Write a recipe as RecipeMD, see https://recipemd.org/specification.html."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from recipe_tui.core.cookbook.document import heading_name
from recipe_tui.core.cookbook.parting import simple_amount
from recipe_tui.core.recipes.recipe import is_heading

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recipe_tui.core.cookbook.document import Document

TIMES = "Time: "
"""How the paragraph of the description begins that holds the times, for which RecipeMD has no place."""

_MARKS = re.compile(r"[\\`*_{}\[\]<>#|~]|&(?=#?\w+;)|%(?=%)")
_AT_START = re.compile(r"[-+=](?=[\s=-]|$)|[.)](?<=\d[.)])(?=\s|$)")
_NUMBER = re.compile(r"(\d{1,9})([.)])(?=\s|$)")


def write_recipemd(documents: Sequence[Document]) -> bytes:
    """Return the only recipe as a document: title, description, tags, yield, ingredients, instructions."""
    (document,) = documents
    recipe = document.recipe
    tags = f"*{', '.join(map(escaped, recipe.tags))}*" if recipe.tags else ""
    servings = f"**{escaped(recipe.servings)}**" if recipe.servings else ""
    times = escaped(TIMES + ", ".join(recipe.times)) if recipe.times else ""
    head = [f"# {escaped(recipe.title)}", *map(_paragraph, document.notes), times, tags, servings]
    blocks = [*filter(None, head), "---", *_ingredients(recipe.ingredients)]
    if recipe.steps:
        blocks += ["---", *_steps(recipe.steps)]
    return ("\n\n".join(blocks) + "\n").encode()


def escaped(text: str) -> str:
    """Return text so that Markdown shows it as it is."""
    return _MARKS.sub(lambda match: f"\\{match[0]}", text)


def _paragraph(text: str) -> str:
    """Return text as a paragraph, which looks like no list, heading or rule."""
    if match := _NUMBER.match(text):
        return f"{match[1]}\\{escaped(text[match.end(1) :])}"
    return f"\\{escaped(text)}" if text[:1] in "-+=" else escaped(text)


def _ingredients(lines: Sequence[str]) -> list[str]:
    blocks: list[str] = []
    items: list[str] = []
    for line in lines:
        if is_heading(line):
            blocks += ["\n".join(items)] if items else []
            blocks.append(f"## {escaped(heading_name(line))}")
            items = []
        else:
            items.append(f"- {_item(line)}")
    return [*blocks, "\n".join(items)] if items else blocks


def _item(line: str) -> str:
    """Return an ingredient, its amount in emphasis where RecipeMD knows amounts of this form."""
    amount = simple_amount(line)
    if amount:
        return f"*{escaped(amount)}* {_paragraph(line[len(amount) + 1 :])}"
    return _paragraph(line)


def _steps(lines: Sequence[str]) -> list[str]:
    blocks: list[str] = []
    number = 1
    for line in lines:
        if is_heading(line):
            blocks.append(f"## {escaped(heading_name(line))}")
            number = 1
        else:
            blocks.append(f"{number}. {_paragraph(line)}")
            number += 1
    return blocks
