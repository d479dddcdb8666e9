"""Held-out blocks: the same each time, every target counted once, however they are cut into batches."""

from __future__ import annotations

import keras
import numpy as np
import pytest
from transformers import GPT2Config

from recipe_tui.core.model.weights import new_model
from recipe_tui.core.training.evaluate import evaluate, for_evaluation, validation_batches


@pytest.fixture(scope="module")
def model(store):
    keras.utils.set_random_seed(0)
    return new_model(GPT2Config(n_layer=1, n_embd=16, n_head=2, n_positions=64, vocab_size=store.vocab_size))


def held_out(model, store, batch_size, limit=None):
    return evaluate(for_evaluation(model, batch_size), list(validation_batches(store, batch_size, limit)))


def test_the_loss_does_not_depend_on_the_batch_size(model, store):
    one, four = held_out(model, store, 1), held_out(model, store, 4)
    assert one.tokens == four.tokens
    assert one.loss == pytest.approx(four.loss, rel=1e-5)


def test_the_loss_is_the_mean_over_all_targets_and_not_over_blocks(model, store):
    nll = tokens = 0.0
    for batch in validation_batches(store, 1):
        ids = {name: batch[name] for name in ("input_ids", "position_ids", "segment_ids")}
        logits = keras.ops.convert_to_numpy(model.logits(model(**ids)))[0].astype(np.float64)
        scores = logits - np.log(np.exp(logits).sum(-1, keepdims=True))
        for place, label in enumerate(batch["labels"][0][1:]):
            if label >= 0:
                nll, tokens = nll - scores[place, label], tokens + 1
    found = held_out(model, store, 2)
    assert (found.loss, found.tokens) == (pytest.approx(nll / tokens, rel=1e-5), tokens)
    assert found.perplexity == pytest.approx(np.exp(nll / tokens), rel=1e-4)


def test_a_limit_takes_the_first_batches_each_time(store):
    every = list(validation_batches(store, 2))
    some = list(validation_batches(store, 2, limit=1))
    assert len(some) == 1 < len(every)
    assert np.array_equal(some[0]["input_ids"], every[0]["input_ids"])


def test_the_first_batch_does_not_count_towards_the_speed(model, store):
    batches = list(validation_batches(store, 1))[:3]
    times = iter([0.0, 100.0, 101.0, 102.0])
    assert evaluate(for_evaluation(model, 1), batches, lambda: next(times)).tokens_per_second == 64.0


def test_of_one_batch_no_speed_is_known(model, store):
    batches = list(validation_batches(store, 1))[:1]
    assert evaluate(for_evaluation(model, 1), batches).tokens_per_second is None
