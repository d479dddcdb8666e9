"""Which amounts of the directions grow with the servings."""

from __future__ import annotations

from fractions import Fraction

import pytest

from recipe_tui.core.cookbook.conversion import convert
from recipe_tui.core.cookbook.directions import EACH, OF, VESSELS
from recipe_tui.core.cookbook.languages import LANGUAGES
from recipe_tui.core.cookbook.scaling import scale
from recipe_tui.core.recipes.recipe import Recipe

LISTED = (
    "4 tomatoes",
    "2 onions",
    "1 lemon",
    "2 sticks butter",
    "4 eggs",
    "6 cloves garlic",
    "2 (15 oz) cans black beans",
    "3 cups flour",
    "3 cups chicken stock",
    "1 tsp salt",
    "1 tsp pepper",
    "8 slices bacon",
    "8 tortillas",
)


def twice(text: str, *listed: str) -> str:
    return scale(Recipe("x", listed or LISTED, (text,)), Fraction(2)).recipe.steps[0]


def test_words_of_portions_shares_and_vessels_are_known_in_every_language() -> None:
    for table in (EACH, OF, VESSELS):
        assert set(table) == {"English", *LANGUAGES}


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Layer 1/4 of the tomatoes.", "Layer 1/4 of the tomatoes."),
        ("Add 1/2 of the onions, then ½ the lemon.", "Add 1/2 of the onions, then ½ the lemon."),
        ("Add half the onions and two thirds of the eggs.", "Add half the onions and two thirds of the eggs."),
        ("Melt 1/2 of the butter.", "Melt 1/2 of the butter."),
        ("Beat 3 of the 4 eggs.", "Beat 6 of the 8 eggs."),
        ("Beat 1/2 of the 4 eggs.", "Beat 1/2 of the 8 eggs."),
        ("Chop 1/2 onion.", "Chop 1 onion."),
    ],
)
def test_a_share_of_what_is_listed_stays_a_share(text: str, expected: str) -> None:
    assert twice(text) == expected


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("1/4 der Tomaten zugeben.", "4 Tomaten"),
        ("Ajouter 1/2 des oignons.", "2 oignons"),
        ("Añadir 1/2 de las cebollas.", "2 cebollas"),
        ("Aggiungere 1/2 delle cipolle.", "2 cipolle"),
        ("Junte 1/2 dos ovos.", "4 ovos"),
        ("Voeg 1/2 van de uien toe.", "2 uien"),
        ("Rør 1/2 af æg i.", "2 æg"),
        ("Vispa 1/2 av ägg.", "2 ägg"),
    ],
)
def test_a_share_stays_a_share_in_every_language(text: str, line: str) -> None:
    assert twice(text, line) == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Add 2 cloves garlic.", "Add 4 cloves garlic."),
        ("Add 2 cloves of the garlic.", "Add 4 cloves of the garlic."),
        ("Add 2 cans beans.", "Add 4 cans beans."),
        ("Melt 1 stick butter.", "Melt 2 sticks butter."),
        ("Fry 4 slices bacon.", "Fry 8 slices bacon."),
        ("Add two eggs and one cup of milk.", "Add 4 eggs and 2 cups of milk."),
        ("Add a cup of stock.", "Add 2 cups of stock."),
        ("Add half a cup of stock.", "Add 1 cup of stock."),
        ("Add 1/2 teaspoon each salt and pepper.", "Add 1 teaspoon each salt and pepper."),
        ("Stir in 1 cup of the flour, then 1/2 cup at a time.", "Stir in 2 cups of the flour, then 1/2 cup at a time."),
        ("Squeeze a lemon, and stir.", "Squeeze 2 lemons, and stir."),
        ("Stir after each addition. Add 1 cup stock.", "Stir after each addition. Add 2 cups stock."),
        ("Add 2 tbsp oil to pan.", "Add 1/4 cup oil to pan."),
        ("Add 1 cup flour and form a ball.", "Add 2 cups flour and form a ball."),
        ("Add 2 cans beans and 2 cans water.", "Add 4 cans beans and 4 cans water."),
        ("Roll the balls in 1 cup flour.", "Roll the balls in 2 cups flour."),
        ("Shape the dough. Stir 1 cup stock into it.", "Shape the dough. Stir 2 cups stock into it."),
        ("200 ml Milch im Topf erhitzen.", "400 ml Milch im Topf erhitzen."),
        ("Pour 1 cup stock over 2 onions.", "Pour 2 cups stock over 4 onions."),
        ("Cut in 1 cup butter.", "Cut in 2 cups butter."),
    ],
)
def test_what_is_listed_is_scaled_however_the_directions_write_it(text: str, expected: str) -> None:
    assert twice(text) == expected


@pytest.mark.parametrize(
    "text",
    [
        "Serve 2 slices cheese.",  # not listed
        "Add 9 cloves garlic.",  # more than are listed
        "Cut the bacon into 2 slices.",
        "Dip one tortilla in the sauce.",
        "Squeeze a lemon wedge.",
        "Form balls like an egg, the size of a lemon.",
        "Press with a 1/4 cup measure.",
        "Drop 1 tablespoon of batter onto the sheet.",
        "Pour 1/4 cup of the batter into the pan.",
        "Fill each tortilla with 2 tablespoons beans.",
        "Top with 1 tbsp salt each.",
        "Brush each side with 1 tsp butter.",
        "Mix one at a time, for two minutes.",
        "Half fill a large pot, and use a cup to press.",
        "In einen 2 l Topf geben, je 2 EL Öl zugeben.",
        "Garnir chaque assiette de 2 c. à s. de crème.",
        "Poner 2 cucharadas en cada plato.",
        "Form into 1/4 cup patties.",
        "Shape into 50g balls, or divide into 50g/2oz balls.",
        "Make 4 oz. patties.",
        "Scale dough at 80 g.",
        "Verser environ 60 ml de pâte par crêpe.",
        "Boil the pasta (1 litre per 100g pasta, 10g salt).",
        "Use 1 tsp salt per pound of flour.",
        "Grease a 900g/2lb loaf tin.",
        "Butter a 1.2 litre pudding basin, a 1 litre jug, a 6 oz. glass and a 1 gallon crock.",
        "Butter 8 x 150ml moulds, and press with a 2 lb weight.",
    ],
)
def test_what_is_not_certain_stays_as_it_is(text: str) -> None:
    assert twice(text) == text


def test_for_is_no_portion_in_italian() -> None:
    assert twice("Cuocere per 10 minuti e unire 100 ml di latte.") == "Cuocere per 10 minuti e unire 200 ml di latte."


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Add 2 cups. Stir well.", "Add 470 ml. Stir well."),
        ("Add 8 oz. Stir well.", "Add 225 g. Stir well."),
        ("Boil 2 cups.", "Boil 470 ml."),
        ("Add 8 oz. of cheese.", "Add 225 g of cheese."),
    ],
)
def test_the_full_stop_after_a_unit_stays(text: str, expected: str) -> None:
    assert convert(Recipe("x", (), (text,)), "metric").steps == (expected,)


def test_a_unit_before_a_full_stop_agrees_with_its_number() -> None:
    assert scale(Recipe("x", (), ("Add 2 cups. Stir.",)), Fraction(1, 2)).recipe.steps == ("Add 1 cup. Stir.",)
    assert twice("Add 2 tbsp. Stir.") == "Add 1/4 cup. Stir."


PRESSURES = (
    "Process pints 20 minutes at 10 pounds pressure.",
    "Pressure cook at 15 lb for 10 minutes.",
    "Pressure can 25 min. at 10 lbs (240 degrees).",
    "Process at 11 lb. pressure. Set canner to 10 lb.",
    "Set the canner to 10 lb",
    "Process 25 min. at 10 lbs.",
    "Bring the pressure to ten pounds and hold it.",
    "Use 11 pounds in a dial-gauge canner, 10 pounds in a weighted-gauge canner.",
    "Pressure canner: 6 pounds up to 1,000 ft, 7 pounds above.",
    "Process at 10 to 15 lb., at 10 or 15 pounds, or at 5, 10 or 15 lb.",
    "Keep 10 lbs. for 20 minutes.",
    "Steam under 5 pounds of steam pressure.",
    "Cook at 15-lb. pressure, which is 15 lb per square inch, 15 psi, 1 bar or 1 kg/cm2.",
    "When the gauge reads 10 lb, start timing.",
    "Let the pressure fall to 5 lb. Open the vent.",
    "Add 1 lb. more pressure for each 2000 ft, or use 15 lbs. weight at altitudes above.",
    "15 lbs for pints, 25 min.",
    "Reduce to 15 pounds and cook 3 minutes.",
)


@pytest.mark.parametrize("text", PRESSURES)
def test_a_pressure_is_neither_scaled_nor_converted(text: str) -> None:
    recipe = Recipe("x", (text, "2 lb beef"), (text,))
    for factor in (Fraction(2), Fraction(1, 2)):
        scaled = scale(recipe, factor).recipe
        assert scaled.steps == (text,)
        assert scaled.ingredients[0].removesuffix(" [not scaled]") == text
    for system in ("metric", "us"):
        converted = convert(recipe, system)
        assert converted.steps == (text,)
        assert converted.ingredients[0] == text


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Put 2 lb beef in the pressure cooker.", "Put 4 lb beef in the pressure cooker."),
        ("Pressure cook 2 lb. of the beef.", "Pressure cook 4 lb. of the beef."),
        ("Add 2 lb pressure-cooked beans.", "Add 4 lb pressure-cooked beans."),
        ("Brown 1 lb beef for 5 minutes in the slow cooker.", "Brown 2 lb beef for 5 minutes in the slow cooker."),
    ],
)
def test_a_weight_of_food_beside_a_canner_is_no_pressure(text: str, expected: str) -> None:
    assert twice(text) == expected


def test_an_abbreviated_envelope_is_the_listed_one() -> None:
    text = "Soften 2 env. gelatin in 1/2 cup water."
    assert twice(text, "2 envelopes gelatin") == "Soften 4 env. gelatin in 1 cup water."


@pytest.mark.parametrize(
    "text",
    ["Break 1 egg into a cup.", "Put an egg in a cup, and beat.", "Grease a 900g/2lb loaf tin."],
)
def test_a_vessel_is_not_converted(text: str) -> None:
    for system in ("metric", "us"):
        assert convert(Recipe("x", (), (text,)), system).steps == (text,)


def test_a_cup_of_food_is_converted() -> None:
    assert convert(Recipe("x", (), ("Stir it into a cup of milk.",)), "metric").steps == (
        "Stir it into 240 ml of milk.",
    )


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("2 lb (4 cups) tomatoes, for canning", "4 lb (8 cups) tomatoes, for canning"),
        ("1 lb (450 g) processed cheese", "2 lb (900 g) processed cheese"),
        ("2 quarts (3 lb) berries", "1 gallon (6 lb) berries"),
        ("2 lb", "4 lb"),
    ],
)
def test_the_weight_of_an_ingredient_is_no_pressure(line: str, expected: str) -> None:
    assert scale(Recipe("x", (line,), ()), Fraction(2)).recipe.ingredients == (expected,)
