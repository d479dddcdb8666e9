from __future__ import annotations

from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from recipe_tui.core.blocks.packing import Packed, best_fit, concatenate

lengths_of_recipes = st.lists(st.integers(1, 30), max_size=60).map(np.array)
block_sizes = st.integers(2, 24)


def rng() -> np.random.Generator:
    return np.random.default_rng(0)


def rows(lengths: np.ndarray) -> np.ndarray:
    """Rows that are not simply 0, 1, 2: some recipes of a table are in another split."""
    return np.arange(len(lengths)) * 3 + 1


def tokens_of(packed: Packed) -> list[list[tuple[int, int] | None]]:
    """Each block as (recipe, place in recipe) token by token, built one token at a time; fails on an overlap."""
    blocks = []
    for first, last in pairwise(packed.first_segments):
        block = {}
        for segment in packed.segments[first:last]:
            for i in range(segment["length"]):
                assert segment["start"] + i not in block
                block[segment["start"] + i] = (int(segment["recipe"]), int(segment["offset"] + i))
        assert sorted(block) == list(range(len(block)))  # no gap: padding comes last
        blocks.append([block[i] for i in sorted(block)])
    return blocks


def every_token(lengths: np.ndarray) -> list[tuple[int, int]]:
    return [(int(row), i) for row, length in zip(rows(lengths), lengths, strict=True) for i in range(length)]


def best_fit_by_search(lengths: list[int], block_size: int) -> int:
    """Blocks that best-fit-decreasing needs, by looking at every block for each recipe."""
    left: list[int] = []
    for length in sorted(lengths, reverse=True):
        fitting = [i for i, room in enumerate(left) if room >= length]
        if fitting:
            left[min(fitting, key=lambda i: left[i])] -= length
        else:
            left.append(block_size - length)
    return len(left)


@given(lengths=lengths_of_recipes, block_size=block_sizes)
def test_concatenate_keeps_every_token_once_and_fills_every_block_but_the_last(lengths, block_size) -> None:
    blocks = tokens_of(concatenate(rows(lengths), lengths, block_size, rng()))
    stream = [token for block in blocks for token in block]
    assert sorted(stream) == every_token(lengths)
    assert [len(block) for block in blocks[:-1]] == [block_size] * (len(blocks) - 1)
    # In the stream every recipe is in one piece, from its first token to its last.
    recipes_in_order = list(dict.fromkeys(recipe for recipe, _ in stream))
    length_of = dict(zip(rows(lengths).tolist(), lengths.tolist(), strict=True))
    assert stream == [(recipe, i) for recipe in recipes_in_order for i in range(length_of[recipe])]


@given(lengths=lengths_of_recipes, block_size=block_sizes)
def test_best_fit_keeps_every_token_once_and_overfills_no_block(lengths, block_size) -> None:
    blocks = tokens_of(best_fit(rows(lengths), lengths, block_size, rng()))
    assert sorted(token for block in blocks for token in block) == every_token(lengths)
    assert all(0 < len(block) <= block_size for block in blocks)


@given(lengths=st.lists(st.integers(1, 24), max_size=60).map(np.array))
def test_best_fit_needs_as_many_blocks_as_a_search_through_all_of_them(lengths) -> None:
    packed = best_fit(rows(lengths), lengths, 24, rng())
    assert len(packed) == best_fit_by_search(lengths.tolist(), 24)
    assert len(packed.segments) == len(lengths)  # every recipe is whole
    assert not packed.segments["continues_before"].any()
    assert not packed.segments["continues_after"].any()


def test_best_fit_by_hand() -> None:
    # 7 opens a block with 3 left, 6 one with 4, 5 one with 5; 3 then fits tightest after 7, and 5 after 5.
    packed = best_fit(np.arange(5), np.array([3, 5, 7, 6, 5]), 10, rng())
    together = {frozenset(recipe for recipe, _ in block) for block in tokens_of(packed)}
    assert together == {frozenset({2, 0}), frozenset({3}), frozenset({1, 4})}


def segments_of(packed: Packed, recipe: int) -> list[tuple]:
    found = packed.segments[packed.segments["recipe"] == recipe]
    return sorted(found[["offset", "length", "continues_before", "continues_after"]].tolist())


def test_an_overlong_recipe_is_split_and_its_rest_shares_a_block() -> None:
    packed = best_fit(np.array([0, 1]), np.array([25, 4]), 10, rng())
    assert len(packed) == 3
    assert segments_of(packed, 0) == [(0, 10, False, True), (10, 10, True, True), (20, 5, True, False)]
    assert {frozenset(r for r, _ in block) for block in tokens_of(packed)} == {frozenset({0}), frozenset({0, 1})}


def test_an_overlong_recipe_is_cut_after_one_block_and_known_to_go_on() -> None:
    packed = best_fit(np.array([0, 1]), np.array([25, 4]), 10, rng(), "cut")
    assert segments_of(packed, 0) == [(0, 10, False, True)]
    assert segments_of(packed, 1) == [(0, 4, False, False)]


@pytest.mark.parametrize("overlong", ["split", "cut"])
def test_a_recipe_that_fills_a_block_exactly_is_whole(overlong) -> None:
    packed = best_fit(np.array([0]), np.array([10]), 10, rng(), overlong)
    assert segments_of(packed, 0) == [(0, 10, False, False)]


def test_concatenate_marks_where_a_recipe_is_cut_by_the_border_of_a_block() -> None:
    packed = concatenate(np.array([7]), np.array([25]), 10, rng())
    assert segments_of(packed, 7) == [(0, 10, False, True), (10, 10, True, True), (20, 5, True, False)]


@pytest.mark.parametrize("pack", [concatenate, best_fit])
def test_packing_is_the_same_for_the_same_seed_and_shuffled_by_it(pack) -> None:
    lengths = np.arange(1, 101) % 9 + 1
    first, again = (pack(np.arange(100), lengths, 16, np.random.default_rng(5)) for _ in range(2))
    other = pack(np.arange(100), lengths, 16, np.random.default_rng(6))
    assert first.segments.tolist() == again.segments.tolist()
    assert first.segments.tolist() != other.segments.tolist()
    assert first.segments["recipe"].tolist() != sorted(first.segments["recipe"].tolist())


def test_the_first_blocks_of_best_fit_are_not_the_longest_recipes() -> None:
    lengths = np.repeat([10, 4], 100)
    packed = best_fit(np.arange(200), lengths, 10, rng())
    counts = np.diff(packed.first_segments)
    assert 1 < counts[:20].mean() < 2


@pytest.mark.parametrize("pack", [concatenate, best_fit])
def test_no_recipes_are_no_blocks(pack) -> None:
    packed = pack(np.zeros(0, np.int64), np.zeros(0, np.int64), 10, rng())
    assert len(packed) == 0
    assert packed.first_segments.tolist() == [0]
