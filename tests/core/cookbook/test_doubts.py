"""What may be understood in two ways is not scaled and not converted."""

from __future__ import annotations

from fractions import Fraction

import pytest

from recipe_tui.core.cookbook.amounts import every_amount
from recipe_tui.core.cookbook.conversion import convert
from recipe_tui.core.cookbook.scaling import UNSCALED, replaced, scale
from recipe_tui.core.recipes.recipe import Recipe


@pytest.mark.parametrize(
    "line",
    [
        "11/2 cups milk",  # 1 1/2, or 5 1/2
        "21/4 tsp salt",
        "1 cup plus 11/2 tbsp milk",
        "3–2 cups sugar",
        "4 to 3 eggs",
        "8-6 oz fillets",
        "2 (3) cups flour",
        "2 cebollas y media",
        "1.000 Eier",
        "1 250 g Mehl",
        "2 cups 8 oz cheese",
        "4 tomatoes or 14-oz can",
        "4 tomaten of 1 blik (400 g)",
        "1 kg 500 de farine",
        "2 eggs, 1 egg yolk",
        "3 eggs 1 yolk",
        "4 - 6 oz. chicken breasts",
        "2 - 3 lb. chickens",
        "3-3 oz. pkgs. cream cheese",
        "2 - 1/4 oz. pkg. yeast",
        "2-1/4-oz envelopes yeast",
        "1 cup sugar (divided use: 1/2 cup + 1/2 cup)",
        "1 cup sugar, divided (3/4 cup and 1/4 cup)",
        "2 onions, 1 chopped and 1 sliced",
        "1 onion (1/2 chopped, 1/2 sliced)",
        "3 eggs, 2 for the dough and 1 for the glaze",
        "4 tbsp. butter, 2 of them melted",
        "200 g Zucker, davon 50 g für den Guss",
        "250 g de beurre dont 50 g fondu",
        "8 oz butter, of which 2 oz melted",
        "2 c. boiling water with 2 bouillon cubes",
        "half of 1 onion",
        "1 quarter cup oil",
        "1 cup nuts (half walnuts and half pecans)",
        "2 lb ground beef, 1/2 for the sauce",
    ],
)
def test_a_doubtful_line_is_left_as_it_is_and_marked(line: str) -> None:
    recipe = Recipe("x", (line,), ())
    assert scale(recipe, Fraction(2)).recipe.ingredients == (f"{line} {UNSCALED}",)
    assert convert(recipe, "metric").ingredients == (line,)


@pytest.mark.parametrize(
    ("line", "twice"),
    [
        ("3/2 cups milk", "3 cups milk"),
        ("12/2 cups milk", "12 cups milk"),
        ("1 lb 80/20 ground beef", "2 lb 80/20 ground beef"),
        ("1 lb 85/15 ground beef", "2 lb 85/15 ground beef"),
        ("two (2) cups flour", "4 cups flour"),
        ("2-3 lb potatoes", "4-6 lb potatoes"),
        ("2 - 8 oz. pkgs. cream cheese", "4 × 8 oz. pkgs. cream cheese"),
        ("1 cup butter, divided, plus 2 tbsp", "2 cups butter, divided, plus 1/4 cup"),
        ("2 cups sugar, reserve 1/2 cup", "4 cups sugar, reserve 1 cup"),
        ("1 lb prawns (16/20)", "2 lb prawns (16/20)"),
        ("1 & a half cups milk", "3 cups milk"),
        ("1 ts salt", "2 ts salt"),
        ("1 lg. egg", "2 lg. eggs"),
        ("500g-600g minced beef", "1 kg-1.2 kg minced beef"),
        ("1 punnet strawberries", "2 punnets strawberries"),
        ("2 x 400g tins tomatoes, plus 1 tsp sugar", "4 x 400g tins tomatoes, plus 2 tsp sugar"),
        ("10 oz-12 oz beef", "1 1/4 lb-1 1/2 lb beef"),
        ("2 x 400g tins tomatoes or 1 kg fresh", "4 x 400g tins tomatoes or 2 kg fresh"),
        ("1 x 400g tin, plus 100ml water", "2 x 400g tins, plus 200ml water"),
        ("3 chicken breasts (total 600g)", "6 chicken breasts (total 1.2 kg)"),
        ("3 chicken breasts, total weight 600g", "6 chicken breasts, total weight 1.2 kg"),
        ("2 cans (28 oz total) tomatoes", "4 cans (3 1/2 lb total) tomatoes"),
        ("2 heaping Tbsp. cocoa", "4 heaping Tbsp. cocoa"),
        ("4 heaping tsp cocoa", "8 heaping tsp cocoa"),
        ("one dozen (12) eggs", "24 eggs"),
        ("2 (two) cups flour", "4 cups flour"),
        ("dos (2) tazas de harina", "4 tazas de harina"),
        ("1 cup half and half", "2 cups half and half"),
        ("2 400 g tins beans", "4 400 g tins beans"),
        ("4 scallions, 2 thinly sliced", "8 scallions, 2 thinly sliced"),
        ("1–1/2 cups sugar", "3 cups sugar"),
        ("1—½ cups sugar", "3 cups sugar"),
        ("1–1/2 to 2 cups sugar", "3 to 4 cups sugar"),
        ("1/2–3/4 cup sugar", "1–1 1/2 cups sugar"),
        ("1.000 g Mehl", "2 kg Mehl"),
        ("1.500 ml Wasser", "3 l Wasser"),
        ("1.000–1.500 g Mehl", "2–3 kg Mehl"),
        ("1,000 g flour", "2 kg flour"),
        ("1 000 g farine", "2 kg farine"),
        ("1'000 g Mehl", "2 kg Mehl"),
        ("1,500 kg Mehl", "3 kg Mehl"),
        ("0.125 l Milch", "250 ml Milch"),
        ("1/4th cup oil", "1/2 cup oil"),
        ("1 Zwiebel(n)", "2 Zwiebeln"),
        ("1 Ei(er)", "2 Eier"),
        ("1 cup(s) milk", "2 cups milk"),
        ("1 Dose(n) Tomaten", "2 Dosen Tomaten"),
        ("2 Zehe/n Knoblauch", "4 Zehen Knoblauch"),
        ("1 shot rum", "2 shots rum"),
        ("six 1 1/2- to 2-inch-thick ribs", "12 1 1/2- to 2-inch-thick ribs"),
        ("1 lb cod, cut into 4 equal pieces", "2 lb cod, cut into 4 equal pieces"),
        ("1 lb cod fillets, cut into 1 inch cubes", "2 lb cod fillets, cut into 1 inch cubes"),
        ("1 cup tomatoes (from a 14-oz can)", "2 cups tomatoes (from a 14-oz can)"),
    ],
)
def test_what_looks_like_it_and_is_clear_is_scaled(line: str, twice: str) -> None:
    assert scale(Recipe("x", (line,), ()), Fraction(2)).recipe.ingredients == (twice,)


def test_thousands_are_converted() -> None:
    assert convert(Recipe("x", ("1.500 ml Wasser", "1.000 g Mehl"), ()), "us").ingredients == (
        "6 1/3 cups Wasser",
        "2 1/4 lb Mehl",
    )


@pytest.mark.parametrize("step", ["Add 11/2 cups milk.", "Stir in 3-2 cups flour."])
def test_a_step_with_an_unclear_number_is_marked_too(step: str) -> None:
    recipe = Recipe("x", ("2 cups flour",), (step,))
    assert scale(recipe, Fraction(2)).recipe.steps == (f"{step} {UNSCALED}",)
    assert convert(recipe, "metric").steps == (step,)


def test_amounts_that_overlap_are_not_replaced() -> None:
    line = "4 tomatoes or 1 (14 oz) can"
    first, count, size = every_amount(line)
    assert replaced(line, (first, count, size), lambda one: (f"{one.low}", False)) is None
    assert replaced(line, (first, count), lambda one: (f"{one.low}", False)) == "4 tomatoes or 1 (14 oz) cans"
