"""Shape one record, a mapping of names to values as JSON, tables and hub data sets give it, into a recipe."""

from __future__ import annotations

import ast
import json
from contextlib import suppress
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING

from recipe_tui.core.errors import SourceError
from recipe_tui.core.recipes.recipe import Recipe, Source

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


@dataclass(frozen=True, slots=True)
class Unreadable:
    """A line or record that cannot be read, or a whole file in a folder.

    Attributes:
        file: Path of the file, or the hub name.
        line: Line or record number from 1, as in `Source`, or the line of a web page; 0 for the whole file.
        reason: What is wrong with it.
    """

    file: str
    line: int
    reason: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.reason}" if self.line else f"{self.file}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Columns:
    """The names in a record that hold a field, the preferred one first."""

    title: tuple[str, ...]
    ingredients: tuple[str, ...]
    steps: tuple[str, ...]
    tags: tuple[str, ...]

    @property
    def names(self) -> list[str]:
        """All names, each once."""
        return list(dict.fromkeys((*self.title, *self.ingredients, *self.steps, *self.tags)))


# Compared without case, blanks, hyphens and underscores. Kaggle's Cleaned_Ingredients is left out on purpose: it cuts
# ingredients at every comma.
_TITLE = ("title", "name", "recipename", "recipetitle")
_INGREDIENTS = ("ingredients", "recipeingredient", "recipeingredients", "ingredientlines")
_STEPS = ("directions", "instructions", "steps", "method", "recipeinstructions")
_TAGS = ("tags", "categories", "category", "keywords", "cuisine", "course", "recipecuisine", "recipecategory")


@lru_cache(maxsize=1024)
def columns(names: tuple[str, ...]) -> Columns:
    """Find out which names hold which field."""
    known = {name: "".join(character for character in name.lower() if character not in " _-") for name in names}

    def holding(aliases: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(name for alias in aliases for name in names if known[name] == alias)

    return Columns(holding(_TITLE), holding(_INGREDIENTS), holding(_STEPS), holding(_TAGS))


def table_columns(names: Iterable[str], file: str) -> Columns:
    """Find out which columns of a table hold which field.

    Raises:
        SourceError: The table has no column for the title, the ingredients or the directions.
    """
    names = tuple(names)
    found = columns(names)
    if not (found.title and found.ingredients and found.steps):
        given = ", ".join(name or "(unnamed)" for name in names)
        raise SourceError(
            f"{file}: its columns ({given[:200]}) are not those of a recipe table",
            "name them title, ingredients and directions (or name, instructions, steps, method)",
        )
    return found


def recipe_from(record: object, source: Source) -> Recipe | Unreadable:
    """Shape a record into a recipe; the text itself is left as it is.

    Missing fields become empty ones. Directions and ingredients given as one string are split at newlines; lists
    written as Python or JSON text are read as lists; schema.org's HowToStep and HowToSection become lines.

    Args:
        record: What the source holds.
        source: Where it holds it.

    Returns:
        The recipe, or why the record is none.
    """
    try:
        if not isinstance(record, dict):
            raise _WrongShapeError(f"{_kind(record)} where a recipe, an object with named fields, is expected")
        found = columns(tuple(record))
        return Recipe(
            title=_title(_first(record, found.title)),
            ingredients=tuple(_lines(_first(record, found.ingredients), "ingredients")),
            steps=tuple(_lines(_first(record, found.steps), "directions")),
            tags=tuple(dict.fromkeys(tag for name in found.tags for tag in _tags(record[name]))),
            source=source,
        )
    except _WrongShapeError as error:
        return Unreadable(source.file, source.line, str(error))
    except RecursionError:
        return Unreadable(source.file, source.line, "nested too deeply")


class _WrongShapeError(ValueError):
    """A value that a recipe cannot have there."""


def _first(record: dict[str, object], names: tuple[str, ...]) -> object:
    return next((record[name] for name in names if record[name] is not None), None)


def _title(value: object) -> str:
    return "" if value is None else _text(value, "the title")


def _text(value: object, what: str) -> str:
    if not isinstance(value, str):
        raise _WrongShapeError(f"{what} is {_kind(value)}, not text")
    try:
        value.encode()
    except UnicodeEncodeError:
        raise _WrongShapeError(f"{what} holds bytes that are not UTF-8, or half a character") from None
    return value


def _lines(value: object, field: str) -> Iterator[str]:
    """Yield the items of a field that is a list, a text of lines, or schema.org's objects."""
    if isinstance(value, str):
        value = _written_list(value, field)
    if value is None:
        return
    if isinstance(value, str):
        yield from (line.removesuffix("\r") for line in _text(value, field).split("\n") if line.strip())
    elif isinstance(value, list):
        for number, item in enumerate(value, start=1):
            if isinstance(item, str):
                yield _text(item, f"item {number} of {field}")
            elif isinstance(item, dict):
                yield from _object_lines(item, f"item {number} of {field}")
            elif item is not None:
                raise _WrongShapeError(f"item {number} of {field} is {_kind(item)}, not text")
    elif isinstance(value, dict):
        yield from _object_lines(value, field)
    else:
        raise _WrongShapeError(f"{field} is {_kind(value)}, not a list or text")


def _object_lines(value: dict[str, object], what: str) -> Iterator[str]:
    """Yield the lines of a HowToSection, HowToStep, ItemList, or an object that holds a text (as Recipe1M has them)."""
    type_ = str(value.get("@type"))
    name = value.get("name")
    if "itemListElement" in value:
        if "HowToSection" in type_ and name is not None:
            yield f"{_text(name, f'the name of {what}').rstrip(' :')}:"
        elements = value["itemListElement"]
        yield from _lines(elements if isinstance(elements, list) else [elements], what)
    elif value.get("text") is not None:
        yield _text(value["text"], what)
    elif "HowTo" in type_ and name is not None:
        yield _text(name, what)
    else:
        raise _WrongShapeError(f"{what} is an object without a text")


def _written_list(text: str, field: str) -> object:
    """Read a list that a table's cell holds as JSON (RecipeNLG) or as Python's repr (Kaggle); other text stays."""
    stripped = text.strip()
    if not stripped.startswith(("['", '["', "[]")):
        return text
    for parse in (json.loads, ast.literal_eval):
        with suppress(ValueError, SyntaxError, MemoryError):
            return parse(stripped)
    raise _WrongShapeError(f"{field} begins like a list, but is not one to its end")


def _tags(value: object) -> Iterator[str]:
    if isinstance(value, str):
        value = _written_list(value, "tags")
    if isinstance(value, str):
        value = _text(value, "tags").split(",")
    elif isinstance(value, dict):
        value = [value]
    elif value is not None and not isinstance(value, list):
        raise _WrongShapeError(f"tags is {_kind(value)}, not a list or text")
    for number, item in enumerate(value or (), start=1):
        tag = item.get("name") if isinstance(item, dict) else item  # schema.org's DefinedTerm
        if tag is not None and (stripped := _text(tag, f"item {number} of tags").strip()):
            yield stripped


def _kind(value: object) -> str:
    kinds = {bool: "a truth value", int: "a number", float: "a number", str: "text", list: "a list", dict: "an object"}
    return kinds.get(type(value), "nothing" if value is None else f"of type {type(value).__name__}")
