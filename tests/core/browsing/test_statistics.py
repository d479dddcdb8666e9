from __future__ import annotations

import numpy as np
import pytest

from recipe_tui.core.blocks.store import BlockStore
from recipe_tui.core.browsing import statistics
from recipe_tui.core.browsing.statistics import Histogram, count_statistics, histogram
from recipe_tui.core.text.layout import Section
from tests.core.browsing.stores import END, INGREDIENT, STEP, TITLE


def test_a_split_is_counted_as_by_hand(store: BlockStore) -> None:
    counted = count_statistics(store, "train", most_frequent=4)
    assert counted is not None
    assert (counted.blocks, counted.tokens, counted.padding) == (4, 25, 7)
    assert counted.padding_share == pytest.approx(7 / 32)
    assert counted.section_tokens == {
        Section.TITLE: 6, Section.INGREDIENTS: 7, Section.STEPS: 9, Section.END: 3
    }  # fmt: skip
    assert counted.most_frequent == ((END, 3), (TITLE, 3), (INGREDIENT, 3), (STEP, 3))
    assert (counted.used, counted.vocabulary, counted.never_used_share) == (17, 17, 0)
    assert sum(counted.recipe_lengths.counts) == 3
    assert counted.recipe_lengths.quantiles == (5, 8, 8, 12)
    assert sum(counted.block_lengths.counts) == 4


def test_counting_in_chunks_counts_the_same(store: BlockStore, monkeypatch) -> None:
    whole = count_statistics(store, "train")
    monkeypatch.setattr(statistics, "CHUNK", 1)
    shares: list[float] = []
    assert count_statistics(store, "train", lambda share: not shares.append(share)) == whole
    assert shares == [0, 0.25, 0.5, 0.75]


def test_counting_can_be_left(store: BlockStore) -> None:
    assert count_statistics(store, "train", lambda _: False) is None


def test_a_split_without_blocks_is_counted_too(store: BlockStore) -> None:
    counted = count_statistics(store, "test")
    assert counted is not None
    assert (counted.blocks, counted.tokens, counted.padding_share, counted.most_frequent) == (0, 0, 0, ())


def test_a_histogram_has_bins_of_one_width_and_the_rare_long_ones_in_the_last() -> None:
    lengths = np.array([*range(10, 20)] * 20 + [500])
    assert histogram(lengths, 5) == Histogram(
        (10, 12, 14, 16, 18, 500), (40, 40, 40, 40, 41), pytest.approx(lengths.mean()), (10, 15, 19, 500)
    )
    assert histogram(np.array([7, 7]), 5) == Histogram((7, 7), (2,), 7.0, (7, 7, 7, 7))
