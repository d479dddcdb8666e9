import keras
import numpy as np
import pytest

from recipe_tui.core.training.muon import Muon, orthogonalized


class Projection(keras.layers.Layer):
    def __init__(self, shape, name="c_fc"):
        super().__init__(name=name)
        self.kernel = self.add_weight(shape=shape, name="kernel", initializer="zeros")
        self.bias = self.add_weight(shape=(shape[1],), name="bias", initializer="zeros")


def gradients(*shapes):
    rng = np.random.default_rng(0)
    return [rng.normal(size=shape).astype(np.float32) for shape in shapes]


def trained(layer, steps, rate=0.1, **settings):
    variables = [layer.kernel, layer.bias]
    optimizer = Muon(rate, epsilon=1e-7, **settings)
    optimizer.build(variables)
    for gradient in steps:
        optimizer.apply([keras.ops.convert_to_tensor(one) for one in gradient], variables)
    return [keras.ops.convert_to_numpy(one) for one in variables]


@pytest.mark.parametrize("shape", [(6, 6), (4, 8), (8, 4)], ids=["square", "wide", "tall"])
def test_the_update_is_that_of_keras(shape):
    steps = [gradients(shape, (shape[1],)) for _ in range(3)]
    reference = Projection(shape)
    keras_muon = keras.optimizers.Muon(0.1, weight_decay=None, adam_weight_decay=None)
    keras_muon.build([reference.kernel, reference.bias])
    for step in steps:
        keras_muon.apply([keras.ops.convert_to_tensor(one) for one in step], [reference.kernel, reference.bias])
    for ours, expected in zip(trained(Projection(shape), steps), (reference.kernel, reference.bias), strict=True):
        np.testing.assert_allclose(ours, keras.ops.convert_to_numpy(expected), rtol=2e-3, atol=2e-5)


@pytest.mark.parametrize("shape", [(8, 8), (4, 16), (16, 4)])
def test_singular_values_become_nearly_one_and_singular_vectors_stay(shape):
    (matrix,) = gradients(shape)
    found = keras.ops.convert_to_numpy(orthogonalized(keras.ops.convert_to_tensor(matrix[None])))[0]
    left, _, right = np.linalg.svd(matrix, full_matrices=False)
    inside = left.T @ found @ right.T
    np.testing.assert_allclose(inside, np.diag(np.diag(inside)), atol=1e-3)
    assert (np.diag(inside) > 0.5).all()
    assert (np.diag(inside) < 1.3).all()


def test_the_three_matrices_of_a_fused_projection_are_orthogonalized_apart():
    kernel, bias = gradients((4, 12), (12,))
    fused, _ = trained(Projection((4, 12), "c_attn"), [(kernel, bias)])
    for part in range(3):
        columns = slice(4 * part, 4 * part + 4)
        alone, _ = trained(Projection((4, 4)), [(kernel[:, columns], bias[:4])])
        np.testing.assert_allclose(fused[:, columns], alone, rtol=1e-4, atol=1e-6)


def test_weights_decay_apart_from_the_update():
    layer = Projection((4, 4))
    layer.kernel.assign(np.full((4, 4), 2.0, np.float32))
    zero = [np.zeros((4, 4), np.float32), np.zeros(4, np.float32)]
    kernel, _ = trained(layer, [zero], rate=0.1, decay=0.5)
    np.testing.assert_allclose(kernel, 2.0 * (1 - 0.1 * 0.5), rtol=1e-6)


def test_nothing_changes_where_the_gradient_is_not_finite():
    kernel, bias = gradients((4, 4), (4,))
    kernel[0, 0] = np.nan
    assert not any(values.any() for values in trained(Projection((4, 4)), [(kernel, bias)]))
