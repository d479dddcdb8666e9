"""Texts that recipe programs exported: one recipe after the other, each below a line that names the program."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipe_tui.core.errors import SourceError
from recipe_tui.core.recipes.reading.files import numbered_lines, open_source
from recipe_tui.core.recipes.reading.places import Place, lines_at
from recipe_tui.core.recipes.reading.records import Unreadable, read_record
from recipe_tui.core.recipes.recipe import Recipe, Source

if TYPE_CHECKING:
    import re
    from collections.abc import Callable, Iterator
    from pathlib import Path

MOST_LINES = 10_000  # of one recipe
LONGEST_LINE = 1000  # characters


def read_text_export(
    path: Path,
    begins: re.Pattern[str],
    ends: re.Pattern[str] | None,
    to_record: Callable[[list[str]], dict[str, object]],
) -> Iterator[Recipe | Unreadable]:
    """Read the recipes of an export; what stands between them is left out.

    Args:
        path: The export.
        begins: A line that begins a recipe.
        ends: A line that ends one; None where the next one's beginning does.
        to_record: Makes a record of the lines between, whose tabs are expanded.

    Raises:
        SourceError: The file cannot be read, or a recipe of it does not end.
    """
    start, lines = 0, list[str]()
    with open_source(path) as stream:
        for line in numbered_lines(stream, str(path)):
            if isinstance(line, Unreadable):
                yield line
                continue
            number, text = line
            if len(text) > LONGEST_LINE:
                yield Unreadable(str(path), number, f"a line of {len(text):,} characters")
                continue
            is_start = begins.fullmatch(text) is not None
            if start and (is_start or (ends is not None and ends.fullmatch(text))):
                yield from read_record(to_record(lines), Source(str(path), start))
                start = 0
            if is_start:
                start, lines = number, []
            elif start:
                lines.append(text.expandtabs())
            if len(lines) > MOST_LINES:
                raise SourceError(f"{path}: a recipe of more than {MOST_LINES:,} lines", "check where it ends")
    if start:
        yield from read_record(to_record(lines), Source(str(path), start))


def text_export_place(path: Path, place: Place, begins: re.Pattern[str], ends: re.Pattern[str] | None) -> str:
    """Return a recipe as it is written, with the lines that begin and end it; see `read_text_export`."""
    first, *others = lines_at(path, place.line, place.line + MOST_LINES)
    written = [first]
    for line in others:
        if begins.fullmatch(line):
            break
        written.append(line)
        if ends is not None and ends.fullmatch(line):
            break
    return "".join(written)
