"""Numbers as recipes write them: digits, fractions, decimals and words, read as exact fractions."""

from __future__ import annotations

import re
import unicodedata
from fractions import Fraction
from typing import Literal

Style = Literal["fraction", "vulgar", "decimal", "comma"]
"""How a number is written: ``1/2``, ``½``, ``0.5`` or ``0,5``."""

_NAMES = "one two three four five six seven eight nine ten eleven twelve fifteen sixteen eighteen twenty twenty-four"
_CARDINALS = dict(zip(_NAMES.split(), (*range(1, 13), 15, 16, 18, 20, 24), strict=True))
_PARTS = {"half": 2, "third": 3, "quarter": 4, "fourth": 4, "eighth": 8}
_DOZEN = 12
VULGAR = "¼½¾⅐⅑⅒⅓⅔⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞"
"""Fractions that are one character."""

_SLASHED = r"\d{1,3}\s?[/⁄]\s?[1-9]\d{0,2}"
_PART = rf"(?:{'|'.join(_PARTS)})s?(?![\w-])"
_COUNTED_PART = rf"(?:an?|one|two|three|five|seven)[\s-]{_PART}"
_AND_PART = rf"\s+and\s+(?:{_COUNTED_PART}|half(?![\w-]))"
_DIGITS = (
    rf"(?:\d{{1,4}}(?:\s+|\s?-\s?|\s+and\s+|\s*&\s*){_SLASHED}|{_SLASHED}|\d{{1,4}}\s?-?[{VULGAR}]|[{VULGAR}]"
    r"|\d{1,3}(?:,\d{3})+(?!\d)|\d{1,6}(?:[.,]\d{1,4})?|\.\d{1,4})(?![\d%/⁄])(?!\.\d)"
)
_WORDS = (
    rf"(?:{_COUNTED_PART}(?:\s+of)?(?:\s+an?(?=\s))?|half(?!\s+and\s+half)(?:\s+of)?(?:\s+an?)?(?=\s)"
    r"|(?:third|quarter|eighth)(?=\s(?:cup|tea|table|tsp|tbsp|pound|lb|ounce|oz|pint|of\s+an?\s))(?:\s+of\s+an?)?"
    rf"|(?:{'|'.join(sorted(_CARDINALS, key=len, reverse=True))})(?=\s|-[a-z]+\s)"
    r"|an?\scouple(?:\s+of)?(?=\s)"
    r"|an?(?=\s)(?!\s(?:few|little|lot|bit|some)\b)(?!\sgood\s(?!pinch|dash|handful|splash|drizzle|sprinkle)))"
)
_DOZENS = r"(?:\s+dozen(?:s?\s+of)?(?![\w-]))"

_OF_ONE = rf"(?:(?:(?<=[/⁄][2-9])|(?<=[{VULGAR}]))\s+(?:of\s+)?an?(?=\s))"

NUMBER = rf"(?:(?:{_DIGITS}(?:{_AND_PART}|{_OF_ONE})?|{_WORDS}(?:{_AND_PART})?){_DOZENS}?)"
"""A regular expression of a number, to be matched without regard to case: ``1 1/2``, ``one and a half``, ``2 dozen``.

The article of ``a pinch`` is the number one; ``a few`` has no number.
"""

DIGITS = _DIGITS
"""A regular expression of a number that is written with digits."""


def number_in(text: str) -> tuple[Fraction, Style]:
    """Return the value of a text that `NUMBER` matches, and how it is written."""
    text = text.lower()
    if dozens := re.search(rf"{_DOZENS}$", text):
        value, style = number_in(text[: dozens.start()])
        return value * _DOZEN, style
    if part := re.search(rf"(?<=\w){_AND_PART}$", text):
        whole, style = number_in(text[: part.start()])
        return whole + _words(part[0]), style
    text = re.sub(r"(?<=\d|[¼-¾⅐-⅞])\s+(?:of\s+)?an?$", "", text)
    if text[-1] in VULGAR:
        number = text[:-1].strip(" -")
        return int(number or 0) + Fraction(unicodedata.numeric(text[-1])).limit_denominator(10), "vulgar"
    if text[0].isalpha():
        return _words(text), "fraction"
    if "/" in text or "⁄" in text:
        *wholes, numerator, denominator = map(int, re.findall(r"\d+", text))
        return sum(wholes) + Fraction(numerator, denominator), "fraction"
    if re.fullmatch(r"[1-9]\d{0,2}(?:,\d{3})+", text):
        return Fraction(text.replace(",", "")), "fraction"
    if "," in text or "." in text:
        return Fraction(text.replace(",", ".")), "comma" if "," in text else "decimal"
    return Fraction(text), "fraction"


def _words(text: str) -> Fraction:
    """Return the value of words: ``three quarters``, ``half an``, ``twenty-four``, ``a couple of``."""
    if "couple" in text:
        return Fraction(2)
    numerator, denominator = Fraction(1), 1
    for word in re.findall(r"twenty-four|[a-z]+", text):
        numerator = Fraction(_CARDINALS.get(word, numerator))
        denominator = _PARTS.get(word.removesuffix("s"), denominator)
    return numerator / denominator
