"""The quantities in an ingredient line: numbers as exact fractions, units, and which of them grow with the servings.

Understood are ``1 1/2 cups``, ``½``, ``1-2``, ``1 (14-ounce) can``, ``2 x 400 g``, ``0,5 l``, ``a pinch``, ``juice of
2 lemons`` and ``1 cup plus 2 tablespoons``. The size of a package is no quantity: twice the recipe takes twice the
cans, not larger ones.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING, Literal

from recipe_tui.core.cookbook.units import UNIT_PATTERN, Unit, unit_called
from recipe_tui.core.recipes.recipe import is_heading

if TYPE_CHECKING:
    from collections.abc import Iterator

Style = Literal["fraction", "vulgar", "decimal", "comma"]


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
        gap: What stands between number and unit.
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


_VULGAR = "¼½¾⅐⅑⅒⅓⅔⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞"
_SLASHED = r"\d{1,3}\s?[/⁄]\s?[1-9]\d{0,2}"
_NUMBER = (
    rf"(?:\d{{1,4}}(?:\s+|\s?-\s?|\s+and\s+|\s*&\s*){_SLASHED}|{_SLASHED}|\d{{1,4}}\s?-?[{_VULGAR}]|[{_VULGAR}]"
    r"|\d{1,3}(?:,\d{3})+(?!\d)|\d{1,6}(?:[.,]\d{1,4})?)(?![\d%/⁄])(?!\.\d)"
)
_COUNTS = ["one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve"]
_WORDS: dict[str, Fraction] = {
    **{name: Fraction(value) for value, name in enumerate(_COUNTS, 1)},
    "a": Fraction(1),
    "an": Fraction(1),
    "half a": Fraction(1, 2),
    "half an": Fraction(1, 2),
    "a half": Fraction(1, 2),
    "half": Fraction(1, 2),
    "a dozen": Fraction(12),
    "one dozen": Fraction(12),
    "half a dozen": Fraction(6),
}
_WORD = rf"(?:{'|'.join(sorted(_WORDS, key=len, reverse=True))})(?=\s)(?!\s(?:few|little|lot|couple|bit|good|some)\b)"
_RANGE = r"\s?[-–—]\s?|\s(?:to|or)\s"
_UNIT = rf"(?P<gap>[\s-]?)(?P<unit>{UNIT_PATTERN}\.?)"
_NOT_INSIDE = r"(?<![\w.,⁄-])(?<!\d/)"
_AMOUNT = re.compile(
    rf"{_NOT_INSIDE}(?:(?P<low>{_NUMBER})(?:(?P<between>{_RANGE})(?P<high>{_NUMBER}))?|(?P<word>{_WORD}))(?:{_UNIT})?",
    re.IGNORECASE,
)
_OPENING = re.compile(
    r"(?:[-*•·–]\s+)?(?:(?:about|approx\.?|approximately|around|circa|ca\.|roughly|scant|heaped|heaping|generous|level"
    r"|up to|at least|another|(?:juice|zest|rind)(?: and (?:juice|zest|rind))? of|(?:finely )?grated (?:zest|rind) of)"
    r"\s+|~\s?)*",
    re.IGNORECASE,
)
_TIMES = re.compile(r"\s?[x×]\s?(?=\d)", re.IGNORECASE)
_JOINED = re.compile(
    r"(?:\bplus\s(?:another\s)?|\band\s|\+\s?|\((?:about|approx\.?|approximately|or|~)?\s?|[/=]\s?)$", re.IGNORECASE
)
_EACH = re.compile(r"[^()]{0,30}\b(?:each|apiece|per)\b", re.IGNORECASE)
_SIZE = re.compile(r"\s?-\s?(?=[^\W\d_])")


def _value(text: str) -> tuple[Fraction, Style]:
    """Return the value of a number that `_NUMBER` or `_WORDS` matches, and how it is written."""
    if (word := _WORDS.get(" ".join(text.lower().split()))) is not None:
        return word, "fraction"
    if text[-1] in _VULGAR:
        whole = text[:-1].strip(" -")
        part = Fraction(unicodedata.numeric(text[-1])).limit_denominator(10)
        return int(whole or 0) + part, "vulgar"
    if "/" in text or "⁄" in text:
        *wholes, numerator, denominator = map(int, re.findall(r"\d+", text))
        return sum(wholes) + Fraction(numerator, denominator), "fraction"
    if re.fullmatch(r"[1-9]\d{0,2}(?:,\d{3})+", text):
        return Fraction(text.replace(",", "")), "fraction"
    if "," in text or "." in text:
        return Fraction(text.replace(",", ".")), "comma" if "," in text else "decimal"
    return Fraction(text), "fraction"


def _amount(match: re.Match[str]) -> Amount | None:
    """Return the amount of a match of `_AMOUNT`; None for zero."""
    low, style = _value(match["low"] or match["word"])
    high = _value(match["high"])[0] if match["high"] else None
    if low <= 0 or (high is not None and high <= 0):
        return None
    spelling = match["unit"] or ""
    end = match.end("unit") if spelling else match.end("high") if match["high"] else match.end("low")
    if match["word"] and not spelling:
        end = match.end("word")
    if high is not None and match["high"][-1] in _VULGAR:
        style = "vulgar"
    return Amount(
        *(match.start(), end, low, high, style, match["between"] or "", match["gap"] or "", spelling),
        unit_called(spelling) if spelling else None,
    )


def amount_at(line: str, place: int) -> Amount | None:
    """Return the amount that begins at a place of a line."""
    match = _AMOUNT.match(line, place)
    return _amount(match) if match else None


def every_amount(line: str) -> Iterator[Amount]:
    """Yield all numbers of a line with their units, whatever they count."""
    return filter(None, map(_amount, _AMOUNT.finditer(line)))


def is_size(line: str, amount: Amount) -> bool:
    """Tell whether an amount is joined to a noun by a hyphen: ``14-ounce``, ``2-inch``."""
    if amount.unit is None:
        return _SIZE.match(line, amount.end) is not None
    return amount.gap == "-" or line[amount.end : amount.end + 1] == "-"


def leading(line: str) -> Amount | None:
    """Return the amount that an ingredient line begins with; None for a heading and for a size."""
    opening = _OPENING.match(line)
    amount = None if is_heading(line) else amount_at(line, opening.end() if opening else 0)
    return None if amount is None or is_size(line, amount) else amount


def quantities(line: str) -> tuple[Amount, ...]:
    """Return the amounts of an ingredient line that are proportional to the servings; empty where it has none.

    Besides the one at the beginning, these are measures that are added to it (``plus 2 tbsp``) or say the same in
    other units (``2 cups (480 ml)``), but not the sizes of packages and of single pieces.
    """
    first = leading(line)
    if first is None:
        return ()
    if times := _TIMES.match(line, first.end):
        size = amount_at(line[times.end() :], 0)
        return (first,) if size and size.unit else ()  # "9 x 13" is a size of its own
    is_package = first.unit is not None and first.unit.kind == "container"
    found = [first]
    for amount in every_amount(line):
        before = line[first.end : amount.start] if amount.start > first.end else None
        if before is None or is_size(line, amount) or not (joined := _JOINED.search(before)):
            continue
        in_brackets = joined[0].startswith("(")
        is_at_number = first.unit is None and not before[: joined.start()].strip()  # 2 (400 g) cans
        if in_brackets and (is_package or is_at_number or amount.unit is None):
            continue
        if amount.unit is None and joined[0].startswith(("/", "=")):
            continue
        if _EACH.match(line, amount.end):
            continue
        found.append(amount)
    return tuple(found)


def leading_amount(line: str) -> tuple[str, str, str]:
    """Part an ingredient line into number, unit and the rest, so that single spaces join them to the line again.

    Returns:
        For ``1 1/2 cups flour`` the texts ``1 1/2``, ``cups``, ``flour``. The size of a package belongs to its unit:
        ``1``, ``(14-ounce) can``, ``tomatoes``. Without a number at the beginning, the rest alone.
    """
    amount = amount_at(line, 0)
    if amount is None or is_size(line, amount) or line[: amount.end] == line:
        return "", "", line
    number = line[: amount.end - len(amount.spelling)].rstrip() if amount.spelling else line[: amount.end]
    package = _PACKAGE.match(line, len(number)) if not amount.spelling else None
    unit = line[len(number) + 1 : package.end()] if package else amount.spelling
    taken = " ".join(filter(None, (number, unit)))
    rest = line[len(taken) + 1 :]
    if not rest or not line.startswith(f"{taken} ") or rest.startswith(" "):
        return "", "", line
    return number, unit, rest


_PACKAGE = re.compile(rf" \({_NUMBER}[ -]?{UNIT_PATTERN}\.?\) {UNIT_PATTERN}", re.IGNORECASE)


def simple_amount(line: str) -> str:
    """Return number and unit that a line begins with, where it is one number: ``1 1/2 cups``; empty for others."""
    amount = amount_at(line, 0)
    if amount is None or amount.high is not None or not line[:1].isnumeric():
        return ""
    number, unit, _ = leading_amount(line)
    has_thousands = "," in number and amount.style != "comma"
    return "" if has_thousands else number if "(" in unit else f"{number} {unit}".strip()
