"""The items that an ingredient line names: ``1 cup each raisins and nuts`` are a cup of raisins and a cup of nuts."""

from __future__ import annotations

import re

from recipe_tui.core.cookbook.quantities import leading, quantities
from recipe_tui.core.recipes.ingredients import fold, name_words

_SIZE_WORD = re.compile(r"(?<=\d)\s(?:lg|large|med|medium|sm|small|big)\.?\s(?=\(\s?\d)", re.IGNORECASE)
_DOZEN = re.compile(r"\bdoz\b\.?", re.IGNORECASE)
_PURPOSE = re.compile(
    r"\s(?:to\s(?:cover|fill|garnish|grease|fry|brush|coat|dust|moisten|thin|float)|for\s).*", re.IGNORECASE
)
_EACH = re.compile(
    r"(?P<again>\s?[/(]\s?\d[\d./ ¼-¾⅐-⅞]*\s?[^\W\d_]+\.?\)?)?\s?\beach\b:?\s(?:of\s)?(?:the\s)?(?P<names>[^\d()]+)$",
    re.IGNORECASE,
)
_NAMES = re.compile(r"\s*,\s*(?:and\s|&\s)?|\s(?:and|&)\s", re.IGNORECASE)
_AND = re.compile(r"\sand\s", re.IGNORECASE)
_AND_NUMBER = re.compile(
    r"(?:,?\s(?:and|&|plus)|(?:\s(?:made|mixed|dissolved|blended))?\swith)\s(?=\d|[¼-¾⅐-⅞])", re.IGNORECASE
)
_OF_THE_SAME = re.compile(
    r"[\s.]*(?:for|of|to|more|extra|additional|cut|reserved|left|in|or|and|from)\b", re.IGNORECASE
)
_PREPARATION = re.compile(r"(?:cut|for|to|in|at|from|if|with|without|or|about)\b", re.IGNORECASE)
_NAMES_OF_KINDS = "red green yellow orange white black brown light dark golden sweet fresh dried"
_KINDS = frozenset(_NAMES_OF_KINDS.split())


def plain(line: str) -> str:
    """Return an ingredient line without words that say neither what nor how much is bought: ``1 lg. (29 oz.) can``."""
    line = _DOZEN.sub("dozen", _SIZE_WORD.sub(" ", line))
    return line if quantities(line) else _without_purpose(line)


def _without_purpose(line: str) -> str:
    shorter = _PURPOSE.sub("", line)
    return shorter if name_words(shorter) else line


def parts_of(line: str) -> list[str]:
    """Return the lines of the items that a line names, with the amount of each; most lines name one.

    Example:
        ``salt and black pepper`` has two parts, and so has ``1 cup raisins and 1/2 cup nuts``.
    """
    line = plain(line)
    parts = _with_amounts(line) if leading(line) or quantities(line) else _without_amounts(line)
    return parts if all(map(name_words, parts)) else [line]


def _without_amounts(line: str) -> list[str]:
    listed = _NAMES.split(line)
    names_salt = any(fold(part.split()[-1]) == "salt" for part in listed if part.split())
    return listed if names_salt and all(map(name_words, listed)) else _AND.split(line)


def _with_amounts(line: str) -> list[str]:
    first = leading(line)
    each = _EACH.match(line, first.end) if first else None
    if first and each:
        amount = line[: first.end]
        return [f"{amount} {name}" for name in _each_name(each["names"])]
    parts: list[str] = []
    place = 0
    for match in _AND_NUMBER.finditer(line):
        part, rest = line[place : match.start()], line[match.end() :]
        if _is_item(part) and _is_item(rest):
            parts.append(part)
            place = match.end()
    rest = line[place:]
    return [*parts, *(_with_amounts(rest) if place else [rest])]


def _each_name(text: str) -> list[str]:
    """Return the names after ``each``; of ``red and green grapes`` both have the noun."""
    names = [name for name in _NAMES.split(text.strip()) if name_words(name) and not _PREPARATION.match(name)]
    noun = names[-1].split()[-1] if names else ""
    return [f"{name} {noun}" if name.lower() in _KINDS else name for name in names] or [text]


def _is_item(text: str) -> bool:
    """Return whether a part of a line has an amount and the name of what it measures."""
    amount = leading(text)
    if amount is None or amount.start > 0:
        return False
    rest = text[amount.end :]
    return bool(name_words(rest)) and rest.count("(") == rest.count(")") and not _OF_THE_SAME.match(rest)
