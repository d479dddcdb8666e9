"""Prompts and baselines."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from recipe_tui.core.config import GenerationConfig
from recipe_tui.core.errors import StoreError
from recipe_tui.core.evaluation.baselines import NearestRecipes, copy, template
from recipe_tui.core.evaluation.prompts import held_out_prompts, training_recipes
from recipe_tui.core.evaluation.records import Records, evaluation_folder
from recipe_tui.core.measures.ingredients import coverage, order_tau
from recipe_tui.core.recipes.recipe import Recipe
from tests.core.novelty.stores import TableStore, table_store

SOUP = Recipe("Leek Soup", ("2 leeks", "1 litre stock", "For the top:", "50 g cream"), ("Simmer the leeks.", "Serve."))
PIE = Recipe("Apple Pie", ("4 apples", "flour", "butter"), ("Bake.",))
BARE = Recipe("Water", (), ("Pour.",))


class RecipeStore(TableStore):
    def recipe(self, row: int) -> Recipe:
        return self.table.recipe(row)


def store_of(folder: Path, recipes: list[Recipe], held_out: list[int]) -> RecipeStore:
    made = table_store(folder / "store", recipes, held_out)
    return RecipeStore(made.path, made.outcomes)


def test_prompts_are_drawn_from_held_out_recipes_with_ingredients(tmp_path: Path) -> None:
    store = store_of(tmp_path, [SOUP, BARE, PIE, SOUP], [0, 1, 2])
    prompts = held_out_prompts(store, 10, 0)  # type: ignore[arg-type]
    assert (sorted(prompts.rows), prompts.split, prompts.left_out) == ([0, 2], "validation", 1)
    assert held_out_prompts(store, 1, 3).rows == held_out_prompts(store, 1, 3).rows  # type: ignore[arg-type]
    assert [row for row, _ in training_recipes(store)] == [3]  # type: ignore[arg-type]


@pytest.mark.parametrize("held_out", [[], [1]], ids=["none", "none with ingredients"])
def test_a_store_that_holds_nothing_out_is_refused(tmp_path: Path, held_out: list[int]) -> None:
    with pytest.raises(StoreError, match=r"no held-out recipes.*test_fraction"):
        held_out_prompts(store_of(tmp_path, [SOUP, BARE], held_out), 5, 0)  # type: ignore[arg-type]


def test_the_nearest_recipe_shares_most_of_title_and_ingredients() -> None:
    nearest = NearestRecipes([SOUP, PIE, BARE])
    prompts = [
        Recipe("Pear Pie", ("3 pears", "flour"), ()),
        Recipe("Cream of Leek", ("leeks",), ()),
        Recipe("?", (), ()),
    ]
    assert nearest.nearest(prompts) == [1, 0, 0]


def test_template_and_copy_game_coverage_and_order() -> None:
    for write in (template, copy):
        directions = "\n".join(write(SOUP))
        assert coverage(SOUP.ingredients, directions) == 1.0
        assert order_tau(SOUP.ingredients, directions) == pytest.approx(1.0)
    assert template(SOUP)[0] == "Combine the leeks, stock and cream in a large bowl."


def test_records_outlive_a_process_that_was_killed(tmp_path: Path) -> None:
    records = Records(tmp_path / "texts.jsonl")
    records.add(3, {"text": "é"})
    with (tmp_path / "texts.jsonl").open("a") as file:
        file.write('{"key": "4", "te')
    again = Records(tmp_path / "texts.jsonl")
    assert (3 in again, 4 in again) == (True, False)
    again.add(4, {"text": "b"})
    assert Records(tmp_path / "texts.jsonl")[4]["text"] == "b"


def test_other_settings_have_another_folder(tmp_path: Path) -> None:
    decoding = GenerationConfig(top_p=0.9)
    one = evaluation_folder(tmp_path, "my run/1", {"seed": 0}, decoding)
    assert one == evaluation_folder(tmp_path, "my run/1", {"seed": 0}, decoding)
    assert one != evaluation_folder(tmp_path, "my run/1", {"seed": 1}, decoding)
    assert one != evaluation_folder(tmp_path, "my run/1", {"seed": 0}, GenerationConfig(top_p=0.8))
    assert one.name.startswith("my-run-1-")


def test_a_control_that_was_added_later_leaves_evaluations_where_they_are(tmp_path: Path) -> None:
    class LaterConfig(GenerationConfig):
        added_later: float = 0.0

    one = evaluation_folder(tmp_path, "one", {}, GenerationConfig(top_p=0.9))
    assert one == evaluation_folder(tmp_path, "one", {}, LaterConfig(top_p=0.9))
    assert one != evaluation_folder(tmp_path, "one", {}, LaterConfig(top_p=0.9, added_later=1.0))
    assert json.loads((one / "settings.json").read_text())["generation"]["temperature"] == 0.7


def test_the_evaluation_of_a_run_is_found_again_after_it_was_renamed(tmp_path: Path) -> None:
    decoding, settings = GenerationConfig(top_p=0.9), {"weights": "w1", "seed": 0}
    (tmp_path / "evaluations" / "notes").mkdir(parents=True)
    soup = evaluation_folder(tmp_path, "soup", {"model": "soup", **settings}, decoding)
    assert evaluation_folder(tmp_path, "stew", {"model": "stew", **settings}, decoding) == soup
    assert evaluation_folder(tmp_path, "stew", {"model": "stew", **settings, "weights": "w2"}, decoding) != soup
    assert evaluation_folder(tmp_path, "stew", {"model": "stew", **settings}, GenerationConfig()) != soup
