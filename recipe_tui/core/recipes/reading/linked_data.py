"""Read schema.org/Recipe objects from JSON-LD documents and from web pages: JSON-LD, microdata, RDFa."""

from __future__ import annotations

import json
import re
from contextlib import suppress
from itertools import islice
from typing import TYPE_CHECKING

from recipe_tui.core.errors import SourceError
from recipe_tui.core.recipes.markup import parse_html
from recipe_tui.core.recipes.reading.columns import columns
from recipe_tui.core.recipes.reading.files import open_source, read_text
from recipe_tui.core.recipes.reading.json_text import json_values, parse_beginning, parse_json, parse_lenient
from recipe_tui.core.recipes.reading.microdata import (
    escape_json_in_attributes,
    loose_properties,
    marked_up_recipes,
    unscoped_recipes,
)
from recipe_tui.core.recipes.reading.places import Place, as_json
from recipe_tui.core.recipes.reading.records import Unreadable, read_record
from recipe_tui.core.recipes.recipe import Recipe, Source

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


_PREFIX = re.compile(r"\A(?:https?://schema\.org/|[a-z]\w{0,15}:(?=[a-z]\w*\Z))", re.IGNORECASE)
_BLANKS = re.compile(r"(?:\s|\\[nrt])+")
_PAGE_LIMIT = 32 * 2**20  # characters
_TAG_LIMIT = 1_000_000  # on one page


def read_linked_data(path: Path) -> Iterator[Recipe | Unreadable]:
    """Read all recipes of a JSON-LD document or of a web page, however nested.

    A page's microdata or RDFa is read where its ``application/ld+json`` blocks hold no recipe. See
    https://schema.org/Recipe.

    Raises:
        SourceError: The file is neither a page nor JSON.
    """
    number = 0
    for record in _records(path):
        if isinstance(record, Unreadable):
            yield record
            continue
        number += 1
        yield from read_record(record, Source(str(path), number))


def _records(path: Path) -> Iterator[dict[str, object] | Unreadable]:
    if _is_page(path):
        yield from _page_records(path)
    else:
        for value in json_values(path):
            yield from recipes_in(value)


def _is_page(path: Path) -> bool:
    with open_source(path) as stream:
        while head := stream.read(65536):
            if text := head.lstrip(b"\xef\xbb\xbf \t\r\n\0\x0b\x0c"):
                return not text.startswith((b"{", b"["))
    return False


def linked_data_place(path: Path, place: Place) -> str:
    """Return a recipe of a document or page as JSON, indented."""
    recipes = (record for record in _records(path) if not isinstance(record, Unreadable))
    for record in islice(recipes, place.line - 1, None):
        return as_json(record)
    raise SourceError(f"{path}: has no record {place.line:,}", "build the store again")


def recipes_in(document: object) -> Iterator[dict[str, object]]:
    """Yield the Recipe objects in a document, in its order."""
    waiting = [document]
    while waiting:
        value = waiting.pop()
        if isinstance(value, dict):
            if _is_recipe(value.get("@type")):
                yield {name: _without_prefixes(inner) for name, inner in _plain(value).items()}
            else:
                waiting.extend(reversed(value.values()))
        elif isinstance(value, list):
            waiting.extend(reversed(value))


def _plain(value: dict[str, object]) -> dict[str, object]:
    return {_PREFIX.sub("", name): inner for name, inner in value.items()}


def _without_prefixes(value: object) -> object:
    """Return a value with schema.org's names as such, whatever prefix a document's context gives them."""
    if isinstance(value, dict):
        return {name: _without_prefixes(inner) for name, inner in _plain(value).items()}
    return [_without_prefixes(inner) for inner in value] if isinstance(value, list) else value


def _recipes_before_break(text: str) -> Iterator[dict[str, object]]:
    """Yield the recipes of a block that is broken off, or that is followed by something else."""
    with suppress(ValueError, RecursionError):
        yield from recipes_in(parse_beginning(text))


def _is_recipe(type_: object) -> bool:
    if isinstance(type_, list):
        return any(_is_recipe(item) for item in type_)
    return isinstance(type_, str) and type_.replace(":", "/").rpartition("/")[2].strip().lower() == "recipe"


def _page_records(path: Path) -> Iterator[dict[str, object] | Unreadable]:
    with open_source(path) as stream:
        text = read_text(stream, path)
    if len(text) > _PAGE_LIMIT:
        raise SourceError(f"{path}: a page of more than {_PAGE_LIMIT // 2**20} MB", "save the page without its images")
    if text.count("<") > _TAG_LIMIT:
        raise SourceError(f"{path}: a page of more than {_TAG_LIMIT:,} tags", "save the recipe's page alone")
    root = parse_html(escape_json_in_attributes(text))
    if root is None:
        return
    found: list[dict[str, object]] = []
    data: list[str] = []  # what the page's scripts work with
    for element in root.iter("script"):
        type_ = (element.get("type") or "").lower()
        if "ld+json" not in type_:
            data += ["".join(element.itertext())] if type_ == "application/json" else []
            continue
        try:
            document = parse_lenient("".join(element.itertext()))
            document = parse_lenient(document) if isinstance(document, str) else document  # written as JSON twice
        except (ValueError, RecursionError) as error:
            if element.text and element.text.strip():
                read = list(_recipes_before_break(element.text))
                found += read
                reason = error.msg if isinstance(error, json.JSONDecodeError) else error
                rest = ", of which the beginning is read" if read else ""
                yield Unreadable(str(path), element.sourceline or 0, f"malformed JSON-LD block{rest}: {reason}")
        else:
            found += recipes_in(document)
    if not any(_is_full(record) for record in found):
        marked = list(marked_up_recipes(root))
        found = [record for record in marked if _is_full(record)] or found or marked
        if len(found) == 1 and not _is_full(found[0]):  # its ingredients stand outside of it, by broken nesting
            found = [{**loose_properties(root), **{name: value for name, value in found[0].items() if value}}]
    found = found or list(unscoped_recipes(root))
    for text in data if not found else ():
        with suppress(ValueError, RecursionError):
            found += recipes_in(parse_json(text))
    yield from _each_once(found)


def _each_once(records: list[dict[str, object]]) -> list[dict[str, object]]:
    """Return the recipes of a page without those that it holds twice; the fuller one of two is kept."""
    kept: dict[str, dict[str, object]] = {}
    for record in records:
        names = columns(tuple(record))
        text = json.dumps([record[name] for name in (*names.title, *names.ingredients, *names.steps)], default=str)
        key = _BLANKS.sub(" ", text).lower() if _is_full(record) else str(len(kept))
        if key not in kept or len(record) > len(kept[key]):
            kept[key] = record
    return list(kept.values())


def _is_full(record: dict[str, object]) -> bool:
    names = columns(tuple(record))
    return any(record[name] for name in (*names.ingredients, *names.steps))
