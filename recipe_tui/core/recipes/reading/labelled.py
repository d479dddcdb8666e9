"""Read a recipe in plain text where "Ingredients" and "Directions" stand above its parts, on lines of their own.

Above the first of these lines stand the title and, each after a label of its own, servings, times and tags. Ingredients
have bullets and steps have numbers; below "Notes" stands what is not part of the recipe. This is the form that
`recipe_tui.core.cookbook.text` writes.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from recipe_tui.core.recipes.labels import BULLET, DIRECTIONS, INGREDIENTS, MAKES, NOTES, TAGS, TIME
from recipe_tui.core.recipes.reading.files import open_source
from recipe_tui.core.recipes.recipe import Recipe, Source, is_heading

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

_LARGEST = 2**17  # bytes of a file with one recipe
_BEGINS = re.compile(  # a heading "# Soup" is Markdown
    rf"\ufeff?(?!#{{1,6}} )[^\n]+\n\n(?:(?:{MAKES}|{TIME}|{TAGS}): [^\n]*\n)*\n?{INGREDIENTS}\n\n"
    rf"(?:{re.escape(BULLET)}|[^\n]+:\n{re.escape(BULLET)}|{DIRECTIONS}\n)"
)
_ABOUT = re.compile(rf"({MAKES}|{TIME}|{TAGS}): (.*)")


def is_labelled(head: bytes) -> bool:
    """Return whether a text begins like this form, whatever marks of other formats its lines hold.

    Args:
        head: Its first bytes, as UTF-8.
    """
    return _BEGINS.match(head.decode("utf-8", "replace").replace("\r\n", "\n")) is not None


def read_labelled(path: Path) -> Recipe | None:
    """Return the only recipe of a file; None where the file does not have this form.

    Raises:
        SourceError: The file cannot be read.
    """
    with open_source(path) as stream:
        content = stream.read(_LARGEST + 1)
    if len(content) > _LARGEST:
        return None
    lines = [line.strip() for line in content.decode("utf-8", "replace").removeprefix("\ufeff").split("\n")]
    first = _label(lines, INGREDIENTS, 0)
    second = _label(lines, DIRECTIONS, first)
    end = _label(lines, NOTES, second)
    if second == len(lines):
        return None
    head = list(filter(None, lines[:first]))
    about = [_ABOUT.fullmatch(line) for line in head[1:]]
    ingredients = _without_bullets([line for line in lines[first + 1 : second] if line])
    steps = _without_numbers([line for line in lines[second + 1 : end] if line])
    if not head or not all(about) or ingredients is None or steps is None:
        return None
    values = {match[1]: match[2] for match in about if match}
    return Recipe(
        head[0],
        ingredients,
        steps,
        tuple(values[TAGS].split(", ")) if TAGS in values else (),
        Source(str(path), 1),
        values.get(MAKES, ""),
        tuple(values[TIME].split(", ")) if TIME in values else (),
    )


def _label(lines: Sequence[str], label: str, after: int) -> int:
    """Return where a label stands alone below a blank line, after another place; else the number of lines."""
    places = range(after + 1, len(lines))
    return next((place for place in places if lines[place] == label and not lines[place - 1]), len(lines))


def _without_bullets(lines: Sequence[str]) -> tuple[str, ...] | None:
    """Return ingredients without the bullet that each but the headings must have."""
    if not all(is_heading(line) or line.startswith(BULLET) for line in lines):
        return None
    return tuple(line.removeprefix(BULLET) for line in lines)


def _without_numbers(lines: Sequence[str]) -> tuple[str, ...] | None:
    """Return steps without the numbers that each but the headings must have, from 1 below each heading."""
    steps: list[str] = []
    number = 1
    for line in lines:
        mark = f"{number}. "
        if line.startswith(mark):
            steps.append(line.removeprefix(mark))
            number += 1
        elif is_heading(line):
            steps.append(line)
            number = 1
        else:
            return None
    return tuple(steps)
