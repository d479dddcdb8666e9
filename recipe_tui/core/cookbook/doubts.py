"""Numbers of an ingredient line that may be understood in two ways, so that the line is left as it is and marked."""

from __future__ import annotations

import re
from itertools import pairwise
from math import gcd
from typing import TYPE_CHECKING

from recipe_tui.core.cookbook.ambiguous_wordings import has_ambiguous_wording
from recipe_tui.core.cookbook.amounts import CONTAINER, every_amount, is_size
from recipe_tui.core.cookbook.languages import LANGUAGES, pairs, words_of
from recipe_tui.core.cookbook.nouns import respelled_noun
from recipe_tui.core.cookbook.numbers import AGAIN, AND_PART, NUMBER
from recipe_tui.core.cookbook.sums import follows_as_part

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from recipe_tui.core.cookbook.amounts import Amount

_SLASHED = re.compile(r"(?<![\w.,/⁄-])(?P<whole>[1-9]\d?)(?P<part>\d{1,2})[/⁄](?P<parts>[234568]|16)(?![\w/⁄%])")
_IN_BRACKETS = re.compile(rf"(?<![\w.,/⁄-])(?P<number>{NUMBER}){AGAIN}", re.IGNORECASE)
_AND_PART = re.compile(AND_PART, re.IGNORECASE)
_GROUPED = re.compile(r"(?<![\w.,/⁄-])[1-9]\d{0,2}\.\d{3}(?!\d)")
_SPACED = re.compile(r"(?<![\w.,/⁄-])[1-9]\d{0,2}\s\d{3}\s?(?:g|gr|grams?|ml)\b(?!-)", re.IGNORECASE)
_OR = re.compile(rf"\b(?:or|and|plus|{'|'.join({*words_of('plus'), 'oder', 'ou', 'eller'})})\s$", re.IGNORECASE)
_KG_AND_BARE = re.compile(
    r"\d\s?(?:kg|kilos?|l|lit\w+)\s\d{1,3}(?!\d|\s?(?:g|gr|grams?|[cdm]l)\b|[/.,%-])", re.IGNORECASE
)
_DUTCH = LANGUAGES["Dutch"]
_OF_DUTCH = [
    re.escape(form)
    for kind in (_DUTCH.nouns, _DUTCH.counts, _DUTCH.containers, _DUTCH.tablespoons, _DUTCH.teaspoons)
    for pair in pairs(kind)
    for form in pair
]
_OR_DUTCH = re.compile(
    rf"\s(?:of|en)\s\d[\d/.,½¼¾]*\s(?:{'|'.join(_OF_DUTCH)})\b", re.IGNORECASE
)  # "of", "en": or, and


def is_doubtful(line: str, first: Amount | None) -> bool:
    """Return whether an amount of a line can be understood in two ways, by its wording or by its numbers.

    Args:
        line: An ingredient line.
        first: The amount that it begins with, if there is one.
    """
    if has_ambiguous_wording(line):
        return True
    if first is None:
        return False
    every = [first, *every_amount(line, first.end)]
    return (
        has_unclear_number(line, every)
        or _has_other_in_brackets(line, every)
        or _has_half_of_nothing(line, every)
        or any(one.unit is None and _GROUPED.match(line, one.start) for one in every)
        or _is_spaced(line, every)
        or _OR_DUTCH.search(line) is not None
        or _KG_AND_BARE.search(line) is not None
        or _names_another_measure(line, every)
        or any(_is_size_without_count(line, one) for one in every[1:])
    )


def has_unclear_number(text: str, amounts: Iterable[Amount]) -> bool:
    """Return whether a text has a mixed number without its space, or a range that falls: ``11/2 cups``, ``3–2 cups``.

    Args:
        text: An ingredient line or a step.
        amounts: Its amounts.
    """
    is_falling = any(one.high is not None and one.high < one.low for one in amounts)
    return is_falling or any(map(_is_mixed_without_space, _SLASHED.finditer(text)))


def _is_mixed_without_space(match: re.Match[str]) -> bool:
    """Return whether a fraction is probably a mixed number that lost its space: ``11/2 cups``."""
    numerator, denominator = int(match["part"]), int(match["parts"])
    return 0 < numerator < denominator and gcd(numerator, denominator) == 1


def _contains(one: Amount, match: re.Match[str]) -> bool:
    return one.start <= match.start() < match.end() <= one.end


def _has_other_in_brackets(line: str, every: Sequence[Amount]) -> bool:
    """Return whether a number stands behind another one in brackets, alone: ``2 (3) cups``."""
    matches = _IN_BRACKETS.finditer(line, every[0].start)
    return any(not any(_contains(one, match) for one in every) for match in matches)


def _has_half_of_nothing(line: str, every: Sequence[Amount]) -> bool:
    """Return whether a half is added that belongs to no amount: ``2 cebollas y media``."""
    return any(
        not any(_contains(one, match) or match.start() < one.start < match.end() for one in every)
        for match in _AND_PART.finditer(line, every[0].start)
        if not line[: match.start()].lower().endswith("half")  # half and half
    )


def _is_spaced(line: str, every: Sequence[Amount]) -> bool:
    """Return whether ``1 250 g flour`` may be 1,250 g, since it names nothing of which one has 250 g."""
    match = _SPACED.search(line)
    if match is None or any(_contains(one, match) for one in every):
        return False
    return not CONTAINER.match(line, match.end()) and not respelled_noun(line, match.end(), False)[0]


def _names_another_measure(line: str, every: Sequence[Amount]) -> bool:
    """Return whether a measure stands right behind one that it is no part of: ``2 cups 8 oz cheese``."""
    for last, one in pairwise(every):
        are_measures = last.unit and one.unit and last.unit.size and one.unit.size
        is_beside = line[last.end : one.start].isspace() and not is_size(line, one) and not is_size(line, last)
        if are_measures and is_beside and not follows_as_part(line, last, one):
            return True
    return False


def _is_size_without_count(line: str, amount: Amount) -> bool:
    """Return whether it is not said how many packages of a size are an alternative: ``or 14-oz can``."""
    is_package = amount.unit is not None and amount.unit.size > 0 and is_size(line, amount)
    return is_package and CONTAINER.match(line, amount.end) is not None and _OR.search(line[: amount.start]) is not None


def leaves_out(line: str, found: Sequence[Amount], every: Sequence[Amount]) -> bool:
    """Return whether a line counts another thing that is not among its quantities: ``2 eggs, 1 egg yolk``.

    Args:
        line: An ingredient line.
        found: Its quantities.
        every: All its amounts, from the first one on.
    """
    starts = {one.start for one in found}
    return any(
        one.unit is None
        and one.start not in starts
        and line[one.start].isdigit()
        and not is_size(line, one)
        and (line[: one.start].endswith(", ") or _ends_with_noun(line[: one.start - 1], last.end))
        and respelled_noun(line, one.end, False)[0] != ""
        for last, one in pairwise(every)
    )


def _ends_with_noun(line: str, place: int) -> bool:
    noun, end = respelled_noun(line, place, False)
    return noun != "" and end == len(line)
