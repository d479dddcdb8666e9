from __future__ import annotations

import pytest

from recipe_tui.core.recipes.ingredients import Checklist, content_words, fold, mentioned, name_words


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("2 tbsp olive oil", {"olive", "oil"}),
        ("1 (15-ounce) can chickpeas, drained and rinsed", {"chickpea"}),
        ("freshly ground black pepper, to taste", {"black", "pepper"}),
        ("4 boneless, skinless chicken breasts", {"chicken", "breast"}),
        ("½ cup crème fraîche", {"creme", "fraiche"}),
        ("3 ripe tomatoes, peeled", {"ripe", "tomato"}),
        ("2 large eggs", {"egg"}),
        ("1 bunch parsley leaves", {"parsley"}),
        ("4 whole cloves", {"clove"}),
        ("200g plain flour", {"flour"}),
        ("salt", {"salt"}),
        ("Baker's yeast", {"baker", "yeast"}),
        ("1 cup", set()),
        ("For the sauce:", set()),
        ("", set()),
    ],
)
def test_quantity_unit_and_preparation_are_no_part_of_the_name(line: str, words: set[str]) -> None:
    assert content_words(line) == words


@pytest.mark.parametrize(
    ("word", "folded"),
    [
        ("Onions", "onion"),
        ("potatoes", "potato"),
        ("cherries", "cherry"),
        ("radishes", "radish"),
        ("loaves", "loaf"),
        ("asparagus", "asparagus"),
        ("watercress", "watercress"),
        ("couscous", "couscous"),
        ("peas", "pea"),
        ("gas", "gas"),
        ("olives", "olive"),
        ("JALAPEÑOS", "jalapeno"),
    ],
)
def test_a_word_is_folded_to_its_singular(word: str, folded: str) -> None:
    assert fold(word) == folded


def test_the_name_keeps_its_words_in_order_as_they_stand() -> None:
    assert name_words("1/4 cup extra-virgin olive oil, divided") == ("virgin", "olive", "oil")


def test_an_ingredient_is_ticked_by_any_word_of_its_name() -> None:
    listed = ("1 small pumpkin", "2 onions, chopped", "1 cup heavy cream", "nutmeg")
    found = mentioned(listed, "Halve the pumpkin. Soften each onion, then stir in the cream.")
    assert list(found.values()) == [True, True, True, False]


def test_a_part_of_a_word_is_no_mention() -> None:
    assert mentioned(("1 egg", "rice"), "Slice the eggplant at a fair price.") == {"1 egg": False, "rice": False}


def test_a_word_may_come_in_pieces() -> None:
    checklist = Checklist(("1 pumpkin", "1 pump"))
    checklist.read("Halve the pump")
    assert checklist.ticks == (False, True)
    checklist.read("kin, then")
    assert checklist.ticks == (True, False)


def test_headings_are_not_ticked() -> None:
    assert Checklist(("For the dough:", "2 cups flour")).ingredients == ("2 cups flour",)
