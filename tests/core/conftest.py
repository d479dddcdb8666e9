"""A tiny byte-level tokenizer and hand-written recipes, shared by the core's tests."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from recipe_tui.core.recipes.recipe import Recipe
from recipe_tui.core.text.tokenizer import Tokenizer, load_tokenizer

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from recipe_tui.core.config import LayoutName

RECIPES = (
    Recipe(
        "Green Lentil Soup",
        ("1 cup green lentils", "2 carrots, sliced", "1 onion, chopped", "4 cups water", "salt"),
        ("Soften the onion in a little oil.", "Add the rest and simmer for 30 minutes.", "Season and serve hot."),
        ("soup", "vegan"),
    ),
    Recipe(
        "Crème Brûlée",
        ("For the custard:", "4 egg yolks", "½ cup sugar", "2 cups cream", "For the top:", "2 tablespoons sugar"),
        ("Whisk yolks and sugar; stir in the cream.", "Bake in a water bath at 300°F.", "Burn sugar on top."),
    ),
    Recipe("Toast", ("1 slice bread",), ("Toast the bread on both sides until golden, and eat it at once.",)),
)


@pytest.fixture(scope="session")
def tokenizer_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a byte-level BPE of 400 entries, in Hugging Face layout."""
    from tokenizers import ByteLevelBPETokenizer
    from transformers import PreTrainedTokenizerFast

    lines = [line for recipe in RECIPES for line in (recipe.title, *recipe.ingredients, *recipe.steps)]
    bpe = ByteLevelBPETokenizer()
    bpe.train_from_iterator(lines, vocab_size=400, min_frequency=1, special_tokens=["<|endoftext|>"])
    folder = tmp_path_factory.mktemp("tokenizer")
    wrapped = PreTrainedTokenizerFast(
        tokenizer_object=bpe._tokenizer, eos_token="<|endoftext|>", bos_token="<|endoftext|>"
    )
    wrapped.save_pretrained(str(folder))
    return folder


@pytest.fixture
def eager() -> Iterator[None]:
    """Let TensorFlow compute `without_graphs`."""
    from tests.core.without_graphs import without_graphs

    with without_graphs():
        yield


@pytest.fixture(scope="session")
def tokenizers(tokenizer_folder: Path) -> dict[LayoutName, Tokenizer]:
    """The tiny tokenizer in each layout."""
    return {
        "plain": load_tokenizer(tokenizer_folder, "plain"),
        "sections": load_tokenizer(tokenizer_folder, "sections"),
    }


@pytest.fixture(scope="session")
def recipes_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The hand-written recipes and 40 variations, as JSONL."""
    path = tmp_path_factory.mktemp("recipes") / "recipes.jsonl"
    kinds = ("Bean", "Carrot", "Leek", "Pumpkin", "Tomato", "Barley", "Onion", "Spinach")
    ways = ("Soup", "Stew", "Salad", "Pie", "Curry")
    rows = [{"title": r.title, "ingredients": r.ingredients, "directions": r.steps} for r in RECIPES]
    for i, kind in enumerate(kinds):
        for j, way in enumerate(ways):
            words = [f"{kinds[(i + k) % 8].lower()} {ways[(j + k * i) % 5].lower()}" for k in range(1, 5 + i)]
            rows.append(
                {
                    "title": f"{kind} {way}",
                    "ingredients": [f"{n + i + 1} cups {word}" for n, word in enumerate(words)],
                    "directions": [
                        f"Cook the {word} for {7 * n + i * 5 + j} minutes." for n, word in enumerate(words, 1)
                    ]
                    + [f"Serve the {way.lower()} of {kind.lower()} warm."],
                }
            )
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return path
