import numpy as np
import pytest

from recipe_tui.core.blocks.packing import IGNORED_LABEL
from recipe_tui.core.config import load_config
from recipe_tui.core.errors import ConfigError
from recipe_tui.core.training.data import batch_of
from recipe_tui.core.training.goldfish import CONTEXT, drop_targets

RNG = np.random.default_rng(7)


def one_segment(input_ids):
    return np.zeros_like(input_ids)


def test_one_in_k_targets_is_dropped_and_the_others_stay():
    ids = RNG.integers(0, 5000, (20, 1000)).astype(np.int32)
    labels = drop_targets(ids, ids, one_segment(ids), 4)
    dropped = labels == IGNORED_LABEL
    assert dropped[:, CONTEXT:].mean() == pytest.approx(0.25, abs=0.01)
    np.testing.assert_array_equal(labels[~dropped], ids[~dropped])


def test_a_passage_lacks_the_same_tokens_wherever_it_stands():
    passage = RNG.integers(0, 5000, 80)
    ids = RNG.integers(0, 5000, (2, 200)).astype(np.int32)
    ids[0, 5:85] = ids[1, 90:170] = passage
    labels = drop_targets(ids, ids, one_segment(ids), 3)
    np.testing.assert_array_equal(labels[0, 5 + CONTEXT : 85], labels[1, 90 + CONTEXT : 170])
    assert (labels[0, 5 + CONTEXT : 85] == IGNORED_LABEL).any()


def test_the_tokens_before_a_target_decide_and_not_the_target():
    ids = RNG.integers(0, 5000, (1, 300)).astype(np.int32)
    others = ids.copy()
    others[0, -1] += 1
    dropped, still = (drop_targets(one, one, one_segment(one), 2) == IGNORED_LABEL for one in (ids, others))
    np.testing.assert_array_equal(dropped, still)


def test_a_recipe_begins_as_it_is_whatever_stands_before_it_in_its_block():
    ids = RNG.integers(0, 5000, (1, 200)).astype(np.int32)
    segments = np.repeat([[0, 1]], 100, axis=1).astype(np.int32)
    labels = drop_targets(ids, ids, segments, 2)
    np.testing.assert_array_equal(labels[0, 100 : 100 + CONTEXT], ids[0, 100 : 100 + CONTEXT])
    np.testing.assert_array_equal(labels[:, 100:], drop_targets(ids[:, 100:], ids[:, 100:], segments[:, 100:], 2))


def test_a_block_shorter_than_the_context_loses_nothing():
    ids = RNG.integers(0, 50, (2, CONTEXT)).astype(np.int32)
    np.testing.assert_array_equal(drop_targets(ids, ids, one_segment(ids), 2), ids)


def test_padding_and_questions_stay_no_targets_and_inputs_stay_as_they_are(store):
    blocks, indices = store.blocks("train"), np.arange(6)
    plain, dropped = batch_of(blocks, indices, True), batch_of(blocks, indices, True, goldfish_k=3)
    np.testing.assert_array_equal(dropped["input_ids"], plain["input_ids"])
    assert (dropped["labels"][plain["labels"] == IGNORED_LABEL] == IGNORED_LABEL).all()
    assert (dropped["labels"] == IGNORED_LABEL).sum() > (plain["labels"] == IGNORED_LABEL).sum()


def test_no_run_may_learn_nothing():
    with pytest.raises(ConfigError, match="it should be 2 or more, or 0"):
        load_config(training={"goldfish_k": 1})
