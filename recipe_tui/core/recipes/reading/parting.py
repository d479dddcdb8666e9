"""Part a text in which a whole list stands: at line breaks, separators, step numbers or sentences."""

from __future__ import annotations

import html
import re
from collections import deque
from typing import TYPE_CHECKING

from recipe_tui.core.recipes.lines import PREPARED
from recipe_tui.core.recipes.markup import html_lines, is_html
from recipe_tui.core.recipes.numbering import numbered_steps
from recipe_tui.core.recipes.reading.written import NotAListError, written_value

if TYPE_CHECKING:
    from collections.abc import Iterable

# No pattern begins with blanks: on a long run of them, it would take quadratic time.
_SEPARATORS = (
    re.compile(r"(?<!<)[|｜¦]+(?!>)"),
    re.compile(r"[•●▪◦■‣▢☐☑✓✔→➔▶►◆◇★☆]|(?<=\s)·(?=\s)"),
    re.compile(r"(?:~+|\^+|#{2,}|(?<!-)-{2,3}(?!-)|;{2,}|(?<=[.!?]);)(?=\s*[\d½¼¾⅓⅔⅛A-ZÀ-Ý])"),
    re.compile(r"\t"),
)
_LINE_ENDS = re.compile(r"\r\n?|[\v\f\x1c-\x1e]")
_BBCODE = re.compile(r"\[(?:\*|/?(?:list|ul|ol|li)(?:=\w{1,10})?)\]", re.IGNORECASE)
_BULLET = re.compile(r"(?:^|(?<=\s))[*–-]\s+(?=[\d½¼¾⅓⅔⅛A-ZÀ-Ý])")
_SLASHES = re.compile(r"(?<=\s)/(?=\s)")
_ITEM_COMMA = re.compile(r",(?!(?<=\d,)\d)")
_INSIDE = r"(?:[^()\[\]{}（）\n]|\([^()\n]{0,200}\)){0,200}+"
_BRACKETS = re.compile(rf"\({_INSIDE}\)|\[{_INSIDE}\]|\{{{_INSIDE}\}}|（{_INSIDE}）")
_SEMICOLONS = re.compile(r"[;；]")
_IDEOGRAPHIC_COMMA = re.compile(r"[、，]")
_QUANTITY_COMMA = re.compile(r",(?=\s*[\d½¼¾⅓⅔⅛])(?<!\d,)(?!\s*[\d/½¼¾⅓⅔⅛. -]{1,12}(?:inch|cm|mm)\b)")
_GLUED_COMMA = re.compile(r"(?<!\d),(?=\S)|,(?=[^\s\d])")
_NUMBERED = re.compile(r"\s*1[.)]\s+\S")
_INDEX = re.compile(r"^\d+\s+")
_SERIES_END = re.compile(r"(?:Name: [^\n]{0,80}, )?(?:Length: \d+, )?dtype: [\w\[\]]+")
_SENTENCE = re.compile(
    r"(?<=[^\W\d_]{2}[.!?])(?:\s+(?=[A-ZÀ-Ý])|(?=[A-ZÀ-Ý][a-zà-ÿ]))|(?<=[\d)][.!?])\s+(?=[A-ZÀ-Ý][a-zà-ÿ])|(?<=[。！？])\s*(?=\w)"
)
_STARTS_AN_ITEM = re.compile(r"[\d½¼¾⅓⅔⅛A-ZÀ-Ý]")
_OTHER_MARKS = ("\n", "|", ";", "<", "•", "{", '"')
_COMMA_ITEMS = 3  # in every row of a column that is to be parted at commas
_LONGEST_ITEM = 6  # words
_LONGEST_IDEOGRAPHIC = 20  # characters


def text_lines(text: str, is_steps: bool) -> list[str]:
    """Part a text that holds all ingredients or all steps of a recipe; the parts are left as they are.

    HTML parts at its blocks. Otherwise line breaks win over ``|``, bullets, ``~``, ``##``, tabs and ``;``. After these
    come commas before quantities in ingredients, and numbers and, in the end, sentences in steps.

    Args:
        text: The text, not a list written as code.
        is_steps: Whether it holds steps.
    """
    if "&" in text and not is_html(text):
        text = html.unescape(text)  # an entity's semicolon parts nothing
    text = _BBCODE.sub("\n", _LINE_ENDS.sub("\n", text))
    if "\\n" in text:  # a line break that was escaped once too often
        text = text.replace("\\r", "").replace("\\n", "\n")
    lines = html_lines(text, is_list=True) if is_html(text) else text.split("\n")
    lines = [line.removesuffix("\r") for line in lines if line.strip()]
    if lines and _SERIES_END.fullmatch(lines[-1]):  # a Series as pandas prints it
        lines = [_INDEX.sub("", line) for line in lines[:-1] if not line.startswith("Name: ")]
    if len(lines) != 1:
        return (_numbered_across_lines(lines) if is_steps else []) or lines
    line = lines[0]
    for separator in _SEPARATORS:
        parts = _parts(separator, line)
        if len(parts) > 1:
            return parts
    if is_steps:
        return numbered_steps(line) or _sentences(line)
    return ingredient_lines(line) or lines


def _parts(separator: re.Pattern[str], line: str) -> list[str]:
    """Part a line at a separator; what stands in brackets stays whole."""
    if separator.search(line) is None:
        return [stripped] if (stripped := line.strip()) else []
    brackets = deque(match.span() for match in _BRACKETS.finditer(line))
    parts, start = [], 0
    for match in separator.finditer(line):
        while brackets and brackets[0][1] <= match.start():
            brackets.popleft()
        if not (brackets and brackets[0][0] < match.start()):
            parts.append(line[start : match.start()])
            start = match.end()
    return [part for part in map(str.strip, (*parts, line[start:])) if part]


def comma_items(line: str) -> list[str]:
    """Part a list at its commas; those within numbers, ``1,5`` and ``1,000``, and in brackets part nothing."""
    return _parts(_ITEM_COMMA, line)


def ingredient_lines(line: str) -> list[str]:
    """Part a line that holds all ingredients of a recipe; empty where nothing shows that it is a list."""
    if line.lstrip()[:1] in ("*", "-", "–") and len(parts := _parts(_BULLET, line)) > 1:
        return parts
    if _NUMBERED.match(line) and len(parts := numbered_steps(line)) >= _COMMA_ITEMS:
        return parts
    if parts := _at_semicolons(line):
        return parts
    for separator in (_SLASHES, _QUANTITY_COMMA):
        parts = _parts(separator, line)
        if len(parts) >= _COMMA_ITEMS and all(_STARTS_AN_ITEM.match(part) for part in parts):
            return parts
    parts = _parts(_GLUED_COMMA, line)
    if len(parts) >= _COMMA_ITEMS and not any(map(_continues, parts[1:])):
        return parts
    parts = _parts(_IDEOGRAPHIC_COMMA, line)
    return parts if len(parts) >= _COMMA_ITEMS and all(len(part) <= _LONGEST_IDEOGRAPHIC for part in parts) else []


def _continues(part: str) -> bool:
    """Return whether a part after a comma only says how the ingredient before it is prepared."""
    return part.split(None, 1)[0].casefold() in _CONTINUES


def _numbered_across_lines(lines: list[str]) -> list[str]:
    """Part lines at step numbers where some stand within a line: then the line breaks stand within steps."""
    steps = numbered_steps("\n".join(lines))
    whole = {line.strip() for line in lines}
    return [] if whole.issuperset(line.strip() for step in steps for line in step.split("\n")) else steps


def _at_semicolons(line: str) -> list[str]:
    """Part ingredients at semicolons, unless what follows one merely continues the ingredient before it."""
    parts = _parts(_SEMICOLONS, line)
    is_list = len(parts) > 2 or (len(parts) == 2 and ("；" in line or _STARTS_AN_ITEM.match(parts[1])))
    return parts if is_list else []


def _sentences(text: str) -> list[str]:
    return _SENTENCE.split(text.strip()) if _SENTENCE.search(text) else [text]


def is_separated_by_commas(cells: Iterable[str]) -> bool:
    """Return whether all cells of a column list their ingredients with commas and with nothing else.

    A comma is also written within an ingredient, "1 onion, diced": so every cell must have several short parts, none
    of which merely says how another one is prepared.
    """
    seen = 0
    for cell in cells:
        if cell.startswith("(") or any(mark in cell for mark in _OTHER_MARKS) or is_code(cell):
            return False
        parts = comma_items(cell)
        if len(parts) < _COMMA_ITEMS:
            return False
        for part in parts:
            words = _BRACKETS.sub(" ", part).casefold().split()
            if not 0 < len(words) <= _LONGEST_ITEM or words[0] in _CONTINUES or not PREPARED.isdisjoint(words[-1:]):
                return False
        seen += 1
    return seen > 0


def is_code(cell: str) -> bool:
    """Return whether a cell is a list in the notation of a programming language, or begins like one."""
    try:
        return not isinstance(written_value(cell), str)
    except NotAListError:
        return True


_CONTINUES = PREPARED | {"and", "at", "cut", "divided", "for", "if", "into", "optional", "or", "plus", "to", "with"}
