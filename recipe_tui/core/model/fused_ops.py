"""Cheap functions that keep only their inputs for the backward pass, where TensorFlow would keep every step between.

PyTorch has fused kernels for attention, GELU and layer normalization that do the same; XLA makes such kernels itself.
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
    """Have XLA make one pass over the memory of a function that TensorFlow would work out operation by operation.

    On JAX everything is compiled, so there the function stays as it is.

    Args:
        function: Takes tensors by position; compiled anew for each shape it meets.
    """
    if keras.backend.backend() != "tensorflow":
        return function
    import tensorflow as tf

    by_xla: Function = tf.function(function, jit_compile=True, autograph=False)
    return by_xla


def again(after: Tensor, *tensors: Tensor) -> list[Tensor]:
    """Return tensors that TensorFlow takes up only when another is there.

    Otherwise it finds that a backward pass works the same out as the forward pass did, and keeps what it should not.
    """
    if keras.backend.backend() != "tensorflow":
        return list(tensors)
    import tensorflow as tf

    with tf.control_dependencies([after]):
        return [tf.identity(tensor) for tensor in tensors]


def fused(function: Function) -> Function:
    """Have XLA make one kernel of an elementwise function and one of its gradient, which works it out again.

    Inside, all is float32, whatever the dtype of the inputs: rounding in between would cost accuracy and time.

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

    both = tf.custom_gradient(differentiable)
    return cast("Function", lambda *inputs: both(*map(tf.convert_to_tensor, inputs)))


@cache
def normalization(epsilon: float) -> Callable[[Tensor, Tensor, Tensor], Tensor]:
    """Return the `fused` layer normalization over the last axis, one for all layers."""
    return fused(lambda inputs, gamma, beta: ops.layer_normalization(inputs, gamma, beta, -1, epsilon))


class LayerNormalization(keras.layers.LayerNormalization):
    """Keras' layer normalization over the last axis, `fused` in training."""

    def call(self, inputs: Tensor, training: bool = False) -> Tensor:
        """Normalise [..., width]."""
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
        """Normalise [..., width]."""
        if not training:
            return super().call(inputs)
        return rms_normalization(self.epsilon)(inputs, self.scale)
