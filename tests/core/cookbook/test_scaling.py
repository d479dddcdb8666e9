"""Recipes for other servings, and in other units."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recipe_tui.core.cookbook.conversion import convert
from recipe_tui.core.cookbook.scaling import UNSCALED, factor_for, scale, servings_of
from recipe_tui.core.cookbook.temperatures import convert_temperatures
from recipe_tui.core.errors import UsageError
from recipe_tui.core.recipes.recipe import Recipe
from tests.core.cookbook.awkward import RECIPES


def scaled(line: str, factor: str) -> str:
    return scale(Recipe("x", (line,), ()), Fraction(factor)).recipe.ingredients[0]


def test_pieces_in_the_directions_are_scaled_however_the_list_names_them() -> None:
    assert step("Crush 2 garlic cloves.", "2", "2 large cloves garlic") == "Crush 4 garlic cloves."
    assert step("Beat 6 eggs.", "1/2", "1 dozen eggs") == "Beat 3 eggs."


def step(text: str, factor: str, *ingredients: str) -> str:
    return scale(Recipe("x", ingredients, (text,)), Fraction(factor)).recipe.steps[0]


def in_units(line: str, system: str) -> str:
    return convert(Recipe("x", (line,), ()), system).ingredients[0]  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("line", "factor", "expected"),
    [
        ("1 1/2 cups flour", "2", "3 cups flour"),
        ("1 1/2 cups flour", "1/2", "3/4 cup flour"),
        ("½ cup sugar", "1/2", "¼ cup sugar"),
        ("1/3 cup oil", "1/2", "2 2/3 tbsp oil"),  # a sixth of a cup
        ("1/4 cup oil", "1/2", "2 tbsp oil"),
        ("2 tablespoons oil", "4", "1/2 cup oil"),
        ("1/3 cup oil", "2", "2/3 cup oil"),
        ("1 tsp salt", "3", "1 tbsp salt"),
        ("1/8 tsp salt", "1/2", "1 pinch salt"),
        ("a pinch of salt", "3", "3 pinches of salt"),
        ("a pinch of salt", "1/3", "1 pinch of salt"),
        ("1 large egg", "3/2", "1 1/2 large eggs"),
        ("3 eggs", "1/2", "1 1/2 eggs"),
        ("2 tomatoes", "1/2", "1 tomato"),
        ("1 (14-ounce) can beans", "2", "2 (14-ounce) cans beans"),
        ("1 can beans (14 ounces)", "2", "2 cans beans (14 ounces)"),
        ("2 x 400 g cans beans", "3/2", "3 x 400 g cans beans"),
        ("1-2 carrots", "2", "2-4 carrots"),
        ("1 to 1 1/2 lb beef", "2", "2 to 3 lb beef"),
        ("1 cup plus 2 tablespoons flour", "1/2", "1/2 cup plus 1 tablespoon flour"),
        ("1 cup (240 ml) milk", "2", "2 cups (480 ml) milk"),
        ("0,5 l milk", "3", "1,5 l milk"),
        ("250 g rice", "3/2", "375 g rice"),
        ("1 kg rice", "1/3", "335 g rice"),
        ("1.5 kg rice", "2", "3 kg rice"),
        ("1 clove garlic", "2", "2 cloves garlic"),
        ("2 loaves bread", "1/2", "1 loaf bread"),
        ("2 8-ounce packages cream cheese", "1/2", "1 8-ounce package cream cheese"),
        ("1 (14-oz) can tomatoes", "2", "2 (14-oz) cans tomatoes"),
        ("1 (14-oz) can tomatoes", "1/2", "1/2 (14-oz) can tomatoes"),
        ("one 28-ounce can tomatoes", "1/2", "1/2 × 28-ounce can tomatoes"),
        ("1/2 × 28-ounce can tomatoes", "3", "1 1/2 × 28-ounce cans tomatoes"),
        ("16 1/3-inch-thick slices bread", "1/2", "8 × 1/3-inch-thick slices bread"),
        ("8 × 1/3-inch-thick slices bread", "1/8", "1 × 1/3-inch-thick slice bread"),
        ("400g tin tomatoes", "2", "2 × 400g tins tomatoes"),
        ("15-ounce can of milk", "2", "2 × 15-ounce cans of milk"),
        ("2 × 15-ounce cans of milk", "1/2", "1 × 15-ounce can of milk"),
        ("1 1/2-pound squash", "2", "2 × 1 1/2-pound squashes"),
        ("four 6- to 8-ounce salmon fillets", "1/2", "2 6- to 8-ounce salmon fillets"),
        ("2 boneless chicken breast halves", "1/2", "1 boneless chicken breast half"),
        (
            "1 vanilla bean or 1/2 teaspoon extract",
            "2",
            "2 vanilla beans or 1 teaspoon extract",
        ),  # all that may be taken
        ("1 large egg white", "2", "2 large egg whites"),
        ("1 small bunch parsley", "2", "2 small bunches parsley"),
        ("1 scant teaspoon salt", "3", "scant 1 tbsp salt"),
        ("1 dozen eggs", "1/3", "4 eggs"),
        ("two to three carrots", "2", "4 to 6 carrots"),
        ("half a lemon", "2", "1 lemon"),
        ("Juice of half a lemon", "4", "Juice of 2 lemons"),
        ("Generous pinch of salt", "2", "2 generous pinches of salt"),
        ("For 2 sauces:", "2", "For 2 sauces:"),
        ("1 cup butter (2 sticks)", "1/2", "1/2 cup butter (1 stick)"),
        ("1 cup lemon juice (about 6 lemons)", "2", "2 cups lemon juice (about 12 lemons)"),
        ("1 cup minus 1 tablespoon flour", "2", "2 cups minus 2 tablespoons flour"),
        ("between 2 and 3 cups stock", "1/2", "between 1 and 1 1/2 cups stock"),
        ("2 9-inch pie crust", "2", "4 9-inch pie crusts"),
        ("2 9-inch pie crusts", "1/2", "1 9-inch pie crust"),
        ("1 candy cane", "2", "2 candy cane"),  # of which no plural is known
        ("1 serrano or jalapeño chile", "2", "2 serrano or jalapeño chile"),
        ("1 tortilla chip", "2", "2 tortilla chip"),
        ("1 graham cracker pie crust", "2", "2 graham cracker pie crusts"),
        ("1 tomatillo, husked", "2", "2 tomatillos, husked"),
        ("2 berries, crushed", "1/2", "1 berry, crushed"),
        ("2 Tbs. oil", "1/2", "1 Tbs. oil"),
        ("1/2 a lemon", "2", "1 lemon"),
        ("1/4 cup ( 1/2 stick) butter", "2", "1/2 cup ( 1 stick) butter"),
        ("4 (200g) chicken breast fillets", "1/4", "1 (200g) chicken breast fillet"),
        ("2 large skinless, boneless chicken breast halves", "1/2", "1 large skinless, boneless chicken breast half"),
        ("2 (3-inch-long) strips of zest", "1/2", "1 (3-inch-long) strip of zest"),
        ("1 lb hake, cut into 2x3- or 2x4-inch pieces", "2", "2 lb hake, cut into 2x3- or 2x4-inch pieces"),
        ("6 half shells", "2", "12 half shells"),
        ("6 tortillas (1 red, 2 white)", "2", "12 tortillas (2 red, 4 white)"),
        ("2 lbs. beef", "1/2", "1 lb. beef"),
        ("2 pkgs. yeast", "1/2", "1 pkg. yeast"),
        ("salt to taste", "2", f"salt to taste {UNSCALED}"),
        (f"a few carrots {UNSCALED}", "2", f"a few carrots {UNSCALED}"),
    ],
)
def test_an_ingredient_is_scaled_to_what_a_kitchen_measures(line: str, factor: str, expected: str) -> None:
    assert scaled(line, factor) == expected


@pytest.mark.parametrize(
    ("one", "several"),
    [
        ("1 Tasse Mehl", "2 Tassen Mehl"),
        ("1 große Zwiebel", "2 große Zwiebeln"),
        ("1 Dose (400 g) Tomaten", "2 Dosen (400 g) Tomaten"),
        ("1 (400-g) Dose Tomaten", "2 (400-g) Dosen Tomaten"),
        ("1 EL Öl", "2 EL Öl"),
        ("1 Liter Milch", "2 Liter Milch"),
        ("1 Prise Salz", "2 Prisen Salz"),
        ("1 cuillère à soupe d'huile", "2 cuillères à soupe d'huile"),
        ("1 c. à c. de sel", "2 c. à c. de sel"),
        ("1 gros oignon rouge", "2 gros oignons rouges"),
        ("1 pomme de terre", "2 pommes de terre"),
        ("1 gousse d'ail", "2 gousses d'ail"),
        ("1 diente de ajo", "2 dientes de ajo"),
        ("1 limón grande", "2 limones grandes"),
        ("1 cucchiaio d'olio", "2 cucchiai d'olio"),
        ("1 cipolla grande rossa", "2 cipolle grandi rosse"),
        ("1 colher de sopa de azeite", "2 colheres de sopa de azeite"),
        ("1 el olie", "2 el olie"),
        ("1 ei", "2 eieren"),
        ("1 Ei", "2 Eier"),
        ("1 klyfta vitlök", "2 klyftor vitlök"),
        ("1 dåse tomater", "2 dåser tomater"),
    ],
)
def test_units_and_nouns_agree_with_their_number_in_their_language(one: str, several: str) -> None:
    assert scaled(one, "2") == several
    assert scaled(several, "1/2") == one


@pytest.mark.parametrize(
    ("line", "twice"),
    [
        ("eine Prise Salz", "2 Prisen Salz"),
        ("ein Ei", "2 Eier"),
        ("eine halbe Zitrone", "1 Zitrone"),
        ("une pincée de sel", "2 pincées de sel"),
        ("un petit oignon", "2 petits oignons"),
        ("una pizca de sal", "2 pizcas de sal"),
        ("media cebolla", "1 cebolla"),
        ("un pizzico di sale", "2 pizzichi di sale"),
        ("uma pitada de sal", "2 pitadas de sal"),
        ("een snufje zout", "2 snufjes zout"),
        ("en klyfta vitlök", "2 klyftor vitlök"),
        ("2 branches de thym", "4 branches de thym"),
        ("un peu de sel", f"un peu de sel {UNSCALED}"),
        ("ein wenig Salz", f"ein wenig Salz {UNSCALED}"),
    ],
)
def test_a_word_for_one_or_a_half_is_a_number_before_what_is_counted(line: str, twice: str) -> None:
    assert scaled(line, "2") == twice


def test_spoons_of_other_languages_stand_in_for_each_other_and_only_for_each_other() -> None:
    assert scaled("1 TL Salz", "3") == "1 EL Salz"
    assert scaled("1 cucchiaio d'olio", "1/6") == "1/2 cucchiaino d'olio"
    assert scaled("8 EL Öl", "2") == "16 EL Öl"
    assert scaled("1 tsk salt", "3") == "3 tsk salt"  # Swedish or Danish
    assert in_units("6 EL Öl", "metric") == "90 ml Öl"
    assert in_units("2 Tassen Mehl", "metric") == "2 Tassen Mehl"  # of no known size


def test_lines_that_are_not_understood_are_named() -> None:
    assert scale(Recipe("x", ("1 egg", "some salt"), ()), Fraction(2)).unscaled == ("some salt",)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Beat 2 eggs with 1 cup milk.", "Beat 4 eggs with 2 cups milk."),
        ("Bake at 350°F for 20 minutes.", "Bake at 350°F for 20 minutes."),
        ("Bake in a 2-quart dish, or a 2 quart baking dish.", "Bake in a 2-quart dish, or a 2 quart baking dish."),
        ("Pour 1/4 cup batter per pancake.", "Pour 1/4 cup batter per pancake."),
        ("Add the milk by the 2 tablespoons, 1 egg at a time.", "Add the milk by the 2 tablespoons, 1 egg at a time."),
        ("Cut into 8 wedges; turn 2 times.", "Cut into 8 wedges; turn 2 times."),
        ("Add 1 tbsp oil. Cook 5 minutes.", "Add 2 tbsp oil. Cook 5 minutes."),
        ("Add a 14 oz can of beans and 1 cup milk.", "Add a 14 oz can of beans and 2 cups milk."),
        ("Roll to 1/2-inch thickness.", "Roll to 1/2-inch thickness."),
    ],
)
def test_only_quantities_of_the_directions_are_scaled(text: str, expected: str) -> None:
    assert step(text, "2", "3 eggs") == expected


@pytest.mark.parametrize(
    ("line", "factor", "expected"),
    [
        ("4 servings", "1/2", "2 servings"),
        ("4 servings", "1/4", "1 serving"),
        ("1 serving", "3", "3 servings"),
        ("4-6 servings", "2", "8-12 servings"),
        ("12 muffins", "1/2", "6 muffins"),
        ("1 loaf, in 2 tins", "2", "2 loaf, in 2 tins"),
        ("a crowd", "2", "a crowd"),
        ("a 9-inch pie", "2", "a 9-inch pie"),
        ("one 9 x 13-inch pan", "2", "one 9 x 13-inch pan"),
        ("4 Personen", "3/2", "6 Personen"),
    ],
)
def test_the_servings_are_scaled(line: str, factor: str, expected: str) -> None:
    assert scale(Recipe("x", (), (), servings=line), Fraction(factor)).recipe.servings == expected


def test_the_factor_is_the_quotient_of_the_servings() -> None:
    assert factor_for(Recipe("x", (), (), servings="6 servings"), Fraction(4)) == Fraction(2, 3)
    assert servings_of(Recipe("x", (), (), servings="4-6 servings")) == 4
    with pytest.raises(UsageError, match="does not say how many servings"):
        factor_for(Recipe("x", (), ()), Fraction(4))


@pytest.mark.parametrize(
    "text",
    [
        "Bake at 180 C for 20 minutes.",
        "Bake at 350 degrees F (175 C).",
        "Bake at 200C/400F/gas 6.",
        "Bake in a hot oven (fan 160 C).",
        "Warm it to 37 C, and bake at 180-200 C.",
    ],
)
def test_a_number_before_a_bare_c_is_a_temperature_where_it_is_no_number_of_cups(text: str) -> None:
    assert step(text, "2") == text
    metric = convert(Recipe("x", (), (text,)), "metric").steps[0]
    assert " l" not in metric and " ml" not in metric
    assert step("Stir in 2 C flour.", "2") == "Stir in 4 C flour."
    assert convert_temperatures("Stir in 2 C flour.", "us") == "Stir in 2 C flour."
    assert convert_temperatures("Bake at 180 C.", "us") == "Bake at 350 °F."


@pytest.mark.parametrize(
    ("line", "twice", "half", "metric"),
    [
        ("1 lb 4 oz ground beef", "2 1/2 lb ground beef", "10 oz ground beef", "570 g ground beef"),
        ("2 lbs. 8 oz. beef", "5 lbs. beef", "1 1/4 lbs. beef", None),
        ("1 kg 200 g flour", "2.4 kg flour", "600 g flour", "1 kg 200 g flour"),
        ("100 ml–150 ml water", "200 ml–300 ml water", "50 ml–75 ml water", "100 ml–150 ml water"),
        ("2 c. à s. d'huile", "4 c. à s. d'huile", "1 c. à s. d'huile", "2 c. à s. d'huile"),
        ("1 (12 oz/340 g) bag chips", "2 (12 oz/340 g) bags chips", "1/2 (12 oz/340 g) bag chips", None),
        ("1 tin (400g/14oz) tomatoes", "2 tins (400g/14oz) tomatoes", "1/2 tin (400g/14oz) tomatoes", None),
        ("100g/4oz each of raisins, figs", "200g/8oz each of raisins, figs", "50g/2oz each of raisins, figs", None),
        ("2lb4oz potatoes", "4 1/2lb potatoes", "1 1/8lb potatoes", "1 kg potatoes"),
        ("2kg500g flour", "5kg flour", "1.25kg flour", None),
        (
            "1 cup half & half cream",
            "2 cups half & half cream",
            "1/2 cup half & half cream",
            "240 ml half & half cream",
        ),
        (
            "1 c. half and half or 1 c. milk",
            "2 c. half and half or 2 c. milk",
            "1/2 c. half and half or 1/2 c. milk",
            None,
        ),
        ("2 cups (480 ml/16 oz) milk", "4 cups (960 ml/2 lb) milk", "1 cup (240 ml/8 oz) milk", None),
    ],
)
def test_amounts_of_two_parts(line: str, twice: str, half: str, metric: str | None) -> None:
    assert (scaled(line, "2"), scaled(line, "1/2")) == (twice, half)
    assert metric is None or in_units(line, "metric") == metric


@pytest.mark.parametrize("factor", [Fraction(0), Fraction(-1), Fraction(10**6)])
def test_a_factor_that_makes_no_sense_is_refused(factor: Fraction) -> None:
    with pytest.raises(UsageError, match="a factor of"):
        scale(Recipe("x", (), ()), factor)


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("1 cup milk", "240 ml milk"),
        ("1/3 cup oil", "80 ml oil"),
        ("8 fl oz cream", "240 ml cream"),
        ("2 quarts stock", "1.9 l stock"),
        ("2 tbsp oil", "2 tbsp oil"),  # less than 60 ml is measured by the spoon, whatever the recipe measures it with
        ("1 fl oz cream", "2 tbsp cream"),
        ("1/8 cup oil", "2 tbsp oil"),
        ("4 tbsp oil", "60 ml oil"),
        ("1/4 cup oil", "60 ml oil"),
        ("1 packed cup sugar", "240 ml packed sugar"),
        ("1 scant cup milk", "scant 240 ml milk"),
        ("1 cup plus 2 tablespoons flour", "270 ml flour"),
        ("1 tbsp plus 1 tsp oil", "1 tbsp plus 1 tsp oil"),
        ("1 lb plus 2 oz beef", "510 g beef"),
        ("4 oz butter", "115 g butter"),
        ("1/2 cup (1 stick) unsalted butter", "115 g (1 stick) unsalted butter"),
        ("1 stick butter, melted", "115 g butter, melted"),
        ("1 stick (1/2 cup) butter", "1 stick (115 g) butter"),
        ("6 tablespoons butter", "85 g butter"),
        ("1 cup peanut butter", "240 ml peanut butter"),
        ("1 3- to 4-pound chicken", "1 1.35- to 1.8-kg chicken"),
        ("16 1/2-ounce patties", "16 15-g patties"),
        ("1 1/2-pint container berries", "1 1/2-pint container berries"),  # of which size is not said
        ("1 to 1 1/2 lb beef", "450 to 680 g beef"),
        ("2 cups flour", "470 ml flour"),  # a volume: the table has no densities
        ("1 cup (240 ml) milk", "240 ml milk"),
        ("200 g/7 oz chocolate", "200 g chocolate"),
        ("1 (14-ounce) can beans", "1 (400-g) can beans"),
        ("1 cup minus 1 tablespoon flour", "220 ml flour"),
        ("1 cup plus 2 tablespoons less 1 teaspoon flour", "260 ml flour"),
        ("between 2 and 3 cups stock", "between 470 and 710 ml stock"),
        ("from 2 to 3 cups stock", "from 470 to 710 ml stock"),
        ("up to 2 cups stock", "up to 470 ml stock"),
        ("2 or 3 cups stock", "470 or 710 ml stock"),
        ("2–3 cups stock", "470–710 ml stock"),
        ("1 3 1/2-to 4-pound chicken", "1 1.6-to 1.8-kg chicken"),
        ("1 cup Pimm's No. 1 Cup", "240 ml Pimm's No. 1 Cup"),
        ("2 to3 cups stock", "470 to710 ml stock"),
        ("salt", "salt"),
    ],
)
def test_us_units_become_metric_ones(line: str, expected: str) -> None:
    assert in_units(line, "metric") == expected


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("250 ml milk", "1 cup milk"),
        ("1 l stock", "4 1/4 cups stock"),
        ("30 ml oil", "2 tbsp oil"),
        ("0,5 kg rice", "1 1/8 lb rice"),
        ("100 g butter", "3 1/2 oz butter"),
        ("1 kg flour", "2 1/4 lb flour"),
        ("1 g saffron", "1 g saffron"),  # too small for ounces
        ("2 x 400 g cans beans", "2 x 14 oz cans beans"),
        ("2 400 g tins beans", "2 14 oz tins beans"),
        ("1 750ml bottle wine", "1 25 fl oz bottle wine"),  # as it is labelled
        ("1 (750ml) bottle wine", "1 (25 fl oz) bottle wine"),
        ("1 bottle (750 ml) wine", "1 bottle (25 fl oz) wine"),
        ("1 1.5-kg chicken", "1 × 3 1/3-lb chicken"),
        ("between 500 and 750 ml stock", "between 2 1/8 and 3 1/8 cups stock"),
        ("1 cup (240 ml) milk", "1 cup milk"),
        ("15 ml (1 tablespoon) pepper", "1 tablespoon pepper"),
    ],
)
def test_metric_units_become_us_ones(line: str, expected: str) -> None:
    assert in_units(line, "us") == expected


@pytest.mark.parametrize(
    ("text", "system", "expected"),
    [
        ("Bake at 350°F.", "metric", "Bake at 180 °C."),
        ("Bake at 325 to 375 degrees F.", "metric", "Bake at 160-190 °C."),
        ("Bake at 425 degrees Fahrenheit.", "metric", "Bake at 220 °C."),
        ("Bake at 400F for 4 f.", "metric", "Bake at 200 °C for 4 f."),
        ("Cook to 165°F.", "metric", "Cook to 74 °C."),  # a temperature of meat keeps its degree
        ("Cook to 145 °F, then rest.", "metric", "Cook to 63 °C, then rest."),
        ("Bake at 180 °C.", "us", "Bake at 350 °F."),
        ("Bake at 200ºC.", "us", "Bake at 400 °F."),
        ("Bake at 350°F (180°C) now.", "metric", "Bake at 350°F (180°C) now."),
        ("Bake at 180°C/350°F.", "us", "Bake at 180°C/350°F."),
        ("Bake at 350 degrees.", "metric", "Bake at 350 degrees."),
        ("Vitamin C and 3 C's.", "us", "Vitamin C and 3 C's."),
    ],
)
def test_temperatures_are_converted_in_steps(text: str, system: str, expected: str) -> None:
    assert convert_temperatures(text, system) == expected  # type: ignore[arg-type]


@settings(max_examples=40, deadline=None, database=None, derandomize=True)
@given(RECIPES, st.fractions(Fraction(1, 20), 20))
def test_any_recipe_can_be_scaled_and_converted(recipe: Recipe, factor: Fraction) -> None:
    changed = scale(recipe, factor).recipe
    assert len(changed.ingredients) == len(recipe.ingredients)
    assert scale(recipe, Fraction(1)).recipe == recipe
    for system in ("metric", "us"):
        assert len(convert(changed, system).steps) == len(recipe.steps)  # type: ignore[arg-type]
