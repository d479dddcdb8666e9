"""Read one place of a file again, as it is written there."""

from __future__ import annotations

import json
from itertools import islice
from typing import TYPE_CHECKING, NamedTuple

from recipe_tui.core.errors import SourceError
from recipe_tui.core.recipes.reading.files import open_source, raw_lines

if TYPE_CHECKING:
    from pathlib import Path


class Place(NamedTuple):
    """Where a recipe was read.

    Attributes:
        line: Line or record number, as in `Source`.
        end: Line on which the next recipe begins, or None where it is not known.
    """

    line: int
    end: int | None = None


def lines_at(path: Path, first: int, end: int) -> list[str]:
    """Return the lines of a text from the first to the one before the end, from 1.

    Raises:
        SourceError: There is no such line.
    """
    with open_source(path, is_whole=False) as stream:
        lines = [
            line.decode("utf-8", "backslashreplace")
            for line in islice(raw_lines(stream, str(path)), first - 1, end - 1)
        ]
    if not lines:
        raise SourceError(f"{path}: has no line {first:,}", "build the store again")
    return lines


def as_json(record: object) -> str:
    """Write a record out for reading."""
    return json.dumps(record, ensure_ascii=False, indent=2, default=str)
