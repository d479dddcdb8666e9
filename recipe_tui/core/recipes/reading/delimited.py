"""Read recipes from CSV and TSV tables, such as Kaggle's and RecipeNLG's."""

from __future__ import annotations

import csv
from typing import TYPE_CHECKING

from recipe_tui.core.recipes.reading.files import open_source
from recipe_tui.core.recipes.reading.records import Unreadable, columns, recipe_from, table_columns
from recipe_tui.core.recipes.recipe import Recipe, Source

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_DELIMITERS = ",\t;"
_FIELD_LIMIT = 16 * 2**20  # characters; a quote left open ends here at the latest


def header(line: str) -> tuple[str, list[str]] | None:
    """Read the header of a recipe table.

    Returns:
        Its delimiter and its names, or None where the line does not name the fields of a recipe.
    """
    for delimiter in _DELIMITERS:
        names = _cells(line, delimiter)
        found = columns(tuple(names))
        if found.title and found.ingredients and found.steps:
            return delimiter, names
    return None


def _cells(line: str, delimiter: str) -> list[str]:
    return next(csv.reader([line], delimiter=delimiter), [])


def read_delimited(path: Path) -> Iterator[Recipe | Unreadable]:
    """Read a CSV or TSV table whose header names the fields.

    Raises:
        SourceError: The header does not name title, ingredients and directions.
    """
    csv.field_size_limit(max(csv.field_size_limit(), _FIELD_LIMIT))
    with open_source(path) as stream:
        # Bytes that are not UTF-8 become lone surrogates: only the records whose fields hold them are unreadable.
        lines = (raw.decode("utf-8", "surrogateescape") for raw in stream)
        first = next(lines, "").removeprefix("\ufeff")
        delimiter, names = header(first) or (",", _cells(first, ","))
        wanted = set(table_columns(names, str(path)).names)
        rows = csv.reader(lines, delimiter=delimiter, strict=True)
        while True:
            line = rows.line_num + 2
            try:
                row = next(rows, None)
            except csv.Error as error:
                yield Unreadable(str(path), line, f"malformed CSV: {error}{_extent(line, rows.line_num + 1)}")
                continue
            if row is None:
                return
            if not row:
                continue
            if len(row) != len(names):
                reason = f"{len(row)} cells where the header has {len(names)}{_extent(line, rows.line_num + 1)}"
                yield Unreadable(str(path), line, reason)
                continue
            record = {name: cell or None for name, cell in zip(names, row, strict=True) if name in wanted}
            yield recipe_from(record, Source(str(path), line))


def _extent(first: int, last: int) -> str:
    return f" (the record runs on to line {last}: is a quote left open?)" if last > first else ""
