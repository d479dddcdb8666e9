"""Hints at allergens and safety notes."""

from __future__ import annotations

import pytest

from recipe_tui.core.cookbook.allergen_foods import FOODS, LOOKALIKES
from recipe_tui.core.cookbook.allergens import ALLERGENS, allergen_hints
from recipe_tui.core.cookbook.document import MACHINE_WRITTEN
from recipe_tui.core.cookbook.hints import notes_on
from recipe_tui.core.cookbook.languages import LANGUAGES
from recipe_tui.core.cookbook.safety import RULES, safety_notes
from recipe_tui.core.recipes.recipe import Recipe


def allergens(*ingredients: str, steps: tuple[str, ...] = ()) -> set[str]:
    return {hint.allergen.name.split(" ")[0] for hint in allergen_hints(Recipe("Dish", ingredients, steps))}


def rules(title: str, ingredients: tuple[str, ...], *steps: str) -> set[str]:
    return {note.rule.name for note in safety_notes(Recipe(title, ingredients, steps))}


def test_the_table_has_the_14_of_the_eu_and_the_9_of_the_fda() -> None:
    assert sum("EU" in one.lists for one in ALLERGENS) == 14
    assert sum("FDA" in one.lists for one in ALLERGENS) == 9


@pytest.mark.parametrize(
    "line",
    [
        *("coconut milk", "coconut", "nutmeg", "eggplant", "cream of tartar", "butternut squash", "water chestnuts"),
        *("cocoa butter", "butter beans", "rice flour", "corn tortillas", "oyster mushrooms", "crab apples"),
        *("Swiss chard", "2 apples", "chestnuts", "rice noodles", "creamed corn"),
    ],
)
def test_a_word_that_only_looks_like_an_allergen_is_none(line: str) -> None:
    assert allergens(line) == set()


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("1 cup buttermilk", {"milk"}),
        ("peanut butter", {"peanuts"}),
        ("almond milk", {"tree"}),
        ("soy milk", {"soybeans"}),
        ("WALNUTS, chopped", {"tree"}),
        ("2 large eggs", {"eggs"}),
        ("1 cup flour", {"wheat"}),
        ("egg noodles", {"wheat", "eggs"}),
        ("crème fraîche", {"milk"}),
        ("soy sauce", {"wheat", "soybeans"}),
        ("oyster sauce", {"wheat", "molluscs", "soybeans"}),
        ("fish sauce", {"fish"}),
        ("anchovies", {"fish"}),
        ("prawns", {"crustaceans"}),
        ("tahini", {"sesame"}),
        ("celery stalks", {"celery"}),
        ("Dijon mustard", {"mustard"}),
        ("dry white wine", {"sulphites"}),
        ("lupin flour", {"lupin"}),
        ("butter, and almond butter", {"milk", "tree"}),
        ("doughnuts", {"wheat"}),
        ("bean curd", {"soybeans"}),
    ],
)
def test_a_food_is_found_by_whole_words_and_the_longest_phrase(line: str, expected: set[str]) -> None:
    assert allergens(line) == expected


@pytest.mark.parametrize(
    "line",
    [
        *(
            "400 ml Kokosmilch",
            "Buchweizenmehl",
            "Reismehl",
            "1 Muskatnuss",
            "500 g Schwein",
            "Kakaobutter",
            "Leberkäse",
        ),
        *("1 Butternusskürbis", "2 EL Öl", "Reisnudeln", "lait de coco", "noix de muscade", "farine de sarrasin"),
        *("beurre de cacao", "1 moule à gâteau", "leche de coco", "nuez moscada", "harina de maíz", "cacao en polvo"),
        *("latte di cocco", "noce moscata", "grano saraceno", "farina di riso", "leite de coco", "noz-moscada"),
        *(
            "kokosmelk",
            "boekweitmeel",
            "1 bloemkool",
            "nootmuskaat",
            "kokosmjölk",
            "bovete",
            "muskotnöt",
            "boghvedemel",
        ),
        *(
            "butternut squash",
            "flax seeds",
            "2 grapefruits",
            "masa harina",
            "granos de pimienta",
            "do not stir, hungry",
        ),
        *(
            "Davis",
            "rugelach",
            "375 deg",
            "Kung Pao",
            "peaches",
            "1 room",
            "post",
            "calabaza butternut",
            "sucre glace",
            "d'ail",
            "2 Auberginen",
        ),
    ],
)
def test_what_only_looks_like_an_allergen_in_any_language_is_none(line: str) -> None:
    assert allergens(line) == set()


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("500 ml Vollmilch", {"milk"}),
        ("200 g Weizenmehl", {"wheat"}),
        ("3 Eier", {"eggs"}),
        ("100 g gemahlene Haselnüsse", {"tree"}),
        ("Erdnussbutter", {"peanuts"}),
        ("Mandelmilch", {"tree"}),
        ("Hafermilch", {"wheat"}),
        ("1 EL Sojasauce", {"wheat", "soybeans"}),
        ("1 TL Senf, 1 Knollensellerie", {"mustard", "celery"}),
        ("100 ml Weißwein", {"sulphites"}),
        ("Garnelen und Miesmuscheln", {"crustaceans", "molluscs"}),
        ("Räucherlachs, Sesam", {"fish", "sesame"}),
        ("Lupinenmehl", {"lupin"}),
        ("3 jaunes d'œufs", {"eggs"}),
        ("20 cl de crème, du beurre", {"milk"}),
        ("huile d'arachide", {"peanuts"}),
        ("noix de cajou", {"tree"}),
        ("6 noix de Saint-Jacques", {"molluscs"}),
        ("1 noix de beurre", {"milk"}),
        ("sauce soja", {"wheat", "soybeans"}),
        ("céleri, moutarde, vin blanc", {"celery", "mustard", "sulphites"}),
        ("2 huevos", {"eggs"}),
        ("harina, leche, mantequilla", {"wheat", "milk"}),
        ("nueces y cacahuetes", {"tree", "peanuts"}),
        ("gambas, mejillones", {"crustaceans", "molluscs"}),
        ("apio, mostaza, vino, sésamo", {"celery", "mustard", "sulphites", "sesame"}),
        ("2 uova, 100 g di burro", {"eggs", "milk"}),
        ("farina 00, latte di mandorle", {"wheat", "tree"}),
        ("arachidi, sedano, senape", {"peanuts", "celery", "mustard"}),
        ("3 ovos, farinha de trigo, manteiga", {"eggs", "wheat", "milk"}),
        ("amendoim, castanha de caju", {"peanuts", "tree"}),
        ("2 eieren, tarwebloem, roomboter", {"eggs", "wheat", "milk"}),
        ("pindakaas", {"peanuts"}),
        ("2 ägg, vetemjöl, vispgrädde", {"eggs", "wheat", "milk"}),
        ("jordnötter, hasselnötter", {"peanuts", "tree"}),
        ("2 æg, hvedemel, smør", {"eggs", "wheat", "milk"}),
    ],
)
def test_a_food_is_found_in_every_language_whose_units_are_known(line: str, expected: set[str]) -> None:
    assert allergens(line) == expected


def test_a_hint_names_the_food_as_the_recipe_does() -> None:
    (hint,) = allergen_hints(Recipe("x", ("200 g Käse",), ()))
    assert str(hint) == "milk (käse)"


def test_each_allergen_of_the_eu_is_listed_in_each_language() -> None:
    assert {name: set(foods) for name, foods in FOODS.items()} == {one.name: set(LANGUAGES) for one in ALLERGENS}
    assert set(LOOKALIKES) == set(LANGUAGES)


def test_directions_count_too_but_not_their_verbs() -> None:
    assert allergens(steps=("Stir in the peanuts.",)) == {"peanuts"}
    assert allergens(steps=("Cream the sugar, roll the dough.",)) == set()


def test_nothing_is_ever_called_free_of_anything() -> None:
    for recipe in (Recipe("Rice", ("rice",), ("Boil.",)), Recipe("Cake", ("flour", "eggs"), ("Bake.",))):
        text = "\n".join(notes_on(recipe)).lower()
        assert "free" not in text
        assert "safe:" in text
        assert notes_on(recipe)[0] == MACHINE_WRITTEN
        assert MACHINE_WRITTEN not in notes_on(recipe, machine_written=False)


def test_every_rule_names_its_source() -> None:
    assert all(rule.source and rule.text.endswith(".") for rule in RULES)
    assert len({rule.name for rule in RULES}) == len(RULES)


def test_meat_has_its_temperature() -> None:
    assert rules("Pie", ("1 chicken",), "Bake.") == {"poultry"}
    assert rules("Chili", ("1 lb ground beef",), "Simmer.") == {"ground meat"}
    assert rules("Roast", ("2 lb beef",), "Roast.") == {"whole cuts"}
    assert rules("Soup", ("4 cups chicken stock", "beef broth"), "Simmer.") == set()
    assert any("165 °F (74 °C)" in str(note) for note in safety_notes(Recipe("x", ("turkey",), ())))


def test_raw_eggs_and_raw_flour_are_noticed_where_nothing_is_cooked() -> None:
    assert rules("Cookies", ("2 eggs", "flour"), "Mix.", "Bake for 10 minutes.") == set()
    assert rules("Bites", ("2 eggs", "flour"), "Mix. Do not bake.") == {"raw egg", "raw flour"}
    assert rules("No-bake bites", ("flour",), "Chill.") == {"raw flour", "raw dough"}
    assert "eggs that stay raw" in rules("Mayonnaise", ("1 egg", "oil"), "Warm the oil to heat it. Whisk.")
    assert "raw egg" not in rules("Salad", ("1 hard-boiled egg",), "Toss.")


def test_other_risks_have_their_rules() -> None:
    assert rules("Tea", ("honey",), "Stir.") == {"honey"}
    assert rules("Beans", ("2 cups kidney beans",), "Simmer.") == {"kidney beans"}
    assert rules("Beans", ("1 (15-ounce) can kidney beans",), "Simmer.") == set()
    assert rules("Salad", ("bean sprouts",), "Toss.") == {"sprouts"}
    assert rules("Sprouts", ("Brussels sprouts",), "Roast.") == set()
    assert rules("Tuna tartare", ("tuna",), "Dice.") >= {"raw fish"}


def test_a_recipe_that_fills_jars_has_the_note_on_canning_and_one_that_uses_a_jar_has_not() -> None:
    assert rules("Jam", ("berries",), "Boil. Fill hot jars.") == {"canning"}
    assert rules("Canned tomatoes", ("5 lb tomatoes",), "Process for 45 minutes.") == {"canning"}
    assert rules("Dilly beans", ("green beans", "vinegar"), "Pack into sterilized pint jars. Seal.") == {"canning"}
    assert rules("Salsa for canning", ("tomatoes",), "Simmer. Ladle into hot jars.") == {"canning"}
    assert rules("Peaches", ("peaches",), "Ladle into jars, leaving 1/2-inch headspace.") == {"canning"}
    assert rules("Peaches", ("peaches",), "Fill the jars and process them in a pressure canner.") == {"canning"}
    assert rules("Chutney", ("apples",), "Simmer. Store in sterilised jars in a cool, dark place.") == {"canning"}
    (note,) = safety_notes(Recipe("Jam", ("berries",), ("Boil.",)))
    assert "USDA" in note.rule.source and "National Center for Home Food Preservation" in note.rule.source
    assert rules("Tarts", ("1 cup jam", "pastry"), "Spread the jam. Bake.") == set()
    assert rules("Sandwiches", ("2 tbsp pickle relish", "4 buns"), "Top with pickles and relish. Toast.") == set()
    assert rules("Soup", ("1 (14-oz) can beans",), "Drain the canned beans. Simmer.") == set()
    assert rules("Ham", ("1 jar apricot preserves", "1 cup rice"), "Brush with the preserves. Boil the rice.") <= {
        "whole cuts"
    }


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        ("vital wheat gluten", {"wheat"}),
        ("vermicelli", {"wheat"}),
        ("rice vermicelli", set()),
        ("1 cup freekeh", {"wheat"}),
        ("2 tbsp roux", {"wheat", "milk"}),
        ("1 cup gravy", {"wheat"}),
        ("1 quiche", {"wheat", "milk", "eggs"}),
        ("Hollandaise", {"eggs", "milk"}),
        ("4 oz lox, 1 tsp nam pla", {"fish"}),
        ("labneh, tzatziki, raita and lassi", {"milk"}),
        ("1/4 cup Bailey's", {"milk"}),
        ("2 cups Bisquick", {"wheat"}),
        ("8 oz Velveeta", {"milk"}),
        ("12 Oreos", {"wheat", "soybeans"}),
        ("2 Snickers", {"milk", "eggs", "peanuts", "soybeans"}),
        ("1 tsp Marmite", {"wheat", "celery"}),
        ("200 g pan", {"wheat"}),
        ("Mehlschwitze", {"wheat", "milk"}),
        ("Béchamelsauce", {"wheat", "milk"}),
        ("besciamella", {"wheat", "milk"}),
        ("bechamelsaus", {"wheat", "milk"}),
        ("1 msk fisksås", {"fish"}),
        ("butter for the pan", {"milk"}),
        ("pan drippings", set()),
        ("shepherd's pie", set()),
        ("gluten-free flour", set()),
        ("4 pitta breads", {"wheat"}),
        ("cornbread", {"wheat", "milk", "eggs"}),
        ("Welsh rarebit", {"wheat", "milk", "mustard"}),
        ("1/2 cup Miracle Whip", {"eggs", "soybeans", "mustard"}),
        ("tartare sauce", {"eggs", "mustard"}),
        ("2 tbsp Horlicks", {"wheat", "milk"}),
        ("3 cups Rice Krispies", {"wheat"}),
        ("1 cup cornflakes", {"wheat"}),
        ("2 cups corn flakes", {"wheat"}),
        ("8 pork sausages", {"wheat"}),
        ("6 chipolatas", {"wheat", "sulphites"}),
        ("1 haggis", {"wheat"}),
        ("Yorkshire puddings", {"wheat", "milk", "eggs"}),
        ("200 g black pudding", {"wheat"}),
        ("1 angel food cake", {"wheat", "eggs"}),
        ("Caesar dressing", {"milk", "eggs", "fish", "mustard"}),
        ("1 bottle root beer", set()),
        ("1 cup ginger ale", set()),
        ("soya milk", {"soybeans"}),
        ("soya yoghurt", {"soybeans"}),
        ("soya sauce", {"wheat", "soybeans"}),
        ("oat cream", {"wheat"}),
        ("cashew cream", {"tree"}),
    ],
)
def test_dishes_and_products_have_what_their_names_do_not_say(line: str, expected: set[str]) -> None:
    assert allergens(line) == expected


def test_a_pan_and_a_verb_in_the_directions_are_no_food() -> None:
    assert allergens(steps=("Heat the pan, toast the seeds, and finish stuffing the peppers.",)) == set()


@pytest.mark.parametrize(
    "title", ["Roast Potatoes", "Chop Suey", "Cauliflower Steaks", "Veggie Burgers", "Roasted Beets"]
)
def test_a_word_of_cooking_is_no_cut_of_meat(title: str) -> None:
    assert not rules(title, ("salt",), "Roast.") & {"whole cuts", "ground meat"}


def test_only_the_temperature_of_the_meat_that_is_cooked_is_named() -> None:
    assert rules("Roast chicken", ("1 chicken",), "Roast.") == {"poultry"}
    assert rules("Turkey Burgers", ("1 lb turkey", "4 hamburger buns"), "Grill.") == {"poultry"}
    assert rules("Grilled Salmon Steaks", ("4 salmon steaks",), "Grill.") == {"fish"}
    assert rules("Pot Roast", ("1 chuck roast",), "Braise.") == {"whole cuts"}
    assert rules("Dinner", ("4 lamb chops",), "Grill.") == {"whole cuts"}


def test_eggs_that_are_added_after_the_cooking_are_raw() -> None:
    sauce = ("Bring the sauce to a boil and let it cool.",)
    assert "raw egg" in rules("Mousse", ("3 egg whites",), *sauce, "Fold in the egg whites. Chill.")
    assert "eggs that stay raw" in rules("Sauce", ("3 eggs",), *sauce, "Beat the 3 egg whites raw into the sauce.")
    assert "raw egg" in rules("Sauce", ("3 eggs",), f"{sauce[0]} Beat the egg whites into it.")
    assert rules("Cake", ("3 eggs",), "Preheat the oven.", "Beat the eggs.", "Leave it in for 20 minutes.") == set()
    assert rules("Scramble", ("3 eggs",), "Beat the eggs.", "Pour into the skillet.") == set()
    assert rules("Cake", ("3 eggs",), "Mix everything, and bake.") == set()


def test_garlic_that_is_kept_in_oil_has_its_rule_and_garlic_that_is_fried_has_not() -> None:
    oil = "garlic or herbs in oil"
    listed = ("3 heads garlic", "2 cups olive oil")
    keep = "Cover garlic with oil and keep in the pantry for a month."
    assert oil in {one.split(" kept")[0] for one in rules("Garlic", listed, keep)}
    assert rules("Garlic", listed, "Submerge the garlic in olive oil.", "Store for 2 weeks.") & {f"{oil} kept"}
    assert not rules("Garlic shrimp", listed, "Cook the garlic in oil for 1 minute.") & {oil, f"{oil} kept"}


def test_raw_oysters_have_the_note_on_raw_shellfish() -> None:
    assert "raw shellfish" in rules("Oysters", ("12 oysters",), "Shuck the oysters. Serve on ice.")
    assert "shellfish that stay raw" in rules("Raw oysters", ("12 oysters",), "Serve the oysters with toast.")
    assert "raw shellfish" not in rules("Oysters", ("12 oysters",), "Bake the oysters.")
    assert "raw shellfish" not in rules("Salad", ("1 tbsp oyster sauce",), "Toss.")
