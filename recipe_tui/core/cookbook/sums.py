"""Amounts that are added to each other in a line: ``1 cup plus 2 tbsp``, ``1 cup 2 tbsp``, ``2 cups & 2 tbsp``."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING

from recipe_tui.core.cookbook.amounts import is_size
from recipe_tui.core.cookbook.languages import words_of

if TYPE_CHECKING:
    from collections.abc import Iterable

    from recipe_tui.core.cookbook.amounts import Amount

_AND = re.compile(
    rf"\s(?:plus|and|{'|'.join(words_of('plus'))})\s(?:another\s)?|\s?[+&]\s?"
    rf"|(?P<minus>\s(?:minus|less|{'|'.join(words_of('minus'))})\s)|(?P<beside>\s)",
    re.IGNORECASE,
)
_LARGEST_SPOON = 15  # ml


def follows_as_part(line: str, last: Amount, one: Amount) -> bool:
    """Return whether an amount stands right behind a larger one, without a word: ``1 cup 2 tbsp``."""
    if last.unit is None or one.unit is None or not one.unit.size or line[last.end : one.start].strip(" .") != "":
        return False
    is_spoon = one.unit.kind == "volume" and one.unit.size <= _LARGEST_SPOON
    is_smaller = last.unit.kind == one.unit.kind and last.unit.size > one.unit.size
    return (is_smaller or (last.unit.kind == "count" and is_spoon)) and not is_size(line, one)


def added_up(line: str, found: Iterable[Amount], only_beside: bool = False) -> list[Amount]:
    """Return amounts with one in the place of two of a kind that are added, as in ``1 cup plus 2 tablespoons``.

    Args:
        line: The line.
        found: Its amounts, in their order.
        only_beside: Whether only those are added that no word joins, as in ``1 cup 2 tbsp``.
    """
    amounts: list[Amount] = []
    for one in found:
        last = amounts[-1] if amounts else None
        if last and last.unit and one.unit and one.unit.size and last.unit.kind == one.unit.kind:
            are_numbers = last.high is None and one.high is None
            joined = _AND.fullmatch(line[last.end : one.start]) if are_numbers else None
            part = one.low * one.unit.size / last.unit.size
            low = last.low - part if joined and joined["minus"] else last.low + part
            is_beside = joined is not None and joined["beside"] is not None
            is_sum = follows_as_part(line, last, one) if is_beside else not only_beside
            if joined and low > 0 and is_sum:
                amounts[-1] = replace(last, end=one.end, low=low)
                continue
        amounts.append(one)
    return amounts
