"""The scorecard on texts that are worked by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from recipe_tui.core.measures.scorecard import Scorecard, overlap_13, scorecard
from recipe_tui.core.measures.written import Written
from recipe_tui.core.novelty.index import NoveltyIndex, novelty_index
from recipe_tui.core.recipes.recipe import Recipe
from tests.core.novelty.stores import table_store

TRAINED = "Soften the onion in a large pot over medium heat until it is golden, then add the stock."
LEEKS = Recipe("Leek Soup", ("2 leeks", "1 potato"), ("Boil the leeks and the potato.",))
TOAST = Recipe("Toast", ("1 slice bread", "10 g butter"), ("Toast the bread.",))


@pytest.fixture
def index(tmp_path: Path) -> NoveltyIndex:
    store = table_store(tmp_path / "store", (Recipe("Onion Soup", ("4 onions",), (TRAINED,)),))
    return novelty_index(store)  # type: ignore[arg-type]


def test_the_score_is_the_stated_sum() -> None:
    card = Scorecard(0.8, 0.2, 0.1, 0.05, 0.01, 0.9)
    assert card.score == pytest.approx(0.8 - 0.2 - 0.1 - 5 * 0.04 + 0.9)
    assert Scorecard(0.8, 0.2, 0.1, 0.0, 0.01, 0.9).score == pytest.approx(0.8 - 0.2 - 0.1 + 0.9)


def test_texts_are_scored_against_their_own_prompt_and_the_next_one(index: NoveltyIndex) -> None:
    written = [
        Written(Recipe(LEEKS.title, LEEKS.ingredients, ("Boil the leeks.",))),
        Written(Recipe(TOAST.title, TOAST.ingredients, ("Toast the bread with butter and leeks.",)), ended=False),
    ]
    card = scorecard(written, [LEEKS, TOAST], index, 0.5)
    assert card == Scorecard(0.75, 0.25, 0.0, 0.0, 0.5, 0.5)


def test_empty_texts_score_nothing(index: NoveltyIndex) -> None:
    card = scorecard([Written(Recipe("", (), ()))] * 2, [LEEKS, TOAST], index, 0.0)
    assert card == Scorecard(0.0, 0.0, 0.0, 0.0, 0.0, 0.0)


def test_the_overlap_is_that_of_all_texts_together(index: NoveltyIndex) -> None:
    other = "Stir in butter cream salt and pepper and serve the soup hot with bread now please."
    assert overlap_13(index, [TRAINED]) == 1.0
    assert overlap_13(index, [TRAINED, other]) == pytest.approx(6 / 10)
    assert overlap_13(index, ["Short."]) == 0.0
