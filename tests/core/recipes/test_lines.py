from __future__ import annotations

import itertools
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from recipe_tui.core.recipes import lines as lines_module
from recipe_tui.core.recipes.lines import CERTAIN, LineRole, label_lines, label_stream, split_body

SOUP = (
    "Red Lentil Soup with Lemon",
    ("1 tablespoon olive oil", "1 onion, chopped", "200 g red lentils", "Salt", "Juice of 1 lemon"),
    (
        "Warm the oil in a saucepan and cook the onion until soft, about 6 minutes.",
        "Add the lentils and 1 litre of water. Simmer for 20 minutes.",
        "Stir in the lemon juice and season with salt.",
    ),
)
CAKE = (
    "Plain yoghurt cake",
    ("For the batter:", "3 eggs", "1 1/2 cups flour", "½ cup yoghurt", "For the glaze:", "Powdered sugar"),
    (
        "Preheat the oven to 180°C.",
        "Beat the eggs with the yoghurt, then fold in the flour.",
        "For the glaze:",
        "Mix the sugar with a little water and pour it over the cake.",
    ),
)
SALAD = (
    "Cucumber Salad",
    ("2 cucumbers", "A handful of dill", "Freshly ground black pepper", "Special equipment: a mandoline"),
    ("1. Slice the cucumbers thinly.", "2. Toss with the dill; grind pepper over it and serve at once."),
)
RECIPES = (SOUP, CAKE, SALAD)


def laid_out(recipes) -> tuple[list[str], list[LineRole]]:
    lines, roles = [], []
    for title, ingredients, steps in recipes:
        lines += [title, *ingredients, *steps]
        roles += [LineRole.TITLE]
        roles += [LineRole.INGREDIENT] * len(ingredients)
        roles += [LineRole.STEP] * len(steps)
    return lines, roles


@pytest.mark.parametrize("order", list(itertools.permutations(RECIPES)))
def test_every_line_of_recipes_written_one_after_the_other_gets_its_role(order):
    lines, roles = laid_out(order)
    assert label_lines(lines) == roles


def test_the_first_line_is_a_title_whatever_it_says():
    assert label_lines(["Stir well and serve.", "1 cup milk", "Drink the milk."]) == [
        LineRole.TITLE,
        LineRole.INGREDIENT,
        LineRole.STEP,
    ]


def test_no_ingredient_follows_a_step_within_a_recipe():
    lines, _ = laid_out([SOUP, CAKE, SALAD])
    shuffled = random.Random(5).sample(lines, len(lines))
    roles = label_lines(shuffled)
    assert (LineRole.STEP, LineRole.INGREDIENT) not in set(itertools.pairwise(roles))


def test_a_recipe_without_ingredients_is_found_where_its_start_is_likely():
    no_ingredients = ("Lentils the Old Way", (), SOUP[2])
    lines, roles = laid_out([CAKE, no_ingredients, SALAD])
    hints = [3.0 if role is LineRole.TITLE else 0.0 for role in roles]
    assert list(label_stream(zip(lines, hints, strict=True))) == roles


def test_no_line_gives_no_role():
    assert label_lines([]) == []


def test_the_path_found_is_the_likeliest_of_all_paths():
    lines, _ = laid_out([SALAD])
    body = lines[1:]

    def score(path: tuple[int, ...]) -> float:
        """The sum over clues and order, written down without dynamic programming."""
        total, before, line_before = 0.0, LineRole.TITLE, lines[0]
        for role, line in zip(path, body, strict=True):
            if before == LineRole.STEP and role == LineRole.INGREDIENT:
                return float("-inf")
            if before == LineRole.INGREDIENT and role == LineRole.STEP and line_before.endswith(":"):
                return float("-inf")
            if role == LineRole.TITLE and before != LineRole.STEP:
                total -= lines_module.NO_STEPS
            if role != LineRole.INGREDIENT and before == LineRole.TITLE:
                total -= lines_module.NO_INGREDIENTS
            evidence = (*lines_module._evidence(lines_module._features(line)), 0.0)
            total += evidence[role]
            before, line_before = role, line
        return total

    best = max(itertools.product(range(3), repeat=len(body)), key=score)
    assert label_lines(lines)[1:] == [LineRole(role) for role in best]


def test_a_stream_is_labelled_like_the_whole_and_in_bounded_memory(monkeypatch):
    drawn = random.Random(1).choices(RECIPES, k=200)
    lines, roles = laid_out(drawn)
    monkeypatch.setattr(lines_module, "_WINDOW", 16)
    taken = 0

    def counted():
        nonlocal taken
        for line in lines:
            taken += 1
            yield line, 0.0

    labelled, lags = [], []
    for role in label_stream(counted()):
        labelled.append(role)
        lags.append(taken - len(labelled))
    assert labelled == roles
    assert max(lags) < 64


def test_lines_that_leave_their_roles_open_for_ever_are_labelled_in_bounded_memory():
    taken = 0

    def endless():
        nonlocal taken
        while True:
            taken += 1
            yield "a", 0.0

    labelled = label_stream(endless())
    assert {next(labelled) for _ in range(100_000)} == {LineRole.TITLE, LineRole.INGREDIENT}
    assert taken < 200_000


def test_known_starts_overrule_what_lines_say():
    lines = ["Cucumber Salad", "2 cucumbers", "Slice the cucumbers.", "stir the milk", "1 cup milk", "Drink the milk."]
    roles = label_stream((line, CERTAIN if line == "stir the milk" else -CERTAIN) for line in lines)
    assert [line for line, role in zip(lines, roles, strict=True) if role is LineRole.TITLE] == [
        "Cucumber Salad",
        "stir the milk",
    ]


@pytest.mark.parametrize("recipe", RECIPES)
def test_a_body_splits_between_the_ingredients_and_the_steps(recipe):
    _, ingredients, steps = recipe
    assert split_body([*ingredients, *steps]) == (ingredients, steps)


def test_a_heading_before_the_first_step_belongs_to_the_steps():
    assert split_body(["2 eggs", "1 cup milk", "Sauce:", "Beat the eggs with the milk."]) == (
        ("2 eggs", "1 cup milk"),
        ("Sauce:", "Beat the eggs with the milk."),
    )


def test_a_heading_is_labelled_like_what_follows_it():
    lines = ["Poached Eggs", "2 eggs", "Sauce:", "1 cup milk", "Eggs:", "Boil the eggs.", "Pour the milk over them."]
    roles = label_lines(lines)
    assert roles[2] is LineRole.INGREDIENT
    assert roles[4] is LineRole.STEP


def test_a_first_line_that_leaves_it_open_is_an_ingredient_because_few_recipes_have_none():
    assert split_body(["Mint and the sugar.", "Boil the water."]) == (("Mint and the sugar.",), ("Boil the water.",))


def test_numbered_and_bulleted_lines_are_read_without_their_marks():
    ingredients = ("- 2 eggs", "* 1 cup milk", "• Salt")
    steps = ("1. Beat the eggs.", "Step 2: Add the milk and the salt.")
    assert split_body([*ingredients, *steps]) == (ingredients, steps)


@pytest.mark.parametrize("body", [(), SOUP[1], SOUP[2], ("",), (" ",)])
def test_a_body_that_lacks_a_part_still_splits(body):
    ingredients, steps = split_body(body)
    assert ingredients + steps == body


def test_a_body_of_ingredients_alone_has_no_steps():
    assert split_body(SOUP[1]) == (SOUP[1], ())


def test_a_body_of_steps_alone_has_no_ingredients():
    assert split_body(SOUP[2]) == ((), SOUP[2])


@given(st.lists(st.text()))
def test_any_text_gets_its_roles_and_loses_nothing(lines):
    roles = label_lines(lines)
    assert len(roles) == len(lines)
    assert roles[:1] == [LineRole.TITLE][: len(lines)]
    ingredients, steps = split_body(lines)
    assert [*ingredients, *steps] == lines
