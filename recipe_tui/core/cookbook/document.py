"""A recipe as it is written to a file: every item one line, and notes that are not part of the recipe."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from recipe_tui.core.recipes.durations import TIME_KINDS
from recipe_tui.core.recipes.recipe import Recipe, is_heading
from recipe_tui.core.text.prompt import servings_line, time_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

MACHINE_WRITTEN = "Written by a machine (a language model) and untested: no one has cooked this recipe."
"""The note that every generated recipe has."""

UNTITLED = "Untitled recipe"


@dataclass(frozen=True, slots=True)
class Document:
    """A recipe that is to be written to a file.

    Attributes:
        recipe: The recipe, tidied.
        notes: What stands beside it, a line each: that a machine wrote it, hints, safety notes.
    """

    recipe: Recipe
    notes: tuple[str, ...] = ()

    @classmethod
    def of(cls, recipe: Recipe, notes: Iterable[str] = ()) -> Document:
        """Return the document of any recipe, see `tidied`."""
        return cls(tidied(recipe), tuple(filter(None, map(one_line, notes))))


def one_line(text: str) -> str:
    """Return text on one line, with single spaces, without control characters and in Unicode's form NFC."""
    text = unicodedata.normalize("NFC", " ".join(text.split()))
    return "".join(one for one in text if unicodedata.category(one) not in ("Cc", "Cs", "Cn")).strip()


def tidied(recipe: Recipe) -> Recipe:
    """Return a recipe in the form that all formats can hold.

    Every item is one line and none is empty. Tags are separated by commas in files, so a tag with a comma is two tags.
    Servings and times have the form in which they are read. There is one time of each kind.
    """
    tags = (one_line(tag) for line in recipe.tags for tag in line.split(","))
    times: dict[str, str] = {}
    for line in filter(None, map(one_line, recipe.times)):
        time = time_line(line.replace(",", " "))
        times.setdefault(time.partition(" ")[0], time)
    return replace(
        recipe,
        title=one_line(recipe.title) or UNTITLED,
        ingredients=tuple(_lines(recipe.ingredients)),
        steps=tuple(_lines(recipe.steps)),
        tags=tuple(dict.fromkeys(filter(None, tags))),
        servings=servings_line(one_line(recipe.servings)),
        times=tuple(times[kind] for kind in TIME_KINDS if " " in times.get(kind, "")),
    )


_NAME_OF_HEADING = re.compile(r"\s*:[\s:]*$")


def heading_name(line: str) -> str:
    """Return the name in a heading line: ``For the sauce:`` is ``For the sauce``."""
    return _NAME_OF_HEADING.sub("", line)


def _lines(lines: Iterable[str]) -> Iterator[str]:
    for line in map(one_line, lines):
        if not is_heading(line):
            if line:
                yield line
        elif name := heading_name(line):
            yield f"{name}:"
