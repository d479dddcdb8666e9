from __future__ import annotations

import numpy as np

from recipe_tui.core.blocks.store import BlockStore
from recipe_tui.core.browsing import search
from recipe_tui.core.browsing.recipe_index import RecipeIndex
from recipe_tui.core.browsing.search import Found, search_recipes, search_tokens
from tests.core.browsing.stores import END, IDS


def blocks_of(found: list[Found]) -> list[int]:
    return sorted({block for step in found for block in step.blocks.tolist()})


def test_recipes_are_found_by_title_whatever_the_case(store: BlockStore) -> None:
    places = RecipeIndex(store.blocks("train"))
    found = list(search_recipes(store, places, "SOUP", "title"))
    assert blocks_of(found) == [1]  # the other one was dropped, and is in no block
    assert found[-1].share == 1
    assert blocks_of(list(search_recipes(store, places, "flour", "title"))) == []


def test_recipes_are_found_by_any_of_their_text_in_every_block_that_holds_them(store: BlockStore) -> None:
    places = RecipeIndex(store.blocks("train"))
    assert blocks_of(list(search_recipes(store, places, "flour"))) == [0, 2]
    assert blocks_of(list(search_recipes(store, places, "brew"))) == [2, 3]
    assert blocks_of(list(search_recipes(store, places, "pie"))) == [0, 2]
    assert blocks_of(list(search_recipes(store, places, "("))) == []  # characters, no pattern


def test_blocks_are_found_by_token_and_padding_does_not_count(store: BlockStore) -> None:
    blocks = store.blocks("train")
    assert blocks_of(list(search_tokens(blocks, [IDS["Bake"]]))) == [2]
    assert blocks_of(list(search_tokens(blocks, [IDS["Bake"], IDS["leeks"]]))) == [1, 2]
    assert blocks_of(list(search_tokens(blocks, [END]))) == [1, 2, 3]
    assert blocks_of(list(search_tokens(blocks, [70_000, -1]))) == []
    assert blocks_of(list(search_tokens(blocks, []))) == []


def test_a_search_tells_of_what_it_found_step_by_step(store: BlockStore, monkeypatch) -> None:
    monkeypatch.setattr(search, "CHUNK", 1)
    steps = list(search_tokens(store.blocks("train"), [IDS["Bake"]]))
    assert [step.blocks.tolist() for step in steps] == [[], [], [2], []]
    assert [step.share for step in steps] == [0.25, 0.5, 0.75, 1]


def test_the_parts_of_a_recipe_are_found_in_its_order(store: BlockStore) -> None:
    places = RecipeIndex(store.blocks("train"))
    assert places.parts_of(1) == [(0, 0, 8), (2, 8, 4)]
    assert places.parts_of(2) == []
    assert places.blocks_of(np.array([0, 3])).tolist() == [1, 2, 3]
