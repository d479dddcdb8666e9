"""Read schema.org/Recipe objects from JSON-LD documents and from saved web pages."""

from __future__ import annotations

import json
from html.parser import HTMLParser
from typing import TYPE_CHECKING

from recipe_tui.core.recipes.reading.documents import load_document, parse_json
from recipe_tui.core.recipes.reading.files import open_source, read_text
from recipe_tui.core.recipes.reading.records import Unreadable, recipe_from
from recipe_tui.core.recipes.recipe import Recipe, Source

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def read_linked_data(path: Path) -> Iterator[Recipe | Unreadable]:
    """Read all recipes of a JSON-LD document or of a web page's ``application/ld+json`` blocks, however nested.

    See https://schema.org/Recipe.

    Raises:
        SourceError: The file is neither a page nor JSON.
    """
    with open_source(path) as stream:
        is_page = stream.read(1024).lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")
    number = 0
    for document in page_documents(path) if is_page else [load_document(path)]:
        if isinstance(document, Unreadable):
            yield document
            continue
        for record in recipes_in(document):
            number += 1
            yield recipe_from(record, Source(str(path), number))


def recipes_in(document: object) -> Iterator[dict[str, object]]:
    """Yield the Recipe objects in a document, in its order."""
    waiting = [document]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            if _is_recipe(value.get("@type")):
                yield value
            else:
                waiting.extend(reversed(value.values()))
        elif isinstance(value, list):
            waiting.extend(reversed(value))


def _is_recipe(type_: object) -> bool:
    if isinstance(type_, list):
        return any(_is_recipe(item) for item in type_)
    return isinstance(type_, str) and type_.replace(":", "/").rpartition("/")[2] == "Recipe"


def page_documents(path: Path) -> Iterator[object]:
    """Yield the JSON-LD documents of a saved web page, and those that cannot be read as `Unreadable`.

    Raises:
        SourceError: The file cannot be read.
    """
    with open_source(path) as stream:
        page = _Page()
        page.feed(read_text(stream))
        page.close()
    for line, block in page.blocks:
        try:
            yield parse_json(block, strict=False)  # pages often have bare newlines inside strings
        except (ValueError, RecursionError) as error:
            reason = error.msg if isinstance(error, json.JSONDecodeError) else error
            yield Unreadable(str(path), line, f"malformed JSON-LD block: {reason}")


class _Page(HTMLParser):
    """Collects the JSON-LD blocks of a page, each with the line it begins on."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks: list[tuple[int, str]] = []
        self._inside = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "script" and (dict(attrs).get("type") or "").strip().lower().startswith("application/ld+json"):
            self._inside = True
            self.blocks.append((self.getpos()[0], ""))

    def handle_endtag(self, tag: str) -> None:
        self._inside = False

    def handle_data(self, data: str) -> None:
        if self._inside:
            line, block = self.blocks[-1]
            self.blocks[-1] = line, block + data
