"""Which numbers of an ingredient line are quantities, and how large they are."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from recipe_tui.core.cookbook.quantities import quantities
from recipe_tui.core.cookbook.units import CUP, GALLON, LB, TBSP, TSP, respelled, unit_called


def found(line: str) -> list[tuple[str, str]]:
    """Return number and unit of each quantity of a line."""
    return [(str(one.low) if one.high is None else f"{one.low}..{one.high}", one.spelling) for one in quantities(line)]


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("1 1/2 cups flour", [("3/2", "cups")]),
        ("1-1/2 cups milk", [("3/2", "cups")]),
        ("½ cup sugar", [("1/2", "cup")]),
        ("1½ cups sugar", [("3/2", "cups")]),
        ("1⁄3 cup oil", [("1/3", "cup")]),
        ("1-2 carrots", [("1..2", "")]),
        ("1 to 1 1/2 lb beef", [("1..3/2", "lb")]),
        ("2½ – 3 cups x", [("5/2..3", "cups")]),
        ("1 (14-ounce) can tomatoes", [("1", "")]),
        ("1 14-ounce can beans", [("1", "")]),
        ("2 (400 g) cans beans", [("2", "")]),
        ("2 cans beans (400 g)", [("2", "cans")]),
        ("2 x 400 g cans beans", [("2", "")]),
        ("2x400g cans beans", [("2", "")]),
        ("0,5 l milk", [("1/2", "l")]),
        ("1.5 kg potatoes", [("3/2", "kg")]),
        ("1,500 g potatoes", [("1500", "g")]),
        ("400g pasta", [("400", "g")]),
        ("a pinch of salt", [("1", "pinch")]),
        ("half an onion", [("1/2", "")]),
        ("a dozen eggs", [("12", "")]),
        ("three eggs", [("3", "")]),
        ("About 2 cups flour", [("2", "cups")]),
        ("juice of 2 lemons", [("2", "")]),
        ("1 cup plus 2 tablespoons flour", [("1", "cup"), ("2", "tablespoons")]),
        ("1 cup (240 ml) milk", [("1", "cup"), ("240", "ml")]),
        ("200 g/7 oz chocolate", [("200", "g"), ("7", "oz")]),
        ("2 onions (about 300 g)", [("2", ""), ("300", "g")]),
        ("2 fillets (6 ounces each)", [("2", "fillets")]),
        ("1 cup 2% milk", [("1", "cup")]),
        ("- 8 fl. oz cream", [("8", "fl. oz")]),
        ("one and a half cups milk", [("3/2", "cups")]),
        ("1 and a half cups milk", [("3/2", "cups")]),
        ("two and one-half cups milk", [("5/2", "cups")]),
        ("three-quarters cup sugar", [("3/4", "cup")]),
        ("quarter cup sugar", [("1/4", "cup")]),
        ("two to three carrots", [("2..3", "")]),
        ("1 dozen eggs", [("12", "")]),
        ("half a dozen eggs", [("6", "")]),
        ("a couple of eggs", [("2", "")]),
        (".5 l milk", [("1/2", "l")]),
        ("2 8-ounce packages cream cheese", [("2", "")]),
        ("2 - 8 oz packages cream cheese", [("2", "")]),
        ("one 28-ounce can tomatoes", [("1", "")]),
        ("15-ounce can coconut milk", [("1", "")]),
        ("400g tin tomatoes", [("1", "")]),
        ("28 oz can (796 ml) tomatoes", [("1", "")]),
        ("12 small cup-shaped leaves", [("12", "")]),
        ("between 2 and 3 cups stock", [("2..3", "cups")]),
        ("3- to 3 1/2-pound chicken", [("1", "")]),
        ("1 1/2-pint container berries", [("1", "")]),  # of half a pint, or of one and a half: one in any case
        ("16 1/3-inch-thick baguette slices", [("16", "")]),
        ("8 rib-eye steaks (10 ounces each)", [("8", "")]),
        ("2 large cloves garlic", [("2", "cloves")]),
        ("Large pinch of salt", [("1", "pinch")]),
        ("Dash hot sauce", [("1", "dash")]),
        ("Slice of lemon", [("1", "slice")]),
        ("Rounded 1/4 teaspoon pepper", [("1/4", "teaspoon")]),
        ("Garnish: 4 pecan halves", [("4", "")]),
        ("Leaves from 4 bunches basil", [("4", "bunches")]),
        ("the white and pale green parts of 6 scallions, minced", [("6", "")]),
        ("the grated zest (about 2 teaspoons) of 2 lemons", [("2", "teaspoons"), ("2", "")]),
        ("zest of 1 lemon plus juice of 2 lemons", [("1", ""), ("2", "")]),
        ("lime juice, 3 tbsp", [("3", "tbsp")]),
        ("Extra virgin olive oil 2 tablespoons", [("2", "tablespoons")]),
        ("1 cup basil or a mixture of herbs", [("1", "cup")]),
        ("1 clove, crushed with the back of a knife", [("1", "clove")]),
        ("1/2 cup to 1 cup water", [("1/2", "cup"), ("1", "cup")]),
        ("1 egg, beaten with 1 tablespoon water", [("1", ""), ("1", "tablespoon")]),
        ("1 cup peas (from about 1 pound in pods)", [("1", "cup"), ("1", "pound")]),
        ("2 fennel bulbs (also called anise; 1 lb total)", [("2", ""), ("1", "lb")]),
        ("4 steaks (each about 6 ounces)", [("4", "")]),
        ("1 can, 14 oz", [("1", "can")]),
        ("1 cup carrots (2 medium or 3 small)", [("1", "cup"), ("2", ""), ("3", "")]),
        ("1 cup lemon juice (about 6 lemons)", [("1", "cup"), ("6", "")]),
        ("1 cup lemon juice, from about 6 lemons", [("1", "cup"), ("6", "")]),
        ("4 apples (about 3 inches wide)", [("4", "")]),
        ("2 loaves bread (1 day old)", [("2", "loaves")]),
        ("2 cups yogurt (2 percent fat)", [("2", "cups")]),
        ("1 package rolls (8 rolls)", [("1", "package")]),
        ("1 cup plus 2 tablespoons less 1 teaspoon flour", [("1", "cup"), ("2", "tablespoons"), ("1", "teaspoon")]),
        ("fresh orange juice, 2/3 cup (5 fl oz/150 ml)", [("2/3", "cup"), ("5", "fl oz"), ("150", "ml")]),
        ("yellow onion, 1 small, chopped", [("1", "")]),
        ("1 1/2-pint basket blueberries (about 1 1/3 cups)", [("1", ""), ("4/3", "cups")]),
        ("1 can tomatoes (about 2 cups)", [("1", "can"), ("2", "cups")]),
        ("5 cups stuffing mix (about one 12-ounce package)", [("5", "cups"), ("1", "")]),
        ("1 oz ham (scant 1/4 cup)", [("1", "oz"), ("1/4", "cup")]),
        ("5 oz flour, approximately 1 cup", [("5", "oz"), ("1", "cup")]),
        ("22 oz yams (sweet potatoes; about 2 large)", [("22", "oz"), ("2", "")]),
        ("3 cups berries (about 1 1/2 one-pint baskets)", [("3", "cups"), ("3/2", "")]),
        ("1/4 cup oil plus about 2 cups for tofu", [("1/4", "cup"), ("2", "cups")]),
        ("6 parsley stems, 2 thyme sprigs and 3 bay leaves", [("6", ""), ("2", ""), ("3", "")]),
        ("4 pork chops (weighing about 2 pounds total)", [("4", ""), ("2", "pounds")]),
        ("2 lime leaves or grated zest of 1 lime", [("2", ""), ("1", "")]),
        ("1 T-bone steak", [("1", "")]),
        ("4 scallions, 2 thinly sliced", [("4", "")]),
        ("10 tortillas (8 to10 inch)", [("10", "")]),
        ("6 peppers from a jar", [("6", "")]),
        ("8 cups corn (cut from about 6 ears), reserving 3 cobs", [("8", "cups"), ("6", "ears"), ("3", "")]),
        ("6 bell peppers (2 orange, 3 red, 1 green)", [("6", ""), ("2", ""), ("3", ""), ("1", "")]),
        ("2 cups crumbs (about half of one 9-ounce package)", [("2", "cups")]),
        ("1 cup broth (8 fl ounces)", [("1", "cup"), ("8", "fl ounces")]),
        ("1/2 of a large lemon", [("1/2", "")]),
        ("½ a lemon", [("1/2", "")]),
        ("1/4 cup juice (from 1/2 a lemon)", [("1/4", "cup"), ("1/2", "")]),
        ("from 2 to 3 cups stock", [("2..3", "cups")]),
        ("zwischen 2 und 3 EL Öl", [("2..3", "EL")]),
        ("de 2 à 3 gousses d'ail", [("2..3", "gousses")]),
        ("entre 2 y 3 cucharadas de aceite", [("2..3", "cucharadas")]),
        ("2 o 3 spicchi d'aglio", [("2..3", "spicchi")]),
        ("ca. 3 msk olja", [("3", "msk")]),
        ("jus de 2 citrons", [("2", "")]),
        ("1 oignon coupé en 2", [("1", "")]),
        ("Melted butter (about 4 tablespoons)", [("4", "tablespoons")]),
    ],
)
def test_a_quantity_is_an_exact_fraction_with_its_unit(line: str, expected: list[tuple[str, str]]) -> None:
    assert found(line) == expected


@pytest.mark.parametrize(
    "line",
    [
        "salt to taste",
        "a few carrots",
        "2-inch piece ginger",
        "1 1/2-inch piece ginger",
        "10% cream",
        "9x13 pan",
        "1/0 cup",
        "0 eggs",
        "7-Up",
        "2 for the sauce:",
        "half and half",
        "8-ounce packages cream cheese",  # how many is not said
        "Special equipment: a 10-inch pan",
        "13 x 9 x 2-inch pan",
        "3/4 inch piece fresh ginger",
        "9 inch pie shell",
        "A 9-inch cake pan (preferably light-colored)",
        "2 rimmed baking sheets",
        "9 × 13-inch pan",
        "4 3/4 x 2-inch strips orange peel",
        "vegetable oil (for frying; about 2 cups)",  # a pan's depth, not a share of the recipe
        "chives, cut into 1-inch lengths",
        "five-spice powder",
        "",
    ],
)
def test_what_is_no_quantity_is_none(line: str) -> None:
    assert found(line) == []


def test_a_letter_alone_is_a_tablespoon_or_a_teaspoon_by_its_case() -> None:
    assert (unit_called("T"), unit_called("t"), unit_called("Tbsp."), unit_called("c.")) == (TBSP, TSP, TBSP, CUP)
    assert unit_called("tomato") is None


def test_sizes_are_exact() -> None:
    assert GALLON.size == Fraction("3785.411784")
    assert LB.size == Fraction("453.59237")
    assert CUP.size / TBSP.size == 16
    assert TBSP.size / TSP.size == 3


def test_a_unit_is_spelled_for_one_or_for_several() -> None:
    assert respelled("cup", CUP, is_one=False) == "cups"
    assert respelled("Tablespoons", TBSP, is_one=True) == "Tablespoon"
    assert respelled("tbsp.", TBSP, is_one=False) == "tbsp."
    assert respelled("lbs", LB, is_one=True) == "lb"
    assert respelled("lb", LB, is_one=False) == "lb"


@settings(max_examples=100, deadline=None, database=None, derandomize=True)
@given(st.text(max_size=40))
def test_any_text_has_quantities_above_zero_or_none(line: str) -> None:
    assert all(one.low > 0 and line[one.start : one.end] for one in quantities(line))
