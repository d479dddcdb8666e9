"""Amounts that say the same in several units."""

from __future__ import annotations

from fractions import Fraction

import pytest

from recipe_tui.core.cookbook.conversion import convert
from recipe_tui.core.cookbook.scaling import scale
from recipe_tui.core.recipes.recipe import Recipe


@pytest.mark.parametrize(
    ("line", "metric", "us"),
    [
        ("8 oz (1 cup) sour cream", "225 g (240 ml) sour cream", "8 oz (1 cup) sour cream"),
        ("1 lb (about 4 cups) berries", "450 g (about 950 ml) berries", "1 lb (about 4 cups) berries"),
        ("1 cup (200 g; 7 oz) sugar", "200 g sugar", "1 cup (7 oz) sugar"),
        ("3 cups (710 ml/24 fl oz) milk", "710 ml milk", "3 cups (24 fl oz) milk"),
        ("2 Tbsp/30 ml oil", "30 ml oil", "2 Tbsp oil"),
        ("1 cup (8 fl oz) milk", "240 ml milk", "1 cup (8 fl oz) milk"),
        ("1 cup plus 2 tbsp (270 ml) milk", "270 ml milk", "1 cup plus 2 tbsp milk"),
        ("1 can (400 g/14 oz) beans", "1 can (400 g) beans", "1 can (14 oz) beans"),
        ("1/2 cup (1 stick) butter and 1/4 cup (60 ml) oil", "115 g (1 stick) butter and 60 ml oil", None),
        ("2 cups, leveled, plus 1 tbsp/300g flour", "470 ml, leveled, plus 1 tbsp/300g flour", None),
        ("1/2 cup (4 fl. oz./125 ml milk", "120 ml (125 ml milk", None),
        ("600ml/1 pint milk", "600ml milk", "2 1/2 cups milk"),
        ("1 pint (570 ml) milk", "570 ml milk", "2 3/8 cups milk"),
        ("2 pints milk (UK)", "1.15 l milk (UK)", None),
        ("1 & a half cups milk", "350 ml milk", "1 & a half cups milk"),
        ("4 heaping tbsp flour", "4 heaping tbsp flour", None),
        ("1 lb.butter", "450 g butter", "1 lb.butter"),
        ("1 pint (475 ml) milk", "475 ml milk", "1 pint milk"),
        ("an 8-oz package cheese", "a 225-g package cheese", "an 8-oz package cheese"),
        ("a 225 g package cheese", "a 225 g package cheese", "an 8 oz package cheese"),
        ("0.6 oz yeast", "17 g yeast", "0.6 oz yeast"),
    ],
)
def test_what_a_line_says_in_a_system_is_kept(line: str, metric: str, us: str | None) -> None:
    recipe = Recipe("x", (line,), ())
    assert convert(recipe, "metric").ingredients == (metric,)
    assert us is None or convert(recipe, "us").ingredients == (us,)


@pytest.mark.parametrize(
    ("line", "half"),
    [
        ("600ml/1 pint milk", "300ml/1/2 pint milk"),
        ("1 pint (568 ml) milk", "1/2 pint (284 ml) milk"),
        ("150ml/¼ pint cream", "75ml/2½ fl oz cream"),
        ("1 gallon (4.5 l) cider", "4 pints (2.25 l) cider"),
        ("1 pint (475 ml) milk", "1 cup (238 ml) milk"),  # one of the United States
        ("1 pint milk", "1 cup milk"),
    ],
)
def test_a_pint_of_more_than_half_a_litre_is_that_of_the_united_kingdom(line: str, half: str) -> None:
    assert scale(Recipe("x", (line,), ()), Fraction(1, 2)).recipe.ingredients == (half,)
