"""Sanitized text of recipes and models: what is drawn is data, never markup and never escape codes."""

from __future__ import annotations

import unicodedata

LONGEST_LINE = 2_000
"""Characters of one line that are ever drawn."""

_REPLACED = ("Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp")
"""Categories that move the cursor, turn the direction of writing, or cannot be drawn."""

_JOINERS = "\u200c\u200d\ufe0e\ufe0f"
"""Invisible, but parts of emoji and of scripts that join letters."""


def sanitize(text: str, longest_line: int = LONGEST_LINE) -> str:
    """Return text without control characters: newlines stay, tabs become spaces, the others become ``�``.

    Args:
        text: Anything.
        longest_line: Characters after which a line is cut, with a note of how many are missing.
    """
    if text.isascii() and text.isprintable() and len(text) <= longest_line:
        return text
    return "\n".join(_line(line, longest_line) for line in text.replace("\r\n", "\n").split("\n"))


def sanitize_line(text: str, longest_line: int = LONGEST_LINE) -> str:
    """Return text without control characters on one line: newlines become ``⏎``."""
    return sanitize(text.replace("\r\n", "\n").replace("\n", "⏎"), longest_line)


def _line(line: str, longest: int) -> str:
    missing = len(line) - longest
    shown = line[:longest] if missing > 0 else line
    shown = "".join(character if _is_printable(character) else _replacement(character) for character in shown)
    return f"{shown}… ({missing:,} more characters)" if missing > 0 else shown


def _is_printable(character: str) -> bool:
    return character in _JOINERS or unicodedata.category(character) not in _REPLACED


def _replacement(character: str) -> str:
    return "    " if character == "\t" else "�"
