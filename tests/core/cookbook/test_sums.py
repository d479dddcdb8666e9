"""Amounts that are added, and packages beside them."""

from __future__ import annotations

from fractions import Fraction

import pytest

from recipe_tui.core.cookbook.conversion import convert
from recipe_tui.core.cookbook.scaling import scale
from recipe_tui.core.recipes.recipe import Recipe


@pytest.mark.parametrize(
    ("line", "twice", "half", "metric"),
    [
        ("1 cup 2 tbsp flour", "2 1/4 cups flour", "1/2 cup 1 tbsp flour", "270 ml flour"),
        ("1 cup 2 tbsp 1 tsp oil", "2 cups 4 tbsp 2 tsp oil", "1/2 cup 1 tbsp 1/2 tsp oil", "270 ml oil"),
        ("1 tbsp 1 tsp oil", "2 2/3 tbsp oil", "2 tsp oil", "1 tbsp 1 tsp oil"),
        ("1 pint 4 fl oz milk", "1 1/4 quarts milk", "1 1/4 cups milk", "590 ml milk"),
        ("1 l 200 ml milk", "2.4 l milk", "600 ml milk", "1 l 200 ml milk"),
        ("2 cups & 2 tbsp flour", "4 cups & 1/4 cup flour", "1 cup & 1 tbsp flour", "500 ml flour"),
        ("1 EL 1 TL Öl", "2 EL 2 TL Öl", "2 TL Öl", "1 EL 1 TL Öl"),
        ("1 Tasse 2 EL Mehl", "2 Tassen 4 EL Mehl", "1/2 Tasse 1 EL Mehl", "1 Tasse 2 EL Mehl"),
        ("a cup and a half of milk", "3 cups of milk", "3/4 cup of milk", "350 ml of milk"),
        ("1 cup and 1/2 of milk", "3 cups of milk", "3/4 cup of milk", "350 ml of milk"),
        ("One and 1/2 cups milk", "3 cups milk", "3/4 cup milk", "350 ml milk"),
        ("a pound and a half of beef", "3 pounds of beef", "12 oz of beef", "680 g of beef"),
        ("a tablespoon and a half oil", "3 tablespoons oil", "2 1/4 tsp oil", "a tablespoon and a half oil"),
        ("a dozen and a half eggs", "36 eggs", "9 eggs", "a dozen and a half eggs"),
        ("1 tbsp and 1/2 tsp salt", "2 tbsp and 1 tsp salt", "1 1/2 tsp and 1/4 tsp salt", "1 tbsp and 1/2 tsp salt"),
        ("1 clove and 1/2 onion", "2 cloves and 1 onion", "1/2 clove and 1/4 onion", "1 clove and 1/2 onion"),
    ],
)
def test_a_sum_is_scaled_and_converted_as_a_whole(line: str, twice: str, half: str, metric: str) -> None:
    recipe = Recipe("x", (line,), ())
    assert scale(recipe, Fraction(2)).recipe.ingredients == (twice,)
    assert scale(recipe, Fraction(1, 2)).recipe.ingredients == (half,)
    assert convert(recipe, "metric").ingredients == (metric,)


def test_a_sum_of_litres_becomes_us_units() -> None:
    assert convert(Recipe("x", ("1 l 200 ml milk",), ()), "us").ingredients == ("5 1/8 cups milk",)


@pytest.mark.parametrize(
    ("line", "twice", "half"),
    [
        ("4 tomatoes or 1 (14 oz) can", "8 tomatoes or 2 (14 oz) cans", "2 tomatoes or 1/2 (14 oz) can"),
        ("4 tomatoes or 1 (400 g) tin", "8 tomatoes or 2 (400 g) tins", "2 tomatoes or 1/2 (400 g) tin"),
        ("4 tomatoes / 1 (14 oz) can", "8 tomatoes / 2 (14 oz) cans", "2 tomatoes / 1/2 (14 oz) can"),
        ("4 tomatoes or a 14 oz can", "8 tomatoes or 2 14 oz cans", "2 tomatoes or 1/2 × 14 oz can"),
        (
            "1 lb fresh or 1 (10 oz) package spinach",
            "2 lb fresh or 2 (10 oz) packages spinach",
            "8 oz fresh or 1/2 (10 oz) package spinach",
        ),
        (
            "1 lb clams and 2 (10 oz) cans clams",
            "2 lb clams and 4 (10 oz) cans clams",
            "8 oz clams and 1 (10 oz) can clams",
        ),
        (
            "1 cup ricotta plus 1 (8 oz) ball mozzarella",
            "2 cups ricotta plus 2 (8 oz) ball mozzarella",
            "1/2 cup ricotta plus 1/2 (8 oz) ball mozzarella",
        ),
        (
            "2 cups stock (or 1 (14 oz) can broth)",
            "4 cups stock (or 2 (14 oz) cans broth)",
            "1 cup stock (or 1/2 (14 oz) can broth)",
        ),
        ("4 Tomaten oder 1 Dose (400 g)", "8 Tomaten oder 2 Dosen (400 g)", "2 Tomaten oder 1/2 Dose (400 g)"),
        ("4 tomates ou 1 boîte (400 g)", "8 tomates ou 2 boîtes (400 g)", "2 tomates ou 1/2 boîte (400 g)"),
        ("one 14 oz (400 g) can beans", "2 14 oz (400 g) cans beans", "1/2 × 14 oz (400 g) can beans"),
        ("1 lg. (29 oz.) can peaches", "2 lg. (29 oz.) cans peaches", "1/2 lg. (29 oz.) can peaches"),
        ("1 lg. pkg. (6 oz.) Jello", "2 lg. pkg. (6 oz.) Jello", "1/2 lg. pkg. (6 oz.) Jello"),
        ("1 frozen pkg. (10 oz.) peas", "2 frozen pkgs. (10 oz.) peas", "1/2 frozen pkg. (10 oz.) peas"),
        ("2 Pillsbury (8 oz) tubes rolls", "4 Pillsbury (8 oz) tubes rolls", "1 Pillsbury (8 oz) tube rolls"),
    ],
)
def test_an_alternative_package_keeps_its_size(line: str, twice: str, half: str) -> None:
    recipe = Recipe("x", (line,), ())
    assert scale(recipe, Fraction(2)).recipe.ingredients == (twice,)
    assert scale(recipe, Fraction(1, 2)).recipe.ingredients == (half,)


def test_a_total_beside_packages_is_scaled_again() -> None:
    once = scale(Recipe("x", ("1 28 oz can tomatoes (about 3 cups)",), ()), Fraction(1, 2)).recipe
    assert once.ingredients == ("1/2 × 28 oz can tomatoes (about 1 1/2 cups)",)
    assert scale(once, Fraction(4)).recipe.ingredients == ("2 × 28 oz cans tomatoes (about 6 cups)",)
