"""Totals of an ingredient in several units, merged to one amount of each kind and system.

Cups and spoons, pounds and ounces, or litres and millilitres become one amount. It is exact where a unit measures the
sum exactly, else rounded up to what a kitchen measures, so that enough is bought: at most 2.5 % less, or 6 % more.
"""

from __future__ import annotations

from fractions import Fraction
from math import ceil
from typing import TYPE_CHECKING

from recipe_tui.core.cookbook.kitchen_numbers import CONVERSION_TOLERANCE, best_of
from recipe_tui.core.cookbook.units import (
    CL,
    CUP,
    DL,
    FL_OZ,
    GALLON,
    KG,
    LADDERS,
    LB,
    LITRE,
    MG,
    ML,
    OZ,
    PINT,
    QUART,
    SMALLEST,
    TBSP,
    TSP,
    G,
)

if TYPE_CHECKING:
    from recipe_tui.core.cookbook.units import Unit

Range = tuple[Fraction, Fraction]
"""The lower and the upper end of an amount; equal where it is no range."""

_SPOONS = (TBSP, TSP)
_US = (GALLON, QUART, PINT, CUP, FL_OZ)
_METRIC = (LITRE, DL, CL, ML)
_KNOWN = (
    (CUP, *_SPOONS),
    (*_US, *_SPOONS),
    (LITRE, ML),
    (LITRE, ML, *_SPOONS),
    _METRIC,
    (LB, OZ),
    (KG, G),
    (KG, G, MG),
)
_OF_OTHER_LANGUAGES = tuple(
    ladder for ladder in LADDERS if not {*ladder} & {unit for known in _KNOWN for unit in known}
)
_STEP = 5  # of ml that are rounded up
_SPARED = Fraction(25, 1000)  # share of an amount that nobody misses


def merged(totals: dict[Unit | None, Range]) -> dict[Unit | None, Range]:
    """Return totals with one amount in the place of those in units that can be added.

    Spoons go with cups, or with millilitres where there are no cups; they stay spoons where there is neither.
    """
    for family in _families(totals):
        used = [unit for unit in family if unit in totals]
        ladder = next((known for known in (*_KNOWN, *_OF_OTHER_LANGUAGES) if {*used} <= {*known}), family)
        if not used or used == [FL_OZ]:
            continue
        low, high = (sum((totals[unit][end] * unit.size for unit in used), Fraction(0)) for end in (0, 1))
        exact = [best_of(size, ladder, Fraction(0)) for size in (low, high)]
        unit = exact[0].unit
        is_exact = unit is not None and unit is exact[1].unit and not any(one.error for one in exact)
        if unit is not None and is_exact and unit.size >= used[0].size:
            total = (exact[0].value, exact[1].value)
        elif len(used) > 1:
            unit = next((unit for unit in ladder if _is_enough(low, unit)), ladder[-1])
            total = (_least(low, unit), _least(high, unit))
        else:
            continue
        totals = {one: total for one, total in totals.items() if one not in used} | {unit: total}
    return totals


def _families(totals: dict[Unit | None, Range]) -> tuple[tuple[Unit, ...], ...]:
    with_spoons = any(unit in totals for unit in _METRIC) and not any(unit in totals for unit in _US)
    volumes = ((*_METRIC, *_SPOONS), _US) if with_spoons else ((*_US, *_SPOONS), _METRIC)
    return (*volumes, (LB, OZ), (KG, G, MG), *_OF_OTHER_LANGUAGES)


def _is_enough(size: Fraction, unit: Unit) -> bool:
    """Return whether a unit measures an amount with little left over."""
    value = size / unit.size
    return value >= SMALLEST.get(unit, Fraction(0)) and abs(_least(size, unit) - value) <= CONVERSION_TOLERANCE * value


def _least(size: Fraction, unit: Unit) -> Fraction:
    """Return the least number of a unit that can be measured and is enough, give or take what a level spoon is off."""
    value = size / unit.size
    if unit is ML:
        return Fraction(ceil(value / _STEP) * _STEP)
    parts = unit.parts or (20,)
    is_exact = any((value * part).denominator == 1 for part in (1, *parts))
    return value if is_exact else min(Fraction(ceil(value * (1 - _SPARED) * part), part) for part in parts)
