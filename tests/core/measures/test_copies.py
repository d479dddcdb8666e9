from __future__ import annotations

from recipe_tui.core.measures.copies import closest, ingredient_names
from recipe_tui.core.recipes.recipe import Recipe, Source

TRAINING = [
    (3, Recipe("Green Lentil Soup", ("1 cup green lentils", "2 carrots, sliced", "salt"), ("Simmer.",))),
    (5, Recipe("Apple Pie", ("4 apples", "flour", "butter", "sugar"), ("Bake.",), source=Source("a.jsonl", 5))),
]


def test_the_same_title_is_copied_and_a_misspelt_one_similar() -> None:
    same, near, other = closest(
        [Recipe("Green lentil SOUPS!", (), ()), Recipe("Green Lentils Soop", (), ()), Recipe("Plum Tart", (), ())],
        TRAINING,
    )
    assert (same.title_copied, same.title_row) == (True, 3)
    assert (near.title_copied, near.title_similar, near.title_row) == (False, True, 3)
    assert (other.title_similar, other.title_row) == (False, -1)


def test_ingredient_lists_are_compared_as_sets_of_names() -> None:
    (one,) = closest([Recipe("X", ("3 carrots", "200 g green lentils", "pepper", "salt"), ())], TRAINING)
    assert (one.jaccard, one.ingredients_row) == (3 / 4, 3)
    assert ingredient_names(("For the top:", "2 ripe tomatoes", "1 cup")) == {"ripe tomato"}


def test_the_recipe_that_a_prompt_was_taken_from_is_left_out() -> None:
    (one,) = closest([TRAINING[1][1]], TRAINING)
    assert (one.title_similar, one.jaccard) == (False, 0.0)


def test_recipes_without_title_or_ingredients_are_close_to_nothing() -> None:
    (one,) = closest([Recipe("", (), ("Stir.",))], [*TRAINING, (9, Recipe("", (), ("Stir.",)))])
    assert (one.title_row, one.ingredients_row) == (-1, -1)
