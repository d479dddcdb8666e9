"""Numbers as recipes write them: digits, fractions, decimals and words, read as exact fractions."""

from __future__ import annotations

import re
import unicodedata
from fractions import Fraction
from typing import Literal

from recipe_tui.core.cookbook.number_words import AND_HALF, WORDS, values_of

Style = Literal["fraction", "vulgar", "decimal", "comma"]
"""How a number is written: ``1/2``, ``½``, ``0.5`` or ``0,5``."""

_NAMES = "one two three four five six seven eight nine ten eleven twelve fifteen sixteen eighteen twenty twenty-four"
CARDINALS = dict(zip(_NAMES.split(), (*range(1, 13), 15, 16, 18, 20, 24), strict=True))
"""The numbers of English words."""

_PARTS = {"half": 2, "third": 3, "quarter": 4, "fourth": 4, "eighth": 8}
_DOZEN = 12
VULGAR = "¼½¾⅐⅑⅒⅓⅔⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞"
"""Fractions that are one character."""

_SLASHED = r"\d{1,3}\s?[/⁄]\s?[1-9]\d{0,2}"
_PART = rf"(?:{'|'.join(_PARTS)})s?(?![\w-])"
_COUNTED_PART = rf"(?:an?|one|two|three|five|seven)[\s-]{_PART}"
_AND_PART = rf"(?:\s+(?:and|&)\s+(?:{_COUNTED_PART}|half(?![\w-])(?!\s+(?:and|&)\s+half))|{AND_HALF})"
_DASH = r"[-‐‑‒–—−]"
_GROUPED = r"\d{1,3}(?:(?:,\d{3})+|(?:\.\d{3}){2,}|(?:['’]\d{3})+|(?:\s000)+)(?!\d)"  # 1,500 1.000.000 1'500 1 000
_DIGITS = (
    rf"(?:\d{{1,4}}(?:\s+|\s?{_DASH}\s?|\s+and\s+|\s*&\s*){_SLASHED}(?:(?:st|nd|rd|th)s?(?![\w]))?"
    rf"|{_SLASHED}(?:(?:st|nd|rd|th)s?(?!\w))?|\d{{1,4}}\s?{_DASH}?\s?[{VULGAR}]|[{VULGAR}]"
    rf"|{_GROUPED}|\d{{1,6}}(?:[.,]\d{{1,4}})?|\.\d{{1,4}})(?![\d%/⁄])(?!\.\d)"
)
AND_PART = rf"(?:{_AND_PART}|\s+and\s+(?:{_SLASHED}|[{VULGAR}]))"
"""A regular expression of a part that is added behind a unit: ``a cup and a half``, ``une tasse et demie``."""

_WORDS = (
    rf"(?:{_COUNTED_PART}(?:\s+of)?(?:\s+an?(?=\s))?|half(?!\s+and\s+half)(?:\s+of)?(?:\s+an?)?(?=\s)"
    r"|(?:third|quarter|eighth)(?=\s(?:cup|tea|table|tsp|tbsp|pound|lb|ounce|oz|pint|of\s+an?\s))(?:\s+of\s+an?)?"
    rf"|(?:{'|'.join(sorted(CARDINALS, key=len, reverse=True))})(?=\s|-[a-z]+\s)"
    r"|an?\scouple(?:\s+of)?(?=\s)"
    r"|an?(?=\s)(?!\s(?:few|little|lot|bit|some)\b)(?!\sgood\s(?!pinch|dash|handful|splash|drizzle|sprinkle)))"
)
_DOZENS = r"(?:\s+dozen(?:s?\s+of)?(?![\w-]))"

_OF_ONE = rf"(?:(?:(?<=[/⁄][2-9])|(?<=[{VULGAR}]))\s+(?:of\s+)?an?(?=\s))"

NUMBER = (
    rf"(?:(?:{_DIGITS}(?:{_AND_PART}|{_OF_ONE})?|(?:{_WORDS}|{WORDS})(?:{AND_PART})?)(?:{_DOZENS}(?:{_AND_PART})?)?)"
)
"""A regular expression of a number, to be matched without regard to case: ``1 1/2``, ``one and a half``, ``2 dozen``.

The article of ``a pinch`` is the number one; ``a few`` has no number. Of words of other languages, `amounts` decides.
"""

AGAIN = rf"\s?\((?P<again>\d[\d./ {VULGAR}]*|(?:{'|'.join(sorted(CARDINALS, key=len, reverse=True))}))\)"
"""A regular expression of a number that stands in brackets behind itself: ``two (2) cups``."""

DIGITS = _DIGITS
"""A regular expression of a number that is written with digits."""


def number_in(text: str) -> tuple[Fraction, Style]:
    """Return the value of a text that `NUMBER` matches, and how it is written."""
    text = text.lower()
    if dozens := re.search(rf"{_DOZENS}$", text):
        value, style = number_in(text[: dozens.start()])
        return value * _DOZEN, style
    if part := re.search(rf"(?<=\w){AND_PART}$", text):
        whole, style = number_in(text[: part.start()])
        return whole + part_in(part[0]) * (_DOZEN if re.search(rf"{_DOZENS}$", text[: part.start()]) else 1), style
    text = re.sub(r"(?<=\d)(?:st|nd|rd|th)s?$", "", text)
    text = re.sub(r"(?<=\d|[¼-¾⅐-⅞])\s+(?:of\s+)?an?$", "", text)
    if text[-1] in VULGAR:
        number = re.sub(rf"{_DASH}|\s", "", text[:-1])
        return int(number or 0) + Fraction(unicodedata.numeric(text[-1])).limit_denominator(10), "vulgar"
    if text[0].isalpha():
        return next(iter(values_of(text).values()), None) or _words(text), "fraction"
    if "/" in text or "⁄" in text:
        *wholes, numerator, denominator = map(int, re.findall(r"\d+", text))
        return sum(wholes) + Fraction(numerator, denominator), "fraction"
    if re.fullmatch(_GROUPED, text) and not text.startswith("0"):
        return Fraction(re.sub(r"\D", "", text)), "comma" if "." in text else "fraction"
    if "," in text or "." in text:
        return Fraction(text.replace(",", ".")), "comma" if "," in text else "decimal"
    return Fraction(text), "fraction"


def part_in(text: str) -> Fraction:
    """Return what a text that `AND_PART` matches adds: a half, three quarters, 1/3."""
    text = re.sub(r"^\s+(?:\w+|&)\s+", "", text)
    return number_in(text)[0] if text[0] in VULGAR or text[0].isdigit() else _half_or(text)


def _half_or(text: str) -> Fraction:
    is_half = re.fullmatch(AND_HALF, f" e {text}") or text == "half"
    return Fraction(1, 2) if is_half else _words(text)


def _words(text: str) -> Fraction:
    """Return the value of words: ``three quarters``, ``half an``, ``twenty-four``, ``a couple of``."""
    if "couple" in text:
        return Fraction(2)
    numerator, denominator = Fraction(1), 1
    for word in re.findall(r"twenty-four|[a-z]+", text):
        numerator = Fraction(CARDINALS.get(word, numerator))
        denominator = _PARTS.get(word.removesuffix("s"), denominator)
    return numerator / denominator
