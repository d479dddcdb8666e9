import keras
import numpy as np
import pytest

from recipe_tui.core.model.weights import load_model, new_model


@pytest.fixture(scope="module")
def model(checkpoint):
    return load_model(checkpoint)


def logits_of(model, input_ids, **where):
    return keras.ops.convert_to_numpy(model.logits(model(np.asarray(input_ids), **where)))


def test_logits_are_those_of_pytorch(model, expected):
    np.testing.assert_allclose(logits_of(model, expected["input_ids"]), expected["logits"], atol=2e-5)


def test_a_position_does_not_see_what_follows(model, expected):
    input_ids = expected["input_ids"].copy()
    before = logits_of(model, input_ids)
    input_ids[:, 10:] = (input_ids[:, 10:] + 1) % 40
    after = logits_of(model, input_ids)
    np.testing.assert_allclose(after[:, :10], before[:, :10], atol=1e-5)
    assert np.abs(after[:, 10:] - before[:, 10:]).max() > 0.1


def test_changing_recipe_a_leaves_the_logits_of_recipe_b_in_the_same_block_alone(model):
    segment_ids = np.array([[0] * 5 + [1] * 7])
    position_ids = np.array([[*range(5), *range(7)]])
    together = np.array([[1, 2, 3, 4, 5, 11, 12, 13, 14, 15, 16, 17]])
    changed = together.copy()
    changed[:, :5] = [[6, 7, 8, 9, 10]]
    where = {"segment_ids": segment_ids, "position_ids": position_ids}
    of_b = logits_of(model, together, **where)[:, 5:]
    np.testing.assert_allclose(logits_of(model, changed, **where)[:, 5:], of_b, atol=1e-5)
    alone = logits_of(model, together[:, 5:])
    np.testing.assert_allclose(of_b, alone, atol=1e-5)


def test_without_isolation_recipe_b_does_see_recipe_a(model):
    together = np.array([[1, 2, 3, 4, 5, 11, 12, 13, 14, 15, 16, 17]])
    changed = together.copy()
    changed[:, :5] = [[6, 7, 8, 9, 10]]
    difference = logits_of(model, changed)[:, 5:] - logits_of(model, together)[:, 5:]
    assert np.abs(difference).max() > 0.1


def test_dropout_acts_in_training_alone(tiny_config):
    model = new_model(tiny_config)
    input_ids = np.arange(12).reshape(1, 12)
    still = keras.ops.convert_to_numpy(model(input_ids))
    np.testing.assert_array_equal(keras.ops.convert_to_numpy(model(input_ids)), still)
    noisy = keras.ops.convert_to_numpy(model(input_ids, training=True))
    assert np.abs(noisy - still).max() > 1e-3


def test_no_dropout_acts_in_a_llama(tiny_llama):
    model = new_model(tiny_llama)
    input_ids = np.arange(12).reshape(1, 12)
    still, trained = (keras.ops.convert_to_numpy(model(input_ids, training=mode)) for mode in (False, True))
    np.testing.assert_allclose(trained, still, atol=1e-5)


def test_a_head_of_its_own_is_another_table_than_the_embedding(tiny_llama):
    model = new_model(tiny_llama)
    assert model.output_tokens is not model.input_tokens
    tiny_llama.tie_word_embeddings = True
    model = new_model(tiny_llama)
    assert model.output_tokens is model.input_tokens


@pytest.mark.parametrize("precision", ["mixed_bfloat16", "mixed_float16"])
def test_mixed_precision_keeps_float32_weights_and_float32_logits(checkpoint, expected, precision):
    model = load_model(checkpoint, precision)
    assert {variable.dtype for variable in model.trainable_variables} == {"float32"}
    logits = model.logits(model(expected["input_ids"]))
    assert keras.backend.standardize_dtype(logits.dtype) == "float32"
    np.testing.assert_allclose(
        keras.ops.convert_to_numpy(logits), expected["logits"], atol=0.15 if checkpoint.name == "gpt2" else 0.3
    )


def test_the_dtype_of_other_models_is_not_changed_by_loading_one(checkpoint):
    before = keras.config.dtype_policy().name
    load_model(checkpoint, "mixed_bfloat16")
    assert keras.config.dtype_policy().name == before
