from __future__ import annotations

import numpy as np

from recipe_tui.core.blocks.store import BlockStore
from recipe_tui.core.browsing.filters import FILTERS, filtered, used_lengths


def numbers(store: BlockStore, which) -> list[int]:
    shown = filtered(store.blocks("train"), which)
    assert isinstance(shown, np.ndarray)
    return shown.tolist()


def test_filters_show_what_they_say(store: BlockStore) -> None:
    assert filtered(store.blocks("train"), "all") is None
    assert numbers(store, "cut") == [0, 2, 3]
    assert numbers(store, "padded") == [3]
    assert numbers(store, "several") == [2]


def test_used_places_are_counted_without_padding(store: BlockStore) -> None:
    assert used_lengths(store.blocks("train")).tolist() == [8, 8, 8, 1]


def test_a_split_without_blocks_is_filtered_to_nothing(store: BlockStore) -> None:
    for which in FILTERS:
        shown = filtered(store.blocks("test"), which)
        assert shown is None or shown.tolist() == []
