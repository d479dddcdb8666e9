"""Amounts of a line that say the same in several units: ``1 cup (240 ml)``, ``200 g/7 oz``, ``1 cup (200 g; 7 oz)``."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from recipe_tui.core.cookbook.languages import words_of
from recipe_tui.core.cookbook.units import GALLON, PINT, QUART, UK_GALLON, UK_PINT, UK_QUART

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from recipe_tui.core.cookbook.amounts import Amount
    from recipe_tui.core.cookbook.units import System

_BRACKET = re.compile(r"\s?\((?:about\s|approx\.?\s|~|or\s)?", re.IGNORECASE)
_SLASH = re.compile(r"\s?[/=]\s?")
_LISTED = re.compile(r"\s?[;,]\s?(?:about\s|approx\.?\s|~|or\s)?|\s(?:or|and)\s", re.IGNORECASE)
_PLUS = re.compile(
    rf"(?:\b(?:plus|and|minus|less|{'|'.join((*words_of('plus'), *words_of('minus')))})|[+&])\s$", re.IGNORECASE
)
_IMPERIAL = {PINT: UK_PINT, QUART: UK_QUART, GALLON: UK_GALLON}
_OF_THE_UK = re.compile(r"\((?:UK|imperial|British)\b", re.IGNORECASE)
_LEAST_IMPERIAL = 1.1  # of a US pint: one of 600 ml, or of 568, is the pint of the United Kingdom
_MOST_APART = 1.3  # of the sizes of two amounts that say the same


@dataclass(frozen=True, slots=True)
class Group:
    """Amounts that say the same.

    Attributes:
        amounts: Two or more of them, in their order.
        end: Where they end in the line, after the bracket if there is one.
    """

    amounts: tuple[Amount, ...]
    end: int


def groups(line: str, found: Sequence[Amount]) -> Iterator[Group]:
    """Yield the groups of measures of a line that say the same in different units.

    Args:
        line: The line.
        found: Its amounts, in their order.
    """
    place = 0
    while place < len(found):
        amounts, end, is_open = [found[place]], found[place].end, False
        for one in found[place + 1 :] if _is_measure(found[place]) else ():
            gap = line[end : one.start]
            opens = not is_open and _BRACKET.fullmatch(gap) is not None
            is_joined = opens or _SLASH.fullmatch(gap) or (is_open and _LISTED.fullmatch(gap))
            if not is_joined or not _is_measure(one):
                break
            amounts, end, is_open = [*amounts, one], one.end, is_open or opens
        is_closed = not is_open or line[end : end + 1] == ")"
        place += len(amounts) if is_closed else 1
        if is_closed and len({one.unit for one in amounts}) > 1 and not _is_of_a_sum(line, amounts):
            yield Group(tuple(amounts), end + is_open)


def _is_of_a_sum(line: str, amounts: Sequence[Amount]) -> bool:
    """Return whether what stands beside an amount is that of a sum: ``2 cups, leveled, plus 1 tablespoon/300 g``."""
    if not _PLUS.search(line[: amounts[0].start]):
        return False
    sizes = [one.low * one.unit.size for one in amounts if one.unit]
    is_of_a_kind = len({one.unit.kind for one in amounts if one.unit}) == 1
    return not is_of_a_kind or max(sizes) > _MOST_APART * min(sizes)


def _is_measure(amount: Amount) -> bool:
    return amount.unit is not None and amount.unit.size > 0


def in_one_system(line: str, found: Sequence[Amount], system: System) -> str:
    """Return a line in which amounts that are said in several systems are said in one, if there are any.

    What a line says in the system is kept and not computed: ``240 ml milk`` for ``1 cup (240 ml) milk``. Where it says
    nothing in the system, of measures of a kind the first one is kept.
    """
    for group in groups(line, found):
        first = group.amounts[0]
        systems = ("us", None) if system == "us" else ("metric",)  # metric recipes have spoons for small amounts only
        kept = [one for one in group.amounts if one.unit is not None and one.unit.system in systems]
        if not kept and len({one.unit.kind for one in group.amounts if one.unit is not None}) == 1:
            kept = [next((one for one in group.amounts if one.unit and one.unit.system != "imperial"), first)]
        if kept and len(kept) < len(group.amounts):
            texts = [line[one.start : one.end] for one in kept]
            others = f" ({'; '.join(texts[1:])})" if texts[1:] else ""
            return f"{line[: first.start]}{texts[0]}{others}{line[group.end :]}"
    return line


def imperial(line: str, found: Sequence[Amount]) -> tuple[Amount, ...]:
    """Return amounts with the pints of the United Kingdom where a line says so: ``600 ml/1 pint``, ``1 pint (UK)``."""
    if _OF_THE_UK.search(line):
        found = [replace(one, unit=_IMPERIAL.get(one.unit, one.unit)) if one.unit else one for one in found]
    changed = list(found)
    for group in groups(line, found):
        metric = next((one for one in group.amounts if one.unit and one.unit.system == "metric"), None)
        for one in group.amounts:
            unit = _IMPERIAL.get(one.unit) if one.unit else None
            if unit is None or one.unit is None or metric is None or metric.unit is None:
                continue
            if (
                metric.unit.kind == "volume"
                and metric.low * metric.unit.size > _LEAST_IMPERIAL * one.low * one.unit.size
            ):
                changed[changed.index(one)] = replace(one, unit=unit)
    return tuple(changed)
