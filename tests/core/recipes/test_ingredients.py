from __future__ import annotations

import json
from pathlib import Path

import pytest

from recipe_tui.core import paths
from recipe_tui.core.recipes.ingredients import (
    Checklist,
    content_words,
    first_mentions,
    fold,
    mentioned,
    name_words,
)


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


def test_first_mentions_are_numbers_of_words() -> None:
    listed = ("1 small pumpkin", "For the top:", "red wine", "nutmeg", "1 cup heavy cream")
    assert first_mentions(listed, "Halve the pumpkin; add cream and wine, then cream.") == [2, 6, None, 4]


def labelled() -> list[tuple[list[str], list[bool], list[bool]]]:
    """Return the lines of each recipe of ``mentions.tsv``, and their two labels."""
    text = (Path(__file__).parent / "mentions.tsv").read_text(encoding="utf-8")
    rows = [block.splitlines()[1:] for block in text.split("\n= ")[1:]]
    parts = [[row.split("\t") for row in block] for block in rows]
    return [([line for *_, line in b], [own == "1" for own, *_ in b], [nxt == "1" for _, nxt, _ in b]) for b in parts]


def test_it_agrees_with_three_hundred_lines_that_were_labelled_by_hand() -> None:
    sample = [json.loads(line) for line in paths.SAMPLE_RECIPES.read_text(encoding="utf-8").splitlines()]
    directions = {
        tuple(filter(lambda line: not line.endswith(":"), one["ingredients"])): " ".join(one["directions"])
        for one in sample
    }
    recipes = labelled()
    texts = [directions[tuple(lines)] for lines, _, _ in recipes]
    counts = {"hit": 0, "miss": 0, "wrong": 0, "right": 0}
    for number, (lines, own, following) in enumerate(recipes):
        for text, labels in ((texts[number], own), (texts[(number + 1) % len(texts)], following)):
            for place, label in zip(first_mentions(lines, text), labels, strict=True):
                found = place is not None
                counts["hit" if found and label else "miss" if label else "wrong" if found else "right"] += 1
    assert counts == {"hit": 371, "miss": 0, "wrong": 20, "right": 223}  # wrong: "brown" the chicken, coconut "water"
