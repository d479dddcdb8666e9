"""Numbers with their units in a line, whatever they count: ``1 1/2 cups``, ``2 to 3 lb``, ``between 2 and 3 cups``."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING

from recipe_tui.core.cookbook.languages import LANGUAGES, split, words_of
from recipe_tui.core.cookbook.nouns import OPTIONAL_PLURAL, is_counted_in, is_unit_of
from recipe_tui.core.cookbook.number_words import values_of
from recipe_tui.core.cookbook.numbers import AGAIN, AND_PART, CARDINALS, NUMBER, VULGAR, Style, number_in, part_in
from recipe_tui.core.cookbook.pressures import is_pressure
from recipe_tui.core.cookbook.temperatures import LEAST_CELSIUS
from recipe_tui.core.cookbook.units import (
    CL,
    CONTAINER_PATTERN,
    CUP,
    DL,
    KG,
    LB,
    LITRE,
    MG,
    ML,
    OZ,
    UNIT_PATTERN,
    G,
    Unit,
    unit_called,
)

if TYPE_CHECKING:
    from collections.abc import Iterator


@dataclass(frozen=True, slots=True)
class Amount:
    """A number, or a range of numbers, with its unit, in a line.

    Attributes:
        start: Where it begins in the line.
        end: Where it ends; after its unit, if it has one.
        low: The number, or the lower end of the range.
        high: The upper end of the range; None for a single number.
        style: How the number is written.
        between: What stands between the ends of the range.
        gap: What stands between number and unit, such as `` large `` in ``2 large cloves``; without a unit, what is
            written after the number if the line has none.
        spelling: The unit as it is written; empty for none.
        unit: The unit, if there is one.
    """

    start: int
    end: int
    low: Fraction
    high: Fraction | None
    style: Style
    between: str
    gap: str
    spelling: str
    unit: Unit | None


ADJECTIVES = (
    r"(?:small|medium(?:-sized?)?|large|(?:sm|med|lg|lge)\b\.?|big|tiny|thick|thin|good|generous|hefty|healthy|heap(?:ing|ed)|scant|level"
    r"|rounded|(?:(?:firmly|tightly|lightly|loosely|well)\s)?packed)\s"
)
_SPANS = {one.spans for one in LANGUAGES.values()} | {("between", "and")}
_SPANNED = "|".join(rf"(?<=\b{word}\s)" for words, _ in sorted(_SPANS) for word in split(words))
_ENDS = "|".join(sorted({word for _, word in _SPANS}))
_TO = rf"(?:-\s?|\s)(?:to|or)\s?(?=\d)|-?\s(?:to|or|{'|'.join(words_of('ranges'))})\s"
_RANGE = rf"{_TO}|\s?[-–—]\s?|(?(spanned)\s(?:{_ENDS})\s|(?!))"
_UNIT = (
    rf"(?P<gap>\s(?:{ADJECTIVES}){{1,2}}|[\s-]?)(?P<unit>{UNIT_PATTERN}\.?)(?:{OPTIONAL_PLURAL})?"
    rf"(?P<more>{AND_PART}(?![\s-](?:{UNIT_PATTERN})))?"
)
_BEHIND_UNIT = "|".join(rf"(?<=\d{gap}{unit}-)" for gap in ("", r"\s") for unit in ("g", "kg", "ml", "l", "oz", "lb"))
_NOT_INSIDE = (  # nor in a name: Pimm's No. 1 Cup, half & half
    rf"(?<![\w.,⁄#])(?:(?<!-)|{_BEHIND_UNIT})(?<!\d/)(?<!\bno\.\s)(?<!\bhalf\sand\s)(?<!\bhalf\s&\s)(?<!\bhalf\sn\s)(?<!\bhalf\s['’]n['’]\s)"
    r"(?!half\s(?:and|&|['’]?n['’]?)\shalf\b)"
)
_AMOUNT = re.compile(
    rf"{_NOT_INSIDE}(?P<spanned>{_SPANNED})?(?P<low>{NUMBER})(?:{AGAIN})?(?:(?P<between>{_RANGE})(?P<high>{NUMBER}))?(?:{_UNIT})?",
    re.IGNORECASE,
)
_SIZE = re.compile(
    r"\s?-\s?(?=[^\W\d_])|\s?(?:inch(?:es)?|in\.|cm|[\"”])\s(?:[^\W\d_]+\s){0,3}?"
    r"(?:pieces?|knobs?|pies?|tarts?|tortillas?|cakes?|pans?|crusts?|shells?|strips?|lengths?|slices?|rounds?|squares?)\b",
    re.IGNORECASE,
)
_HEAPED = re.compile(r"\b(?:heap(?:ing|ed)|rounded)\s(?:[\d./\s¼-¾⅐-⅞-]|to\b)*$", re.IGNORECASE)
_HYPHEN = re.compile(r"-(?!\d)")  # not between the ends of a range: 500g-600g
CONTAINER = re.compile(rf"\.?[\s-]?{CONTAINER_PATTERN}\b", re.IGNORECASE)
_OF_CONTAINER = re.compile(rf"{CONTAINER.pattern}|\.?\s\(\d[^()]{{1,20}}\){CONTAINER.pattern}", re.IGNORECASE)
_FRENCH_SPOON = re.compile(r"\.?\s?à\b")  # 2 c. à s. d'huile
_PARTS: dict[Unit, tuple[Unit, ...]] = {LB: (OZ,), KG: (G,), LITRE: (ML, CL, DL)}
_SMALLER = re.compile(
    rf"\.?(?:\s|(?=\d))(?P<low>{NUMBER})\s?(?P<unit>oz|ounces?|g|gr|grams?|ml|cl|dl)(?![\w-])\.?", re.IGNORECASE
)
_GROUPED = re.compile(r"[1-9]\d{0,2}(?P<sign>[.,])\d{3}")
_THOUSANDS = (G, ML, MG)  # 1.500 g are 1500 g, and 1,500 kg are 1.5 kg
_DECIMALS = (KG, LITRE)
_LARGEST_COUNT = 4  # in "2-8 ounce packages", which is no range


def _amount(match: re.Match[str]) -> Amount | None:
    """Return the amount of a match of `_AMOUNT`; None for zero, and for a word that is no number there."""
    line, start = match.string, match.start()
    spelling = match["unit"] or ""
    unit = unit_called(spelling) if spelling else None
    (low, style), (high, high_style) = (_number(match, end, unit) for end in ("low", "high"))
    if low is None or low <= 0 or (high is not None and high <= 0):
        return None
    if (match["high"] and high is None) or (match["again"] and not _is_same(match["again"], low)):
        return Amount(start, match.end("low"), low, None, style, "", "", "", None)
    if unit is CUP and spelling.rstrip(".") in ("c", "C"):
        if (high or low) >= LEAST_CELSIUS:
            return None  # 180 C
        if _FRENCH_SPOON.match(line, match.end()):
            spelling, unit = "", None
    if (
        unit is not None
        and line[match.end("unit") : match.end("unit") + 1] == "-"
        and (not unit.size or len(match["gap"]) > 1 or (match["gap"] and len(spelling) == 1))
    ):
        spelling, unit = "", None  # 8 rib-eye steaks, 12 small cup-shaped leaves, 1 T-bone steak
    if high is not None and _is_count_of_sizes(match, low, high, unit):
        return Amount(start, match.end("between"), low, None, style, "", match["between"], "", None)
    ends = {name: match.end(name) for name in ("low", "again", "high", "unit", "optional")}
    end = max(ends.values()) if spelling else max(ends["low"], ends["high"], ends["again"] + 1 if match["again"] else 0)
    if spelling and match["more"] and high is None and (unit is None or unit.size or not match["more"][-1].isnumeric()):
        low, end = low + part_in(match["more"]), match.end("more")
    if high_style == "vulgar":
        style = high_style
    gap = (match["gap"] or "") if spelling else ""
    gap = " " if gap == "-" and values_of(match["low"]) else gap  # un demi-litre
    amount = Amount(start, end, low, high, style, match["between"] or "", gap, spelling, unit)
    return _with_smaller(line, amount)


def _number(match: re.Match[str], end: str, unit: Unit | None) -> tuple[Fraction | None, Style]:
    """Return an end of a range; None where it has none, and for a word that is a number in other places only."""
    text = match[end]
    if not text:
        return None, "fraction"
    grouped = _GROUPED.fullmatch(text)
    if grouped and grouped["sign"] == "." and unit in _THOUSANDS:
        return Fraction(text.replace(".", "")), "comma"
    if grouped and grouped["sign"] == "," and unit in _DECIMALS:
        return Fraction(text.replace(",", ".")), "comma"
    words = values_of(text)
    if not words or text.lower() in CARDINALS:  # six is French too
        return number_in(text)
    place = match.end("high") if match["high"] else match.end("low")
    is_metric = (
        unit is not None
        and unit.system == "metric"
        and (len(match["unit"]) > 1 or match["unit"] in "gl")
        and match.string[match.end("unit") : match.end("unit") + 1] not in ("'", "’")  # ail et l'huile
    )
    for language, value in words.items():
        is_unit = unit is not None and (is_metric or is_unit_of(language, match["unit"]))
        if is_unit or is_counted_in(language, match.string, place):
            return value, "fraction"
    return None, "fraction"


def _is_same(again: str, number: Fraction) -> bool:
    """Return whether a number in brackets is that before them."""
    return (
        re.fullmatch(rf"{NUMBER}\s?", again + " ", re.IGNORECASE) is not None and number_in(again.strip())[0] == number
    )


def _with_smaller(line: str, amount: Amount) -> Amount:
    """Return an amount together with one in the next smaller unit that follows it: ``1 lb 4 oz``, ``1lb4oz``."""
    following = _SMALLER.match(line, amount.end) if amount.unit in _PARTS and amount.high is None else None
    smaller = unit_called(following["unit"]) if following else None
    if following is None or amount.unit is None or smaller not in _PARTS[amount.unit]:
        return amount
    part = number_in(following["low"])[0] * smaller.size / amount.unit.size
    style: Style = "fraction" if amount.unit is LB else "decimal"
    return replace(amount, end=following.end(), low=amount.low + part, style=style) if 0 < part < 1 else amount


def _is_count_of_sizes(match: re.Match[str], low: Fraction, high: Fraction, unit: Unit | None) -> bool:
    """Return whether a hyphen stands between count and size: ``2 - 8 oz packages``, ``1-14 ounce can``."""
    if unit is None or not unit.size or not re.fullmatch(r"\s?[-–—]\s?", match["between"]):
        return False
    return is_count_and_size(low, high) and CONTAINER.match(match.string, match.end()) is not None


def is_count_and_size(low: Fraction, high: Fraction) -> bool:
    """Return whether numbers before ``oz packages`` are too far apart for a range of sizes: ``2 - 8 oz packages``."""
    return low.denominator == 1 and low <= _LARGEST_COUNT and high >= 2 * low + 1


def amount_at(line: str, place: int) -> Amount | None:
    """Return the amount that begins at a place of a line; None where it is a pressure."""
    match = _AMOUNT.match(line, place)
    amount = _amount(match) if match else None
    return None if amount is None or is_pressure(line, amount) else amount


def every_amount(line: str, place: int = 0) -> Iterator[Amount]:
    """Yield all numbers of a line from a place on with their units, whatever they count; not pressures."""
    while match := _AMOUNT.search(line, place):
        amount = _amount(match)
        place = amount.end if amount else match.end("low")
        if amount is not None and not is_pressure(line, amount):
            yield amount


def is_size(line: str, amount: Amount) -> bool:
    """Return whether an amount is the size of something: ``14-ounce``, ``2-inch``, ``400g tin``."""
    if amount.unit is None:
        return _SIZE.match(line, amount.end) is not None
    is_of_package = amount.unit.size > 0 and _OF_CONTAINER.match(line, amount.end) is not None
    return is_of_package or amount.gap == "-" or _HYPHEN.match(line, amount.end) is not None


def is_heaped(line: str, amount: Amount) -> bool:
    """Return whether an amount is in heaped spoons or cups, which are of no exact size: ``2 heaping tsp``."""
    return _HEAPED.search(f"{line[: amount.start]}{amount.gap.lstrip()}") is not None


def is_ambiguous_size(line: str, amount: Amount) -> bool:
    """Return whether an amount may be one package or its size: ``1 1/2-pint container``."""
    is_mixed = re.match(rf"1\s+(?=\d{{1,2}}/|[{VULGAR}])", line[amount.start :]) is not None
    return is_mixed and is_size(line, amount) and CONTAINER.match(line, amount.end) is not None
