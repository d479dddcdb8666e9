"""The objects, groups and maps in which sites and programs keep ingredients and steps."""

from __future__ import annotations

import pytest

from recipe_tui.core.recipes.reading.items import Skipped, field_lines


def lines(value, field) -> list[str]:
    skipped = Skipped()
    found = list(field_lines(value, field, skipped))
    assert not skipped
    return found


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ([{"quantity": "200", "unit": "g", "name": "lentils"}], ["200 g lentils"]),
        ([{"quantity": 0.5, "unit": None, "food": {"name": "onion"}, "note": "diced"}], ["1/2 onion, diced"]),
        ([{"quantity": 1.75, "unit": {"name": "cup"}, "food": {"name": "flour"}}], ["1 3/4 cup flour"]),
        ([{"quantity": 0, "note": "30 g butter", "food": None, "display": "30 g butter"}], ["30 g butter"]),
        (
            [{"display": "200 g lentils", "title": "Soup"}, {"display": "salt", "title": ""}],
            ["Soup:", "200 g lentils", "salt"],
        ),
        ([{"food": {"name": "salt"}, "unit": {"name": "g"}, "amount": 0, "no_amount": True}], ["salt"]),
        ([{"is_header": True, "note": "Dough"}, {"food": {"name": "flour"}, "amount": 2}], ["Dough:", "2 flour"]),
        ([{"original": "2 eggs", "amount": 2, "name": "egg"}], ["2 eggs"]),
        ([{"text": "1 cup milk"}], ["1 cup milk"]),
        ([{"quantity": "200 g", "description": "lentils"}], ["200 g lentils"]),
        ([{"quantityMin": 200, "quantityMax": 250, "unit": "g", "name": "lentils"}], ["200-250 g lentils"]),
        ([{"@list": [{"@value": "2 eggs"}, {"@value": "salt"}]}], ["2 eggs", "salt"]),
        ({"red lentils": "200 g", "salt": None, "eggs": 2}, ["200 g red lentils", "salt", "2 eggs"]),
        ({"Dough": ["flour", "water"], "Filling": ["jam"]}, ["Dough:", "flour", "water", "Filling:", "jam"]),
        ({"Dough": {"flour": "200 g"}}, ["Dough:", "200 g flour"]),
        ({"flour": {"amount": 200, "unit": "g"}}, ["200 g flour"]),
        ({"1": "flour", "2": "water"}, ["flour", "water"]),
        (
            [{"name": "Dough", "ingredients": ["flour"]}, {"group": "Top", "items": ["jam"]}],
            ["Dough:", "flour", "Top:", "jam"],
        ),
        ([["flour", "water"], ["jam"]], ["flour", "water", "jam"]),
        ([("200 g", "lentils"), ("1/2", "onion, diced")], ["200 g lentils", "1/2 onion, diced"]),
        ([["lentils", "200 g"], ["onion", "1/2"]], ["200 g lentils", "1/2 onion"]),
        ([[200, "g", "lentils"], [0.5, None, "onion"]], ["200 g lentils", "1/2 onion"]),
        (
            [["200 g lentils", "1/2 onion"], ["30 g butter", "salt"]],
            ["200 g lentils", "1/2 onion", "30 g butter", "salt"],
        ),
        ("[('200 g', 'lentils'), ('30 g', 'butter')]", ["200 g lentils", "30 g butter"]),
        ("(('200 g', 'lentils'), ('30 g', 'butter'))", ["200 g lentils", "30 g butter"]),
        (["200 g lentils, 1 onion, 30 g butter"], ["200 g lentils", "1 onion", "30 g butter"]),
        (["['flour', 'water']"], ["flour", "water"]),
        ([["2 eggs", "salt"], ["1 leek", "oil"]], ["2 eggs", "salt", "1 leek", "oil"]),
        ([("2 EL", "Öl"), ("1 TL", "Salz")], ["2 EL Öl", "1 TL Salz"]),
        ([{"@type": "HowToSupply", "name": "2 eggs"}], ["2 eggs"]),
        ([{"@type": "ItemList", "name": "Tea", "itemListElement": ["mint"]}], ["Tea:", "mint"]),
        ([{"list": [{"ingredientTitle": "lentils", "quantity": 200, "measure": "g"}]}], ["200 g lentils"]),
        ([None, float("nan"), "jam"], ["jam"]),
    ],
)
def test_ingredients_of_every_shape(value, expected):
    assert lines(value, "ingredients") == expected


TANDOOR = [
    {"food": {"name": "mint"}, "unit": None, "amount": 0},
    {"food": {"name": "water"}, "unit": {"name": "l"}, "amount": 0.5, "note": "cold"},
]
BOIL, POUR = {"@type": "HowToStep", "text": "Boil."}, {"@type": "HowToStep", "text": "Pour."}


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ([BOIL, {"@type": "ImageObject", "url": "x.jpg"}, POUR], ["Boil.", "Pour."]),
        ([BOIL, {"@type": "VideoObject", "name": "Tea", "description": "A film."}, POUR], ["Boil.", "Pour."]),
        ([[1, "Boil."], [2, "Pour."]], ["Boil.", "Pour."]),
        ("{1: 'Boil.', 2: 'Pour.'}", ["Boil.", "Pour."]),
        ([{"index": 1, "instructions": "Boil."}, {"instructions": "Pour."}], ["Boil.", "Pour."]),
        ([{"title": "", "list": ["Boil.", "Pour."]}], ["Boil.", "Pour."]),
        ([BOIL, {"@type": "HowToStep"}, {"@type": "HowToStep", "text": ""}, POUR], ["Boil.", "Pour."]),
        ([{"@type": "HowToSection"}, {"@type": "HowToSection", "itemListElement": [BOIL]}], ["Boil."]),
        ([{"@type": "HowToSection", "name": "Tea", "item": [BOIL, POUR]}], ["Tea:", "Boil.", "Pour."]),
        ([{"@type": "HowToSection", "name": "Tea", "steps": [BOIL]}], ["Tea:", "Boil."]),
        ([{"@type": "HowToSection", "Name": "Tea", "ItemListElement": [BOIL]}], ["Tea:", "Boil."]),
        (
            [{"@type": "ListItem", "position": 1, "item": BOIL}, {"@type": "ListItem", "name": "Pour."}],
            ["Boil.", "Pour."],
        ),
        ([{"@type": "HowToStep", "itemListElement": [{"@type": "HowToDirection", "text": "Boil."}]}], ["Boil."]),
        ([{"@type": "HowToStep", "description": "Boil."}], ["Boil."]),
        ([{"@type": "ListItem", "position": 1, "item": "Boil it."}], ["Boil it."]),
        ([{"@type": "ListItem", "item": "https://example.org/1"}, BOIL], ["Boil."]),
        ([{"@type": "HowToSection", "name": "Tea", "itemListElement": "Boil it."}], ["Tea:", "Boil it."]),
        ([{"@type": "HowToSection", "name": "Tea", "step": [BOIL, POUR]}], ["Tea:", "Boil.", "Pour."]),
        ([{"@type": "HowToSection", "name": "Tea", "hasPart": [BOIL]}], ["Tea:", "Boil."]),
        ([{"number": 1, "step": "Boil."}, {"step": 2, "description": "Pour."}], ["Boil.", "Pour."]),
        ([{"@type": "HowToStep", "name": "Make the tea", "text": "Boil."}], ["Make the tea:", "Boil."]),
        ([{"@type": "HowToStep", "name": "Step 1", "text": "Boil."}], ["Boil."]),
        ([{"@type": "HowToStep", "name": "Boil…", "text": "Boil."}], ["Boil."]),
        ([{"title": "Tea", "text": "Boil."}, {"title": "", "text": "Pour."}], ["Tea:", "Boil.", "Pour."]),
        ([{"name": "", "instruction": "Boil.", "ingredients": [{"food": {"name": "mint"}}]}], ["Boil."]),
        ([{"instruction": "Boil {{ ingredients[1] }}.", "ingredients": TANDOOR}], ["Boil 1/2 l water."]),
        (
            [{"instruction": "Add {{ingredients[0].food}}, {{ ingredients[9] }}.", "ingredients": TANDOOR}],
            ["Add mint, ."],
        ),
        ([["Boil.", "Pour."]], ["Boil.", "Pour."]),
        ({"1": "Boil.", "2": "Pour."}, ["Boil.", "Pour."]),
        ('[{"text": "Boil."}, {"text": "Pour."}]', ["Boil.", "Pour."]),
        (["1. Boil. 2. Pour."], ["1. Boil.", "2. Pour."]),
    ],
)
def test_steps_of_every_shape(value, expected):
    assert lines(value, "directions") == expected


def test_what_is_not_understood_is_skipped_and_named():
    skipped = Skipped()
    value = ["mint", 5, {"calories": 3}]
    assert list(field_lines(value, "ingredients", skipped)) == ["mint"]
    assert skipped == [
        "item 2 of ingredients is a number, not text",
        "item 3 of ingredients is an object without a text",
    ]


def test_a_section_title_of_mealie_stands_above_its_note():
    assert list(field_lines([{"title": "Top", "note": "salt", "quantity": None}], "ingredients", Skipped())) == [
        "Top:",
        "salt",
    ]


@pytest.mark.parametrize(
    "text",
    [
        '{"1 egg","2 leeks"}',
        "array(['1 egg', '2 leeks'], dtype=object)",
        "pd.Series(['1 egg', '2 leeks'])",
        "{'0': '1 egg', '1': '2 leeks'}",
        '"[\\"1 egg\\", \\"2 leeks\\"]"',
        "1 egg|2 leeks",
        "1 egg • 2 leeks",
        "1 egg\\n2 leeks",
    ],
)
def test_a_list_of_one_text_that_holds_the_whole_list_is_that_list(text):
    assert list(field_lines([text], "ingredients", Skipped())) == ["1 egg", "2 leeks"]


@pytest.mark.parametrize(
    "value",
    [
        {"10": "Cool.", "2": "Pour.", "1": "Boil."},
        {"step": {"10": "Cool.", "2": "Pour.", "1": "Boil."}},
        [{"step": 10, "text": "Cool."}, {"step": 2, "text": "Pour."}, {"step": 1, "text": "Boil."}],
        [{"step_no": "2", "text": "Pour."}, {"step_no": "1", "text": "Boil."}, {"step_no": "3", "text": "Cool."}],
        [{"sortOrder": 0, "text": "Boil."}, {"sortOrder": 2.5, "text": "Cool."}, {"sortOrder": 1, "text": "Pour."}],
        {"itemListElement": [{"position": 3, "item": {"text": "Cool."}}, {"position": 1, "item": {"text": "Boil."}},
                             {"position": 2, "item": {"text": "Pour."}}]},
        "[{'number': 2, 'text': 'Pour.'}, {'number': 1, 'text': 'Boil.'}, {'number': 3, 'text': 'Cool.'}]",
    ],
)  # fmt: skip
def test_numbered_objects_stand_in_the_order_of_their_numbers(value):
    assert lines(value, "directions") == ["Boil.", "Pour.", "Cool."]


@pytest.mark.parametrize("numbers", [(1, 1), (2, None), ("b", "a"), (True, False), (float("nan"), 1)])
def test_numbers_that_are_not_all_there_order_nothing(numbers):
    value = [{"position": numbers[0], "text": "Boil."}, {"position": numbers[1], "text": "Pour."}]
    assert lines(value, "directions") == ["Boil.", "Pour."]
