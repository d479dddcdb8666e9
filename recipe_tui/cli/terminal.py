"""What goes to the terminal: JSON and results on stdout, everything else on stderr, and nothing that could hurt it."""

from __future__ import annotations

import json
import math
import sys
import unicodedata
from contextlib import contextmanager, redirect_stdout
from dataclasses import asdict, is_dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from rich.console import Console
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator, Sequence

    from rich.console import OverflowMethod

PLAIN_WIDTH = 160
"""Columns of a table that goes to a file or a pipe."""


def safe_text(text: str) -> str:
    r"""Return text from a recipe, model or file name so that it can be printed: nothing in it acts on the terminal.

    Control characters (ANSI escapes begin with one), characters that turn the direction of writing and lone
    surrogates show as their escapes, such as ``\x1b``. Line ends and tabs stay.
    """
    return "".join(character if _harmless(character) else _escape(character) for character in text)


def one_line(text: str) -> str:
    """Return `safe_text` with all white space as single spaces."""
    return safe_text(" ".join(text.split()))


def number(value: float | None, digits: int) -> str:
    """Write a number for people; one that there is none of is a dash."""
    return "-" if value is None else f"{value:,.{digits}f}"


def to_json(value: Any) -> Any:
    """Turn dataclasses, paths and tuples into what JSON knows; a number that is not finite becomes None."""
    if is_dataclass(value) and not isinstance(value, type):
        return to_json(asdict(value))
    if isinstance(value, dict):
        return {str(key): to_json(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [to_json(item) for item in value]
    if isinstance(value, Path):
        return str(value)
    if isinstance(value, float) and not math.isfinite(value):
        return None
    return value


class Terminal:
    """Both streams of the process.

    Args:
        as_json: Whether the result goes to stdout as one JSON document, and all the rest to stderr.
    """

    def __init__(self, as_json: bool = False) -> None:
        self.as_json = as_json
        self.results = _console(stderr=as_json)
        self.messages = _console(stderr=True)

    @contextmanager
    def guarded(self) -> Iterator[None]:
        """Keep stdout for the JSON document, whatever a library prints inside the block."""
        if not self.as_json:
            yield
            return
        with redirect_stdout(sys.stderr):
            yield

    def print_json(self, value: Any) -> None:
        """Print one JSON document; ASCII, so that it survives every encoding and holds no control character."""
        sys.stdout.write(json.dumps(to_json(value), indent=2) + "\n")

    def say(self, text: str) -> None:
        """Print a line for people on stderr."""
        self.messages.print(Text(safe_text(text)), soft_wrap=True)

    def show(self, text: str) -> None:
        """Print a part of the result for people, without a line end of our own."""
        stream = self.results.file
        stream.write(safe_text(text))
        stream.flush()

    def show_pairs(self, pairs: Iterable[tuple[str, str]]) -> None:
        """Print names and values in two columns; values are aligned to the right."""
        table = Table(box=None, show_header=False, pad_edge=False)
        table.add_column(no_wrap=True)
        table.add_column(justify="right", no_wrap=True)
        for name, value in pairs:
            table.add_row(Text(safe_text(name)), Text(safe_text(value)))
        self.results.print(table)

    def show_table(
        self,
        columns: Sequence[str],
        rows: Iterable[Sequence[str | Text]],
        right: Container[str] = (),
        no_wrap: bool = False,
    ) -> None:
        """Print a table.

        Args:
            columns: Their names.
            rows: A cell for each column; styled where it is a `Text`.
            right: Columns that are aligned to the right.
            no_wrap: Cut cells that are too wide for the terminal, instead of folding them.
        """
        table = Table(box=None, pad_edge=False)
        overflow: OverflowMethod = "ellipsis" if no_wrap else "fold"
        for name in columns:
            table.add_column(name, justify="right" if name in right else "left", overflow=overflow, no_wrap=no_wrap)
        for row in rows:
            table.add_row(*(cell if isinstance(cell, Text) else Text(one_line(cell)) for cell in row))
        self.results.print(table)


def _console(stderr: bool) -> Console:
    console = Console(stderr=stderr, highlight=False, markup=False, emoji=False)
    if not console.is_terminal:
        console.width = PLAIN_WIDTH
    return console


def _harmless(character: str) -> bool:
    if character in "\n\t":
        return True
    category = unicodedata.category(character)
    return category not in ("Cc", "Cs") and not (category == "Cf" and unicodedata.bidirectional(character) != "BN")


def _escape(character: str) -> str:
    return character.encode("unicode_escape").decode("ascii")
