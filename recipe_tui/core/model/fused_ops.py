"""Elementwise functions that keep only their inputs for the backward pass; TensorFlow would keep every intermediate.

PyTorch has fused kernels for GELU and layer normalization that do the same; here XLA generates them.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, TypeVar, cast

import keras
from keras import ops

if TYPE_CHECKING:
    from collections.abc import Callable

Tensor = Any
Function = TypeVar("Function", bound="Callable[..., Any]")


def compiled(function: Function) -> Function:
    """Compile a function by XLA on TensorFlow: one pass over memory instead of one for each operation.

    On JAX everything is compiled, so there the function is returned unchanged.

    Args:
        function: Takes tensors by position; compiled once for each combination of shapes.
    """
    if keras.backend.backend() != "tensorflow":
        return function
    import tensorflow as tf

    by_xla: Function = tf.function(function, jit_compile=True, autograph=False)
    return by_xla


def with_dependency(after: Tensor, *tensors: Tensor) -> list[Tensor]:
    """Return tensors that TensorFlow may read only after another has been computed.

    What is recomputed from them in a backward pass then differs, for TensorFlow, from what the forward pass computed.
    Otherwise it would find that the two are the same, compute them once and keep the result, which recomputation is to
    avoid.

    Args:
        after: The tensor to wait for, such as the upstream gradient.
        tensors: The inputs of the recomputation.
    """
    if keras.backend.backend() != "tensorflow":
        return list(tensors)
    import tensorflow as tf

    with tf.control_dependencies([after]):
        return [tf.identity(tensor) for tensor in tensors]


def fused(function: Function) -> Function:
    """Compile an elementwise function to one kernel, and its gradient to another.

    For ``y = f(x)`` TensorFlow keeps every intermediate of f until the backward pass. Here only x is kept, and the
    gradient kernel computes ``upstream * f'(x)`` from x, recomputing the intermediates in registers.

    Inside, everything is float32 whatever the dtype of the inputs: rounding in between would cost accuracy and time.

    TensorFlow never frees a graph with a custom gradient, so this is for training only.

    Args:
        function: Takes tensors by position, returns one, and holds no weights.
    """

    def in_float32(*inputs: Tensor) -> Tensor:
        return ops.cast(function(*(ops.cast(tensor, "float32") for tensor in inputs)), inputs[0].dtype)

    if keras.backend.backend() != "tensorflow":
        return cast("Function", in_float32)
    import tensorflow as tf

    def gradients(upstream: Tensor, *inputs: Tensor) -> list[Tensor]:
        with tf.GradientTape() as tape:
            tape.watch(inputs)
            result = in_float32(*inputs)
        found: list[Tensor] = tape.gradient(result, inputs, upstream)
        return found

    forward, backward = compiled(in_float32), compiled(gradients)

    def differentiable(*inputs: Tensor) -> tuple[Tensor, Callable[[Tensor], list[Tensor]]]:
        return forward(*inputs), lambda upstream: backward(upstream, *inputs)

    with_gradient = tf.custom_gradient(differentiable)
    return cast("Function", lambda *inputs: with_gradient(*map(tf.convert_to_tensor, inputs)))


@cache
def normalization(epsilon: float) -> Callable[[Tensor, Tensor, Tensor], Tensor]:
    """Return the `fused` layer normalization over the last axis, one for all layers."""
    return fused(lambda inputs, gamma, beta: ops.layer_normalization(inputs, gamma, beta, -1, epsilon))


class LayerNormalization(keras.layers.LayerNormalization):
    """Keras' layer normalization over the last axis, `fused` in training."""

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        """Normalize [..., width]."""
        if not training:
            return super().call(inputs)
        return normalization(self.epsilon)(inputs, self.gamma, self.beta)


@cache
def rms_normalization(epsilon: float) -> Callable[[Tensor, Tensor], Tensor]:
    """Return the `fused` root mean square normalization over the last axis, one for all layers."""
    return fused(lambda inputs, scale: ops.rms_normalization(inputs, scale, -1, epsilon))


class RMSNormalization(keras.layers.RMSNormalization):
    """Keras' root mean square normalization over the last axis, `fused` in training."""

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        """Normalize [..., width]."""
        if not training:
            return super().call(inputs)
        return rms_normalization(self.epsilon)(inputs, self.scale)
