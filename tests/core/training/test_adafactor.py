import keras
import numpy as np
import pytest

from recipe_tui.core.config import TrainingConfig
from recipe_tui.core.training.adafactor import Adafactor
from recipe_tui.core.training.optimizers import make_optimizer
from tests.core.training.test_optimizers import Layer, values


class Matrices(keras.layers.Layer):
    """A matrix and a vector whose sizes differ."""

    def build(self, _):
        self.kernel = self.add_weight(shape=(4, 3), name="kernel", initializer="ones")
        self.bias = self.add_weight(shape=(5,), name="bias", initializer="ones")


@pytest.fixture
def variables():
    layer = Matrices()
    layer.build(None)
    return [layer.kernel, layer.bias]


def gradients(variables, seed=0, steps=4):
    rng = np.random.default_rng(seed)
    return [[rng.normal(size=v.shape).astype("float32") for v in variables] for _ in range(steps)]


def trained(optimizer, variables, steps):
    optimizer.build(variables)
    for step in steps:
        optimizer.apply([keras.ops.convert_to_tensor(g) for g in step], variables)
    return values(variables)


def test_the_update_is_that_of_keras_own_whose_step_is_not_scaled_by_the_weights(variables):
    """With epsilon_2 = 1, Keras scales by the larger of 1 and the size of the weights, which stay below it."""
    for variable in variables:
        variable.assign(np.full(variable.shape, 0.5))
    steps = gradients(variables)
    ours = trained(Adafactor(0.01), variables, steps)
    for variable in variables:
        variable.assign(np.full(variable.shape, 0.5))
    theirs = trained(keras.optimizers.Adafactor(0.01, epsilon_2=1.0, relative_step=False), variables, steps)
    for one, other in zip(ours, theirs, strict=True):
        np.testing.assert_allclose(one, other, rtol=1e-5)
        assert np.abs(one - 0.5).max() > 0.01


def test_a_step_worked_out_by_hand(variables):
    """In the first step the mean is the squared gradient itself; rows and columns of equal gradients give its size."""
    kernel, _ = trained(Adafactor(0.1), variables, [[np.full((4, 3), -2.0), np.zeros(5)]])
    np.testing.assert_allclose(kernel, 1.1, rtol=1e-6)


def test_it_keeps_a_row_and_a_column_of_a_matrix(variables):
    optimizer = Adafactor(0.1)
    optimizer.build(variables)
    kept = sum(int(np.prod(variable.shape)) for variable in optimizer.variables)
    assert kept == (4 + 3) + 5 + len(["iterations", "learning_rate", "gradient_norm"])


def test_weights_without_a_gradient_shrink_by_the_decay_alone(variables):
    kernel, bias = trained(Adafactor(0.1, decay=0.5), variables, [[np.zeros((4, 3)), np.zeros(5)]])
    np.testing.assert_allclose(kernel, 0.95, rtol=1e-6)
    np.testing.assert_array_equal(bias, 1.0)


def test_a_row_and_a_column_that_never_get_a_gradient_stay(variables):
    one = np.zeros((4, 3), "float32")
    one[1:, 1:] = 1e-3
    kernel, _ = trained(Adafactor(0.1), variables, [[one, np.zeros(5)]] * 3)
    np.testing.assert_array_equal(kernel[0], 1.0)
    assert np.isfinite(kernel).all()


def test_gradients_are_clipped_by_their_global_norm_before():
    layer = Layer()
    layer.build(None)
    optimizer, _ = make_optimizer(TrainingConfig(optimizer="adafactor", clip_norm=0.5), 10)
    optimizer.build([layer.kernel])
    optimizer.apply([keras.ops.full((2, 2), 3.0)], [layer.kernel])
    assert float(optimizer.gradient_norm) == pytest.approx(6.0)
    rows = next(variable for variable in optimizer.variables if variable.path.endswith("_rows"))
    np.testing.assert_allclose(rows, (3.0 * 0.5 / 6.0) ** 2, rtol=1e-6)
