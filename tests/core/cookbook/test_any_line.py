"""What is true of any ingredient line that is scaled or converted."""

from __future__ import annotations

from collections import Counter
from fractions import Fraction

import pytest

from recipe_tui.core.cookbook.conversion import convert
from recipe_tui.core.cookbook.quantities import quantities
from recipe_tui.core.cookbook.scaling import UNSCALED, scale
from recipe_tui.core.recipes.recipe import Recipe
from tests.core.cookbook.ingredient_lines import LINES

_RECIPE = Recipe("x", LINES, ())
_FACTORS = [Fraction(2), Fraction(3), Fraction(1, 2), Fraction(2, 3), Fraction(5)]


def brackets(line: str) -> tuple[int, int]:
    """Return how many brackets of a line are open at its end, and how often one is closed that is not open."""
    is_open = wrong = 0
    for sign in line:
        is_open += sign == "("
        if sign == ")":
            is_open, wrong = (is_open - 1, wrong) if is_open else (0, wrong + 1)
    return is_open, wrong


def totals(line: str) -> dict[str, Fraction]:
    """Return the sum of the quantities of a line: of volumes and weights their size, of others their number."""
    sums: Counter[str] = Counter()
    for one in quantities(line):
        unit = one.unit if one.unit and one.unit.size else None
        sums[unit.kind if unit else "number"] += one.low * (unit.size if unit else 1)  # type: ignore[assignment]
    return dict(sums)  # type: ignore[arg-type]


def test_a_factor_of_one_changes_nothing() -> None:
    assert len(LINES) >= 100
    assert scale(_RECIPE, Fraction(1)).recipe == _RECIPE
    for line in LINES:
        assert scale(Recipe("x", (f"{line} {UNSCALED}",), ()), Fraction(2)).recipe.ingredients[0].count(UNSCALED) <= 1


@pytest.mark.parametrize("factor", _FACTORS, ids=str)
def test_scaling_keeps_brackets_and_multiplies_each_kind_of_amount(factor: Fraction) -> None:
    for line, scaled in zip(LINES, scale(_RECIPE, factor).recipe.ingredients, strict=True):
        assert brackets(scaled) == brackets(line), scaled
        if scaled.endswith(UNSCALED):
            assert scaled == f"{line} {UNSCALED}"
            continue
        before, after = totals(line), totals(scaled)
        if "handful" in line or "or a 14 oz can" in line or "red" in line:  # handfuls and peppers are rounded
            continue
        assert before.keys() == after.keys(), scaled
        for kind, amount in before.items():
            assert abs(after[kind] / (amount * factor) - 1) <= Fraction(8, 100), scaled


@pytest.mark.parametrize("system", ["metric", "us"])
def test_a_conversion_keeps_brackets_and_is_the_same_when_repeated(system: str) -> None:
    once = convert(_RECIPE, system)  # type: ignore[arg-type]
    assert convert(once, system) == once  # type: ignore[arg-type]
    for line, converted in zip(LINES, once.ingredients, strict=True):
        assert brackets(converted) in (brackets(line), (0, 0)), converted
