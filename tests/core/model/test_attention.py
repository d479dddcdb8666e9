import keras
import numpy as np
import pytest
from keras import ops

from recipe_tui.core.model.attention import attend, segment_mask
from recipe_tui.core.model.fused_ops import LayerNormalization, RMSNormalization, fused
from tests.core.model.test_loss import gradients_of

SHAPE = (2, 7, 6, 4)  # batch, length, heads, head_size


@pytest.fixture(params=[6, 3, 1], ids=["heads of their own", "shared by two", "shared by all"])
def inputs(request):
    """Queries with six heads, and keys and values with as many or fewer."""
    rng = np.random.default_rng(0)
    shapes = [SHAPE, (*SHAPE[:2], request.param, 4), (*SHAPE[:2], request.param, 4)]
    return [rng.normal(size=shape).astype(np.float32) for shape in shapes]


def reference(query, key, value, mask):
    """Keras' attention, each query's head with its own copy of key and value."""
    copies = query.shape[2] // key.shape[2]
    key, value = ops.repeat(key, copies, axis=2), ops.repeat(value, copies, axis=2)
    return ops.dot_product_attention(query, key, value, mask=mask, is_causal=mask is None)


def masks():
    segment_ids = ops.convert_to_tensor(np.array([[0, 0, 0, 1, 1, 2, -1], [0] * 7], np.int32))
    return {"causal": None, "by segment": segment_mask(segment_ids)}


@pytest.mark.parametrize("mask", ["causal", "by segment"])
def test_attention_is_that_of_keras_in_training_and_out_of_it(inputs, mask):
    chosen = masks()[mask]
    theirs = ops.convert_to_numpy(reference(*inputs, chosen))
    for training in (True, False):
        ours = attend(*map(ops.convert_to_tensor, inputs), chosen, training=training)
        np.testing.assert_allclose(ops.convert_to_numpy(ours), theirs, atol=1e-6)


@pytest.mark.parametrize("mask", ["causal", "by segment"])
def test_its_gradients_are_those_of_keras(inputs, mask):
    chosen = masks()[mask]
    upstream = np.random.default_rng(1).normal(size=SHAPE).astype(np.float32)

    def ours(*inputs):
        return ops.sum(attend(*inputs, chosen, training=True) * upstream)

    def theirs(*inputs):
        return ops.sum(reference(*inputs, chosen) * upstream)

    for one, other in zip(gradients_of(ours, *inputs), gradients_of(theirs, *inputs), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-6)


def test_it_stays_in_the_dtype_it_was_given(inputs):
    halves = [ops.cast(one, "bfloat16") for one in inputs]
    attended = attend(*halves, None, training=True)
    assert keras.backend.standardize_dtype(attended.dtype) == "bfloat16"
    np.testing.assert_allclose(
        ops.convert_to_numpy(ops.cast(attended, "float32")),
        ops.convert_to_numpy(attend(*map(ops.convert_to_tensor, inputs), None)),
        atol=0.03,
    )


def test_a_fused_function_and_its_gradient_are_those_of_the_function():
    x = np.linspace(-4, 4, 33, dtype=np.float32)

    def gelu(x):
        return ops.gelu(x, approximate=True)

    np.testing.assert_allclose(ops.convert_to_numpy(fused(gelu)(x)), ops.convert_to_numpy(gelu(x)), atol=1e-6)
    (ours,) = gradients_of(lambda x: ops.sum(fused(gelu)(x) ** 2), x)
    (reference,) = gradients_of(lambda x: ops.sum(gelu(x) ** 2), x)
    np.testing.assert_allclose(ours, reference, atol=1e-5)


def test_a_fused_function_computes_in_float32_whatever_it_is_given():
    x = ops.cast(np.array([1.0, 2.0, 3.0]), "bfloat16")
    difference = fused(lambda x: (x + 1024) - 1024)(x)  # bfloat16 would lose it all
    np.testing.assert_array_equal(ops.convert_to_numpy(ops.cast(difference, "float32")), [1.0, 2.0, 3.0])


@pytest.mark.parametrize("normalization", [LayerNormalization, RMSNormalization])
def test_a_normalization_is_the_same_in_training_and_out_of_it(normalization):
    layer = normalization(epsilon=1e-5)
    x = np.random.default_rng(0).normal(3, 5, size=(2, 5, 8)).astype(np.float32)
    np.testing.assert_allclose(
        ops.convert_to_numpy(layer(x, training=True)), ops.convert_to_numpy(layer(x, training=False)), atol=1e-5
    )
