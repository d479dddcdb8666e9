"""Temperatures in directions, in °F or °C.

An oven is set in steps: 25 °F, or 10 °C. Below 250 °F a temperature says when meat is done or what a syrup does, and
keeps its degree.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from recipe_tui.core.cookbook.units import System

_DEGREES = r"(?:\s?[°º˚]\s?|\s?degrees?\s?|\s?deg\.?\s?)"
_TEMPERATURE = re.compile(
    rf"(?<![\w.])(?<!\d/)(?P<low>-?\d{{1,3}})(?:(?P<between>\s?[-–—]\s?|{_DEGREES}?\s?(?:to|or|and)\s)(?P<high>\d{{2,3}}))?"
    rf"(?:{_DEGREES}(?P<scale>[FC]|Fahrenheit|Celsius|Centigrade)|\s?(?P<bare>[FC]))(?![\w'’])",
    re.IGNORECASE,
)
LEAST_CELSIUS = 30
"""From here on a number before a bare C is a temperature, and below it one of cups."""

_OVEN = {"F": 250, "C": 120}  # from which on it is an oven's
_STEP = {"F": 25, "C": 10}
_NEAR = 16  # characters between a temperature and the same in the other scale


def convert_temperatures(text: str, system: System) -> str:
    """Write the temperatures of a text in °C (metric) or °F (us).

    A temperature that stands beside itself in the other scale, ``350°F (180°C)``, stays as it is.
    """
    wanted = "C" if system == "metric" else "F"
    matches = [match for match in _TEMPERATURE.finditer(text) if not match["bare"] or _is_bare(match)]
    pieces, place = [], 0
    for number, match in enumerate(matches):
        beside = matches[max(number - 1, 0) : number + 2]
        if _scale(match) == wanted or any(_says_the_same(match, other) for other in beside if other is not match):
            continue
        numbers = [_converted(int(value), wanted) for value in (match["low"], match["high"]) if value]
        pieces += [text[place : match.start()], f"{'-'.join(dict.fromkeys(map(str, numbers)))} °{wanted}"]
        place = match.end()
    return "".join([*pieces, text[place:]])


def _is_bare(match: re.Match[str]) -> bool:
    """Return whether a number before a letter alone is a temperature, ``180 C``, and no cups, ``2 C``."""
    is_cups = match["bare"] == "C" and 0 <= int(match["low"]) < LEAST_CELSIUS
    return match["bare"].isupper() and not is_cups


def _scale(match: re.Match[str]) -> str:
    return (match["scale"] or match["bare"])[0].upper()


def _says_the_same(one: re.Match[str], other: re.Match[str]) -> bool:
    gap = other.start() - one.end() if other.start() > one.start() else one.start() - other.end()
    return _scale(one) != _scale(other) and gap <= _NEAR


def _converted(degrees: int, wanted: str) -> int:
    exact = Fraction(degrees - 32) * 5 / 9 if wanted == "C" else Fraction(degrees) * 9 / 5 + 32
    is_oven = degrees >= _OVEN["F" if wanted == "C" else "C"]
    return round(exact / _STEP[wanted]) * _STEP[wanted] if is_oven else round(exact)
