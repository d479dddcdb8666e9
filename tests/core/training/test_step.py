from functools import cache
from typing import NamedTuple

import keras
import numpy as np
import pytest

from recipe_tui.core.config import TrainingConfig
from recipe_tui.core.model.weights import new_model
from recipe_tui.core.training.optimizers import make_optimizer
from recipe_tui.core.training.step import FineTuning
from tests.core.shapes import tiny_gpt2, tiny_llama
from tests.core.without_graphs import without_graphs

LLAMA = tiny_llama()
CONFIGURATIONS = {"gpt2": None, "llama": LLAMA}


def training(batch_size, dropout=0.0, precision="float32", config=None, optimizer="adamw"):
    keras.utils.set_random_seed(0)
    model = new_model(config or tiny_gpt2(dropout=dropout), precision)
    settings = TrainingConfig(learning_rate=1e-2, warmup_fraction=0, precision=precision, optimizer=optimizer)
    optimizer, _ = make_optimizer(settings, 10)
    trained = FineTuning(model, batch_size)
    trained.compile(optimizer=optimizer, jit_compile=False)
    optimizer.build(trained.trainable_variables)
    return trained


def batch():
    """Four blocks with very different numbers of targets."""
    rng = np.random.default_rng(1)
    input_ids = rng.integers(0, 20, (4, 16)).astype(np.int32)
    labels = input_ids.copy()
    labels[1, 3:] = labels[2, 9:] = -100
    return {"input_ids": input_ids, "labels": labels}


def one_step(trained, data):
    logs = trained.train_on_batch(data, return_dict=True)
    return {name: float(value) for name, value in logs.items()}


def weights(trained):
    return [keras.ops.convert_to_numpy(variable).copy() for variable in trained.trainable_variables]


class Steps(NamedTuple):
    """Eight steps on `batch`: the weights before and after the first, what each logged, and the model after all."""

    before: list
    after: list
    logs: list
    trained: FineTuning


@cache
def steps(family, batch_size, precision="float32"):
    """Train once for all tests: tracing takes nearly all of the time."""
    trained, data = training(batch_size, precision=precision, config=CONFIGURATIONS[family]), batch()
    before, logs = weights(trained), [one_step(trained, data)]
    after = weights(trained)
    return Steps(before, after, logs + [one_step(trained, data) for _ in range(7)], trained)


@pytest.mark.parametrize("family", CONFIGURATIONS)
def test_micro_batches_of_different_token_counts_give_the_update_of_one_large_batch(family):
    at_once, in_four = steps(family, 4), steps(family, 1)
    assert in_four.logs[0] == pytest.approx(at_once.logs[0], rel=1e-5)
    assert at_once.logs[0]["tokens"] == 15 + 2 + 8 + 15
    for whole, summed in zip(at_once.after, in_four.after, strict=True):
        np.testing.assert_allclose(summed, whole, atol=2e-5)  # of updates of 1e-2


def test_a_block_without_targets_changes_nothing():
    data = batch()
    padded = {name: np.concatenate([rows, rows[:2]]) for name, rows in data.items()}
    padded["labels"][4:] = -100
    plain, with_empty = steps("gpt2", 2), training(2)
    with without_graphs():
        assert one_step(with_empty, padded) == pytest.approx(plain.logs[0], rel=1e-5)
    for expected, ours in zip(plain.after, weights(with_empty), strict=True):
        np.testing.assert_allclose(ours, expected, atol=2e-5)  # of updates of 1e-2


def test_the_loss_shown_is_nats_per_real_target():
    trained, data = training(4), batch()
    result = trained.test_on_batch(data, return_dict=True)
    logs = steps("gpt2", 4).logs[0]
    assert float(result["tokens"]) == 40
    assert logs["loss"] == pytest.approx(float(result["nll"]) / 40, rel=1e-5)
    assert logs["loss"] == pytest.approx(np.log(20), rel=0.02)  # random weights know nothing


def test_validation_is_the_same_each_time_since_dropout_is_off():
    trained, data = training(4, dropout=0.5), batch()
    first, second = (float(trained.test_on_batch(data, return_dict=True)["nll"]) for _ in range(2))
    assert first == second


def test_the_tied_head_stays_tied():
    names = [variable.path for variable in steps("gpt2", 4).trained.trainable_variables]
    assert sum("wte" in name or "lm_head" in name for name in names) == 1


@pytest.mark.parametrize("precision", ["mixed_bfloat16", "mixed_float16"])
@pytest.mark.parametrize("family", CONFIGURATIONS)
def test_mixed_precision_updates_float32_weights_nearly_as_float32_does(precision, family):
    exact, mixed = steps(family, 2), steps(family, 2, precision)
    assert mixed.logs[0]["loss"] == pytest.approx(exact.logs[0]["loss"], rel=1e-2)
    assert mixed.logs[0]["gradient_norm"] == pytest.approx(exact.logs[0]["gradient_norm"], rel=5e-2)
    assert {variable.dtype for variable in mixed.trained.trainable_variables} == {"float32"}


def test_a_head_of_its_own_trains_besides_the_embedding():
    before, after, _, trained = steps("llama", 4)
    for table in (trained.model.lm_head.embeddings, trained.model.embed_tokens.embeddings):
        (index,) = (i for i, variable in enumerate(trained.trainable_variables) if variable is table)
        assert np.abs(after[index] - before[index]).max() > 1e-3


@pytest.mark.parametrize("family", CONFIGURATIONS)
def test_repeated_steps_on_one_batch_lower_its_loss(family):
    logs = steps(family, 4).logs
    assert logs[-1]["loss"] < logs[0]["loss"] - 0.2


@pytest.mark.parametrize("optimizer", ["adamw", "adafactor"])
def test_a_gradient_that_is_no_number_updates_nothing(optimizer):
    trained = training(2, optimizer=optimizer)
    trained.train_on_batch(batch())
    kept = [*trained.variables, *(one for one in trained.optimizer.variables if one.name != "gradient_norm")]
    before = [keras.ops.convert_to_numpy(variable).copy() for variable in kept]
    norm = trained.model.weights[-1]
    good = keras.ops.convert_to_numpy(norm).copy()
    norm.assign(np.full_like(good, np.nan))
    logs = trained.train_on_batch(batch(), return_dict=True)
    norm.assign(good)
    assert not np.isfinite(logs["gradient_norm"])
    for variable, value in zip(kept, before, strict=True):
        np.testing.assert_array_equal(keras.ops.convert_to_numpy(variable), value, err_msg=variable.path)
