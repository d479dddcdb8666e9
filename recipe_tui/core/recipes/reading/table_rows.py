"""Read the rows of a delimited table, and find the rows again below a quote that is left open.

A quoted cell may hold line breaks, so that one quote too many takes the rows below it into its cell. A row that is
malformed, or that took rows into a cell, ends where the next row begins. It is read again with quotes as characters of
the text wherever they do not enclose a cell.
"""

from __future__ import annotations

import csv
import re
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, NamedTuple

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

FIELD_LIMIT = 16 * 2**20
"""Characters of a cell."""

RUNS_ON = "the record runs on to line "
"""What the problem of a row says that took other lines into a cell."""

_WINDOW = 1000  # lines in which the end of a malformed row is looked for
_WINDOW_SIZE = 2**20  # characters of them
_LONGEST_ROW = 20  # lines of the row that shows where a malformed one ends
_FEWEST_TAKEN = 5  # rows in one cell that show that its quote was left open


@dataclass(frozen=True, slots=True)
class Dialect:
    r"""How the cells of a table are written.

    Attributes:
        delimiter: What separates cells.
        width: Number of cells in a row.
        quote: What encloses a cell that holds delimiters, line breaks or quotes.
        has_escapes: Whether a quote within a cell is written ``\"`` instead of doubled.
        has_blanks: Whether blanks follow the delimiters.
        may_be_short: Whether cells may be missing at the end of a row.
    """

    delimiter: str
    width: int
    quote: str = '"'
    has_escapes: bool = False
    has_blanks: bool = False
    may_be_short: bool = False

    def rows(self, lines: Iterable[str]) -> Iterator[list[str]]:
        """Read rows strictly.

        Raises:
            csv.Error: A row is malformed.
        """
        csv.field_size_limit(max(csv.field_size_limit(), FIELD_LIMIT))
        return csv.reader(
            lines,
            delimiter=self.delimiter,
            quotechar=self.quote,
            strict=True,
            doublequote=not self.has_escapes,
            escapechar="\\" if self.has_escapes else None,
            skipinitialspace=self.has_blanks,
        )

    def fits(self, row: Sequence[str]) -> bool:
        """Return whether a row has the width of the table; empty cells beyond it do not count."""
        return len(row) == self.width or (len(row) > self.width and not any(row[self.width :]))

    def holds(self, row: Sequence[str]) -> bool:
        """Return whether a row fits, or is a short one where rows may be."""
        return self.fits(row) or (self.may_be_short and 0 < len(row) < self.width)

    def literal(self, text: str) -> list[str]:
        """Read one row in which a quote that does not enclose a cell is a character of the text."""
        quote, delimiter = re.escape(self.quote), re.escape(self.delimiter)
        text = text.strip("\r\n")
        if text[:1] == text[-1:] == self.quote:
            cells = text[1:-1].split(f"{self.quote}{self.delimiter}{self.quote}")
            if self.fits(cells):
                return [self._without_doubled_quotes(cell) for cell in cells]
        enclosed = rf" *{quote}((?:[^{quote}]|{quote}{quote})*+){quote} *"
        cell = re.compile(rf"{enclosed}(?:{delimiter}|\Z)|([^{delimiter}]*+)(?:{delimiter}|\Z)")
        found: list[str] = []
        for match in cell.finditer(text):
            quoted, bare = match.groups()
            found.append(
                self._without_open_quote(bare.strip()) if quoted is None else self._without_doubled_quotes(quoted)
            )
            if len(found) > self.width + 1 and found[-1]:  # too wide
                break
        return found if text.endswith(self.delimiter) else found[:-1]  # the pattern matches once more at the end

    def _without_doubled_quotes(self, cell: str) -> str:
        return cell.replace(2 * self.quote, self.quote)

    def _without_open_quote(self, cell: str) -> str:
        return cell[1:] if cell.startswith(self.quote) and cell.count(self.quote) % 2 else cell


class Row(NamedTuple):
    """A row.

    Attributes:
        line: Number of its first line, from 1.
        cells: Its cells, as many as the table is wide or more; empty where it cannot be read.
        problem: What is wrong with it; empty if nothing is.
    """

    line: int
    cells: list[str]
    problem: str = ""


def read_rows(lines: Iterable[str], dialect: Dialect, first_line: int = 1) -> Iterator[Row]:
    """Read the rows of a table; empty lines are skipped.

    Args:
        lines: The lines below the header.
        dialect: How they are written.
        first_line: Number of the first of them.
    """
    source = iter(lines)
    waiting: deque[str] = deque()  # lines that were read ahead
    taken: list[str] = []  # lines of this row

    def incoming() -> Iterator[str]:
        while True:
            line = waiting.popleft() if waiting else next(source, None)
            if line is None:
                return
            taken.append(line)
            yield line

    rows = dialect.rows(incoming())
    line = first_line
    while True:
        taken.clear()
        problem = ""
        row: list[str] | None = []
        try:
            row = next(rows, None)
        except csv.Error as error:
            problem = f"malformed CSV: {error}"
        if row is None:
            return
        if row and not problem and not dialect.holds(row):
            problem = f"{len(row)} cells where the header has {dialect.width}"
        is_damaged = problem.startswith("malformed") or (len(taken) > 1 and bool(problem or _took_rows(taken, dialect)))
        if is_damaged:
            problem = (problem or "malformed CSV") + _extent(line, len(taken))
            end = _end(taken, source, waiting, dialect)
            row = dialect.literal("".join(taken[:end]))
            waiting.extendleft(reversed(taken[end:]))
            del taken[end:]
            if dialect.fits(row):
                problem += "; its quotes were read as characters of the text"
            rows = dialect.rows(incoming())
        if row or problem:
            yield Row(line, row if row and dialect.holds(row) else [], problem)
        line += len(taken)


def _extent(line: int, lines: int) -> str:
    return f" ({RUNS_ON}{line + lines - 1}: is a quote left open?)" if lines > 1 else ""


def _took_rows(lines: Sequence[str], dialect: Dialect) -> bool:
    """Return whether all lines after the first are rows, so that they are not the lines of a cell."""
    if len(lines) <= _FEWEST_TAKEN or dialect.width == 1:  # each line of a cell is a row of one cell
        return False
    return all(_is_row([line], dialect) for line in lines[1:-1])


def _end(taken: list[str], source: Iterator[str], waiting: deque[str], dialect: Dialect) -> int:
    """Return how many lines a malformed row has; lines are added to those that were taken until the next row begins."""
    size = sum(map(len, taken))
    searched = 0
    for number in range(1, _WINDOW):
        while len(taken) < number + _LONGEST_ROW and size < _WINDOW_SIZE:
            line = waiting.popleft() if waiting else next(source, None)
            if line is None:
                break
            taken.append(line)
            size += len(line)
        searched += len(taken[number - 1])
        if number == len(taken) or searched > _WINDOW_SIZE:
            break
        if _begins_row(taken[number : number + _LONGEST_ROW], dialect):
            break
    return number


def _begins_row(lines: Sequence[str], dialect: Dialect) -> bool:
    """Return whether a row begins on the first of some lines, well-formed or with stray quotes."""
    delimiters = lines[0].count(dialect.delimiter)
    if delimiters >= dialect.width - 1 and _has_width(dialect.literal(lines[0]), dialect):
        return True
    return (delimiters > 0 or lines[0].startswith(dialect.quote)) and _is_row(lines, dialect)


def _is_row(lines: Sequence[str], dialect: Dialect) -> bool:
    """Return whether lines begin with a well-formed row."""
    with suppress(csv.Error):
        return _has_width(next(dialect.rows(lines), []), dialect)
    return False


def _has_width(row: Sequence[str], dialect: Dialect) -> bool:
    """Return whether cells are a row, and not prose with as many commas, which blanks follow."""
    return dialect.fits(row) and (dialect.has_blanks or not any(cell.startswith(" ") for cell in row))
