import keras
import numpy as np
import pytest
from keras import ops

from recipe_tui.core.blocks.packing import IGNORED_LABEL
from recipe_tui.core.model import loss as loss_module
from recipe_tui.core.model.loss import next_token_nll
from recipe_tui.core.model.weights import load_model


def gradients_of(function, *values):
    """Differentiate on whichever backend there is."""
    if keras.backend.backend() == "jax":
        import jax

        return [np.asarray(value) for value in jax.grad(function, argnums=tuple(range(len(values))))(*values)]
    import tensorflow as tf

    tensors = [tf.constant(value) for value in values]
    with tf.GradientTape() as tape:
        tape.watch(tensors)
        result = function(*tensors)
    return [gradient.numpy() for gradient in tape.gradient(result, tensors)]


def plain_nll(hidden, table, labels):
    """The same loss the long way round, in float64."""
    logits = hidden[:, :-1].astype(np.float64) @ table.astype(np.float64).T
    log_probabilities = logits - np.log(np.exp(logits).sum(-1, keepdims=True))
    targets = labels[:, 1:]
    rows, columns = np.nonzero(targets != IGNORED_LABEL)
    return -log_probabilities[rows, columns, targets[rows, columns]].sum(), len(rows)


@pytest.fixture
def values():
    rng = np.random.default_rng(0)
    hidden = rng.normal(size=(3, 7, 5)).astype(np.float32)
    table = rng.normal(size=(11, 5)).astype(np.float32)
    labels = rng.integers(0, 11, (3, 7)).astype(np.int32)
    labels[0, 4:] = IGNORED_LABEL
    labels[2, 3] = IGNORED_LABEL
    return hidden, table, labels


@pytest.fixture(params=[1 << 24, 11 * 4], ids=["one chunk", "chunks of four, the last one filled up"])
def chunks(request, monkeypatch):
    monkeypatch.setattr(loss_module, "CHUNK_LOGITS", request.param)


def test_an_untouched_checkpoint_has_the_loss_that_pytorch_computes_so_labels_are_shifted_once(checkpoint, expected):
    model = load_model(checkpoint)
    input_ids = expected["input_ids"]
    nll, tokens = next_token_nll(model(input_ids), model.output_tokens.table, ops.convert_to_tensor(input_ids), False)
    assert float(nll) / float(tokens) == pytest.approx(expected["loss"].item(), abs=1e-5)


@pytest.mark.usefixtures("chunks")
@pytest.mark.parametrize("training", [False, True])
def test_the_loss_is_summed_over_the_real_targets(values, training):
    hidden, table, labels = values
    nll, tokens = next_token_nll(ops.convert_to_tensor(hidden), ops.convert_to_tensor(table), labels, training)
    expected_nll, expected_tokens = plain_nll(hidden, table, labels)
    assert float(nll) == pytest.approx(expected_nll, rel=1e-5)
    assert float(tokens) == expected_tokens == 18 - 3 - 1


@pytest.mark.usefixtures("chunks")
def test_the_gradient_accumulated_going_forward_is_the_true_one(values):
    hidden, table, labels = values

    def fused(hidden, table):
        return 0.25 * next_token_nll(hidden, table, labels, training=True)[0]

    def plain(hidden, table):
        logits = ops.matmul(hidden[:, :-1], ops.transpose(table))
        log_probabilities = ops.log_softmax(logits, axis=-1)
        targets = labels[:, 1:]
        chosen = ops.take_along_axis(log_probabilities, np.maximum(targets, 0)[..., None], axis=-1)[..., 0]
        return -0.25 * ops.sum(chosen * (targets != IGNORED_LABEL).astype("float32"))

    for ours, reference in zip(gradients_of(fused, hidden, table), gradients_of(plain, hidden, table), strict=True):
        np.testing.assert_allclose(ours, reference, atol=1e-5)


@pytest.mark.usefixtures("chunks")
def test_rows_that_fill_up_the_tiles_of_a_gpu_change_nothing(values, monkeypatch):
    hidden, table, labels = values

    def nll(hidden, table, training=True):
        return next_token_nll(ops.convert_to_tensor(hidden), ops.convert_to_tensor(table), labels, training)[0]

    expected = [float(nll(hidden, table)), *gradients_of(nll, hidden, table)]
    monkeypatch.setattr(loss_module, "has_gpu", lambda: True)
    monkeypatch.setattr(loss_module, "GPU_TILE", 8)
    filled = [float(nll(hidden, table)), *gradients_of(nll, hidden, table)]
    for ours, reference in zip(filled, expected, strict=True):
        np.testing.assert_allclose(ours, reference, rtol=1e-5, atol=1e-6)
    assert float(nll(hidden, table, training=False)) == pytest.approx(expected[0], rel=1e-5)


def test_under_bfloat16_the_table_keeps_a_float32_gradient(values):
    hidden, table, labels = values

    def fused(table):
        return next_token_nll(ops.cast(hidden, "bfloat16"), table, labels, training=True)[0]

    (gradient,) = gradients_of(fused, table)
    assert gradient.dtype == np.float32
    assert np.abs(gradient).max() > 0


def test_extreme_logits_give_a_finite_loss():
    hidden = ops.convert_to_tensor(np.full((1, 2, 4), 300.0, np.float32))
    table = ops.convert_to_tensor(np.diag([300.0, -300.0, 0.0, 1.0]).astype(np.float32))
    nll, _ = next_token_nll(hidden, table, np.array([[0, 1]], np.int32), training=True)
    assert float(nll) == pytest.approx(180_000.0)
