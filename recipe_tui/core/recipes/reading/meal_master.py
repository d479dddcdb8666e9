"""Read Meal-Master's exports, a text format of the 1990s in which hundreds of thousands of recipes are kept.

A recipe begins with a line of dashes or M's that names the program, and ends with one that names nothing. Below its
title, categories and yield stand the ingredients: seven columns of quantity, two of unit, and up to 28 of text, in one
column or two. Lines of dashes or M's with a name in them begin a group. The directions are paragraphs. See
http://www.ffts.com/mmformat.txt.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from recipe_tui.core.recipes.reading.items import as_heading
from recipe_tui.core.recipes.reading.text_exports import read_text_export, text_export_place

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from recipe_tui.core.recipes.reading.places import Place
    from recipe_tui.core.recipes.reading.records import Unreadable
    from recipe_tui.core.recipes.recipe import Recipe

_UNITS = {
    **{"x": "", "ea": "", "sm": "small", "md": "medium", "lg": "large", "cn": "can", "pk": "package", "pn": "pinch"},
    **{"dr": "drop", "ds": "dash", "ct": "carton", "bn": "bunch", "sl": "slice", "t": "tsp", "ts": "tsp"},
    **{"tb": "tbsp", "fl": "fl oz", "c": "cup", "pt": "pint", "qt": "quart", "ga": "gallon", "oz": "oz", "lb": "lb"},
    **{"ml": "ml", "cb": "ml", "cl": "cl", "dl": "dl", "l": "l", "mg": "mg", "cg": "cg", "dg": "dg", "g": "g"},
    **{"kg": "kg", "T": "tbsp"},
}
_START = re.compile(r"\s*(?:M{5}|-{5})[M-]*.*(?:Meal-?\s?Master|Recipe via|Recipe Extracted from).*", re.IGNORECASE)
_START_BYTES = re.compile(rb"^[ \t]*(?:M{5}|-{5})[M-]*[^\n]{0,60}(?:Meal-?\s?Master|Recipe via)", re.I | re.M)
_END = re.compile(r"\s*(?:M{5}|-{5})[M-]*\s*")
_GROUP = re.compile(r"\s*(?:M{5}|-{5})[M-]*\s*([^\s-].*?)\s*-*\s*")
_HEAD = re.compile(r"\s*(Title|Categories|Yield|Servings|Keywords|Prep Time|Cook Time)\s*:\s*(.*)", re.IGNORECASE)
_INGREDIENT = re.compile(r"(?P<quantity>[\d /.,½¼¾⅓⅔⅛~-]{7}) (?P<unit>[A-Za-z ]{2}) (?P<text>\S.*)")
_CONTINUED = re.compile(r" {8,}-{1,2}\s*(?P<text>[^\s-].*)")
_SECOND_COLUMN = 41
_CREDIT = re.compile(
    r"\s*(?:recipe (?:by|from)|from|source|posted (?:by|to)|typed by|formatted by|mm(?:ed)? by|mm by)\b.{0,20}:",
    re.IGNORECASE,
)


def is_meal_master(head: bytes) -> bool:
    """Return whether a text has the line with which Meal-Master begins a recipe."""
    return _START_BYTES.search(head) is not None


def read_meal_master(path: Path) -> Iterator[Recipe | Unreadable]:
    """Read the recipes of a Meal-Master export; what stands between them is left out.

    Raises:
        SourceError: The file cannot be read, or a recipe of it does not end.
    """
    return read_text_export(path, _START, _END, _record)


def _record(lines: list[str]) -> dict[str, object]:
    record: dict[str, object] = {}
    columns: tuple[list[str], list[str]] = ([], [])  # of the open group
    ingredients: list[str] = []
    paragraphs: list[list[str]] = [[]]
    for line in lines:
        group = _GROUP.fullmatch(line)
        if (match := _HEAD.fullmatch(line)) and not paragraphs[0]:
            record.setdefault(match[1].lower(), match[2].strip())
        elif group and paragraphs == [[]]:
            ingredients += columns[0] + columns[1] + [as_heading(group[1].strip("- "))]
            columns = ([], [])
        elif group:
            paragraphs += [[as_heading(group[1].strip("- "))], []]
        elif paragraphs == [[]] and _add_ingredients(line, columns):
            continue
        elif not line.strip():
            paragraphs += [[]] if paragraphs[-1] else []
        elif not _CREDIT.match(line):
            paragraphs[-1].append(line.strip())
    ingredients += columns[0] + columns[1]
    return {**record, "ingredients": ingredients, "directions": "\n".join(" ".join(lines) for lines in paragraphs)}


def _add_ingredients(line: str, columns: tuple[list[str], list[str]]) -> bool:
    """Add the ingredients of a line, of two columns perhaps; return whether it has any."""
    second = line[_SECOND_COLUMN:] if line[_SECOND_COLUMN - 2 : _SECOND_COLUMN].isspace() else ""
    parts = (line[:_SECOND_COLUMN], second) if _of_column(second) else (line, "")
    found = [_of_column(part) for part in parts]
    for one, column in zip(found, columns, strict=True):
        if one is None:
            continue
        quantity, text = one
        if quantity is not None or not column:
            column.append(f"{quantity} {text}".strip() if quantity else text)
        else:
            column[-1] += f" {text}"
    return any(one is not None for one in found)


def _of_column(part: str) -> tuple[str | None, str] | None:
    """Return an ingredient's quantity and text; the quantity is None where a line continues the one above."""
    if match := _CONTINUED.fullmatch(part.rstrip()):
        return None, match["text"]
    match = _INGREDIENT.fullmatch(part.rstrip())
    unit = match["unit"].strip() if match else ""
    if match is None or (unit and unit not in _UNITS and unit.lower() not in _UNITS):
        return None
    amount = (match["quantity"].strip(), _UNITS.get(unit, _UNITS.get(unit.lower(), "")))
    name, separator, preparation = match["text"].strip().partition(";")
    text = f"{name.strip()}, {preparation.strip()}" if separator and preparation.strip() else name
    return " ".join(filter(None, amount)), text


def meal_master_place(path: Path, place: Place) -> str:
    """Return a recipe as it is written, with the lines around it."""
    return text_export_place(path, place, _START, _END)
