"""Read a TOML file, which a person or a program may have damaged."""

from __future__ import annotations

import re
import tomllib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from pathlib import Path

LARGEST = 128 << 10
"""Bytes that a file may have: a configuration with every setting has a tenth."""

_DEEP = re.compile(r"""(?:[\w"'-]++\s*+\.\s*+){16}""")  # a key of so many parts takes quadratic time and memory


def read_toml(path: Path) -> dict[str, Any]:
    """Read a file.

    Raises:
        OSError: It is missing, or cannot be read.
        ValueError: It is too large, not in UTF-8, or no TOML.
    """
    with path.open("rb") as file:
        data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise ValueError(f"larger than {LARGEST >> 10} KB")
    return parse_toml(data.decode())


def parse_toml(text: str) -> dict[str, Any]:
    """Parse a text of limited length.

    Raises:
        ValueError: It is no TOML, or nested more deeply than any that is written by hand.
    """
    try:
        if _DEEP.search(text):
            raise RecursionError
        return tomllib.loads(text)
    except RecursionError:
        raise ValueError("nested too deeply") from None
