"""Accented letters that an encoding lost, restored where the word leaves no doubt.

What is left in the place of a lost letter is a trace: U+FFFD, a Unicode line separator, a symbol of another code page
(``jalape‱o``), or nothing at all (``jalapeo``). Only words of the kitchen that are listed here are restored, and only
where the remainder is no other word.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

_TRACES = "\ufffd\u2028\u2029\u202d\u202e&¤´‧‰‱‹※"

_WORDS = """
aïoli ají árbol béarnaise béchamel brûlée cachaça café canapé chouriço comté consommé crème crêpe croûte crudité curaçao
entrée flambé fraîche frisée gelée gruyère jalapeño jícama kahlúa linguiça mâche neufchâtel niçoise pâte pâté paprikás
pimentón piña provençal purée ragoût ragù rémoulade rosé rösti sauté soufflé
"""

# Of these, no other word is spelt like what remains without the letter.
_UNMISTAKABLE = "árbol béchamel cachaça crème crêpe fraîche gruyère jalapeño jícama mâche pimentón soufflé"
_VANISHED = {
    re.sub(r"[^A-Za-z]", "", spelling): spelling
    for word in _UNMISTAKABLE.split()
    for spelling in (word, word.capitalize())
}

_ANY_TRACE = re.compile(f"[{_TRACES}]")
_ANY_VANISHED = re.compile(rf"(?<![^\s(])({'|'.join(_VANISHED)})(?=s?\b)")
_SAUT = re.compile(
    r"\b([Ss]aut)(?: é\b|\)(?= )"
    r"|(?= +(?:\d|until|over|in|for|on|with|the|each|about|and|or|remaining|onions?|shallots?|garlic|mushrooms?)\b))"
)
_LONE_SAUT = re.compile("aut(?=[ )])")
_TORN_CREME = re.compile(r"\b([Cc]r)\nme(?=\s+(?:fra[iî]che|br[uû]l|anglaise|de cassis|de menthe))")

# U+FFFD beside an amount stood for a fraction: without it, the amount would be another one.
_UNIT = (
    r"(?=(?:c|(?i:cups?|tablespoons?|teaspoons?|tbsps?|tbs?|tsps?|ounces?|oz|pounds?|lbs?|pints?|pts?|quarts?|qts?|gallons?"
    r"|sticks?|cloves?|packages?|pkgs?|cans?|bunch(?:es)?|heads?|inch(?:es)?|slices?|pieces?|kg|g|kilos?|grams?|ml|dl|cl|l"
    r"|lit(?:er|re)s?|hours?|hrs?|minutes?|mins?|days?|weeks?|EL|TL|Tassen?|Pfund|Stunden?|tasses?|cuill[eè]res?"
    r"|tazas?|cucharadas?|cucharaditas?|recipes?|batch(?:es)?|dozen))\b)"
)
_LOST_FRACTION = re.compile(rf"(?<![\d./,])(\d{{1,2}})[ -]?\ufffd{{1,3}}[ -]?{_UNIT}|^(\d)[ -]?\ufffd{{1,3}}(?= [a-z])")
_LOST_AMOUNT = re.compile(rf"(?<![^\s(])\ufffd{{1,3}}[ -]?{_UNIT}(\w+)\.?(?: of\b)? ?")

# What U+FFFD stood for outside a word, by its neighbours.
_REPLACEMENT_CHARACTERS: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile("(?<=\\d)\ufffd+(?=\\s?[FC]\\b)"), "°"),
    (re.compile("(?<=\\d)\ufffd+(?=\\d)"), "–"),
    (re.compile("(?<=[a-z])\ufffd+(?=(?:s|t|re|ll|ve|d|m)\\b)"), "'"),
    (re.compile("\ufffd+"), ""),  # nothing tells what it was, and as it stands it is no text
)


def may_be_lost(text: str) -> bool:
    """Tell cheaply whether letters may be missing in a text."""
    return (
        any(map(text.__contains__, _TRACES))
        or any(map(text.__contains__, _VANISHED))
        or _LONE_SAUT.search(text) is not None
        or "r\nme" in text
    )


def mark_lost_fractions(line: str) -> str:
    """Write an amount whose fraction was lost as the range in which it lies; an amount of a fraction alone goes.

    Example:
        >>> mark_lost_fractions("1\ufffd cups milk"), mark_lost_fractions("\ufffd cup milk")
        ('1–2 cups milk', 'milk')
    """

    def as_range(match: re.Match[str]) -> str:
        number = match[1] or match[2]
        return f"{number}–{int(number) + 1} ".removesuffix(" " if match[2] else "")

    return _LOST_AMOUNT.sub("", _LOST_FRACTION.sub(as_range, line))


def restore_accents(line: str) -> str:
    """Put lost accented letters back; U+FFFD that nothing explains is removed."""
    if _ANY_TRACE.search(line):
        for pattern, put_back in _RESTORATIONS:
            line = pattern.sub(put_back, line)
        for pattern, character in _REPLACEMENT_CHARACTERS:
            line = pattern.sub(character, line)
    line = _SAUT.sub(r"\1é", _TORN_CREME.sub(r"\1ème", line))
    return _ANY_VANISHED.sub(lambda match: _VANISHED[match[1]], line)


def _restoration(word: str) -> tuple[re.Pattern[str], Callable[[re.Match[str]], str]]:
    parts = re.split(r"([^a-z])", word)  # letters, accent, letters, …
    pattern = "".join(f"({part})" if part.isascii() else f"([{_TRACES}]{{1,3}}{part}?|{part})" for part in parts)

    def put_back(match: re.Match[str]) -> str:
        pairs = zip(match.groups(), parts, strict=True)
        return "".join(part if _ANY_TRACE.match(found) else found for found, part in pairs)

    return re.compile(rf"(?<![^\W\d_]){pattern}", re.IGNORECASE), put_back


_RESTORATIONS = tuple(_restoration(word) for word in _WORDS.split())
