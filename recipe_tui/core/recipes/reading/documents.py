"""Read recipes from JSON documents and from JSON Lines."""

from __future__ import annotations

import json
from itertools import islice
from typing import TYPE_CHECKING

from recipe_tui.core.errors import SourceError
from recipe_tui.core.recipes.reading.files import BrokenOffError, numbered_lines, open_source
from recipe_tui.core.recipes.reading.json_text import json_values, parse_json, parse_lenient
from recipe_tui.core.recipes.reading.places import Place, as_json, lines_at
from recipe_tui.core.recipes.reading.records import Unreadable, read_record
from recipe_tui.core.recipes.reading.shapes import holds_record, records_among, records_in
from recipe_tui.core.recipes.recipe import Recipe, Source

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_MENDABLE = 2**20  # characters of a malformed line


def read_json_lines(path: Path) -> Iterator[Recipe | Unreadable]:
    """Read a file with a JSON object, or a list or page of them, on each line; blank lines are skipped."""
    with open_source(path) as stream:
        for line in numbered_lines(stream, str(path)):
            if isinstance(line, Unreadable):
                yield line
                continue
            number, text = line
            if not text.strip():
                continue
            try:
                value = _parse_line(text)
            except json.JSONDecodeError as error:
                yield Unreadable(str(path), number, f"malformed JSON: {error.msg} (column {error.colno})")
            except (ValueError, RecursionError) as error:
                yield Unreadable(str(path), number, f"malformed JSON: {error}")
            else:
                source = Source(str(path), number)
                for record in records_in(value) if holds_record(value) else (value,):
                    yield from read_record(record, source)


def _parse_line(text: str) -> object:
    try:
        return parse_json(text)
    except json.JSONDecodeError:
        if len(text) > _MENDABLE:
            raise
        return parse_lenient(text)


def read_json(path: Path) -> Iterator[Recipe | Unreadable]:
    """Read a JSON document of one of the shapes of `recipe_tui.core.recipes.reading.shapes`.

    Raises:
        SourceError: It is not JSON.
    """
    for number, record in enumerate(_records(path), start=1):
        yield from read_record(record, Source(str(path), number))


def _records(path: Path) -> Iterator[object]:
    values = json_values(path)
    first: list[object] = []
    cut: BrokenOffError | None = None
    try:
        first.extend(islice(values, 2))
    except BrokenOffError as error:
        cut = error
    if len(first) == 1:
        yield from records_in(first[0])
    else:
        yield from records_among(_chained(first, values))
    if cut:
        raise cut


def _chained(first: list[object], rest: Iterator[object]) -> Iterator[object]:
    yield from first
    yield from rest


def json_place(path: Path, place: Place) -> str:
    """Return a record of a JSON document, indented."""
    for record in islice(_records(path), place.line - 1, None):
        return as_json(record)
    raise SourceError(f"{path}: has no record {place.line:,}", "build the store again")


def json_lines_place(path: Path, place: Place) -> str:
    """Return a line of JSON as it is written."""
    return "".join(lines_at(path, place.line, place.line + 1))
