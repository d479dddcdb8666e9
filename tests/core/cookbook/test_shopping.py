"""A shopping list of several recipes."""

from __future__ import annotations

import pytest

from recipe_tui.core.cookbook.shopping import OTHER, shopping_list, shopping_text
from recipe_tui.core.recipes.recipe import Recipe


def amounts(*lines: str) -> dict[str, tuple[str, ...]]:
    groups = shopping_list([Recipe(f"Dish {number}", (line,), ()) for number, line in enumerate(lines)])
    return {item.name: item.amounts for items in groups.values() for item in items}


def test_the_same_unit_is_added_exactly() -> None:
    assert amounts("1/3 cup milk", "1/4 cup milk", "1/3 cup milk") == {"milk": ("11/12 cup",)}
    assert amounts("2 eggs", "3 large eggs, beaten") == {"eggs": ("5",)}


def test_different_units_stand_apart() -> None:
    assert amounts("2 onions", "1 cup chopped onion") == {"onions": ("2", "1 cup")}
    assert amounts("1 lb beef", "500 g beef") == {"beef": ("1 lb", "500 g")}


def test_ranges_and_lines_without_an_amount_are_kept() -> None:
    assert amounts("1-2 carrots", "3 carrots") == {"carrots": ("4-5",)}
    assert amounts("salt to taste", "1 tsp salt") == {"salt": ("1 tsp", "some")}


def test_only_packages_of_one_size_are_added() -> None:
    assert amounts("1 (14-ounce) can beans", "2 (14-ounce) cans beans", "1 (28-ounce) can beans") == {
        "beans": ("3 (14-ounce) cans", "1 (28-ounce) can")
    }


def test_what_is_said_twice_is_bought_once() -> None:
    assert amounts("1 cup (240 ml) milk") == {"milk": ("1 cup",)}
    assert amounts("1 cup plus 2 tbsp milk") == {"milk": ("1 1/8 cups",)}


def test_a_package_is_the_same_however_its_size_is_written() -> None:
    lines = (
        "1 (14-oz) can beans",
        "one 14-ounce can beans",
        "1 can beans",
        "1 can (14 oz) beans",
        "1 x 14 oz can beans",
    )
    assert amounts(*lines) == {"beans": ("4 (14-oz) cans", "1 can")}
    assert amounts("2 8-ounce packages cream cheese") == {"cream cheese": ("2 (8-ounce) packages",)}
    assert amounts("15-ounce can coconut milk") == {"coconut milk": ("1 (15-ounce) can",)}
    assert amounts("1 3-pound chicken", "four 6-ounce salmon fillets") == {
        "chicken": ("1 (3-pound)",),
        "salmon": ("4 (6-ounce) fillets",),
    }


def test_what_is_taken_from_a_fruit_needs_the_fruit() -> None:
    lines = ("juice of 2 lemons", "Juice and zest of 1 lemon", "half a lemon", "zest of 1 lemon plus juice of 2 lemons")
    assert amounts(*lines) == {"lemons": ("6 1/2",)}
    assert amounts("1/4 cup lemon juice", "lemon juice, 2 tbsp") == {"lemon juice": ("3/8 cup",)}


def test_pieces_are_added_wherever_the_line_names_them() -> None:
    assert amounts("2 large cloves garlic", "4 garlic cloves, minced") == {"garlic": ("6 cloves",)}
    assert amounts("1 dozen eggs", "two eggs") == {"eggs": ("14",)}
    assert amounts("4 cloves", "6 chicken thighs") == {"cloves": ("4 cloves",), "chicken thighs": ("6",)}


def test_units_of_one_system_are_added_where_the_sum_can_be_measured() -> None:
    assert amounts("1 lb beef", "8 oz beef") == {"beef": ("1 1/2 lb",)}
    assert amounts("2 tbsp honey", "2 tbsp honey") == {"honey": ("1/4 cup",)}
    assert amounts("1 cup milk", "1 tbsp milk") == {"milk": ("1 1/8 cups",)}  # rounded up: enough is bought
    assert amounts("2 tbsp milk", "1 tsp milk", "1/4 cup milk") == {"milk": ("6 1/3 tbsp",)}
    assert amounts("1 cup milk", "1 tsp milk") == {"milk": ("1 cup",)}  # nobody misses 2 %
    assert amounts("1 pint cream", "1 cup cream", "2 fl oz cream") == {"cream": ("3 1/4 cups",)}
    assert amounts("1 lb beef", "3 oz beef") == {"beef": ("1 1/4 lb",)}
    assert amounts("1-2 lb beef", "3 oz beef") == {"beef": ("1 1/4-2 1/4 lb",)}
    assert amounts("250 ml milk", "1 l milk", "2 dl milk") == {"milk": ("1.45 l",)}
    assert amounts("1 kg 30 g rice", "500 g rice") == {"rice": ("1.53 kg",)}
    assert amounts("240 ml milk", "2 tbsp milk") == {"milk": ("270 ml",)}
    assert amounts("3 EL Öl", "3 TL Öl") == {"öl": ("4 EL",)}
    assert amounts("1 cup milk", "100 ml milk", "1 tbsp milk") == {"milk": ("1 1/8 cups", "100 ml")}
    assert amounts("800 g rice", "1 kg rice", "1-2 tsp oil", "1 tbsp oil") == {
        "rice": ("1.8 kg",),
        "oil": ("1 1/3-1 2/3 tbsp",),
    }


def test_two_things_without_an_amount_are_two_items() -> None:
    assert amounts("Salt and freshly ground black pepper") == {"salt": ("some",), "black pepper": ("some",)}


def test_headings_are_no_items() -> None:
    assert amounts("For the sauce:") == {}


def test_footnotes_and_equipment_are_not_bought() -> None:
    assert amounts("*Available at Asian markets", "Special equipment: a wok", "* 2 medium-size onions") == {
        "onions": ("2",)
    }


def test_items_are_grouped_and_name_their_recipes() -> None:
    soup = Recipe("Soup", ("1 leek", "black pepper", "salt", "milk", "unobtainium"), ())
    pie = Recipe("Pie", ("2 leeks", "1 lb ground beef"), ())
    groups = shopping_list([soup, pie])
    (leek,) = groups["Vegetables, fruit and herbs"]
    assert (leek.name, leek.amounts, leek.recipes) == ("leek", ("3",), ("Soup", "Pie"))
    assert [item.name for item in groups["Spices, oil and vinegar"]] == ["black pepper", "salt"]
    assert [item.name for item in groups[OTHER]] == ["unobtainium"]
    assert shopping_text(groups).startswith("Vegetables, fruit and herbs:\n[ ] leek: 3\n\nMeat and fish:")


def test_items_of_other_languages_are_merged_by_their_singular() -> None:
    assert amounts("2 Zwiebeln", "1 Zwiebel, gehackt") == {"zwiebeln": ("3",)}
    assert amounts("2 gousses d'ail", "1 gousse d'ail") == {"ail": ("3 gousses",)}
    assert amounts("2 cucharadas de aceite", "1 cucharadita de aceite") == {"aceite": ("7 cucharaditas",)}


def test_every_part_of_a_sum_is_bought() -> None:
    assert amounts("1 cup 2 tbsp flour") == {"flour": ("1 1/8 cups",)}
    assert amounts("2 cups & 2 tbsp sugar") == {"sugar": ("2 1/8 cups",)}
    assert amounts("a cup and a half of milk", "1 cup milk") == {"milk": ("2 1/2 cups",)}
    assert amounts("1.000 g Mehl", "1 kg Mehl") == {"mehl": ("2 kg",)}
    assert amounts("zwei Eier", "3 Eier") == {"eier": ("5",)}
    assert amounts("Saft einer Zitrone", "Saft von 2 Zitronen") == {"zitrone": ("3",)}
    assert amounts("1 pint (600 ml) milk", "1 pint (570 ml) milk") == {"milk": ("2 pints",)}
    assert amounts("11/2 cups milk") == {"milk": ("some",)}


def test_virgin_olive_oil_is_olive_oil() -> None:
    assert amounts("2 tbsp extra-virgin olive oil", "1 tbsp olive oil") == {"olive oil": ("3 tbsp",)}


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("1 cup each raisins, nuts", {"raisins": ("1 cup",), "nuts": ("1 cup",)}),
        ("100g each raisins and sultanas", {"raisins": ("100 g",), "sultanas": ("100 g",)}),
        ("1 tsp each of cumin, salt, and mace", {"cumin": ("1 tsp",), "salt": ("1 tsp",), "mace": ("1 tsp",)}),
        ("1 cup each red and green grapes", {"red grapes": ("1 cup",), "green grapes": ("1 cup",)}),
        ("1 cup raisins and 1/2 cup nuts", {"raisins": ("1 cup",), "nuts": ("1/2 cup",)}),
        ("2 eggs, plus 1 cup milk", {"eggs": ("2",), "milk": ("1 cup",)}),
        ("1 cup sugar plus 2 tbsp sugar", {"sugar": ("1 1/8 cups",)}),
        ("1 cup sugar, plus 2 tbsp for dusting", {"sugar": ("1 1/8 cups",)}),
        ("2 cups water with 2 bouillon cubes", {"water": ("2 cups",), "bouillon": ("2 cubes",)}),
        ("500ml stock made with 1 egg", {"stock": ("500 ml",), "egg": ("1",)}),
        ("salt, pepper", {"salt": ("some",), "pepper": ("some",)}),
        ("oil, salt and black pepper", {"oil": ("some",), "salt": ("some",), "black pepper": ("some",)}),
        ("Parmesan, grated", {"parmesan": ("some",)}),
        ("salt, to taste", {"salt": ("some",)}),
        ("water to cover", {"water": ("some",)}),
        ("2 steaks (8 oz each), trimmed and tied", {"steaks": ("2",)}),
        ("1 lg. (29 oz.) can peaches", {"peaches": ("1 (29 oz) can",)}),
        ("2 large (28-oz) cans tomatoes", {"tomatoes": ("2 (28-oz) cans",)}),
        ("2 lb each beef and pork, cut in cubes", {"beef": ("2 lb",), "pork": ("2 lb",)}),
        (
            "1 tsp salt and 1/4 tsp each pepper and mace",
            {"salt": ("1 tsp",), "pepper": ("1/4 tsp",), "mace": ("1/4 tsp",)},
        ),
        ("1 small (8 oz.) carton sour cream", {"sour cream": ("1 (8 oz) carton",)}),
        ("1 doz. eggs", {"eggs": ("12",)}),
    ],
)
def test_every_item_of_a_line_is_bought_with_its_amount(line: str, expected: dict[str, tuple[str, ...]]) -> None:
    assert amounts(line) == expected


def test_spellings_of_one_thing_are_one_item() -> None:
    assert amounts("1-2 chillies", "1 chilli", "2 chiles") == {"chillies": ("4-5",)}


def test_what_is_bought_in_cans_alone_is_with_the_cans() -> None:
    groups = shopping_list([Recipe("Soup", ("2 (28-oz) cans tomatoes", "1 can beans", "1 leek"), ())])
    assert {name: [item.name for item in items] for name, items in groups.items()} == {
        "Vegetables, fruit and herbs": ["leek"],
        "Pasta, rice, cans and sauces": ["beans", "tomatoes"],
    }
