"""Read recipes from JSON documents and from JSON Lines."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from recipe_tui.core.errors import SourceError
from recipe_tui.core.recipes.reading.files import numbered_lines, open_source, read_text
from recipe_tui.core.recipes.reading.records import Unreadable, columns, recipe_from
from recipe_tui.core.recipes.recipe import Recipe, Source

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def read_json_lines(path: Path) -> Iterator[Recipe | Unreadable]:
    """Read a file with a JSON object on each line; blank lines are skipped."""
    with open_source(path) as stream:
        for line in numbered_lines(stream, str(path)):
            if isinstance(line, Unreadable):
                yield line
                continue
            number, text = line
            if not text.strip():
                continue
            try:
                record = parse_json(text)
            except json.JSONDecodeError as error:
                yield Unreadable(str(path), number, f"malformed JSON: {error.msg} (column {error.colno})")
            except (ValueError, RecursionError) as error:
                yield Unreadable(str(path), number, f"malformed JSON: {error}")
            else:
                yield recipe_from(record, Source(str(path), number))


def read_json(path: Path) -> Iterator[Recipe | Unreadable]:
    """Read a JSON document: a list of recipes, one recipe, an object of recipes by id, or ``{"recipes": ...}``.

    The document is parsed whole: the standard library has no parser that streams, and the known corpora are small.

    Raises:
        SourceError: It is not JSON.
    """
    for number, record in enumerate(records_in(load_document(path)), start=1):
        yield recipe_from(record, Source(str(path), number))


def load_document(path: Path) -> object:
    """Parse a file as one JSON value.

    Raises:
        SourceError: It is not JSON.
    """
    with open_source(path) as stream:
        text = read_text(stream)
    try:
        return parse_json(text)
    except json.JSONDecodeError as error:
        raise SourceError(
            f"{path}: malformed JSON: {error.msg} (line {error.lineno}, column {error.colno})",
            "mend it, or give the format as jsonl if every line is an object of its own",
        ) from None
    except (ValueError, RecursionError) as error:
        raise SourceError(f"{path}: malformed JSON: {error}", "mend it") from None


def parse_json(text: str, strict: bool = True) -> object:
    """Parse one JSON value; NaN, which pandas may write for a missing value, becomes None.

    Args:
        text: The value.
        strict: Refuse control characters, newlines among them, inside strings, as the standard does.
    """
    return json.loads(text, strict=strict, parse_constant=lambda _: None)


def records_in(document: object) -> Iterator[object]:
    """Yield the records of a document, whichever of the known shapes it has."""
    if isinstance(document, dict) and "recipes" in document:
        yield from records_in(document["recipes"])
    elif isinstance(document, dict) and not columns(tuple(document)).names:
        yield from document.values()
    elif isinstance(document, list):
        yield from document
    else:
        yield document
