"""Messages between processes: one JSON object a line."""

from __future__ import annotations

from functools import cache
from typing import Any

from pydantic import TypeAdapter


@cache
def adapter(kind: Any) -> TypeAdapter[Any]:
    """Return what reads and writes messages of a type, or of a union of types."""
    return TypeAdapter(kind)


def line_of(message: object) -> str:
    """Return a message as a line, newline included."""
    kind: Any = type(message)  # mypy takes no type for hashable
    return adapter(kind).dump_json(message).decode() + "\n"
