"""Read prompts from a file: a table (CSV, TSV), JSON Lines, or a title a line.

Cells are separated by commas, semicolons, tabs or bars, whichever the header shows, or by what a line ``sep=;`` above
it names. A row whose quotes are malformed is broken, and the rows below it are read.

Columns and keys are ``title``, ``ingredients``, ``tags``, ``servings``, ``times`` and ``directions``, or ``prompt`` for
text to continue as it is; title, ingredients, tags and servings may be called as in recipes of other languages. A list
is a JSON list, or a text with one in any form that the readers of recipes know: items parted by line breaks, ``|``,
bullets or ``;``, or a list as programming languages write it. Only servings may be a number.
"""

from __future__ import annotations

import csv
import io
import json
import re
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from recipe_tui.core.errors import SourceError
from recipe_tui.core.recipes.reading.delimited import SEPARATOR_LINE
from recipe_tui.core.recipes.reading.encodings import encoding_of
from recipe_tui.core.recipes.reading.field_names import INGREDIENTS, SERVINGS, TAGS, TITLE, plain_name
from recipe_tui.core.recipes.reading.items import Skipped, field_lines
from recipe_tui.core.recipes.reading.parting import text_lines
from recipe_tui.core.recipes.reading.table_rows import RUNS_ON, Dialect, read_rows
from recipe_tui.core.recipes.reading.written import NotAListError, written_value
from recipe_tui.core.recipes.structure import remove_bullets
from recipe_tui.core.text.prompt import Prompt, servings_line, time_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence
    from pathlib import Path

KEYS = {
    "title": "title",
    "ingredients": "ingredients",
    "ingredient": "ingredients",
    "tags": "tags",
    "tag": "tags",
    "servings": "servings",
    "times": "times",
    "time": "times",
    "directions": "directions",
    "prompt": "prompt",
}
"""What a column or key may be called, and what it is."""

LARGEST = 64 << 20
"""Bytes of a file of prompts."""

_IN_OTHER_LANGUAGES = {
    name: kind
    for kind, names in (("title", TITLE), ("ingredients", INGREDIENTS), ("tags", TAGS), ("servings", SERVINGS))
    for name in names
}
"""Names of fields as recipes have them; directions are no prompt unless a column says so by the name in `KEYS`."""

_DELIMITERS = ",;\t|"
_LISTS = ("ingredients", "tags", "times")
_JSON_SUFFIXES = (".jsonl", ".ndjson", ".jsonlines", ".json")
_TABLES = {".csv": ",", ".tsv": "\t"}


@dataclass(frozen=True, slots=True)
class PromptLine:
    """A prompt and the line of the file, from 1, that it begins on."""

    line: int
    prompt: Prompt


@dataclass(frozen=True, slots=True)
class BrokenLine:
    """A line that holds no prompt, and why."""

    line: int
    reason: str

    def __str__(self) -> str:
        return f"line {self.line}: {self.reason}"


def read_prompts(path: Path) -> list[PromptLine | BrokenLine]:
    """Return the prompts of a file in its order, and the lines that hold none; blank lines are left out.

    Raises:
        SourceError: The file cannot be read, holds nothing, or is a table without a column for a prompt.
    """
    try:
        with path.open("rb") as file:
            content = file.read(LARGEST + 1)
    except OSError as error:
        raise SourceError(f"{path}: cannot be read ({error.strerror})", "check the path") from None
    if len(content) > LARGEST:
        raise SourceError(f"{path}: larger than {LARGEST >> 20} MB", "split it into several files")
    suffix = path.suffix.lower()
    encoding = (suffix not in _JSON_SUFFIXES and encoding_of(content)) or "utf-8"
    text = content.removeprefix(b"\xef\xbb\xbf").decode(
        encoding, "surrogateescape" if encoding == "utf-8" else "replace"
    )
    text = text.removeprefix("\ufeff")
    if suffix in _TABLES:
        found = list(_table_rows(text, _TABLES[suffix], path))
    elif suffix in _JSON_SUFFIXES or text.lstrip().startswith("{"):
        found = [_from_json(number, line) for number, line in _lines(text)]
    else:
        found = [_prompt_of(number, {"title": line}) for number, line in _lines(text)]
    if not found:
        raise SourceError(f"{path}: no prompts", "give a title a line, JSON Lines, or a table with a column title")
    return found


def _lines(text: str) -> Iterator[tuple[int, str]]:
    for number, line in enumerate(text.split("\n"), 1):
        if line.strip():
            yield number, line.strip()


def _table_rows(text: str, usual: str, path: Path) -> Iterator[PromptLine | BrokenLine]:
    """Read the rows of a table; those whose quotes are malformed are broken, and the rows below them are read.

    Args:
        text: The table.
        usual: What separates the cells of such files, unless the header shows another delimiter.
        path: The file, for messages.
    """
    lines = list(io.StringIO(text, newline=""))
    first = next((number for number, line in enumerate(lines) if line.strip(" ,;\t\r\n")), len(lines))
    if first == len(lines):
        return
    if separator := SEPARATOR_LINE.match(lines[first]):
        usual, first = separator[1], first + 1
    delimiter, cells = _header("".join(lines[first : first + 1]), usual if separator else f"{usual}{_DELIMITERS}")
    names = _known(cells)
    if not {"title", "ingredients", "prompt", "tags"} & {*names.values()}:
        raise SourceError(
            f"{path}: no column of its header holds a prompt", f"name the columns: {', '.join(sorted({*KEYS}))}"
        )
    dialect = Dialect(delimiter, len(cells), may_be_short=True)
    rows = list(read_rows(lines[first + 1 :], dialect, first + 2))
    for row, after in zip(rows, [*(row.line for row in rows[1:]), len(lines) + 1], strict=False):
        if row.problem:
            yield BrokenLine(row.line, row.problem)
            taken = range(row.line + 1, after if RUNS_ON in row.problem else row.line + 1)
            for number in taken:
                if lines[number - 1].strip(" \r\n" + delimiter):
                    yield BrokenLine(number, f"taken into the record that begins on line {row.line}")
        elif any(map(str.strip, row.cells)):
            yield _prompt_of(row.line, {names[place]: cell for place, cell in enumerate(row.cells) if place in names})


def _header(line: str, delimiters: str) -> tuple[str, list[str]]:
    """Return the delimiter that parts a header into the most names that are known, and its names."""

    def cells(delimiter: str) -> list[str]:
        with suppress(csv.Error):
            return next(csv.reader([line], delimiter=delimiter), [])
        return []

    return max(((one, cells(one)) for one in delimiters), key=lambda found: len(_known(found[1])))


def _known(names: Sequence[str]) -> dict[int, str]:
    """Return what columns or keys are, by their place; those in English count before those in other languages."""
    found = {place: KEYS[name.strip().lower()] for place, name in enumerate(names) if name.strip().lower() in KEYS}
    for place, name in enumerate(names):
        kind = _IN_OTHER_LANGUAGES.get(plain_name(name))
        if place not in found and kind and kind not in found.values():
            found[place] = kind
    return found


def _from_json(number: int, line: str) -> PromptLine | BrokenLine:
    try:
        value = json.loads(line)
    except (ValueError, RecursionError) as error:
        reason = error.msg if isinstance(error, json.JSONDecodeError) else "nested too deeply"
        return BrokenLine(number, f"malformed JSON ({reason})")
    if isinstance(value, str):
        value = {"title": value}
    if not isinstance(value, dict):
        return BrokenLine(number, "no JSON object")
    values = list(value.values())
    return _prompt_of(number, {kind: values[place] for place, kind in _known(list(value)).items()})


def _prompt_of(number: int, values: dict[str, Any]) -> PromptLine | BrokenLine:
    try:
        lists = {name: tuple(_items(values.get(name), name)) for name in _LISTS}
        texts = {name: _text(values.get(name), name) for name in ("title", "servings", "directions", "prompt")}
        for text in (*texts.values(), *(item for items in lists.values() for item in items)):
            text.encode()
    except UnicodeEncodeError:
        return BrokenLine(number, "not UTF-8")
    except ValueError as error:
        return BrokenLine(number, str(error))
    if texts["prompt"]:
        if any(lists.values()) or texts["title"] or texts["directions"] or texts["servings"]:
            return BrokenLine(number, "a prompt stands alone, without title, ingredients and the like")
        return PromptLine(number, Prompt(text=texts["prompt"]))
    prompt = Prompt(
        " ".join(texts["title"].split()),
        lists["ingredients"],
        texts["directions"],
        tags=lists["tags"],
        servings=servings_line(texts["servings"]),
        times=tuple(map(time_line, lists["times"])),
    )
    return PromptLine(number, prompt) if prompt != Prompt() else BrokenLine(number, "nothing to begin with")


def _text(value: object, name: str) -> str:
    if value is None:
        return ""
    if name == "directions" and isinstance(value, list):
        return "\n".join(_lines_of(value, name))
    is_number = isinstance(value, int) and not isinstance(value, bool)
    if not isinstance(value, str) and not (is_number and name == "servings"):
        raise ValueError(f"{name} is no text")
    return str(value).strip() if name != "prompt" else str(value)


def _items(value: object, name: str) -> Iterable[str]:
    """Return the items of a list, or of a text; the items of tags are parted by commas as well."""
    if isinstance(value, str):
        try:
            value = written_value(value)
        except NotAListError:
            raise ValueError(f"{name} is a list that is malformed") from None
    if isinstance(value, str) and value.lstrip().startswith("["):
        raise ValueError(f"{name} is a list that is malformed")
    if value is None:
        return []
    if isinstance(value, str):
        parts = text_lines(value, is_steps=False) if name == "ingredients" else [value]
        mark = _MARKS[name]
        value = [part for one in parts for part in (mark.split(one) if len(parts) == 1 else [one])]
    return filter(None, (" ".join(item.split()) for item in _lines_of(value, name)))


def _lines_of(value: object, name: str) -> tuple[str, ...]:
    """Return the lines of a list: texts, or objects with a text or with quantity, unit and food."""
    if not isinstance(value, list | dict):
        raise ValueError(f"{name} is no list of texts")
    skipped = Skipped()
    with suppress(RecursionError):
        lines = tuple(field_lines(value, "directions" if name == "directions" else "ingredients", skipped))
        if not skipped:
            return remove_bullets(lines)
    raise ValueError(f"{name} is no list of texts")


_MARKS = {"ingredients": re.compile(r"[;\n]"), "tags": re.compile(r"[|;,\n\r]"), "times": re.compile(r"[|;\n\r]")}
