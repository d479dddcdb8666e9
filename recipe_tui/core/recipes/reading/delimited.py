"""Read recipes from CSV and TSV tables, such as Kaggle's and RecipeNLG's."""

from __future__ import annotations

import csv
import re
from contextlib import suppress
from dataclasses import replace
from itertools import chain, islice
from typing import TYPE_CHECKING, NamedTuple

from recipe_tui.core.errors import SourceError
from recipe_tui.core.recipes.reading.columns import columns, distinct, table_columns
from recipe_tui.core.recipes.reading.files import open_source, raw_lines
from recipe_tui.core.recipes.reading.parting import comma_items, is_separated_by_commas
from recipe_tui.core.recipes.reading.records import Unreadable, read_record
from recipe_tui.core.recipes.reading.table_rows import FIELD_LIMIT, Dialect, read_rows
from recipe_tui.core.recipes.recipe import Recipe, Source

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from recipe_tui.core.recipes.reading.places import Place

_DELIMITERS = ",\t;|"
_HEADER_LIMIT = 2**16  # characters
SEPARATOR_LINE = re.compile(r"[\"']?sep\s*=\s*(.)\1*[\"']?\s*\Z", re.IGNORECASE)
"""A line for Excel above the header, which names the delimiter."""

_NO_ROWS = 100_000  # lines without a row, after which the rest of a file is not read
_MISSING = frozenset(("", "nan", "NaN", "NULL", "null", "None", "<NA>", "N/A", "\\N"))
_LINES_ABOVE = 10  # of the header: blank ones, a title, a separator
_SAMPLE = 200  # rows that show how a column separates its items
_ESCAPED_QUOTE = re.compile(r'(?<!\\)\\"')

_Row = tuple[int, dict[str, str | None] | Unreadable]


class Header(NamedTuple):
    """How a table begins.

    Attributes:
        delimiter: What separates its cells.
        names: The names of its columns.
    """

    delimiter: str
    names: list[str]


def header(line: str, delimiters: str = _DELIMITERS) -> Header | None:
    """Read the header of a recipe table.

    Returns:
        Its delimiter and its names, or None where the line does not name the fields of a recipe.
    """
    for delimiter in delimiters if len(line) <= _HEADER_LIMIT else "":
        names = distinct(_cells(line, delimiter))
        found = columns(tuple(names))
        if found.title and found.has_ingredients and found.has_steps:
            return Header(delimiter, names)
    return None


def is_delimited(head: bytes) -> bool:
    """Return whether a text begins with the header of a recipe table, or with a line that names its separator."""
    lines = head[:FIELD_LIMIT].decode("utf-8", "replace").lstrip().split("\n", 2)
    return any(header(line) is not None for line in (lines[:2] if SEPARATOR_LINE.match(lines[0]) else lines[:1]))


def _cells(line: str, delimiter: str) -> list[str]:
    with suppress(csv.Error):
        return [cell.strip(" \t\r\n'") for cell in next(csv.reader([line], delimiter=delimiter), [])]
    return []


def read_delimited(path: Path) -> Iterator[Recipe | Unreadable]:
    """Read a CSV or TSV table whose header names the fields.

    Ingredients that are one text are parted at commas where all rows show that the column is written so.

    Raises:
        SourceError: The header does not name title, ingredients and directions.
    """
    rows = _rows(path)
    sample = list(islice(rows, _SAMPLE))
    records = [record for _, record in sample if isinstance(record, dict)]
    name = next((name for record in records[:1] for name in columns(tuple(record)).ingredients), "")
    by_commas = is_separated_by_commas(cell for record in records if (cell := record.get(name)))
    for line, record in chain(sample, rows):
        if isinstance(record, Unreadable):
            yield record
        elif by_commas and (cell := record[name]):
            yield from read_record({**record, name: comma_items(cell)}, Source(str(path), line))
        else:
            yield from read_record(record, Source(str(path), line))


def _rows(path: Path) -> Iterator[_Row]:
    with open_source(path) as stream:
        sample = stream.peek(65536).decode("utf-8", "replace")
        # Bytes that are not UTF-8 become lone surrogates: only the records whose fields hold them are unreadable.
        lines = (raw.decode("utf-8", "surrogateescape") for raw in raw_lines(stream, str(path)))
        before = 1
        first = next(lines, "")
        delimiters = _DELIMITERS
        given = ""
        while first and before < _LINES_ABOVE and header(first, delimiters) is None:
            if len(first) > _HEADER_LIMIT:
                raise SourceError(
                    f"{path}: a header of {len(first):,} characters", "check whether it is a table of recipes"
                )
            match = SEPARATOR_LINE.match(first)
            delimiters = match[1] if match else delimiters
            given = given or ("" if match else first.strip())
            first = next(lines, "")
            before += 1
        delimiter, names = header(first, delimiters) or Header(delimiters[0], distinct(_cells(given, delimiters[0])))
        found = table_columns(names, str(path))
        wanted = {*found.names, *found.unread}
        last = before
        for row in read_rows(lines, _dialect(delimiter, len(names), first, sample), before + 1):
            if row.cells:
                last = row.line
                cells = zip(names, row.cells, strict=False)
                yield row.line, {name: None if cell in _MISSING else cell for name, cell in cells if name in wanted}
            if row.problem:
                yield row.line, Unreadable(str(path), row.line, row.problem)
            if row.line - last > _NO_ROWS:
                reason = f"no row fits the header in {_NO_ROWS:,} lines; the rest of the file is not read"
                yield row.line, Unreadable(str(path), row.line, reason)
                return


def _dialect(delimiter: str, width: int, header_line: str, sample: str) -> Dialect:
    """Find out how the cells of a table are written, from its header and its first rows."""
    has_blanks = header_line.count(f"{delimiter} ") == width - 1
    dialect = Dialect(delimiter, width, has_escapes=_has_escaped_quotes(sample), has_blanks=has_blanks)
    first_row = sample.partition(header_line)[2].split("\n", 1)[0].strip()
    single = replace(dialect, quote="'")
    if first_row[:1] == first_row[-1:] == "'" and single.fits(single.literal(first_row)):
        return single
    return dialect


def _has_escaped_quotes(sample: str) -> bool:
    r"""Return whether a table writes a quote within a cell as ``\"`` instead of doubling it."""
    return '""' not in sample.replace(',""', "") and _ESCAPED_QUOTE.search(sample) is not None


def delimited_place(path: Path, place: Place) -> str:
    """Return the row of a table that begins on a line; a quoted cell may hold line breaks.

    Raises:
        SourceError: There is no such line.
    """
    taken: list[str] = []
    with open_source(path, is_whole=False) as stream:
        rest = (
            raw.decode("utf-8", "backslashreplace")
            for raw in islice(raw_lines(stream, str(path)), place.line - 1, place.end and place.end - 1)
        )

        def recorded() -> Iterator[str]:
            for text in rest:
                taken.append(text)
                yield text

        csv.field_size_limit(max(csv.field_size_limit(), FIELD_LIMIT))
        with suppress(csv.Error):  # what is there is shown, well formed or not
            next(csv.reader(recorded()), None)
    if not taken:
        raise SourceError(f"{path}: has no line {place.line:,}", "build the store again")
    return "".join(taken)
