from __future__ import annotations

import sys

import pytest
from scipy.stats import kendalltau

from recipe_tui.core.errors import UsageError
from recipe_tui.core.measures.ingredients import Lexicon, coverage, order_tau, title_match
from recipe_tui.core.recipes.recipe import Recipe

LISTED = ("2 tbsp olive oil", "1 onion, chopped", "For the top:", "3 ripe tomatoes", "salt", "nutmeg")


def test_coverage_is_the_share_of_listed_ingredients_that_are_mentioned() -> None:
    assert coverage(LISTED, "Heat the oil, and soften the onions in it. Add salt.") == pytest.approx(3 / 5)
    assert coverage(LISTED, "") == 0.0


def test_a_prompt_without_ingredients_has_no_coverage() -> None:
    assert coverage((), "Heat the oil.") is None
    assert coverage(("For the top:",), "Heat the oil.") is None


def test_the_order_is_kendalls_tau_of_first_mentions() -> None:
    assert order_tau(LISTED, "Oil, onion, tomato, salt, nutmeg and oil.") == pytest.approx(1.0)
    assert order_tau(LISTED, "Nutmeg, salt, tomato, onion, oil.") == pytest.approx(-1.0)
    # oil 1st, onion 3rd, salt 2nd: of three pairs two agree
    assert order_tau(LISTED, "Oil and salt, then the onion.") == pytest.approx((2 - 1) / 3)
    places = [0, 2, 1, 4, 3]
    words = ["oil", "tomato", "onion", "nutmeg", "salt"]
    assert order_tau(LISTED, " ".join(words)) == pytest.approx(kendalltau(range(5), places).statistic)


def test_the_order_of_fewer_than_three_says_nothing() -> None:
    assert order_tau(LISTED, "Oil and salt.") is None
    assert order_tau(("red wine", "red onion", "red pepper"), "Something red.") is None


def test_the_title_is_matched_word_by_word() -> None:
    assert title_match("Tomato and Nutmeg Soup", LISTED, "Simmer the soup.") == 1.0
    assert title_match("Pumpkin Soup", LISTED, "Simmer the soup.") == 0.5
    assert title_match("", LISTED, "Simmer.") is None


RECIPES = [
    *(
        Recipe("Soup", ("1 onion", "2 carrots, sliced", "chicken stock"), ("Put onion and carrots in a bowl.",))
        for _ in range(6)
    ),
    Recipe("Odd", ("1 kohlrabi",), ("Peel the kohlrabi into a bowl with the stock.",)),
    Recipe("Bowl", ("a bowl",), ("Put the stock into the bowl.",)),
]


def test_the_lexicon_holds_what_is_listed_where_it_is_mentioned() -> None:
    lexicon = Lexicon.of(RECIPES)
    assert lexicon.words == {"onion", "carrot"}  # the stock is mentioned where it is not listed
    assert lexicon.extras(("1 leek",), "Soften the leek and the Onions with bowls of carrots.") == {"onion", "carrot"}
    assert lexicon.extras(("2 spring onions",), "Soften the onions in onionskin.") == frozenset()


def test_a_missing_library_is_said_with_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "scipy.stats", None)
    with pytest.raises(UsageError, match=r"scipy.*evaluation"):
        order_tau(LISTED, "Oil, onion, tomato.")
