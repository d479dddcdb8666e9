"""Find the lines in the values that stand for ingredients and steps: text, lists, objects, groups and maps of them.

Every site and program has objects of its own: schema.org's HowToStep and HowToSection, Mealie's and Tandoor's
ingredients with quantity, unit and food, Recipe1M's texts. What they share are a few names, which are listed here.
"""

from __future__ import annotations

import math
import re
from typing import TYPE_CHECKING, Literal, TypeGuard

from recipe_tui.core.recipes.lines import UNITS
from recipe_tui.core.recipes.numbering import numbered_steps
from recipe_tui.core.recipes.reading.field_names import names, plain_name
from recipe_tui.core.recipes.reading.parting import is_code, text_lines
from recipe_tui.core.recipes.reading.structured_ingredients import (
    NOTES,
    TOO_LARGE,
    amount,
    first_text,
    is_too_large,
    measured,
    too_large,
    written_number,
)
from recipe_tui.core.recipes.reading.written import NotAListError, written_value

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

Field = Literal["ingredients", "directions"]


_DEPTH = 64  # of lists and objects in one another
_CHILDREN = names(
    """itemlistelement item items elements ingredients recipeingredient ingredientlines ingredientlist steps
    instructions directions recipeinstructions methodsteps list components children haspart @list @set"""
)
_TEXTS = names(
    """display displaytext text original originaltext originalstring raw rawtext line step instruction instructions
    direction description content body html value string rendered @value"""
)
_HEADINGS = names("name title heading header group section purpose component label for")
_NO_TEXT = re.compile(r"image|video|audio|media|photo|clip|supply|tool|person|organization", re.IGNORECASE)
_MAY_BE_EMPTY = ("HowToSection", "HowToStep", "HowToTip", "HowToDirection", "ListItem")
_STEP_NUMBER = re.compile(r"[^\W\d_]{0,12}[ _]*\d{1,3}[.:)]?")  # "Step 1", "instruction_0"
_LONGEST_HEADING = 60  # characters
_LONGEST_ROW = 4  # cells: quantity, unit, name, note
_LONGEST_AMOUNT = 30  # characters
_POSITIONS = names("position step stepnumber stepno stepindex number no order sortorder index sequence")
_LONGEST_ABBREVIATION = 2  # letters of a unit
_AMOUNT = re.compile(r"[\d½¼¾⅓⅔⅛][\d½¼¾⅓⅔⅛/.,\s–-]*([^\W\d_]*)")
_REFERENCE = re.compile(r"\{\{\s*ingredients\[(\d{1,3})\](?:\.(\w{1,20}))?\s*\}\}")


class Skipped(list[str]):
    """What was left out of a recipe, each with its reason."""


def field_lines(value: object, field: Field, skipped: Skipped) -> Iterator[str]:
    """Yield the lines of a field; what holds none is skipped.

    Args:
        value: A text, a list written in a text, a list, an object, or a map of ingredients.
        field: Which field it is.
        skipped: Takes what could not be understood.

    Raises:
        RecursionError: It is nested too deeply.
    """
    if isinstance(value, str):
        try:
            value = written_value(value)
        except NotAListError as error:
            skipped.append(f"{field} {error}")
            return
    if isinstance(value, str):
        yield from text_lines(value, field == "directions")
    elif isinstance(value, dict):
        yield from _map_lines(value, field, skipped, 0) if _is_map(value) else _lines(value, field, field, skipped, 0)
    elif isinstance(value, list | tuple):
        lines = value if is_texts(value) else list(_items(value, field, field, skipped, 0))
        if len(lines) == 1 and (field == "ingredients" or is_code(lines[0])):  # a list in a text in a list
            yield from field_lines(lines[0], field, skipped)
            return
        yield from numbered_steps(lines[0]) or lines if len(lines) == 1 else lines
    elif not _is_missing(value):
        skipped.append(f"{field} is {kind(value)}, not a list or text")


def is_texts(value: object) -> TypeGuard[list[str]]:
    """Return whether a value is a list of texts alone, as nearly all are; quickly."""
    return isinstance(value, list) and {*map(type, value)} == {str}


def _items(values: Sequence[object], field: Field, what: str, skipped: Skipped, depth: int) -> Iterator[str]:
    values = _in_order(values)
    if rows := _rows(values, field):
        skipped += (
            f"the quantity of item {number} of {what} is {TOO_LARGE}"
            for number, row in enumerate(values, start=1)
            if field == "ingredients" and is_too_large(row)
        )
        yield from rows
        return
    for number, item in enumerate(values, start=1):
        yield from _lines(item, field, f"item {number} of {what}" if depth == 0 else what, skipped, depth)


def _in_order(values: Sequence[object]) -> Sequence[object]:
    """Return objects in the order of the numbers that all of them have, each another one."""
    if not all(isinstance(value, dict) for value in values):
        return values
    objects = [
        {plain_name(name): inner for name, inner in value.items()} for value in values if isinstance(value, dict)
    ]
    for name in _POSITIONS:
        numbers = [_number(value.get(name)) for value in objects]
        known = [number for number in numbers if number is not None]
        if len(known) == len({*known}) == len(values):
            return [value for _, value in sorted(zip(known, values, strict=True), key=lambda pair: pair[0])]
    return values


def _number(value: object) -> float | None:
    if isinstance(value, str) and value.strip().isdecimal() and len(value) <= _LONGEST_AMOUNT:
        return int(value)
    is_number = isinstance(value, int | float) and not isinstance(value, bool) and value == value
    return value if is_number else None  # type: ignore[return-value]


def _by_number(value: dict[str, object]) -> dict[str, object]:
    """Return an object whose names are all numbers in their order."""
    if not all(name.isdecimal() and len(name) <= _LONGEST_AMOUNT for name in value):
        return value
    return dict(sorted(value.items(), key=lambda item: int(item[0])))


def _rows(values: Sequence[object], field: Field) -> list[str]:
    """Return the lines of rows such as ``("200", "g", "lentils")`` or ``(1, "Boil them.")``; empty for other lists."""
    rows = [value for value in values if isinstance(value, list | tuple) and 2 <= len(value) <= _LONGEST_ROW]
    if len(rows) != len(values):
        return []
    if field == "directions":
        numbers = [row[0] for row in rows]
        texts = [row[1] for row in rows if len(row) == 2 and isinstance(row[1], str)]
        return texts if len(texts) == len(rows) and all(isinstance(n, int | float) for n in numbers) else []
    lines = []
    for row in rows:
        amounts = [text for value in row if _is_amount(value) and (text := written_number(value))]
        others = [value for value in row if not _is_amount(value)]
        texts = [value.strip() for value in others if isinstance(value, str)]
        if len(texts) != len(others) or len(texts) == 0 or len(others) == len(row):
            return []
        lines.append(" ".join((*amounts, ", ".join(texts))))
    return lines


def _is_amount(value: object) -> bool:
    """Return whether a cell of a row is a quantity, a unit or nothing."""
    if not isinstance(value, str):
        return isinstance(value, int | float) or value is None
    text = value.strip().lower().rstrip(".")
    if len(text) <= _LONGEST_AMOUNT and (match := _AMOUNT.fullmatch(text)):
        return len(match[1]) <= _LONGEST_ABBREVIATION or match[1] in UNITS
    return not text or text in UNITS


def _lines(value: object, field: Field, what: str, skipped: Skipped, depth: int) -> Iterator[str]:
    if depth > _DEPTH:
        raise RecursionError
    if isinstance(value, str):
        yield value
    elif isinstance(value, list | tuple):
        yield from _items(value, field, what, skipped, depth + 1)
    elif isinstance(value, dict):
        yield from _object_lines(value, field, what, skipped, depth + 1)
    elif not _is_missing(value):
        skipped.append(f"{what} is {kind(value)}, not text")


def _object_lines(value: dict[str, object], field: Field, what: str, skipped: Skipped, depth: int) -> Iterator[str]:
    known = {plain_name(name): inner for name, inner in value.items()}
    type_ = _type(known.get("@type") or known.get("type"))
    if field == "ingredients":
        skipped += (f"{name} of {what} is {TOO_LARGE}" for name in too_large(known))
    if field == "directions" and "@type" in known and _NO_TEXT.search(type_):
        return
    children = list(_children(known, field))
    heading = first_text(known, _HEADINGS)
    if children:
        is_plain = type_.endswith(("HowToStep", "ListItem")) or (type_.endswith("ItemList") and field == "directions")
        if heading and not is_plain:
            yield as_heading(heading)
        for child in children:
            yield from _lines(child, field, what, skipped, depth)
        return
    if field == "ingredients" and not first_text(known, _TEXTS[:9]) and (line := measured(known)):
        if known.get("isheader") is True:
            line = as_heading(line)
        yield from _under_title(known, line)
    elif text := first_text(known, _TEXTS):
        text = _with_ingredients(text, known.get("ingredients"))
        yield from _under_title(known, text) if "@type" not in known else _under_name(known, text)
    elif any(isinstance(known.get(name), dict | list) for name in _TEXTS):
        for name in _TEXTS:
            yield from _lines(known.get(name), field, what, skipped, depth)
    elif heading and (not type_ or "HowTo" in type_ or "ListItem" in type_) and "section" not in type_.lower():
        yield heading
    elif known and all(name.isdecimal() for name in known):  # {"0": "Boil.", "1": "Pour."}
        yield from _items(list(_by_number(value).values()), field, what, skipped, depth)
    elif not (_NO_TEXT.search(type_) or type_.endswith(_MAY_BE_EMPTY)) and any(map(_is_full, known.values())):
        skipped.append(f"{what} is an object without a text")


def _type(value: object) -> str:
    """Return what kind of object schema.org says that one is; the first of several."""
    value = value[0] if isinstance(value, list) and value else value
    return value if isinstance(value, str) else ""


def _children(known: dict[str, object], field: Field) -> Iterator[object]:
    """Yield what an object holds further items in: lists and objects, and for steps a text that stands there."""
    takes_texts = field == "directions" and not first_text(known, _TEXTS)
    for name in _CHILDREN:
        value = known.get(name)
        if name == "ingredients" and field == "directions":  # those of a step are not steps
            continue
        if isinstance(value, list | dict) and value:
            yield value
        elif takes_texts and isinstance(value, str) and " " in value.strip():  # and no address
            yield text_lines(value, is_steps=True)
    if isinstance(steps := known.get("step"), list | dict) and field == "directions":
        yield steps


def _with_ingredients(text: str, ingredients: object) -> str:
    """Write out the ingredients that a step of Tandoor's refers to, ``{{ ingredients[0] }}``."""
    if "{{" not in text or not isinstance(ingredients, list):
        return text

    def written(match: re.Match[str]) -> str:
        place = int(match[1])
        item = ingredients[place] if place < len(ingredients) else None
        if not isinstance(item, dict):
            return ""
        known = {plain_name(name): inner for name, inner in item.items()}
        if match[2]:
            return amount({"quantity": known.get("amount")}) if match[2] == "amount" else first_text(known, (match[2],))
        return measured({name: inner for name, inner in known.items() if name not in NOTES})

    return _REFERENCE.sub(written, text)


def _is_full(value: object) -> bool:
    return not _is_missing(value) and value not in ("", [], {})


def _under_title(known: dict[str, object], line: str) -> Iterator[str]:
    """Yield a line, and before it the heading that Mealie stores with the first line below it."""
    title = known.get("title")
    if isinstance(title, str) and title.strip() and title.strip() not in line:
        yield as_heading(title)
    yield line


def _under_name(known: dict[str, object], text: str) -> Iterator[str]:
    """Yield a schema.org step, and before it its name, unless that is a number or how the step begins."""
    name = known.get("name")
    if isinstance(name, str) and 0 < len(name.strip()) <= _LONGEST_HEADING and not _STEP_NUMBER.fullmatch(name.strip()):
        start = text.strip().casefold()
        if not start.startswith(name.strip().rstrip(".… ").casefold()):
            yield as_heading(name.strip().rstrip("."))
    yield text


def _is_map(value: dict[str, object]) -> bool:
    """Return whether an object maps ingredients to amounts, numbers to items, or headings to groups."""
    names = {plain_name(name) for name in value}
    return not names & {"@type", *_CHILDREN, *_TEXTS, *_HEADINGS}


def _map_lines(value: dict[str, object], field: Field, skipped: Skipped, depth: int) -> Iterator[str]:
    if depth > _DEPTH:
        raise RecursionError
    for name, inner in _by_number(value).items():
        if name.isdecimal():
            yield from _lines(inner, field, f"item {name} of {field}", skipped, depth)
        elif isinstance(inner, list | tuple):
            yield as_heading(name)
            yield from _items(inner, field, f"{field}, {name}", skipped, depth + 1)
        elif isinstance(inner, dict):
            known = {plain_name(key): part for key, part in inner.items()}
            skipped += (f"{key} of item {name} of {field} is {TOO_LARGE}" for key in too_large(known))
            if quantity := amount(known):
                yield f"{quantity} {name}"
            elif _is_map(inner):
                yield as_heading(name)
                yield from _map_lines(inner, field, skipped, depth + 1)
            else:
                yield from _object_lines(inner, field, f"{field}, {name}", skipped, depth + 1)
        elif field == "directions":
            yield from _lines(inner, field, f"{field}, {name}", skipped, depth)
        else:
            if is_too_large(inner):
                skipped.append(f"the quantity of item {name} of {field} is {TOO_LARGE}")
            yield " ".join(filter(None, (written_number(inner), name)))


def as_heading(text: str) -> str:
    """Write a section's name as a heading line."""
    return f"{text.strip().rstrip(' :')}:"


def _is_missing(value: object) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


def text_size(value: object) -> int:
    """Return the number of characters of all texts in a value."""
    if isinstance(value, str):
        return len(value)
    if is_texts(value):
        return sum(map(len, value))
    if isinstance(value, dict):
        return sum(map(text_size, value.values()))
    return sum(map(text_size, value)) if isinstance(value, list) else 0


def kind(value: object) -> str:
    """Name the kind of a value in plain words."""
    kinds = {bool: "a truth value", int: "a number", float: "a number", str: "text", list: "a list", dict: "an object"}
    return kinds.get(type(value), "nothing" if value is None else f"of type {type(value).__name__}")
