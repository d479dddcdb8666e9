from collections import Counter

import numpy as np
from hypothesis import assume, given
from hypothesis import strategies as st

from recipe_tui.core.recipes.recipe import SPLITS
from recipe_tui.core.recipes.split import TEST, TRAIN, VALIDATION, assign_splits


def assign(cluster, hints=None, validation=0.0, test=0.0, seed=0):
    cluster = np.array(cluster, np.int32)
    return assign_splits(cluster, hints or [None] * len(cluster), validation, test, seed)


def names(splits):
    return [SPLITS[split] for split in splits]


@st.composite
def corpora(draw, hints=False):
    members = draw(st.lists(st.integers(0, 30), min_size=1, max_size=120))
    cluster = [members.index(member) for member in members]  # numbered by first member, as duplicates are
    hint = st.sampled_from([None, *SPLITS]) if hints else st.none()
    return cluster, draw(st.lists(hint, min_size=len(cluster), max_size=len(cluster)))


FRACTIONS = st.sampled_from([0.0, 0.02, 0.05, 0.1, 0.3, 0.45])
SEEDS = st.integers(0, 5)


@given(corpora(hints=True), FRACTIONS, FRACTIONS, SEEDS)
def test_a_cluster_never_straddles(corpus, validation, test, seed):
    cluster, hints = corpus
    splits = assign(cluster, hints, validation, test, seed)
    assert len(splits) == len(cluster)
    assert len(set(zip(cluster, splits.tolist(), strict=True))) == len(set(cluster))


@given(corpora(hints=True), FRACTIONS, FRACTIONS, SEEDS)
def test_the_same_seed_gives_the_same_splits(corpus, validation, test, seed):
    cluster, hints = corpus
    first, again = (assign(cluster, hints, validation, test, seed) for _ in range(2))
    assert np.array_equal(first, again)


class TestWithoutHints:
    def test_single_recipes_are_divided_exactly(self):
        splits = assign(range(200), validation=0.1, test=0.05)
        assert Counter(names(splits)) == {"train": 170, "validation": 20, "test": 10}

    def test_the_order_is_shuffled_and_another_seed_gives_another_one(self):
        first, other = (assign(range(200), validation=0.1, test=0.1, seed=seed) for seed in (1, 2))
        held_out = np.flatnonzero(first)
        assert held_out.min() < 50
        assert held_out.max() > 150
        assert not np.array_equal(first, other)

    @given(corpora(), FRACTIONS, FRACTIONS, SEEDS)
    def test_shares_are_right_to_within_a_cluster(self, corpus, validation, test, seed):
        cluster, _ = corpus
        assume(len(set(cluster)) >= 3)
        splits = assign(cluster, None, validation, test, seed)
        largest = max(Counter(cluster).values())
        for split, fraction in ((VALIDATION, validation), (TEST, test)):
            assert abs(np.count_nonzero(splits == split) - fraction * len(cluster)) <= max(largest, 1)

    @given(corpora(), FRACTIONS, FRACTIONS, SEEDS)
    def test_every_split_that_is_wanted_gets_a_recipe_where_there_are_clusters_enough(
        self, corpus, validation, test, seed
    ):
        cluster, _ = corpus
        shares = {TRAIN: 1, VALIDATION: validation, TEST: test}
        wanted = {split for split, share in shares.items() if share}
        assume(len(set(cluster)) >= len(wanted))
        assert set(assign(cluster, None, validation, test, seed).tolist()) == wanted

    def test_training_comes_first_then_validation_then_the_test(self):
        assert names(assign([0], validation=0.05, test=0.05)) == ["train"]
        assert sorted(names(assign([0, 1], validation=0.05, test=0.05))) == ["train", "validation"]
        assert sorted(names(assign([0, 1, 2], validation=0.05, test=0.05))) == ["test", "train", "validation"]

    def test_a_cluster_that_is_most_of_the_corpus_trains(self):
        splits = assign([0] * 50 + [50, 51], validation=0.05, test=0.05)
        assert names(splits[:50]) == ["train"] * 50
        assert sorted(names(splits[50:])) == ["test", "validation"]

    def test_small_clusters_stand_for_a_small_share(self):
        splits = assign([0] * 50 + [50] * 40 + [90, 91], validation=0.01, test=0.01)
        assert names(splits[:90]) == ["train"] * 90

    @given(SEEDS)
    def test_clusters_too_large_for_what_is_missing_are_passed_over(self, seed):
        cluster = [*range(20), *(number // 10 * 10 for number in range(20, 100))]
        splits = assign(cluster, validation=0.05, test=0.12, seed=seed)
        assert Counter(names(splits)) == {"train": 83, "validation": 5, "test": 12}

    def test_no_recipes_no_splits(self):
        assert assign([], validation=0.1, test=0.1).shape == (0,)


class TestWithHints:
    @given(corpora(hints=True), SEEDS)
    def test_hints_are_honoured_and_the_most_held_out_of_a_cluster_decides(self, corpus, seed):
        cluster, hints = corpus
        splits = assign(cluster, hints, 0.1, 0.1, seed)
        hinted = {number: set() for number in cluster}
        for number, hint in zip(cluster, hints, strict=True):
            hinted[number].add(hint)
        decided = {
            number: next(split for split in ("test", "validation", "train", None) if split in given_here)
            for number, given_here in hinted.items()
        }
        for number, split in zip(cluster, names(splits), strict=True):
            if decided[number] in ("test", "validation"):
                assert split == decided[number]
            if decided[number] == "train" and {"test", "validation"} <= set(decided.values()):
                assert split == "train"  # else the source may lend it

    def test_a_source_with_its_own_three_files_is_taken_as_it_is(self):
        hints = ["train"] * 6 + ["test"] * 3 + ["validation"]
        assert names(assign(range(10), hints, validation=0.3, test=0.5)) == hints

    def test_a_duplicate_of_a_held_out_recipe_leaves_training(self):
        hints = ["train", "train", "validation", "test", "train", "validation"]
        assert names(assign([0, 1, 0, 1, 4, 1], hints)) == ["validation", "test", "validation", "test", "train", "test"]

    def test_recipes_without_a_hint_fill_what_is_missing(self):
        hints = ["test"] * 4 + [None] * 96
        splits = assign(range(100), hints, validation=0.1, test=0.1)
        assert names(splits[:4]) == ["test"] * 4
        assert Counter(names(splits)) == {"train": 80, "validation": 10, "test": 10}

    def test_more_held_out_than_asked_for_is_kept(self):
        splits = assign(range(10), ["test"] * 5 + [None] * 5, validation=0.2, test=0.1)
        assert Counter(names(splits)) == {"test": 5, "train": 3, "validation": 2}

    def test_a_training_file_alone_lends_the_splits_that_no_hint_names(self):
        splits = assign(range(100), ["train"] * 100, validation=0.1, test=0.05)
        assert Counter(names(splits)) == {"train": 85, "validation": 10, "test": 5}

    def test_recipes_without_a_hint_are_drawn_before_those_hinted_for_training(self):
        hints = ["train"] * 50 + [None] * 50
        assert set(names(assign(range(100), hints, validation=0.2, test=0.2)[:50])) == {"train"}

    def test_nothing_is_lent_where_a_fraction_is_zero(self):
        assert set(names(assign(range(20), ["train"] * 20))) == {"train"}

    def test_lending_leaves_something_to_train_on(self):
        assert names(assign([0], ["train"], validation=0.5, test=0.4)) == ["train"]
