from __future__ import annotations

from pathlib import Path

from recipe_tui.core import paths
from recipe_tui.core.blocks.table import RecipeTableWriter
from recipe_tui.core.recipes.recipe import Recipe
from recipe_tui.tui.generate.ingredient_completion import Vocabulary, read_vocabulary

LINES = ("2 tbsp olive oil", "1 cup olive oil", "100g olives", "1 onion, chopped", "For the sauce:", "Onion powder")


def test_names_are_counted_without_quantity_and_preparation() -> None:
    vocabulary = Vocabulary.of(LINES)
    assert dict(zip(vocabulary.names, vocabulary.counts, strict=True)) == {
        "olive oil": 2,
        "olives": 1,
        "onion": 1,
        "onion powder": 1,
    }


def test_the_commonest_name_is_proposed_for_the_longest_end_that_begins_one() -> None:
    vocabulary = Vocabulary.of(LINES)
    assert vocabulary.completion("3 tbsp oli") == "ve oil"
    assert vocabulary.completion("3 tbsp olives") == ""
    assert vocabulary.completion("olive o") == "il"
    assert vocabulary.completion("1 onion p") == "owder"


def test_nothing_is_proposed_for_a_letter_or_what_nobody_used() -> None:
    vocabulary = Vocabulary.of(LINES)
    for line in ("", "3", "o", "3 tbsp ", "3 tbsp o", "xylophone"):
        assert vocabulary.completion(line) == ""
    assert Vocabulary().completion("onion") == ""


def test_it_is_read_from_a_store(tmp_path: Path) -> None:
    recipes = [Recipe("Soup", ("2 leeks", "salt"), ("Boil.",)), Recipe("Stew", ("3 leeks",), ("Boil.",))]
    with RecipeTableWriter(tmp_path / paths.STORE_RECIPES) as writer:
        writer.write(recipes, [(), ()])
    assert read_vocabulary(tmp_path) == Vocabulary(("leeks", "salt"), (2, 1))
