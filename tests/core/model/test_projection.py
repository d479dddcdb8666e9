import keras
import numpy as np
import pytest
from keras import ops

from recipe_tui.core.model.projection import Projection
from tests.core.model.test_loss import gradients_of


@pytest.fixture
def inputs():
    return np.random.default_rng(0).normal(size=(5, 192)).astype(np.float32)


def projection(inputs=192, outputs=7, kernel=None, bits=None):
    keras.utils.set_random_seed(1)
    layer = Projection(outputs, bias_initializer="ones")
    if bits is not None:
        layer.hold_integers(bits)
    layer.build((None, inputs))
    if kernel is not None:
        layer.put_kernel(kernel)
    return layer


def floats(inputs=192, outputs=7):
    return projection(inputs, outputs).float_kernel()


def product(inputs, kernel):
    return inputs @ kernel + 1


def test_without_an_adapter_it_computes_what_keras_dense_does(inputs):
    layer = projection()
    dense = keras.layers.Dense(7)
    dense.build((None, 192))
    dense.set_weights(layer.get_weights())
    np.testing.assert_array_equal(layer(inputs), dense(inputs))


def test_a_new_adapter_changes_nothing_and_alone_learns(inputs):
    layer = projection()
    before = np.asarray(layer(inputs))
    layer.add_adapter(rank=2, alpha=8, dropout=0.0)
    np.testing.assert_array_equal(layer(inputs), before)
    assert [variable.name for variable in layer.trainable_variables if variable.name != "bias"] == [
        "lora_kernel_a",
        "lora_kernel_b",
    ]
    assert np.abs(layer.lora_kernel_a).max() <= 192**-0.5  # as PEFT begins


def test_an_adapter_adds_its_product_alpha_over_rank_times(inputs):
    layer = projection()
    layer.add_adapter(rank=2, alpha=8)
    first, second = np.asarray(layer.lora_kernel_a), np.full((2, 7), 0.5, np.float32)
    layer.lora_kernel_b.assign(second)
    kernel = layer.float_kernel()
    np.testing.assert_allclose(layer(inputs), product(inputs, kernel + 4 * first @ second), atol=1e-5)
    np.testing.assert_allclose(layer.adapter_kernel(), 4 * first @ second, atol=1e-6)


def test_dropout_is_for_the_adapter_alone_and_only_in_training(inputs):
    layer = projection()
    layer.add_adapter(rank=2, alpha=2, dropout=0.5)
    np.testing.assert_array_equal(layer(inputs, training=True), layer(inputs))  # the adapter adds nothing yet
    layer.lora_kernel_b.assign(np.ones((2, 7), np.float32))
    assert not np.allclose(layer(inputs, training=True), layer(inputs))
    np.testing.assert_array_equal(layer(inputs), layer(inputs))


@pytest.mark.parametrize(("bits", "size", "error"), [(8, 192 * 7, 0.01), (4, 192 * 4, 0.15)])
def test_integers_stand_for_nearly_the_weights_and_take_less_room(inputs, bits, size, error):
    kernel = floats()
    layer = projection(kernel=kernel, bits=bits)
    assert layer._kernel.dtype == "int8"
    assert np.prod(layer._kernel.shape) == size  # two of 4 bits in one
    nearest = layer.float_kernel()
    assert 0 < np.abs(nearest - kernel).max() < error * np.abs(kernel).max()
    np.testing.assert_allclose(layer(inputs), product(inputs, nearest), atol=1e-5)
    np.testing.assert_allclose(layer(inputs[:1]), product(inputs[:1], nearest), atol=1e-5)  # which has a way of its own


@pytest.mark.parametrize(
    ("bits", "config"), [(8, None), (4, keras.quantizers.Int4QuantizationConfig(block_size=64))], ids=["int8", "int4"]
)
def test_the_integers_are_those_that_keras_makes_of_a_dense_layer(bits, config):
    dense = keras.layers.Dense(7)
    dense.build((None, 192))
    kernel = floats()
    dense.kernel.assign(kernel)
    dense.quantize(f"int{bits}", config=config)
    layer = projection(kernel=kernel, bits=bits)
    expected = {variable.name: np.asarray(variable) for variable in dense.weights}
    for variable in layer.weights:
        if variable.name != "bias":
            np.testing.assert_allclose(np.asarray(variable), expected[variable.name], rtol=1e-6)


def test_the_kernel_that_keras_shows_of_integers_is_not_the_weights():
    kernel = floats()
    layer = projection(kernel=kernel, bits=8)
    assert np.abs(layer.kernel).max() == 127  # merged or exported as it stands, it would be nonsense
    np.testing.assert_allclose(layer.float_kernel(), kernel, atol=0.01)


def test_inputs_that_are_no_multiple_of_a_group_are_quantized_too():
    kernel = floats(inputs=100)
    layer = projection(inputs=100, kernel=kernel, bits=4)
    assert np.abs(layer.float_kernel() - kernel).max() < 0.15 * np.abs(kernel).max()


@pytest.mark.parametrize("bits", [8, 4])
def test_gradients_through_integers_are_those_through_the_floats_they_stand_for(inputs, bits):
    quantized = projection(kernel=floats(), bits=bits)
    plain = projection(kernel=quantized.float_kernel())
    upstream = np.random.default_rng(1).normal(size=(5, 7)).astype(np.float32)
    for layer in (quantized, plain):
        layer.add_adapter(rank=2, alpha=2)
        layer.lora_kernel_a.assign(np.linspace(-1, 1, 384, dtype=np.float32).reshape(192, 2))
        layer.lora_kernel_b.assign(np.linspace(-1, 1, 14, dtype=np.float32).reshape(2, 7))

    def gradients(layer):
        def loss(inputs, first, second):
            pairs = [(layer.lora_kernel_a, first), (layer.lora_kernel_b, second)]
            with keras.StatelessScope(state_mapping=pairs):
                return ops.sum(layer(inputs) * upstream)

        return gradients_of(loss, inputs, np.asarray(layer.lora_kernel_a), np.asarray(layer.lora_kernel_b))

    for ours, expected in zip(gradients(quantized), gradients(plain), strict=True):
        np.testing.assert_allclose(ours, expected, atol=1e-4)
