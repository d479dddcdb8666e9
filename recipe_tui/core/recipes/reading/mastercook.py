"""Read the text exports of MasterCook: recipes below the line "* Exported from MasterCook *".

A line of dashes shows in which columns amount, measure and ingredient stand. Its exports in XML (``.mx2``) are read by
`recipe_tui.core.recipes.reading.xml_records`.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from recipe_tui.core.recipes.reading.text_exports import read_text_export, text_export_place

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from recipe_tui.core.recipes.reading.places import Place
    from recipe_tui.core.recipes.reading.records import Unreadable
    from recipe_tui.core.recipes.recipe import Recipe

_START = re.compile(r"\s*\*\s*Exported\s+from\s+MasterCook.*", re.IGNORECASE)
_START_BYTES = re.compile(rb"^[ \t]*\*\s*Exported\s+from\s+MasterCook", re.IGNORECASE | re.MULTILINE)
_HEAD = re.compile(
    r"\s*(Recipe By|Serving Size|Categories|Yield|Start to Finish Time|Cuisine)\s*:\s*(.*)", re.IGNORECASE
)
_SERVINGS = re.compile(r"(\S.*?)?\s*(?:Preparation Time\s*:\s*(.*))?", re.IGNORECASE)
_COLUMNS = re.compile(r"\s*(-{4,})\s+(-{4,})\s+(-{4,})\s*")
_END = re.compile(r"\s*(?:- ){8,}-?\s*")
_ASIDE = re.compile(
    r'\s*"?(?:Description|Source|S\([^)]*\)|Copyright|Yield|Start to Finish Time|T\([^)]*\)|Cuisine|Recipe By)"?\s*:',
    re.IGNORECASE,
)
_ZERO = re.compile(r"0?:00")


def is_mastercook(head: bytes) -> bool:
    """Return whether a text has the line with which MasterCook begins a recipe."""
    return _START_BYTES.search(head) is not None


def read_mastercook(path: Path) -> Iterator[Recipe | Unreadable]:
    """Read the recipes of a text that MasterCook exported.

    Raises:
        SourceError: The file cannot be read, or a recipe of it does not end.
    """
    return read_text_export(path, _START, None, _record)


def _record(lines: list[str]) -> dict[str, object]:
    record: dict[str, object] = {}
    ingredients: list[str] = []
    paragraphs: list[list[str]] = [[]]
    columns: re.Match[str] | None = None
    in_ingredients = False
    for line in lines:
        if _END.fullmatch(line):  # below it stand notes and nutrition
            break
        if columns is None and (columns := _COLUMNS.fullmatch(line)):
            in_ingredients = True
        elif columns is None:
            _add_to_head(line, record)
        elif in_ingredients and line.strip():
            _add_ingredient(line, columns.start(2), columns.start(3), ingredients)
        elif in_ingredients:
            in_ingredients = not ingredients
        elif not line.strip():
            paragraphs += [[]] if paragraphs[-1] else []
        elif _ASIDE.match(line):
            break
        else:
            paragraphs[-1].append(line.strip())
    return {**record, "ingredients": ingredients, "directions": "\n".join(" ".join(lines) for lines in paragraphs)}


def _add_to_head(line: str, record: dict[str, object]) -> None:
    match = _HEAD.fullmatch(line)
    if match is None:
        if line.strip() and "title" not in record:
            record["title"] = line.strip()
        elif ":" not in line and "categories" in record and line.split()[:1] != ["Amount"]:  # two categories a line
            record["categories"] = f"{record['categories']},{_listed(line)}"
        return
    name, text = match[1].lower(), match[2].strip()
    if name == "serving size" and (parts := _SERVINGS.fullmatch(text)):
        record["servings"] = parts[1] or ""
        if parts[2] and not _ZERO.fullmatch(parts[2].strip()):
            hours, _, minutes = parts[2].strip().partition(":")
            record["prep time"] = f"{hours or 0}:{minutes}"
    elif name == "categories":
        record["categories"] = _listed(text)
    elif name in ("yield", "cuisine"):
        record[name] = text


def _listed(text: str) -> str:
    return re.sub(r"\s{2,}", ",", text.strip())


def _add_ingredient(line: str, measure: int, text: int, ingredients: list[str]) -> None:
    parts = (line[:measure].strip(), line[measure:text].strip())
    name, separator, preparation = line[text:].strip().partition(" -- ")
    what = f"{name.strip()}, {preparation.strip()}" if separator else name
    if not any(parts) and ingredients and what[:1].islower():  # a long line goes on
        ingredients[-1] += f" {what}"
    elif what or any(parts):
        ingredients.append(" ".join(filter(None, (*parts, what))))


def mastercook_place(path: Path, place: Place) -> str:
    """Return a recipe as it is written, up to the next one."""
    return text_export_place(path, place, _START, None)
