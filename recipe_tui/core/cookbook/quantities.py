"""The quantities in an ingredient line: numbers as exact fractions, units, and which of them grow with the servings.

Understood are ``1 1/2 cups``, ``½``, ``1-2``, ``two to three``, ``one and a half``, ``2 dozen``, ``0,5 l``, ``pinch
of``, ``2 8-ounce packages``, ``1 (14-ounce) can``, ``2 x 400 g``, ``15-ounce can``, ``juice of 2 lemons``, ``lime
juice, 3 tbsp`` and ``1 cup plus 2 tablespoons``. The size of a package is no quantity: twice the recipe takes twice
the cans, not larger ones.
"""

from __future__ import annotations

import re
from fractions import Fraction
from typing import TYPE_CHECKING

from recipe_tui.core.cookbook.amounts import ADJECTIVES, CONTAINER, Amount, amount_at, every_amount, is_size
from recipe_tui.core.cookbook.doubts import is_doubtful, leaves_out
from recipe_tui.core.cookbook.equivalents import imperial
from recipe_tui.core.cookbook.languages import LANGUAGES, split, words_of
from recipe_tui.core.cookbook.numbers import NUMBER, VULGAR
from recipe_tui.core.cookbook.sums import follows_as_part
from recipe_tui.core.cookbook.units import CONTAINER_PATTERN, ONE_PATTERN, unit_called
from recipe_tui.core.recipes.ingredients import fold
from recipe_tui.core.recipes.recipe import is_heading

if TYPE_CHECKING:
    from collections.abc import Sequence

_SPANS = [word for one in LANGUAGES.values() for word in split(one.spans[0])]
_ABOUT = "|".join((*words_of("about"), *_SPANS))
_PLUS = "|".join(words_of("plus"))
_MINUS = "|".join(words_of("minus"))
_LABEL = re.compile(
    r"(?:[-*•·–]\s+)?(?:(?!(?:special |other )?(?:equipment|tools?|notes?|tips?|ingredient info|makes|yields?)\s?:)"
    r"[^\W\d_][^\d:(),]{0,40}:\s+)?",
    re.IGNORECASE,
)
_ADVERBS = re.compile(
    r"(?:(?:about|approx\.?|approximately|around|circa|ca\.|roughly|slightly|(?:a\s)?scant|(?:a\s)?heap(?:ed|ing)"
    r"|(?:a\s)?generous|level|rounded|up to|at least|between|another|(?:an\s)?additional"
    rf"|from(?=\s\d)|(?:juice|zest)(?=\s\d)|{_ABOUT})\s+|~\s?)*",
    re.IGNORECASE,
)
_PART_OF = re.compile(
    rf"(?:[^\W\d_][\w'’-]*(?:\s\([^()]*\))?,?\s){{1,9}}?(?:(?:of|from|de|di|von|van|av|af)\s(?:about\s)?"
    rf"|d['’]|(?=(?:einer|eines|zweier|dreier)\s))(?={NUMBER})",
    re.IGNORECASE,
)
_ONE_BY_NAME = re.compile(rf"(?P<adjectives>(?:{ADJECTIVES})*)(?P<unit>{ONE_PATTERN})", re.IGNORECASE)
_AT_THE_END = re.compile(
    rf"[^\d(){VULGAR}]{{2,60}}?(?:[,;:–—]\s|\s[-–—]\s|\s\((?=about|approx)|\s(?=[\d./ {VULGAR}]+[^\W\d_]+\.?$))"
    rf"(?:(?:about|approx\.?|approximately)\s)?(?=[\d.{VULGAR}])",
    re.IGNORECASE,
)
_IN_BRACKETS = re.compile(rf"\s\([\d{VULGAR}][^()]{{0,40}}\)")
_WHOLE = re.compile(r"(?:\s(?:small|medium|large|whole))?(?:$|[,)])")
_TIMES = re.compile(r"\s?[x×]\s?(?=\d)", re.IGNORECASE)
_SOFTLY = rf"(?:about|approx\.?|approximately|around|roughly|scant|generous|at least|~|{_ABOUT})"
_JOINED = re.compile(
    rf"(?:\bplus\s(?:another\s)?(?:{_SOFTLY}\s)?|\band\s|\bor\s(?:about\s)?|\b(?:oder|ou|o|ó|u|eller)\s"
    r"|\b(?:plus|and|or)\s(?:[^\W\d_]+\s){1,4}(?:of|from)\s|[+&]\s?"
    rf"|\b(?:minus|less|{_MINUS}|{_PLUS})\s"
    rf"|\(\s?(?:or\s|weighing\s)?(?:from\s?)?(?:{_SOFTLY}\s?)?|\([^()]*;\s(?:{_SOFTLY}\s)?|\((?:\d+ [^()\d,]+,\s)+"
    rf"|\b(?:from|reserv(?:e|ing))\s(?:{_SOFTLY}\s)?|[/=]\s?)$",
    re.IGNORECASE,
)
_WITH = re.compile(
    r"(?:\b(?:with|in|from|reserv(?:e|ing)|to\s(?:make|yield|measure))\s|^\sto\s|[,;]\s|^\s?[-–—]\s?)"
    rf"(?:{_SOFTLY}\s)?$",
    re.IGNORECASE,
)  # 100 ml–150 ml, beaten with 1 tbsp water, from about 2 pounds, reserving 1/2 cup; 1/2 cup to 1 cup
_COUNTED = re.compile(r"\s[^\W\d_]|\)")  # (about 6 lemons), (about 6)
_NOT_COUNTED = re.compile(
    r"\s(?:inch|in\.|cm|mm|cent|milli|percent|day|week|month|year|hour|hr|min|degree|by\b|x\b|per\b|servings?\b|count\b"
    r"|calor|people|persons?|recipes?\b|times?\b|pages?\b|and\b|or\b|to(?![^\W\d_])|parts?\b|proof|one\b|two\b|the\b|an?\b)",
    re.IGNORECASE,
)
_SPRIGS = re.compile(r"\s(?!outer\b)(?:[\w-]+\s){0,2}(?:sprigs|leaves|cloves|stems|stalks)\b", re.IGNORECASE)
_COMMA = re.compile(r",\s$")
_TOTAL = re.compile(r"\(\s?(?:about|approx)", re.IGNORECASE)
_CONTENTS = re.compile(
    rf".*{CONTAINER_PATTERN}\s[^\W\d_]", re.IGNORECASE
)  # 1 can tomatoes (about 2 cups), not 1 can (...)
_EQUIPMENT = re.compile(
    r"[^,;(]*\b(?:pans?|skillets?|thermometers?|(?:baking|cookie) (?:sheets?|dish(?:es)?)|pie plates?|cheesecloth|foil"
    r"|(?:stand|electric) mixer|blender|food processor|parchment paper|piping bags?|pastry bags?)\s*(?:$|[,;(])",
    re.IGNORECASE,
)  # a 9-inch pan is enough, or not
_IN_TOTAL = re.compile(r"\s(?:in\s(?:total|all)|total|altogether|combined)\b(?!\s(?:of|time)\b)", re.IGNORECASE)
_TOTAL_OF = re.compile(
    rf"\b(?:total(?:ing|ling)?|(?:total|combined|peeled|prepared|trimmed)\s(?:weight|volume))(?:\sof|:)?\s(?:{_SOFTLY}\s)?$",
    re.IGNORECASE,
)
_ADDED = re.compile(rf"(?:\b(?:plus|and|or|{_PLUS})\s(?:another\s)?|[+&]\s?)(?:{_SOFTLY}\s)?$", re.IGNORECASE)
_GRADE = re.compile(r"\d{1,2}[/⁄]\d{2}\s?(?:\)|count\b|ct\b)", re.IGNORECASE)  # prawns (16/20)
_ENDS_WITH_PACKAGE = re.compile(rf"\s{CONTAINER_PATTERN}\.?\s?$", re.IGNORECASE)  # 1 frozen pkg. (10 oz)
_BEFORE_PACKAGE = re.compile(
    rf"[^()]{{0,20}}\)\s(?:[^\W\d_]+\.?\s)?{CONTAINER_PATTERN}\b", re.IGNORECASE
)  # 1 lg. (29 oz.) can
_SLASH = re.compile(r"\s?[/=]\s?")
_EACH = re.compile(r"[^()]{0,30}\b(?:each|apiece|per)\b", re.IGNORECASE)
_NEAR_AMOUNTS = 8
_NEAR = 60  # characters before an amount that say how it is joined
_COUNT_AND_PART = re.compile(rf"(?P<count>[1-9]\d?)\s+(?=\d{{1,2}}/|[{VULGAR}])")


def leading(line: str) -> Amount | None:
    """Return how much of its ingredient a line asks for; None for a heading, and where it has no such number.

    This is the number that the line begins with, that follows ``juice of`` or ``leaves from``, or that stands at the
    end: ``lime juice, 3 tbsp``. A pinch without a number is one, and so is ``eine Prise``.
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
    if amount.unit is None and _EQUIPMENT.match(line, amount.end):
        return None
    return _count(line, amount) if is_size(line, amount) else amount


def _at_the_end(line: str, place: int) -> Amount | None:
    """Return the amount after a name, if it is the only one: ``lime juice, 3 tbsp``."""
    name = _AT_THE_END.match(line, place)
    amount = amount_at(line, name.end()) if name else None
    if amount is None or is_size(line, amount) or "frying" in line:
        return None
    rest = _IN_BRACKETS.sub("", line[amount.end :])
    if re.search(r"\d", rest):
        return None
    return amount if _WHOLE.match(rest) or (amount.unit is not None and amount.unit.size) else None


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
    if first is None or is_doubtful(line, first):
        return ()
    if times := _TIMES.match(line, first.end):
        rest = line[times.end() :]
        size = amount_at(rest, 0)
        is_counted = size is not None and is_size(rest, size) and (first.low == 1 or _names_several(rest[size.end :]))
        is_counted = is_counted and first.low.denominator == 1
        if not size or not (size.unit or is_counted):
            return ()  # a "9 x 13-inch pan" is one
        others = every_amount(line, times.end() + size.end)
        return (first, *(one for one in others if _is_total(line, one) or _is_added(line, one)))
    before_first = line[: first.start]
    found = [
        one
        for one in every_amount(before_first)  # the grated zest (about 2 teaspoons) of 2 lemons
        if one.unit is not None and one.unit.size and _is_in_brackets(line, one)
    ]
    every = (first, *every_amount(line, first.end))
    near = (every[max(0, place - _NEAR_AMOUNTS) : place] for place in range(1, len(every)))
    found += [
        first,
        *(one for one, before in zip(every[1:], near, strict=True) if _goes_with(line, first, one, before)),
    ]
    return () if leaves_out(line, found, every) else imperial(line, found)


def _goes_with(line: str, first: Amount, amount: Amount, preceding: Sequence[Amount]) -> bool:
    """Return whether another amount of a line is proportional to its first one.

    Args:
        line: The line.
        first: Its first amount.
        amount: The other one.
        preceding: The amounts that stand before it, up to the first one.
    """
    if follows_as_part(line, preceding[-1], amount):
        return True
    if _is_said_total(line, amount):
        return True
    start = max(first.end, amount.start - _NEAR)
    before = line[start : amount.start]
    joined = _JOINED.search(before) or (_COMMA.search(before) if _SPRIGS.match(line, amount.end) else None)
    is_measure = amount.unit is not None and amount.unit.size > 0
    if not is_measure and _GRADE.match(line, amount.start):
        return False
    if joined is None and is_measure and not CONTAINER.match(line, amount.end):
        joined = _WITH.search(before)
    is_side = amount.unit is None and _TIMES.match(line, amount.end)  # 2x3- or 2x4-inch pieces
    is_of_each = _EACH.match(line, amount.end) and not _says_again(line, first, amount)
    if joined is None or is_size(line, amount) or is_side or is_of_each:
        return False
    if is_measure and _is_in_brackets(line, amount) and _BEFORE_PACKAGE.match(line, amount.end):
        return False
    bracket = line.rfind("(", first.end, amount.start) if _is_in_brackets(line, amount) else start + joined.start()
    counted = next((one for one in reversed(preceding) if one.end <= bracket), first)  # 2 tomatoes or 1 (14 oz) can
    is_package = first.start == first.end or (counted.unit is not None and counted.unit.kind == "container")
    is_package = is_package or (counted.unit is None and bool(_ENDS_WITH_PACKAGE.search(line[counted.end : bracket])))
    is_one_or_size = counted.unit is None or is_size(line, counted)  # 2 (400 g) cans, 2 14 oz (400 g) cans
    is_at_number = is_one_or_size and not line[counted.end : bracket].strip()
    is_apart = joined[0].startswith(("(", ",", ";")) or _is_in_brackets(line, amount)
    contents = line[max(counted.start, bracket - _NEAR) : bracket]
    is_total = _TOTAL.match(line, bracket) is not None and _CONTENTS.match(contents) is not None
    if is_apart and ((is_package and not is_total) or is_at_number):
        return False
    size = amount_at(line, amount.end + 1) or amount_at(line, amount.end + 2)  # one 12-ounce can, 1 (12 oz) can
    is_sized = size is not None and (is_size(line, size) or line[size.start - 1] == "(")
    is_article = line[amount.start] in "aA" and amount.low == 1  # or a mixture, from a 14-oz can, but or a 14-oz can
    is_article = is_article and ("from" in joined[0].lower() or not is_sized)
    is_article = is_article and not joined[0].lower().startswith("plus")
    if amount.unit is not None:
        return is_measure or not (is_article and "from" in joined[0].lower())
    is_counted = _COUNTED.match(line, amount.end) is not None and not _NOT_COUNTED.match(line, amount.end)
    is_counted = is_counted or is_sized
    needs_noun = _is_in_brackets(line, amount) or joined[0].lower().startswith(("from", "reserv"))
    is_said_again = joined[0].startswith(("/", "=")) and not is_sized
    return not (is_article or (needs_noun and not is_counted) or is_said_again)


def _says_again(line: str, first: Amount, amount: Amount) -> bool:
    """Return whether an amount says a measure in another unit: ``100g/4oz each of raisins and sultanas``."""
    is_measure = first.unit is not None and first.unit.size > 0
    return is_measure and _SLASH.fullmatch(line[first.end : amount.start]) is not None


def _is_added(line: str, amount: Amount) -> bool:
    """Return whether an amount is added to packages, or may take their place: ``2 x 400g tins, plus 1 tsp sugar``."""
    if not _ADDED.search(line[: amount.start]) or is_size(line, amount):
        return False
    is_counted = _COUNTED.match(line, amount.end) is not None and not _NOT_COUNTED.match(line, amount.end)
    return amount.unit is not None or is_counted or _TIMES.match(line, amount.end) is not None


def _is_total(line: str, amount: Amount) -> bool:
    """Return whether an amount in brackets is that of all packages: ``2 x 28 oz cans tomatoes (about 6 cups)``."""
    if _is_said_total(line, amount):
        return True
    bracket = line.rfind("(", 0, amount.start)
    is_measure = amount.unit is not None and amount.unit.size > 0 and _is_in_brackets(line, amount)
    is_said = is_measure and _TOTAL.match(line, bracket) and not _EACH.match(line, amount.end)
    return bool(is_said and _CONTENTS.match(line[max(0, bracket - _NEAR) : bracket]))


def _is_said_total(line: str, amount: Amount) -> bool:
    """Return whether a line calls a measure a total: ``(28 oz total)``, ``total weight 600g``."""
    is_measure = amount.unit is not None and amount.unit.size > 0
    return is_measure and bool(_IN_TOTAL.match(line, amount.end) or _TOTAL_OF.search(line[: amount.start]))


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
