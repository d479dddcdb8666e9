"""Shape one record, a mapping of names to values as JSON, tables and hub data sets give it, into a recipe."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import TYPE_CHECKING, cast

from recipe_tui.core.errors import SourceError
from recipe_tui.core.recipes.given_splits import split_called
from recipe_tui.core.recipes.reading.description import SERVINGS, TAGS, TIMES, read_servings, read_tags, read_times
from recipe_tui.core.recipes.reading.items import Skipped, field_lines, is_texts, kind, names, plain_name
from recipe_tui.core.recipes.reading.written import NotAListError, written_value
from recipe_tui.core.recipes.recipe import Recipe, Source

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

from recipe_tui.core.recipes.reading.items import Field


@dataclass(frozen=True, slots=True)
class Unreadable:
    """What cannot be read: a line, a record, a part of a recipe that is kept without it, or a whole file in a folder.

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
    """The names in a record that hold a field, the preferred one first.

    Attributes:
        title: Names of the title.
        ingredients: Names of the ingredients.
        steps: Names of the directions.
        tags: Names of tags of all kinds.
        quantities: Name of the quantities, where they are listed apart from the ingredients (Food.com).
        numbered: Pairs of names for one ingredient and its measure, ``strIngredient1`` and ``strMeasure1`` (TheMealDB).
        split: Name of the split that the source assigns.
        servings: Names of how much the recipe makes.
        times: Names of how long it takes.
    """

    title: tuple[str, ...]
    ingredients: tuple[str, ...]
    steps: tuple[str, ...]
    tags: tuple[str, ...]
    quantities: tuple[str, ...] = ()
    numbered: tuple[tuple[str, str | None], ...] = ()
    split: tuple[str, ...] = ()
    servings: tuple[str, ...] = ()
    times: tuple[str, ...] = ()

    @property
    def description(self) -> tuple[str, ...]:
        """The names of tags, servings and times."""
        return self.tags + self.servings + self.times

    @property
    def names(self) -> list[str]:
        """All names, each once."""
        numbered = [name for pair in self.numbered for name in pair if name is not None]
        lists = (self.title, self.ingredients, self.steps, self.description, self.quantities, numbered, self.split)
        return list(dict.fromkeys(name for names in lists for name in names))

    @property
    def has_ingredients(self) -> bool:
        """Whether any name holds ingredients."""
        return bool(self.ingredients or self.numbered)


# Compared as `plain_name` writes them. Kaggle's Cleaned_Ingredients is left out on purpose: it cuts ingredients at
# every comma.
_TITLE = names("title name recipename recipetitle strmeal strdrink label dishname")
_INGREDIENTS = names(
    """ingredients recipeingredient recipeingredients ingredientlines ingredientslist ingredientlist ingredientsraw
    ingredientsrawstr rawingredients extendedingredients ingredient ingredientgroups ingredientsections
    ingredientstext recipeingredientparts"""
)
_STEPS = names(
    """directions instructions steps method recipeinstructions direction instruction recipedirections instructionslist
    instructionlist directionslist analyzedinstructions strinstructions methods recipesteps cookinginstructions
    cookingdirections cookingsteps instructionstext preparationsteps procedure"""
)
_QUANTITIES = ("recipeingredientquantities", "ingredientquantities")
_LONGEST_FIELD = 2**19  # characters of all ingredients or steps; markup and numbers in more take minutes
_SPLIT = ("split", "partition")
_NUMBERED = re.compile(r"(?:str)?ingredient(\d{1,3})")


@lru_cache(maxsize=1024)
def columns(names: tuple[str, ...]) -> Columns:
    """Find out which names hold which field."""
    known = {name: plain_name(name) for name in names}

    def holding(aliases: Iterable[str]) -> tuple[str, ...]:
        return tuple(name for alias in aliases for name in names if known[name] == alias)

    plain = {spelled: name for name, spelled in known.items()}
    numbered = sorted((int(match[1]), name) for name in names if (match := _NUMBERED.fullmatch(known[name])))
    pairs = tuple(
        (name, next((plain[f"{word}{number}"] for word in _MEASURES if f"{word}{number}" in plain), None))
        for number, name in numbered
    )
    return Columns(
        holding(_TITLE),
        holding(_INGREDIENTS),
        holding(_STEPS),
        holding(TAGS),
        holding(_QUANTITIES),
        pairs,
        holding(_SPLIT),
        holding(SERVINGS),
        holding(TIMES),
    )


_MEASURES = ("strmeasure", "measure", "quantity", "amount")


def table_columns(names: Iterable[str], file: str) -> Columns:
    """Find out which columns of a table hold which field.

    Raises:
        SourceError: The table has no column for the title, the ingredients or the directions.
    """
    names = tuple(names)
    found = columns(names)
    if not (found.title and found.has_ingredients and found.steps):
        given = ", ".join(name or "(unnamed)" for name in names)
        raise SourceError(
            f"{file}: its columns ({given[:200]}) are not those of a recipe table",
            "name them title, ingredients and directions (or name, instructions, steps, method)",
        )
    return found


def read_record(record: object, source: Source) -> Iterator[Recipe | Unreadable]:
    """Shape a record into a recipe; the text itself is left as it is.

    Missing fields become empty ones. Fields that are a text, a list written as code, objects, groups or maps become
    lines, see `recipe_tui.core.recipes.reading.items`. A step, ingredient or tag that cannot be understood is left out.

    Args:
        record: What the source holds.
        source: Where it holds it.

    Yields:
        The recipe, and then what was left out of it; or only why the record is no recipe.
    """
    skipped = Skipped()
    try:
        recipe = _shape(record, source, skipped)
    except _WrongShapeError as error:
        yield Unreadable(source.file, source.line, str(error))
        return
    except RecursionError:
        yield Unreadable(source.file, source.line, "nested too deeply")
        return
    yield recipe
    if skipped:
        more = f", and {len(skipped) - 1} more" if len(skipped) > 1 else ""
        yield Unreadable(source.file, source.line, f"left out of the recipe: {skipped[0]}{more}")


def recipe_from(record: object, source: Source) -> Recipe | Unreadable:
    """Shape a record into a recipe as `read_record` does, and leave unsaid what was left out of it."""
    return next(read_record(record, source))


class _WrongShapeError(ValueError):
    """A value that a recipe cannot have there."""


def _shape(record: object, source: Source, skipped: Skipped) -> Recipe:
    if not isinstance(record, dict):
        raise _WrongShapeError(f"{kind(record)} where a recipe, an object with named fields, is expected")
    found = columns(tuple(record))
    steps = _first_lines(record, found.steps, "directions", skipped)
    ingredients = _ingredients(record, found, skipped)
    title = next((text for name in found.title if (text := _title(record[name]))), "")
    if not title and "headline" in record:
        title = _title(record["headline"])
    tags: dict[str, None] = {}
    for name in found.tags:
        tags.update(dict.fromkeys(read_tags(record[name], skipped)))
    servings = read_servings((name, record[name]) for name in found.servings) if found.servings else ""
    times = read_times((name, record[name]) for name in found.times) if found.times else ()
    if tags or servings or times:
        _require_encodable("".join((*tags, servings, *times)), "the description")
    if found.split and source.split is None:
        split = split_called(record[found.split[0]])
        source = Source(source.file, source.line, split)
    return Recipe(title, tuple(ingredients), tuple(steps), tuple(tags), source, servings, tuple(times))


def _ingredients(record: dict[str, object], found: Columns, skipped: Skipped) -> list[str]:
    lines = _first_lines(record, found.ingredients, "ingredients", skipped)
    if lines and found.quantities and plain_name(found.ingredients[0]) == "recipeingredientparts":
        return _with_quantities(lines, record[found.quantities[0]])
    if lines:
        return lines
    for name, measure in found.numbered:
        if isinstance(text := record[name], str) and text.strip():
            amount = record[measure] if measure is not None else None
            lines.append(f"{amount.strip()} {text.strip()}".strip() if isinstance(amount, str) else text)
    if not lines:  # Tandoor stores the ingredients with the step that uses them
        steps = [step for name in found.steps if isinstance(record[name], list) for step in _list(record[name])]
        inner = [step["ingredients"] for step in steps if isinstance(step, dict) and step.get("ingredients")]
        lines = [line for value in inner for line in _checked(value, "ingredients", skipped)]
    return lines


def _with_quantities(parts: list[str], quantities: object) -> list[str]:
    """Put Food.com's quantities before the ingredients that they belong to, where there is one for each."""
    try:
        values = written_value(quantities) if isinstance(quantities, str) else quantities
    except NotAListError:
        return parts
    if not isinstance(values, list) or len(values) != len(parts):
        return parts
    pairs = zip(values, parts, strict=True)
    return [f"{value} {part}" if isinstance(value, str) and value.strip() else part for value, part in pairs]


def _list(value: object) -> list[object]:
    return cast("list[object]", value)


def _first_lines(record: dict[str, object], names: tuple[str, ...], field: Field, skipped: Skipped) -> list[str]:
    """Return the lines under the first name that has any; exports carry empty aliases beside full ones."""
    left_out = Skipped()
    for name in names:
        lines = _checked(record[name], field, left_out)
        if any(map(str.strip, lines)):
            skipped += left_out
            return lines
    if left_out:
        raise _WrongShapeError(left_out[0])
    return []


def _checked(value: object, field: Field, skipped: Skipped) -> list[str]:
    if isinstance(value, str) and len(value) > _LONGEST_FIELD:
        raise _WrongShapeError(f"{field} is a text of {len(value):,} characters")
    lines = value if is_texts(value) and len(value) != 1 else list(field_lines(value, field, skipped))
    text = "".join(lines)
    if len(text) > _LONGEST_FIELD:
        raise _WrongShapeError(f"{field} holds {len(text):,} characters of text")
    if not text.isascii():
        for number, line in enumerate(lines, start=1):
            _require_encodable(line, f"item {number} of {field}")
    return lines


def _title(value: object) -> str:
    if isinstance(value, list):  # a page may name a recipe and its site
        return next((text for item in value if (text := _title(item))), "")
    if isinstance(value, dict):
        inner = [value[key] for key in ("name", "@value", "text", "rendered") if key in value]
        return _title(inner[0]) if inner else ""
    if value is None or value != value:
        return ""
    if not isinstance(value, str):
        raise _WrongShapeError(f"the title is {kind(value)}, not text")
    _require_encodable(value, "the title")
    return value


def _require_encodable(text: str, what: str) -> None:
    if text.isascii():
        return
    try:
        text.encode()
    except UnicodeEncodeError:
        raise _WrongShapeError(f"{what} holds bytes that are not UTF-8, or half a character") from None


def described(fields: dict[str, object]) -> dict[str, object]:
    """Return the tags, servings and times among the fields that stand above a text."""
    return {name: fields[name] for name in columns(tuple(fields)).description}
