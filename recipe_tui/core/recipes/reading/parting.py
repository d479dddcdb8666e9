"""Part a text in which a whole list stands: at line breaks, separators, step numbers or sentences."""

from __future__ import annotations

import html
import re
from itertools import pairwise
from typing import TYPE_CHECKING

from recipe_tui.core.recipes.lines import PREPARED
from recipe_tui.core.recipes.markup import html_lines, is_html

if TYPE_CHECKING:
    from collections.abc import Iterable

_BULLETS = re.compile(r"\s*[•●▪◦■‣]\s*")
_PIPES = re.compile(r"\s*\|+\s*")
_SEMICOLONS = re.compile(r"\s*;\s*")
_NUMBER = re.compile(
    r"(?:(?:^|(?<=[.!?;:)\]])\s*|\s)(?:step\s+)?\(?(\d{1,2})(?:[.)、．]|:(?=\s))(?:\s+|(?=[^\W\d_])))", re.IGNORECASE
)
_SENTENCE = re.compile(
    r"(?<=[^\W\d_]{2}[.!?])\s+(?=[A-ZÀ-Ý])|(?<=[\d)][.!?])\s+(?=[A-ZÀ-Ý][a-zà-ÿ])|(?<=[。！？])\s*(?=\w)"
)
_STARTS_AN_ITEM = re.compile(r"[\d½¼¾⅓⅔⅛A-ZÀ-Ý]")
_OTHER_MARKS = ("\n", "|", ";", "<", "•", "[", "{", '"', "c(")
_COMMA_ITEMS = 3  # in every row of a column that is to be parted at commas
_LONGEST_ITEM = 6  # words


def text_lines(text: str, is_steps: bool) -> list[str]:
    """Part a text that holds all ingredients or all steps of a recipe; the parts are left as they are.

    HTML parts at its blocks. Otherwise line breaks win over ``|``, bullets, ``;``, and for steps their numbers and, in
    the end, their sentences.

    Args:
        text: The text, not a list written as code.
        is_steps: Whether it holds steps.
    """
    if "&" in text and not is_html(text):
        text = html.unescape(text)  # an entity's semicolon parts nothing
    if "\\n" in text:  # a line break that was escaped once too often
        text = text.replace("\\r", "").replace("\\n", "\n")
    lines = html_lines(text) if is_html(text) else text.split("\n")
    lines = [line.removesuffix("\r") for line in lines if line.strip()]
    if len(lines) != 1:
        return (_numbered_across_lines(lines) if is_steps else []) or lines
    line = lines[0]
    for separator in (_PIPES, _BULLETS):
        parts = [part for part in separator.split(line) if part.strip()]
        if len(parts) > 1:
            return parts
    if is_steps:
        return numbered_steps(line) or _sentences(line)
    return _at_semicolons(line) or lines


def _numbered_across_lines(lines: list[str]) -> list[str]:
    """Part lines at step numbers where some stand within a line: then the line breaks stand within steps."""
    steps = numbered_steps("\n".join(lines))
    whole = {line.strip() for line in lines}
    return [] if whole.issuperset(line.strip() for step in steps for line in step.split("\n")) else steps


def _at_semicolons(line: str) -> list[str]:
    """Part ingredients at semicolons, unless what follows one merely continues the ingredient before it."""
    parts = [part for part in _SEMICOLONS.split(line) if part.strip()]
    is_list = len(parts) > 2 or all(_STARTS_AN_ITEM.match(part) for part in parts[1:])
    return parts if is_list else []


def numbered_steps(text: str) -> list[str]:
    """Part a text at step numbers that count up from 1; empty where they do not.

    A text may stand above the first of at least three.
    """
    if "2" not in text or "1" not in text:
        return []
    starts: list[int] = []
    for match in _NUMBER.finditer(text):
        if int(match[1]) == len(starts) + 1:
            starts.append(match.start())
    has_text_above = bool(starts) and bool(text[: starts[0]].strip())
    if len(starts) < 2 + has_text_above:
        return []
    bounds = [0, *starts, len(text)] if has_text_above else [*starts, len(text)]
    return [text[start:end].strip() for start, end in pairwise(bounds)]


def _sentences(text: str) -> list[str]:
    return _SENTENCE.split(text.strip()) if _SENTENCE.search(text) else [text]


def is_separated_by_commas(cells: Iterable[str]) -> bool:
    """Tell whether all cells of a column list their ingredients with commas and with nothing else.

    A comma is also written within an ingredient, "1 onion, diced": so every cell must have several short parts, none
    of which merely says how another one is prepared.
    """
    seen = 0
    for cell in cells:
        parts = [part.strip() for part in cell.split(",")]
        if cell.startswith("(") or any(mark in cell for mark in _OTHER_MARKS) or len(parts) < _COMMA_ITEMS:
            return False
        for part in parts:
            words = part.casefold().split()
            if not 0 < len(words) <= _LONGEST_ITEM or words[0] in _CONTINUES or not PREPARED.isdisjoint(words[-1:]):
                return False
        seen += 1
    return seen > 0


_CONTINUES = PREPARED | {"and", "at", "cut", "divided", "for", "if", "into", "optional", "or", "plus", "to", "with"}
