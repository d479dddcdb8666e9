"""Read RecipeMD, see https://recipemd.org/specification.html.

A document is a title, a description, tags in emphasis, yields in strong emphasis, a rule, ingredients as lists under
headings, and after another rule the instructions.
"""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING

from recipe_tui.core.recipes.durations import TIME_KINDS
from recipe_tui.core.recipes.reading.files import MARKDOWN_LIMIT, open_source, read_text
from recipe_tui.core.recipes.reading.front_matter import split_front_matter
from recipe_tui.core.recipes.reading.items import as_heading
from recipe_tui.core.recipes.reading.markdown import markdown_place
from recipe_tui.core.recipes.reading.markdown_text import markdown_parts
from recipe_tui.core.recipes.reading.places import Place
from recipe_tui.core.recipes.reading.records import Unreadable, read_record
from recipe_tui.core.recipes.recipe import Recipe, Source

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from recipe_tui.core.recipes.reading.markdown_text import Part

_TITLE = r"\A\ufeff?\s*(?:#[ \t]+\S[^\n]*\n|[^\s#-][^\n]*\n=+[ \t]*\r?\n)"
_RULE = r"(?:(?!^ {0,3}#).)*?\n {0,3}(?:(?:- *){3,}|(?:\* *){3,}|(?:_ *){3,})\r?\n"
_TIME = rf"(?:{'|'.join(TIME_KINDS)}) [^,\n]{{1,60}}"
_TIMES = re.compile(rf"Time: ({_TIME}(?:, {_TIME}){{0,4}})")
_SHAPE = re.compile(rf"{_TITLE}{_RULE}\s*(?:[-*+]|\d+[.)]|#{{1,6}})[ \t]+\S", re.DOTALL | re.MULTILINE)


def is_recipemd(head: bytes) -> bool:
    """Return whether a text is a title and, below a rule, a list or a heading."""
    return _SHAPE.match(head[:16384].decode("utf-8", "replace")) is not None


def read_recipemd(path: Path) -> Iterator[Recipe | Unreadable]:
    """Read the recipe of a RecipeMD document.

    Raises:
        SourceError: The file cannot be read.
    """
    with open_source(path) as stream:
        text = read_text(stream, path, MARKDOWN_LIMIT // 2)  # a single recipe
    parts = markdown_parts(split_front_matter(text)[1])
    sections: list[list[Part]] = [[]]
    for part in parts:
        if part.is_rule and len(sections) < 3:
            sections.append([])
        elif not part.is_rule:
            sections[-1].append(part)
    head, ingredients, steps = (*sections, [], [])[:3]
    title = next((part.text for part in head if part.level == 1), "")
    if not title or len(sections) == 1:
        yield Unreadable(str(path), 1, "no RecipeMD: it has no title, or no rule above its ingredients")
        return
    tags = [tag.strip() for part in head if part.emphasis in ("*", "_") for tag in part.text.split(",")]
    record = {
        "title": title,
        "ingredients": _ingredients(ingredients),
        "directions": [
            as_heading(part.text) if part.level else line for part in steps for line in part.text.split("\n")
        ],
        "tags": tags,
        "servings": next((part.text for part in head if part.emphasis in ("**", "__")), ""),
        **_times(head),
    }
    yield from read_record(record, Source(str(path), 1))


def _ingredients(parts: list[Part]) -> list[str]:
    """Return headings and items, whose paragraphs and inner lists are part of one ingredient."""
    lines: list[str] = []
    for (item, is_heading), same in groupby(parts, lambda part: (part.item, part.level > 0)):
        texts = [part.text.replace("\n", " ") for part in same]
        lines += map(as_heading, texts) if is_heading else [" ".join(texts)] if item else texts
    return lines


def _times(head: list[Part]) -> dict[str, object]:
    """Return the times of a paragraph of the description, such as ``Time: prep 20 min, total 1 h``, as JSON has them.

    RecipeMD has no place for times.
    """
    for part in head:
        if match := _TIMES.fullmatch(part.text):
            pairs = (time.split(" ", 1) for time in match[1].split(", "))
            return {f"{kind} time": duration for kind, duration in pairs}
    return {}


def recipemd_place(path: Path, place: Place) -> str:
    """Return the document."""
    return markdown_place(path, Place(1))
