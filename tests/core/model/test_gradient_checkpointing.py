"""Gradient checkpointing changes no number, on the backend that is there."""

from contextlib import nullcontext

import keras
import numpy as np
import pytest

from recipe_tui.core.lora.adapter import Adapter, add_adapter, projections
from recipe_tui.core.model.gradient_checkpointing import enable_gradient_checkpointing
from recipe_tui.core.model.weights import new_model
from recipe_tui.core.training.step import FineTuning
from tests.core.shapes import tiny_gpt2, tiny_llama, tiny_qwen
from tests.core.without_graphs import without_graphs

TWO_LAYERS = tiny_gpt2(layers=2, dropout=0.3)
GPT2, LLAMA, QWEN = tiny_gpt2(dropout=0.3), tiny_llama(), tiny_qwen()  # the loop over layers is one for all families


class Gradients(keras.optimizers.SGD):
    """Takes steps of one whole gradient, so that weights tell gradients; needs no more than a step does."""

    def build(self, variables):
        super().build(variables)
        self.gradient_norm = self.add_variable((), name="gradient_norm")


def steps(config, checkpointed, adapter=None, quantization="none", precision="float32", count=2):
    """Return what weights are after some steps, and what a step still holds of the seeds."""
    keras.utils.set_random_seed(0)
    model = new_model(config, precision)
    if quantization != "none":
        floats, model = projections(model), new_model(config, precision, quantization)
        for name, layer in projections(model).items():
            layer.put_kernel(floats[name].float_kernel())
    if adapter:
        add_adapter(model, adapter)
        for variable in model.trainable_variables:  # or nothing but the second factors would learn in the first step
            variable.assign(np.random.default_rng(1).normal(0, 0.1, variable.shape))
    if checkpointed:
        enable_gradient_checkpointing(model)
    training = FineTuning(model, 2)
    optimizer = Gradients(1.0)
    training.compile(optimizer=optimizer, jit_compile=False)
    optimizer.build(training.trainable_variables)
    ids = np.random.default_rng(2).integers(0, 20, (4, 16)).astype("int32")
    positions = np.tile(np.concatenate([np.arange(10), np.arange(6)]), (4, 1)).astype("int32")
    segments = np.repeat([[0] * 10 + [1] * 6], 4, axis=0).astype("int32")
    batch = {"input_ids": ids, "labels": ids, "position_ids": positions, "segment_ids": segments}
    with nullcontext() if checkpointed else without_graphs():
        losses = [float(training.train_on_batch(batch, return_dict=True)["loss"]) for _ in range(count)]
    if keras.backend.backend() == "jax":
        training.jax_state_sync()
    return losses, [(v.path, keras.ops.convert_to_numpy(v).copy()) for v in model.variables]


@pytest.mark.parametrize("config", [TWO_LAYERS, LLAMA, QWEN], ids=["gpt2", "llama", "qwen3"])
@pytest.mark.parametrize("adapter", [None, Adapter(2, 4.0, 0.3, ("all-linear",), (3, 4))], ids=["full", "lora"])
def test_gradients_and_seeds_are_those_without_it_and_dropout_drops_the_same(config, adapter):
    losses, expected = steps(config, False, adapter)
    same, found = steps(config, True, adapter)
    np.testing.assert_allclose(same, losses, rtol=1e-6)
    assert losses[1] != pytest.approx(losses[0], rel=1e-4)
    for (path, values), (_, ours) in zip(expected, found, strict=True):
        np.testing.assert_allclose(ours, values, atol=1e-6, err_msg=path)


@pytest.mark.parametrize("quantization", ["int8", "int4"])
def test_it_works_over_integer_weights(quantization):
    adapter = Adapter(2, 4.0, 0.0, ("c_attn",))
    losses, expected = steps(GPT2, False, adapter, quantization)
    same, found = steps(GPT2, True, adapter, quantization)
    np.testing.assert_allclose(same, losses, rtol=1e-6)
    for (path, values), (_, ours) in zip(expected, found, strict=True):
        np.testing.assert_allclose(ours, values, atol=1e-6, err_msg=path)


@pytest.mark.parametrize("precision", ["mixed_bfloat16", "mixed_float16"])
def test_it_computes_in_mixed_precision_and_keeps_float32_weights(precision):
    if precision == "mixed_float16" and keras.backend.backend() == "jax":
        pytest.skip("JAX has no float16 product on a processor")
    losses, expected = steps(GPT2, False, precision=precision, count=1)
    same, found = steps(GPT2, True, precision=precision, count=1)
    np.testing.assert_allclose(same, losses, rtol=1e-6)
    for (path, values), (_, ours) in zip(expected, found, strict=True):
        np.testing.assert_allclose(ours, values, atol=2e-3, err_msg=path)
        assert ours.dtype == values.dtype
