"""Temperatures of a recipe, in °F or °C.

An oven is set in steps: 25 °F, or 10 °C. Below 250 °F a temperature says when meat is done or what a syrup does, and
keeps its degree. A number of degrees without a scale has that of the other temperatures of the recipe, if they have one
alone, and so has "reduce the oven to 325". The degrees of other languages than English are those of Celsius.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

if TYPE_CHECKING:
    from collections.abc import Iterable

    from recipe_tui.core.cookbook.units import System

Scale = Literal["F", "C"]

DEGREES: dict[str, str] = {
    "German": "Grad",
    "French": "degrés?",
    "Spanish": "grados?",
    "Italian": "gradi|grado",
    "Portuguese": "graus?",
    "Dutch": "graden|graad",
    "Swedish": "grader|grad",
    "Danish and Norwegian": "grader|grad",
}
"""Regular expressions of the word for degrees, by language."""

_WORDS = "|".join(dict.fromkeys(DEGREES.values()))
_DEGREES = rf"(?:\s?[°º˚]\s?|[\s-]?degrees?\b\s?|\s?deg\b\.?\s?|\s?(?:{_WORDS})\b\s?)"
_SCALE = r"[FC]|Fahrenheit|Celsius|Centigrade"
_TEMPERATURE = re.compile(
    rf"(?<![\w.])(?<!\d/)(?P<low>-?\d{{1,3}})"
    rf"(?:(?P<between>{_DEGREES}?\s?(?:[-–—]\s?|(?:to|or|and|bis|à|a|tot|till|til)\s))(?P<high>\d{{2,3}}))?"
    rf"(?:(?P<degrees>{_DEGREES})(?:(?P<scale>{_SCALE})(?![\w'’])|(?<!\s)(?!\w)|(?<=\s)(?!(?:{_SCALE})(?![\w'’])))"
    r"|\s?(?P<bare>[FC])(?![\w'’]))",
    re.IGNORECASE,
)
_SETTING = re.compile(  # reduce the oven to 325
    r"\b(?:oven|heat|temperature|temp|bake|preheat|reduce|lower|turn|raise|increase|roast)\b[^.;:\d]{0,40}\b(?:to|at)\s"
    r"(?P<low>[1-5]\d[05])(?=[.,;)]|$|\s(?:and|for|until|then|or)\b)(?![.,]\d)",
    re.IGNORECASE,
)
LEAST_CELSIUS = 30
"""From here on a number before a bare C is a temperature, and below it one of cups."""

_OVEN = {"F": 250, "C": 120}  # from which on it is an oven's
_HOTTEST_CELSIUS = 290  # of an oven in a kitchen
_STEP = {"F": 25, "C": 10}
_NEAR = 16  # characters between a temperature and the same in the other scale
_DIFFERENCE_STEP = 5
_BY = re.compile(r"\bby\s(?:about\s|another\s)?$", re.IGNORECASE)
_COMPARED = re.compile(r"\s(?:lower|higher|hotter|cooler|warmer|less|more|above|below)\b", re.IGNORECASE)
_TURNED = re.compile(r"\b(?:rotat\w+|turn(?:ing|ed)?|spin)\b(?!.*\bto\s$)[^.;:]{0,40}$", re.IGNORECASE)
_ANGLE = re.compile(r"[\s-]?(?:angle|turn|bend|rotation)", re.IGNORECASE)
_ANGLES = (45, 90, 180, 360)


def scale_of(texts: Iterable[str]) -> Scale | None:
    """Return the only scale that texts name; None where they name none or both."""
    scales = {scale for text in texts for match in _TEMPERATURE.finditer(text) if (scale := _named(match))}
    return scales.pop() if len(scales) == 1 else None


def convert_temperatures(text: str, system: System, scale: Scale | None = None) -> str:
    """Write the temperatures of a text in °C (metric) or °F (us).

    A temperature that stands beside itself in the other scale, ``350°F (180°C)``, stays as it is.

    Args:
        text: The text.
        system: The system.
        scale: What temperatures that name no scale are in, see `scale_of`; None leaves them as they are.
    """
    wanted: Scale = "C" if system == "metric" else "F"
    found = [(match, _named(match) or _unnamed(match, scale)) for match in _TEMPERATURE.finditer(text)]
    found = [(match, of) for match, of in found if of]
    if scale:
        taken = {match.start() for match, _ in found}
        found += [(one, scale) for one in _SETTING.finditer(text) if one.start("low") not in taken]
        found.sort(key=lambda one: one[0].start("low"))
    pieces, place = [], 0
    for number, (match, of) in enumerate(found):
        beside = found[max(number - 1, 0) : number + 2]
        if of == wanted or any(_says_the_same(match, of, *other) for other in beside):
            continue
        values = match.groupdict()
        degrees = [int(value) for value in (values["low"], values.get("high")) if value]
        convert = _difference if _is_difference(match) else _converted
        numbers = dict.fromkeys(str(convert(value, wanted)) for value in degrees)
        space = " " if match[0].endswith(" ") else ""
        pieces += [text[place : match.start("low")], f"{'-'.join(numbers)} °{wanted}{space}"]
        place = match.end()
    return "".join([*pieces, text[place:]])


def _named(match: re.Match[str]) -> Scale | None:
    """Return the scale that a match of `_TEMPERATURE` names."""
    letter = (match["scale"] or match["bare"] or "")[:1]
    is_cups = match["bare"] == "C" and 0 <= int(match["low"]) < LEAST_CELSIUS  # 2 C flour
    if not letter or (match["bare"] and (letter.islower() or is_cups)):
        return None
    return "F" if letter.upper() == "F" else "C"


def _unnamed(match: re.Match[str], scale: Scale | None) -> Scale | None:
    """Return the scale of a number of degrees that names none; None for an angle."""
    before, after = match.string[: match.start()], match.string[match.end() :]
    is_turned = int(match["low"]) in _ANGLES and _TURNED.search(before) is not None
    if match["degrees"] is None or is_turned or _ANGLE.match(after):
        return None
    if re.search(_WORDS, match["degrees"], re.IGNORECASE) and "degree" not in match["degrees"].lower():
        return "C" if int(match["low"]) <= _HOTTEST_CELSIUS else "F"
    return scale


def _says_the_same(one: re.Match[str], scale: Scale | None, other: re.Match[str], of_other: Scale | None) -> bool:
    gap = other.start() - one.end() if other.start() > one.start() else one.start() - other.end()
    return one is not other and scale != of_other and gap <= _NEAR


def _is_difference(match: re.Match[str]) -> bool:
    """Return whether a temperature is a difference of two: ``by 25°F``, ``25°F lower``."""
    before, after = match.string[: match.start("low")], match.string[match.end() :]
    return _BY.search(before) is not None or _COMPARED.match(after) is not None


def _difference(degrees: int, wanted: Scale) -> int:
    exact = Fraction(degrees) * (Fraction(5, 9) if wanted == "C" else Fraction(9, 5))
    return round(exact / _DIFFERENCE_STEP) * _DIFFERENCE_STEP or round(exact)


def _converted(degrees: int, wanted: Scale) -> int:
    exact = Fraction(degrees - 32) * 5 / 9 if wanted == "C" else Fraction(degrees) * 9 / 5 + 32
    is_oven = degrees >= _OVEN["F" if wanted == "C" else "C"]
    return round(exact / _STEP[wanted]) * _STEP[wanted] if is_oven else round(exact)
