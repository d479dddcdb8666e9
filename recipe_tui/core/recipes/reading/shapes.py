"""Find the records in a JSON document: in lists, in wrappers and their pages, by id, and in pandas' orients."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, cast

from recipe_tui.core.recipes.given_splits import split_called
from recipe_tui.core.recipes.reading.columns import columns, distinct

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

_TITLE = re.compile(  # "Tea", "4 eggs", but not "-Mx2" or "Data"
    r"(?!(?:Recipes?|Data|Results?|Items?|Meals?|Records?|Documents?|Posts?|Body|Content)\Z)"
    r"(?:[A-ZÀ-Þ][^\W\d_]+|(?=[^_]*[^\W\d_])[^_/\\{}]{1,60}\s[^_/\\{}]{1,60})"
)
_DEPTH = 8  # of wrappers in one another


def records_in(document: object) -> Iterator[object]:
    """Yield the records of a document, whichever of the known shapes it has.

    A list holds records or pages of them; an object is a record, a wrapper (``{"results": [...]}``), a map of records
    by id or title, or a table as pandas writes it (orients ``columns``, ``list``, ``split``, ``table``). Where all
    wrappers have the names of splits (``{"train": [...], "test": [...]}``), each record gets a field ``split``.
    """
    if isinstance(document, list):
        yield from records_among(document)
    elif isinstance(document, dict):
        yield from _in_object(document)
    else:
        yield document


def records_among(values: Iterable[object]) -> Iterator[object]:
    """Yield the records among the elements of a list; one of lists below a list of names is a table's row."""
    header: list[str] | None = None
    for number, value in enumerate(values):
        if number == 0 and isinstance(value, list) and _is_header(value):
            header = distinct(map(str, value))
        elif header is not None and isinstance(value, list):
            yield dict(zip(header, value, strict=False))
        elif isinstance(value, dict | list) and not is_record(value) and holds_record(value):
            yield from records_in(value)
        else:
            yield value


def is_record(value: object) -> bool:
    """Return whether a value is an object with ingredients, or with a title and directions."""
    if not isinstance(value, dict):
        return False
    found = columns(tuple(value))
    return found.has_ingredients or bool(found.title and found.has_steps)


def holds_record(value: object, depth: int = 0) -> bool:
    """Return whether a value is a record or has one in it, not too deep."""
    if is_record(value) or _table_rows(value) is not None:
        return True
    if isinstance(value, list) and value and isinstance(value[0], list) and _is_header(value[0]):
        return True
    if depth == _DEPTH:
        return False
    inner = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(holds_record(one, depth + 1) for one in inner if isinstance(one, dict | list))


def _in_object(document: dict[str, object]) -> Iterator[object]:
    rows = _table_rows(document)
    if rows is not None:
        yield from rows
        return
    if is_record(document):
        yield document
        return
    wrapped = {
        name: value for name, value in document.items() if isinstance(value, dict | list) and holds_record(value)
    }
    if wrapped:
        are_splits = all(split_called(name) and _holds_several(value) for name, value in wrapped.items())
        for name, value in wrapped.items():
            if is_record(value) and not are_splits:
                yield from records_in(_titled(value, name))
                continue
            for record in records_in(value):
                yield _in_split(record, name) if are_splits else record
    elif columns(tuple(document)).names:
        yield document
    else:
        yield from document.values()


def _holds_several(value: object) -> bool:
    return not is_record(value) or _table_rows(value) is not None


def _in_split(record: object, name: str) -> object:
    """Add the name of its split to a record that has none."""
    if not isinstance(record, dict) or columns(tuple(record)).split:
        return record
    return {**record, "split": name}


def _titled(record: object, name: str) -> object:
    """Add the name under which a record stands as its title, where it has none and the name is no identifier."""
    if not isinstance(record, dict) or columns(tuple(record)).title or not _TITLE.fullmatch(name):
        return record
    return {"title": name, **record}


def _is_header(names: list[object]) -> bool:
    found = columns(tuple(name for name in names if isinstance(name, str)))
    return bool(found.title and found.has_ingredients and found.has_steps)


def _table_rows(value: object) -> list[dict[str, object]] | None:
    """Return the rows of a table that is stored by columns, or None where a value is no such table."""
    if not isinstance(value, dict):
        return None
    names, rows = value.get("columns"), value.get("data")
    if isinstance(names, list) and isinstance(rows, list) and _is_header(names):  # orient "split"
        return [dict(zip(distinct(map(str, names)), row, strict=False)) for row in rows if isinstance(row, list)]
    found = columns(tuple(value))
    if not (found.title and found.ingredients and found.steps) or isinstance(value[found.title[0]], str):
        return None
    fields = [value[name] for name in (found.title[0], found.ingredients[0], found.steps[0])]
    if all(isinstance(field, dict) for field in fields):  # orient "columns": {"title": {"0": ...}}
        titles = cast("dict[str, object]", fields[0])
        if not all(key in cast("dict[str, object]", field) for field in fields[1:] for key in titles):
            return None
        return [{name: inner.get(key) for name, inner in value.items() if isinstance(inner, dict)} for key in titles]
    # orient "list": the titles are a list as long as all others, whose elements are lists or texts themselves
    if all(isinstance(field, list) for field in fields):
        lengths = {len(cast("list[object]", field)) for field in fields}
        items = (item for field in fields for item in cast("list[object]", field))
        if len(lengths) != 1 or not any(isinstance(item, list) or _is_written_list(item) for item in items):
            return None
        return [
            {name: inner[number] for name, inner in value.items() if isinstance(inner, list) and number < len(inner)}
            for number in range(lengths.pop())
        ]
    return None


def _is_written_list(value: object) -> bool:
    return isinstance(value, str) and value.startswith(("['", '["', 'c("'))
