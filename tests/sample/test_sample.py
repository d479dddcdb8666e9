"""The bundled sample: whole, clean, and made of what it says it is made of."""

from __future__ import annotations

import importlib.util
import unicodedata
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from recipe_tui.core.paths import SAMPLE, SAMPLE_MODEL, SAMPLE_RECIPES
from recipe_tui.core.recipes.reading import read_recipes
from recipe_tui.core.recipes.recipe import Recipe
from recipe_tui.core.text.tokenizer import load_tokenizer
from recipe_tui.sample import SAMPLE_INGREDIENTS, SAMPLE_TITLE, sample_config

if TYPE_CHECKING:
    from recipe_tui.core.config import LayoutName

MAKER = Path(__file__).parents[2] / "scripts" / "make_sample_model.py"


@pytest.fixture(scope="module")
def recipes() -> list[Recipe]:
    return [recipe for recipe in read_recipes([SAMPLE_RECIPES]) if isinstance(recipe, Recipe)]


def test_there_are_enough_recipes_from_many_cuisines(recipes: list[Recipe]) -> None:
    assert len(recipes) == len(SAMPLE_RECIPES.read_text(encoding="utf-8").splitlines()) == 180
    assert len({recipe.tags[0] for recipe in recipes}) >= 30


def test_every_recipe_is_whole_and_titles_are_unique(recipes: list[Recipe]) -> None:
    assert all(recipe.title and recipe.ingredients and recipe.steps and recipe.tags for recipe in recipes)
    assert len({recipe.title.casefold() for recipe in recipes}) == len(recipes)


def test_no_line_needs_cleaning(recipes: list[Recipe]) -> None:
    for recipe in recipes:
        for line in (recipe.title, *recipe.ingredients, *recipe.steps, *recipe.tags):
            assert line == unicodedata.normalize("NFC", " ".join(line.split()))
            assert not any(unicodedata.category(character).startswith("C") for character in line)


def test_the_demo_writes_a_recipe_that_is_not_in_the_sample(recipes: list[Recipe]) -> None:
    assert SAMPLE_TITLE not in {recipe.title for recipe in recipes}
    assert tuple(SAMPLE_INGREDIENTS) not in {recipe.ingredients for recipe in recipes}


def test_it_is_in_the_public_domain() -> None:
    assert "CC0-1.0" in (SAMPLE / "LICENSE").read_text(encoding="utf-8")


@pytest.mark.parametrize("layout", ["plain", "sections"])
def test_the_tokenizer_keeps_every_recipe(recipes: list[Recipe], layout: LayoutName) -> None:
    tokenizer = load_tokenizer(SAMPLE_MODEL, layout)
    encoded = tokenizer.encode_recipes(recipes)
    ends = encoded.lengths.cumsum()
    for recipe, start, end in zip(recipes, ends - encoded.lengths, ends, strict=True):
        parsed = tokenizer.parse(encoded.ids[start:end])
        assert (parsed.title, parsed.ingredients, parsed.steps) == (recipe.title, recipe.ingredients, recipe.steps)


def test_the_demo_keeps_every_recipe_whole(recipes: list[Recipe]) -> None:
    lengths = load_tokenizer(SAMPLE_MODEL, "sections").encode_recipes(recipes).lengths
    assert lengths.max() <= sample_config().data.block_size


def test_the_tokenizer_is_the_one_that_the_recipes_make(tmp_path: Path) -> None:
    spec = importlib.util.spec_from_file_location("make_sample_model", MAKER)
    assert spec is not None
    assert spec.loader is not None
    maker = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(maker)
    maker.main(tmp_path)
    assert (tmp_path / "tokenizer.json").read_bytes() == (SAMPLE_MODEL / "tokenizer.json").read_bytes()
