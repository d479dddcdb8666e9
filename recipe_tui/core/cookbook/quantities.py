"""The quantities in an ingredient line: numbers as exact fractions, units, and which of them grow with the servings.

Understood are ``1 1/2 cups``, ``½``, ``1-2``, ``two to three``, ``one and a half``, ``2 dozen``, ``0,5 l``, ``pinch
of``, ``2 8-ounce packages``, ``1 (14-ounce) can``, ``2 x 400 g``, ``15-ounce can``, ``juice of 2 lemons``, ``lime
juice, 3 tbsp`` and ``1 cup plus 2 tablespoons``. The size of a package is no quantity: twice the recipe takes twice
the cans, not larger ones.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from fractions import Fraction
from typing import TYPE_CHECKING

from recipe_tui.core.cookbook.numbers import NUMBER, VULGAR, Style, number_in
from recipe_tui.core.cookbook.temperatures import LEAST_CELSIUS
from recipe_tui.core.cookbook.units import (
    CONTAINER_PATTERN,
    CUP,
    KG,
    LB,
    ONE_PATTERN,
    OZ,
    UNIT_PATTERN,
    G,
    Unit,
    unit_called,
)
from recipe_tui.core.recipes.ingredients import fold
from recipe_tui.core.recipes.recipe import is_heading

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


_ADJECTIVES = (
    r"(?:small|medium(?:-sized?)?|large|big|tiny|thick|thin|good|generous|hefty|healthy|heap(?:ing|ed)|scant|level"
    r"|rounded|(?:(?:firmly|tightly|lightly|loosely|well)\s)?packed)\s"
)
_RANGE = r"\s?[-–—]\s?|-?\s(?:to|or)\s"
_UNIT = rf"(?P<gap>\s(?:{_ADJECTIVES}){{1,2}}|[\s-]?)(?P<unit>{UNIT_PATTERN}\.?)"
_NOT_INSIDE = r"(?<![\w.,⁄-])(?<!\d/)"
_AMOUNT = re.compile(
    rf"{_NOT_INSIDE}(?P<low>{NUMBER})(?:(?P<between>{_RANGE})(?P<high>{NUMBER}))?(?:{_UNIT})?", re.IGNORECASE
)
_LABEL = re.compile(
    r"(?:[-*•·–]\s+)?(?:(?!(?:special |other )?(?:equipment|tools?|notes?|tips?|ingredient info|makes|yields?)\s?:)"
    r"[^\W\d_][^\d:(),]{0,40}:\s+)?",
    re.IGNORECASE,
)
_ADVERBS = re.compile(
    r"(?:(?:about|approx\.?|approximately|around|circa|ca\.|roughly|slightly|(?:a\s)?scant|(?:a\s)?heap(?:ed|ing)"
    r"|(?:a\s)?generous|level|rounded|up to|at least|between|another|(?:an\s)?additional"
    r"|(?:juice|zest)(?=\s\d))\s+|~\s?)*",
    re.IGNORECASE,
)
_PART_OF = re.compile(
    rf"(?:[^\W\d_][\w'’-]*(?:\s\([^()]*\))?,?\s){{1,9}}?(?:of|from)\s(?:about\s)?(?={NUMBER})", re.IGNORECASE
)
_ONE_BY_NAME = re.compile(rf"(?P<adjectives>(?:{_ADJECTIVES})*)(?P<unit>{ONE_PATTERN})", re.IGNORECASE)
_AT_THE_END = re.compile(
    rf"[^\d(){VULGAR}]{{2,60}}?(?:[,;:–—]\s|\s[-–—]\s|\s\((?=about|approx)|\s(?=[\d./ {VULGAR}]+{UNIT_PATTERN}\.?$))"
    rf"(?:(?:about|approx\.?|approximately)\s)?(?=[\d.{VULGAR}])",
    re.IGNORECASE,
)
_TIMES = re.compile(r"\s?[x×]\s?(?=\d)", re.IGNORECASE)
_JOINED = re.compile(
    r"(?:\bplus\s(?:another\s)?|\band\s|\bor\s(?:about\s)?|\b(?:plus|and)\s(?:[^\W\d_]+\s){1,4}(?:of|from)\s|\+\s?"
    r"|\((?:about|approx\.?|approximately|or|from|from about|~)?\s?|[/=]\s?)$",
    re.IGNORECASE,
)
_WITH = re.compile(
    r"(?:\b(?:with|in|from|reserving|to\s(?:make|yield|measure))\s|^\sto\s|[,;]\s|^\s?[-–—]\s?)(?:about\s)?$",
    re.IGNORECASE,
)  # 100 ml–150 ml, beaten with 1 tbsp water, from about 2 pounds, reserving 1/2 cup; 1/2 cup to 1 cup
_EACH = re.compile(r"[^()]{0,30}\b(?:each|apiece|per)\b", re.IGNORECASE)
_SIZE = re.compile(r"\s?-\s?(?=[^\W\d_])")
_CONTAINER = re.compile(rf"\.?[\s-]?{CONTAINER_PATTERN}\b", re.IGNORECASE)
_FRENCH_SPOON = re.compile(r"\.?\s?à\b")  # 2 c. à s. d'huile
_PARTS = {LB: OZ, KG: G}
_SMALLER = re.compile(rf"\.?\s(?P<low>{NUMBER})\s?(?P<unit>oz|ounces?|g|grams?)(?![\w-])\.?", re.IGNORECASE)
_NEAR = 60  # characters before an amount that say how it is joined
_COUNT_AND_PART = re.compile(rf"(?P<count>[1-9]\d?)\s+(?=\d{{1,2}}/|[{VULGAR}])")
_LARGEST_COUNT = 4  # in "2-8 ounce packages", which is no range


def _amount(match: re.Match[str]) -> Amount | None:
    """Return the amount of a match of `_AMOUNT`; None for zero."""
    line, start = match.string, match.start()
    low, style = number_in(match["low"])
    high, high_style = number_in(match["high"]) if match["high"] else (None, style)
    if low <= 0 or (high is not None and high <= 0):
        return None
    spelling = match["unit"] or ""
    unit = unit_called(spelling) if spelling else None
    if unit is CUP and spelling.rstrip(".") in ("c", "C"):
        if (high or low) >= LEAST_CELSIUS:
            return None  # 180 C
        if _FRENCH_SPOON.match(line, match.end()):
            spelling, unit = "", None
    if unit is not None and line[match.end() : match.end() + 1] == "-" and (not unit.size or len(match["gap"]) > 1):
        spelling, unit = "", None  # 8 rib-eye steaks, 12 small cup-shaped leaves
    if high is not None and _is_count_of_sizes(match, low, high, unit):
        return Amount(start, match.end("low"), low, None, style, "", "", "", None)
    end = match.end("unit") if spelling else match.end("high") if high is not None else match.end("low")
    if high_style == "vulgar":
        style = high_style
    gap = (match["gap"] or "") if spelling else ""
    amount = Amount(start, end, low, high, style, match["between"] or "", gap, spelling, unit)
    return _with_smaller(line, amount)


def _with_smaller(line: str, amount: Amount) -> Amount:
    """Return an amount together with one in the next smaller unit that follows it: ``1 lb 4 oz``."""
    following = _SMALLER.match(line, amount.end) if amount.unit in _PARTS and amount.high is None else None
    smaller = unit_called(following["unit"]) if following else None
    if following is None or amount.unit is None or smaller is not _PARTS[amount.unit]:
        return amount
    part = number_in(following["low"])[0] * smaller.size / amount.unit.size
    style: Style = "fraction" if amount.unit is LB else "decimal"
    return replace(amount, end=following.end(), low=amount.low + part, style=style) if 0 < part < 1 else amount


def _is_count_of_sizes(match: re.Match[str], low: Fraction, high: Fraction, unit: Unit | None) -> bool:
    """Return whether a hyphen stands between count and size: ``2 - 8 oz packages``, ``1-14 ounce can``."""
    if unit is None or not unit.size or not re.fullmatch(r"\s?[-–—]\s?", match["between"]):
        return False
    is_count = low.denominator == 1 and low <= _LARGEST_COUNT and high >= 2 * low + 1
    return is_count and _CONTAINER.match(match.string, match.end()) is not None


def amount_at(line: str, place: int) -> Amount | None:
    """Return the amount that begins at a place of a line."""
    match = _AMOUNT.match(line, place)
    return _amount(match) if match else None


def every_amount(line: str, place: int = 0) -> Iterator[Amount]:
    """Yield all numbers of a line from a place on with their units, whatever they count."""
    while match := _AMOUNT.search(line, place):
        amount = _amount(match)
        place = max(match.end(), amount.end if amount else 0)
        if amount is not None:
            yield amount


def is_size(line: str, amount: Amount) -> bool:
    """Return whether an amount is the size of something: ``14-ounce``, ``2-inch``, ``400g tin``."""
    if amount.unit is None:
        return _SIZE.match(line, amount.end) is not None
    is_of_package = amount.unit.size > 0 and _CONTAINER.match(line, amount.end) is not None
    return is_of_package or amount.gap == "-" or line[amount.end : amount.end + 1] == "-"


def is_ambiguous_size(line: str, amount: Amount) -> bool:
    """Return whether an amount may be one package or its size: ``1 1/2-pint container``."""
    is_mixed = re.match(rf"1\s+(?=\d{{1,2}}/|[{VULGAR}])", line[amount.start :]) is not None
    return is_mixed and is_size(line, amount) and _CONTAINER.match(line, amount.end) is not None


def leading(line: str) -> Amount | None:
    """Return how much of its ingredient a line asks for; None for a heading, and where it has no such number.

    This is the number that the line begins with, that follows ``juice of`` or ``leaves from``, or that stands at the
    end: ``lime juice, 3 tbsp``. A pinch without a number is one.
    """
    if is_heading(line):
        return None
    label = _LABEL.match(line)
    place = label.end() if label else 0
    adverbs = _ADVERBS.match(line, place)
    amount = (amount_at(line, adverbs.end()) if adverbs else None) or amount_at(line, place)
    if amount is None and (one := _ONE_BY_NAME.match(line, place)):
        spelling = one["unit"].lower()
        gap = f" {one['adjectives'].lower()}"
        return Amount(place, one.end(), Fraction(1), None, "fraction", "", gap, spelling, unit_called(spelling))
    if amount is None and (part := _PART_OF.match(line, place)):
        amount = amount_at(line, part.end())
    if amount is None:
        return _at_the_end(line, place)
    return _count(line, amount) if is_size(line, amount) else amount


def _at_the_end(line: str, place: int) -> Amount | None:
    """Return the amount after a name, if it is the only one: ``lime juice, 3 tbsp``."""
    name = _AT_THE_END.match(line, place)
    amount = amount_at(line, name.end()) if name else None
    if amount is None or is_size(line, amount) or "frying" in line or re.search(r"\d", line[amount.end :]):
        return None
    is_whole = line[amount.end : amount.end + 1] in ("", ",", ")")
    return amount if is_whole or (amount.unit is not None and amount.unit.size) else None


def _count(line: str, size: Amount) -> Amount | None:
    """Return how many things a line that begins with their size has; None if that cannot be told.

    Example:
        ``16 1/3-inch-thick slices`` are 16, and ``15-ounce can`` is one; how many ``8-ounce packages`` are is not said.
    """
    are_several = _names_several(line[size.end :])
    counted = _COUNT_AND_PART.match(line, size.start)
    if counted and are_several and counted["count"] != "1":
        return Amount(size.start, counted.end("count"), Fraction(counted["count"]), None, "fraction", "", "", "", None)
    if are_several or size.unit is None or not size.unit.size:
        return None
    return Amount(size.start, size.start, Fraction(1), None, "fraction", "", " × ", "", None)


_HEAD = re.compile(r"[^,;()]*?(?=\s(?:of|with|in|from|for|and|plus|cut)\b|[,;()]|$)", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+")


def _names_several(text: str) -> bool:
    """Return whether what is counted is in the plural: a container or piece if one is named, else the last word."""
    head = _HEAD.match(text)
    words = _WORD.findall(head[0] if head else "")
    noun = next((word for word in words if (unit := unit_called(word)) and not unit.size), words[-1] if words else "")
    return fold(noun) != noun.casefold()


def quantities(line: str) -> tuple[Amount, ...]:
    """Return the amounts of an ingredient line that are proportional to the servings; empty where it has none.

    Besides the first one, these are measures that are added to it (``plus 2 tbsp``) or say the same in other units
    (``2 cups (480 ml)``), but not the sizes of packages and of single pieces.
    """
    first = leading(line)
    if first is None:
        return ()
    if times := _TIMES.match(line, first.end):
        rest = line[times.end() :]
        size = amount_at(rest, 0)
        is_counted = size is not None and is_size(rest, size) and (first.low == 1 or _names_several(rest[size.end :]))
        is_counted = is_counted and first.low.denominator == 1
        return (first,) if size and (size.unit or is_counted) else ()  # a "9 x 13-inch pan" is one
    before_first = line[: first.start]
    found = [
        one
        for one in every_amount(before_first)  # the grated zest (about 2 teaspoons) of 2 lemons
        if one.unit is not None and one.unit.size and _is_in_brackets(line, one)
    ]
    return (*found, first, *(one for one in every_amount(line, first.end) if _goes_with(line, first, one)))


def _goes_with(line: str, first: Amount, amount: Amount) -> bool:
    """Return whether another amount of a line is proportional to its first one."""
    start = max(first.end, amount.start - _NEAR)
    before = line[start : amount.start]
    joined = _JOINED.search(before)
    is_measure = amount.unit is not None and amount.unit.size > 0
    if joined is None and is_measure and not _CONTAINER.match(line, amount.end):
        joined = _WITH.search(before)
    if joined is None or is_size(line, amount) or _EACH.match(line, amount.end):
        return False
    is_package = first.start == first.end or (first.unit is not None and first.unit.kind == "container")
    bracket = line.rfind("(", first.end, amount.start) if _is_in_brackets(line, amount) else start + joined.start()
    is_at_number = first.unit is None and not line[first.end : bracket].strip()  # 2 (400 g) cans, 2 (14 oz/400 g) cans
    is_apart = joined[0].startswith(("(", ",", ";")) or _is_in_brackets(line, amount)
    if is_apart and (is_package or is_at_number):
        return False
    if amount.unit is not None:
        return True
    is_article = line[amount.start] in "aA" and not joined[0].lower().startswith("plus")  # or a mixture
    in_brackets = joined[0].lower().startswith("or") and _is_in_brackets(line, amount)  # (2 large or 3 small)
    return not (is_article or in_brackets or joined[0].startswith(("(", "/", "=")))


def _is_in_brackets(line: str, amount: Amount) -> bool:
    return line.rfind("(", 0, amount.start) > line.rfind(")", 0, amount.start)


_BEFORE_SIZE = re.compile(r"\s?(?:[x×]\s?|(?P<bracket>\()\s?(?:about\s)?)?", re.IGNORECASE)


def size_of_each(line: str, first: Amount) -> Amount | None:
    """Return the size of each package or piece that the first amount of a line counts; None if it has no size.

    Example:
        ``2 (14-ounce) cans``, ``2 14-ounce cans``, ``2 x 14 oz cans`` and ``2 cans (14 oz)`` have the same.
    """
    if first.unit is not None and first.unit.kind != "container":
        return None
    before = _BEFORE_SIZE.match(line, first.end)
    size = amount_at(line, before.end()) if before else None
    if size is None or size.unit is None or not size.unit.size:
        return None
    if before and before["bracket"]:
        return size
    return size if first.unit is None else None
