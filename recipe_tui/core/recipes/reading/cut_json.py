"""Read what stands whole in a JSON document before the place at which it is cut off."""

from __future__ import annotations

import json
import re
from contextlib import suppress

from recipe_tui.core.recipes.reading.shapes import holds_record, is_record

_TOKEN = re.compile(r'"(?:[^"\\]|\\.)*+"?|[\[\]{},]', re.DOTALL)
_LARGEST = 16 * 2**20  # characters
_WRAPPERS = 8  # in one another
_DEEPEST = 100  # brackets in one another; what is nested deeper is no document of recipes
_CLOSERS = {"[": "]", "{": "}"}


def is_cut_off(text: str) -> bool:
    """Return whether the brackets that a JSON value opens are not closed at its end."""
    return bool(_open_brackets(text))


def before_cut(text: str) -> object:
    """Parse what a document that is cut off holds before the cut; the record that is cut is left out.

    Returns:
        The document with its whole records, or None where it is not cut off, or holds none before the cut.
    """
    opened = _open_brackets(text) if len(text) <= _LARGEST else []
    for level, (bracket, start, end) in enumerate(opened[:_WRAPPERS]):
        if not end:
            continue
        closers = "".join(_CLOSERS[sign] for sign, _, _ in reversed(opened[:level]))
        with suppress(ValueError, RecursionError):
            container = json.loads(text[start:end] + _CLOSERS[bracket], strict=False)
            if is_record(container):  # which is itself the one that is cut
                return None
            if holds_record(container):
                document: object = json.loads(f"{text[:end]}{_CLOSERS[bracket]}{closers}", strict=False)
                return document
    return None


def _open_brackets(text: str) -> list[tuple[str, int, int]]:
    """Return the brackets that are open at the end, each with its place and where its last whole element ends, or 0."""
    opened: list[tuple[str, int, int]] = []
    for match in _TOKEN.finditer(text):
        token = match[0]
        if token in _CLOSERS:
            if len(opened) == _DEEPEST:
                return []
            opened.append((token, match.start(), 0))
            continue
        if token in ("]", "}") and (not opened or _CLOSERS[opened.pop()[0]] != token):
            return []
        if token in (",", "]", "}") and opened:
            end = match.start() if token == "," else match.end()
            opened[-1] = (*opened[-1][:2], end)
    return opened
