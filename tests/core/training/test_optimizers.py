import keras
import numpy as np
import pytest

from recipe_tui.core.config import TrainingConfig
from recipe_tui.core.training.adamw import AdamW
from recipe_tui.core.training.optimizers import TICKS, WarmupSchedule, gradient_norm, make_optimizer


class Layer(keras.layers.Layer):
    """One weight of each kind."""

    def build(self, _):
        self.kernel = self.add_weight(shape=(2, 2), name="kernel", initializer="ones")
        self.bias = self.add_weight(shape=(2,), name="bias", initializer="ones")
        self.gamma = self.add_weight(shape=(2,), name="gamma", initializer="ones")


@pytest.fixture
def variables():
    layer = Layer()
    layer.build(None)
    return [layer.kernel, layer.bias, layer.gamma]


def values(variables):
    return [keras.ops.convert_to_numpy(variable).copy() for variable in variables]


def adamw_by_hand(weights, gradient_steps, rate, decay, clip_norm, beta_1=0.9, beta_2=0.999, epsilon=1e-8):
    """Algorithm 2 of Loshchilov & Hutter (2019), in float64, with clipping by the global norm before it."""
    weights = [w.astype(np.float64) for w in weights]
    means, squares = [np.zeros_like(w) for w in weights], [np.zeros_like(w) for w in weights]
    for t, gradients in enumerate(gradient_steps, start=1):
        norm = np.sqrt(sum((g.astype(np.float64) ** 2).sum() for g in gradients))
        factor = min(1.0, clip_norm / norm) if clip_norm else 1.0
        for i, gradient in enumerate(gradients):
            g = gradient * factor
            means[i] = beta_1 * means[i] + (1 - beta_1) * g
            squares[i] = beta_2 * squares[i] + (1 - beta_2) * g**2
            corrected = (means[i] / (1 - beta_1**t)) / (np.sqrt(squares[i] / (1 - beta_2**t)) + epsilon)
            decays = i == 0  # the kernel alone
            weights[i] = weights[i] - rate * corrected - (rate * decay * weights[i] if decays else 0)
    return weights


@pytest.mark.parametrize("clip_norm", [None, 0.5])
def test_the_update_is_that_of_the_paper_and_spares_biases_and_norms(variables, clip_norm):
    rng = np.random.default_rng(0)
    gradient_steps = [[rng.normal(size=v.shape).astype(np.float32) for v in variables] for _ in range(4)]
    optimizer = AdamW(0.01, decay=0.3, clip_norm=clip_norm)
    before = values(variables)
    optimizer.build(variables)
    for gradients in gradient_steps:
        optimizer.apply([keras.ops.convert_to_tensor(g) for g in gradients], variables)
    expected = adamw_by_hand(before, gradient_steps, 0.01, 0.3, clip_norm)
    for ours, reference in zip(values(variables), expected, strict=True):
        np.testing.assert_allclose(ours, reference, rtol=2e-5)


def test_the_gradient_norm_is_the_one_before_clipping(variables):
    optimizer = AdamW(0.01, clip_norm=1.0)
    optimizer.build(variables)
    gradients = [keras.ops.full(v.shape, 3.0) for v in variables]
    optimizer.apply(gradients, variables)
    assert float(optimizer.gradient_norm) == pytest.approx(3.0 * np.sqrt(8))


def test_weights_without_a_gradient_shrink_by_the_decay_alone(variables):
    optimizer = AdamW(0.1, decay=0.5)
    optimizer.build(variables)
    optimizer.apply([keras.ops.zeros(v.shape) for v in variables], variables)
    kernel, bias, gamma = values(variables)
    np.testing.assert_allclose(kernel, 0.95, rtol=1e-6)
    np.testing.assert_array_equal(bias, 1.0)
    np.testing.assert_array_equal(gamma, 1.0)


def test_adam_is_the_original_workflows_and_has_no_decay():
    optimizer, _ = make_optimizer(TrainingConfig(optimizer="adam", weight_decay=0.1), 10)
    assert optimizer.decay == 0.0


def test_float16_scales_the_loss():
    optimizer, _ = make_optimizer(TrainingConfig(precision="mixed_float16"), 10)
    assert float(optimizer.scale_loss(1.0)) > 1000


@pytest.mark.parametrize(
    ("curve", "expected"),
    [
        ("constant", [0.5, 1.0, 1.0, 1.0, 1.0]),
        ("linear", [0.5, 1.0, 1.0, 0.5, 0.0]),
        ("cosine", [0.5, 1.0, 1.0, 0.5, 0.0]),
    ],
)
def test_the_rate_rises_to_its_peak_and_falls_to_nothing(curve, expected):
    schedule = WarmupSchedule(2.0, curve, warmup_steps=2, total_steps=10)
    rates = [float(schedule(step)) for step in (0, 1, 2, 6, 10)]
    assert rates == pytest.approx([2.0 * rate for rate in expected], abs=1e-6)


def test_a_quarter_down_the_cosine():
    schedule = WarmupSchedule(1.0, "cosine", warmup_steps=0, total_steps=8)
    assert float(schedule(2)) == pytest.approx(0.5 * (1 + np.cos(np.pi / 4)))


def test_the_schedule_counts_optimizer_steps(variables):
    optimizer, schedule = make_optimizer(TrainingConfig(warmup_fraction=0.5, learning_rate=1.0), 4)
    optimizer.build(variables)
    for step in range(4):
        assert float(optimizer.learning_rate) == pytest.approx(float(schedule(step)))
        optimizer.apply([keras.ops.zeros(v.shape) for v in variables], variables)


def test_the_gradient_norm_of_any_optimizer_can_be_read():
    for name in ("adamw", "adafactor"):
        for precision in ("float32", "mixed_float16"):
            optimizer, _ = make_optimizer(TrainingConfig(optimizer=name, precision=precision), 10)
            layer = Layer()
            layer.build(None)
            optimizer.build([layer.kernel])
            assert float(gradient_norm(optimizer)) == 0.0


def test_a_trapezoidal_rate_is_constant_between_warm_up_and_a_long_warm_down():
    schedule = WarmupSchedule(2.0, "trapezoidal", 10, 100, warmdown_fraction=0.4)
    rates = [float(schedule(step)) for step in (0, 9, 10, 59, 60, 80, 99)]
    assert rates == pytest.approx([0.2, 2, 2, 2, 2, 1, 0.05])


def test_with_a_time_budget_the_schedule_follows_the_clock_and_the_rate_is_set_before_each_step():
    config = TrainingConfig(max_minutes=10, learning_rate=2.0, schedule="linear", warmup_fraction=0.1)
    optimizer, schedule = make_optimizer(config, 0)
    assert [float(schedule(fraction * TICKS)) for fraction in (0.05, 0.1, 0.55, 1)] == pytest.approx(
        [1, 2, 1, 0], abs=1e-4
    )
    optimizer.learning_rate = 0.5
    assert float(optimizer.learning_rate) == 0.5
