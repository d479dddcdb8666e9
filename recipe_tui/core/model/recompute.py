"""Cheap functions whose inner results are not kept for the backward pass, but computed again there."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, TypeVar

import keras
from keras import ops

if TYPE_CHECKING:
    from collections.abc import Callable

Tensor = Any
Function = TypeVar("Function", bound="Callable[..., Tensor]")


def recomputed(function: Function) -> Function:
    """Have only a function's inputs kept for the backward pass.

    TensorFlow keeps every intermediate of attention, GELU and layer normalization, where PyTorch and XLA have one
    fused kernel that keeps its input: for GPT-2 that is more memory than everything else together, and computing them
    again costs a few per cent. JAX fuses, and has flash attention: there the function stays as it is.

    Args:
        function: Takes tensors by position and holds no weights.
    """
    remat: Function = keras.remat(function)
    return remat if keras.backend.backend() == "tensorflow" else function


class LayerNormalization(keras.layers.LayerNormalization):
    """Keras' layer normalization over the last axis, `recomputed`."""

    def call(self, inputs: Tensor) -> Tensor:
        """Normalise [..., width]."""

        def normalize(inputs: Tensor, gamma: Tensor, beta: Tensor) -> Tensor:
            return ops.cast(ops.layer_normalization(inputs, gamma, beta, -1, self.epsilon), self.compute_dtype)

        gamma, beta = ops.convert_to_tensor(self.gamma), ops.convert_to_tensor(self.beta)
        return recomputed(normalize)(inputs, gamma, beta)
