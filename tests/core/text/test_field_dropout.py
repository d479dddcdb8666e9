from dataclasses import replace

import pytest

from recipe_tui.core.recipes.recipe import Recipe
from recipe_tui.core.text.field_dropout import drop_fields

SOUP = Recipe("Soup", ("1 leek",), ("Boil.",), ("French", "Dinner", "Vegan"), None, "4 servings", ("total 30 min",))


def many(rate: float) -> list[Recipe]:
    return [drop_fields(replace(SOUP, title=f"Soup {number}"), rate) for number in range(2_000)]


def test_nothing_is_dropped_at_0_and_everything_at_1() -> None:
    kept = drop_fields(SOUP, 0)
    assert (sorted(kept.tags), kept.servings, kept.times) == (sorted(SOUP.tags), SOUP.servings, SOUP.times)
    assert drop_fields(SOUP, 1) == replace(SOUP, tags=(), servings="", times=())


def test_the_same_recipe_always_keeps_the_same() -> None:
    assert many(0.5) == many(0.5)


def test_all_are_dropped_together_or_each_by_itself_with_the_rate_as_probability() -> None:
    recipes = many(0.5)
    kept = [len(recipe.tags) + bool(recipe.servings) + len(recipe.times) for recipe in recipes]
    # none: half of the recipes, and 1 in 32 of the others; each one: half of the other half
    assert kept.count(0) / len(kept) == pytest.approx(0.5 + 0.5 / 32, abs=0.04)
    assert sum(bool(recipe.servings) for recipe in recipes) / len(recipes) == pytest.approx(0.25, abs=0.04)


def test_tags_come_in_any_order() -> None:
    firsts = [recipe.tags[0] for recipe in many(0)]
    assert all(firsts.count(tag) / len(firsts) == pytest.approx(1 / 3, abs=0.05) for tag in SOUP.tags)


def test_a_recipe_without_fields_is_left_alone() -> None:
    bare = Recipe("Soup", ("1 leek",), ("Boil.",))
    assert drop_fields(bare, 0.5) is bare
