"""Damaged copies of files: of their bytes, of their lines, or of the values of JSON and TOML."""

from __future__ import annotations

import json
import struct
import tomllib
from random import Random
from typing import Any

import tomli_w

ODD: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 3, 2**31, 2**63, 10**30, 10**400, -(10**4000), 0.5, -0.0,
    1e308, float("nan"), float("inf"), "", "x", "\x00",
    "\ud800", "../../etc/passwd", "/etc/passwd", "é" * 300, "\x1b]0;x\x07", [], {}, [None], [[]], ["c_attn", True],
    {"a": {"b": []}}, [1, "2", None], [["x"] * 3] * 3, "1e999", "9" * 5000,
)  # fmt: skip
"""Values that take the place of others."""

NAMES = ("", "x", "r", "__class__", "model_type", "name", "kind", "\x00")
"""Names that take the place of others."""

TEXTS: tuple[bytes, ...] = (
    b"", b"\x00", b"{", b"}", b"[", b"]", b"[" * 5000, b"{" * 300, b'{"a":' * 3000, b'"', b"'", b",", b"=", b"\\",
    b"\\u12", b"\xff", b"\xff\xfe", b"\xef\xbb\xbf", b"\xed\xa0\x80", "é".encode("cp1252"), b"null", b"NaN", b"1e999",
    b"-", b"@", b"# ", b"{%}", b"{{ '", b"\n", b"\n\n", b"---\n", b"+++\n", b"<!--", b"<script>", b"<p>" * 50,
    b"&#x110000;", b"9" * 5000, b"2024-13-45", b"[[a]]\n", b"a.a.a.a = ",
)  # fmt: skip
"""What is written into files: what is hard to parse."""

NUMBERS = (0, 1, -1, 127, 255, 2**15, 2**31 - 1, 2**31, 2**32 - 1, 2**40, 2**63 - 1)
"""Counts, offsets and lengths that take the place of others in binary files."""


def mutate(data: bytes, random: Random) -> bytes:
    """Return a copy that is damaged in one to four places."""
    for _ in range(random.choice((1, 1, 1, 2, 4))):
        changed = _mutate_values(data, random) if random.random() < 0.6 else None
        data = _mutate_bytes(data, random) if changed is None else changed
    return data


def _mutate_bytes(data: bytes, random: Random) -> bytes:
    start = random.randrange(len(data) + 1)
    end = min(len(data), start + random.choice((0, 1, 4, 8, 64)))
    match random.randrange(7):
        case 0:
            return data[:start]
        case 1:
            return data[:start] + data[end:]
        case 2:
            return data[:start] + random.randbytes(end - start) + data[end:]
        case 3:
            return data[:start] + data[start:end] * random.choice((2, 50)) + data[end:]
        case 4:
            return data[:end] + data[start:]
        case 5:
            size = random.choice((1, 4, 8))
            number = (random.choice(NUMBERS) & (1 << 8 * size) - 1).to_bytes(size, "little")
            return data[:start] + number + data[start + size :]
        case _:
            return data[:start] + random.choice(TEXTS) + data[end:]


def _mutate_values(data: bytes, random: Random) -> bytes | None:
    """Change a value or a name of a JSON or TOML document, or of a line of JSON; None where there is none."""
    if len(data) > 1 << 20:
        return None
    if data[:1] in (b"{", b"["):
        if (changed := _mutate_json(data, random)) is not None:
            return changed
        lines = data.split(b"\n")
        place = random.randrange(len(lines))
        changed = _mutate_json(lines[place], random)
        return None if changed is None else b"\n".join((*lines[:place], changed, *lines[place + 1 :]))
    if len(data) > 8 and data.startswith(b"{", 8):  # safetensors: the length of the header, and the header
        (size,) = struct.unpack("<Q", data[:8])
        changed = _mutate_json(data[8 : 8 + min(size, len(data))], random)
        return None if changed is None else struct.pack("<Q", len(changed)) + changed + data[8 + size :]
    return _mutate_toml(data, random)


def _mutate_json(data: bytes, random: Random) -> bytes | None:
    try:
        values = json.loads(data)
    except (ValueError, RecursionError):
        return None
    return json.dumps(values).encode() if _change(values, random) else None


def _mutate_toml(data: bytes, random: Random) -> bytes | None:
    try:
        values = tomllib.loads(data.decode())
        return tomli_w.dumps(values).encode() if _change(values, random) else None
    except (ValueError, TypeError, RecursionError):
        return None


def _change(values: Any, random: Random) -> bool:
    places: list[tuple[Any, Any]] = []
    _collect(values, places)
    if not places:
        return False
    container, key = random.choice(places)
    match random.randrange(4):
        case 0:
            del container[key]
        case 1 if isinstance(container, dict):
            container[random.choice(NAMES)] = container.pop(key)
        case _:
            container[key] = random.choice(ODD)
    return True


def _collect(values: Any, places: list[tuple[Any, Any]]) -> None:
    if isinstance(values, dict | list) and len(places) < 5000:
        keys = values if isinstance(values, dict) else range(len(values))
        for key in list(keys):
            places.append((values, key))
            _collect(values[key], places)
