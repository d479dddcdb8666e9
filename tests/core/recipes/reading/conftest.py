from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from recipe_tui.core.recipes.recipe import Recipe

TEA = {
    "title": "Mint Tea",
    "ingredients": ["1 handful mint", "500 ml water"],
    "directions": ["Boil the water.", "Pour it."],
}
TOAST = {"title": "Garlic Toast", "ingredients": ["2 slices bread", "1 clove garlic"], "directions": ["Toast.", "Rub."]}


def fields(recipe) -> tuple:
    assert isinstance(recipe, Recipe), recipe
    return recipe.title, recipe.ingredients, recipe.steps


def fields_of(record: dict) -> tuple:
    return record["title"], tuple(record["ingredients"]), tuple(record["directions"])


@pytest.fixture
def write(tmp_path):
    """Write text, bytes or JSON to a file in a fresh folder, gzipped where the name says so."""

    def write(name: str, content) -> Path:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        if not isinstance(content, str | bytes):
            content = json.dumps(content, ensure_ascii=False)
        data = content.encode() if isinstance(content, str) else content
        path.write_bytes(gzip.compress(data, mtime=0) if name.endswith(".gz") else data)
        return path

    return write
