"""Amounts are rounded to what a kitchen measures."""

from __future__ import annotations

from fractions import Fraction

import pytest

from recipe_tui.core.cookbook.kitchen_numbers import CONVERSION_TOLERANCE, measured, rounded
from recipe_tui.core.cookbook.units import CUP, FL_OZ, KG, LB, LITRE, MG, ML, OZ, PINT, TBSP, TSP, G

_FACTORS = [Fraction(text) for text in ("1/2", "1/4", "1/3", "2/3", "3/4", "3/2", "2", "3", "5/4", "10")]
_NUMBERS = [*(Fraction(part, 12) for part in range(3, 36)), Fraction(4), Fraction(7), Fraction(12)]


@pytest.mark.parametrize("unit", [OZ, LB, G, KG, ML, LITRE, TBSP, CUP, FL_OZ, PINT], ids=lambda unit: unit.name)
def test_rounding_changes_an_amount_by_at_most_six_hundredths(unit: object) -> None:
    assert isinstance(unit, type(OZ))
    least = TSP.size * 2  # below, no spoon is nearer
    for value in (number * factor for number in _NUMBERS for factor in _FACTORS):
        near = measured(value, unit)
        assert near.unit is not None
        if unit.kind == "weight" or value * unit.size >= least:
            assert abs(near.value * near.unit.size / (value * unit.size) - 1) <= CONVERSION_TOLERANCE, value


@pytest.mark.parametrize(
    ("value", "unit", "expected"),
    [
        ("1/8", OZ, ("1/8", OZ)),
        ("7/8", OZ, ("7/8", OZ)),
        ("3/8", OZ, ("3/8", OZ)),
        ("5/2", OZ, ("5/2", OZ)),
        ("1/16", OZ, ("9/5", G)),  # less than an ounce is divided into: 1.77 g
        ("5/4", G, ("6/5", G)),
        ("5/2", G, ("5/2", G)),
        ("7/3", G, ("23/10", G)),
        ("1/100", G, ("10", MG)),
        ("125", MG, ("125", MG)),
        ("1/6", TSP, ("1/8", TSP)),  # the nearest spoon
    ],
)
def test_small_amounts_keep_their_size(value: str, unit: object, expected: tuple[str, object]) -> None:
    assert isinstance(unit, type(OZ))
    near = measured(Fraction(value), unit)
    assert (near.value, near.unit) == (Fraction(expected[0]), expected[1])


def test_a_conversion_takes_a_coarse_step_where_it_is_exact_enough() -> None:
    assert rounded(Fraction("28.35"), G, converted=True).value == 30
    assert rounded(Fraction("17.01"), G, converted=True).value == 17
