"""A dense layer that can have a low-rank adapter, and whose weights can be 8 or 4 bit integers.

"LoRA" (Hu et al., 2021) and "QLoRA" (Dettmers et al., 2023). The variables are those of Keras' ``enable_lora`` and
``quantize``. The computation is our own: Keras adds an adapter to a float kernel before the product, so that the whole
kernel gets a gradient, and rounds the inputs of an integer kernel.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
from keras import ops

from recipe_tui.core.model.fused_ops import compiled, with_dependency
from recipe_tui.core.model.keras_internals import layers_of, stored_kernel, unlocked

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

Tensor = Any

GROUP = 64
"""Inputs that share a scale and a zero point in 4 bits; QLoRA's block size."""


class Projection(keras.layers.Dense):
    """Keras' ``Dense`` without an activation; where it has an adapter, only that is trained.

    Attributes:
        lora_dropout: Dropout on the adapter's inputs; None where nothing is dropped.
    """

    lora_dropout: keras.layers.Dropout | None = None

    def add_adapter(self, rank: int, alpha: float, dropout: float = 0.0) -> None:
        """Freeze the kernel and add a low-rank product to it, which is 0 at first.

        Args:
            rank: Columns of the first factor and rows of the second.
            alpha: The product is scaled by ``alpha / rank``.
            dropout: Share of the adapter's inputs that are dropped in training.
        """
        # Uniform within 1 / sqrt(inputs), as in PEFT, so that its learning rates apply here.
        first = keras.initializers.VarianceScaling(1 / 3, "fan_in", "uniform")
        self.enable_lora(rank, lora_alpha=alpha, a_initializer=first)
        if dropout:
            with unlocked(self):
                self.lora_dropout = keras.layers.Dropout(dropout, dtype=self.compute_dtype)

    def hold_integers(self, bits: int) -> None:
        """Store the kernel as integers of 8 bits with a scale for each output, or of 4 with one for each `GROUP`.

        Called before `build`, so that the floats are never allocated.
        """
        mode = "int8" if bits == 8 else f"int4/{GROUP}"
        self.quantization_config = None if bits == 8 else keras.quantizers.Int4QuantizationConfig(block_size=GROUP)
        name: str = self.dtype_policy.name  # type: ignore[has-type]
        self.dtype_policy = keras.dtype_policies.get(f"{mode}_from_{name}")

    def put_kernel(self, kernel: NDArray[np.float32]) -> None:
        """Set the kernel, [inputs, outputs]; integers are rounded to the nearest."""
        if not self.is_quantized:
            self.stored_kernel.assign(kernel)
        elif self.quantization_mode == "int8":
            values, scale = keras.quantizers.abs_max_quantize(kernel, axis=0, to_numpy=True)
            self.stored_kernel.assign(values)
            self.kernel_scale.assign(scale[0])
        else:
            values, scale, zero = keras.quantizers.abs_max_quantize_grouped_with_zero_point(
                kernel, block_size=GROUP, to_numpy=True
            )
            self.stored_kernel.assign(keras.quantizers.pack_int4(values, axis=-1)[0])
            self.kernel_scale.assign(scale)
            self.kernel_zero.assign(zero)

    @property
    def stored_kernel(self) -> keras.Variable:
        """The variable of the kernel: floats or integers, without the adapter."""
        return stored_kernel(self)

    @property
    def inputs(self) -> int:
        """Size of its inputs."""
        return int(self.input_spec.axes[-1])

    @property
    def is_quantized(self) -> bool:
        """Whether the kernel is integers."""
        return self.quantization_mode is not None

    def float_kernel(self) -> NDArray[np.float32]:
        """Return the kernel without its adapter, [inputs, outputs]; integers are dequantized."""
        kernel = self._dequantize(*self._tensors()) if self.is_quantized else self.stored_kernel
        return np.asarray(ops.convert_to_numpy(kernel), np.float32)

    def adapter_kernel(self) -> NDArray[np.float32]:
        """Return what the adapter adds to the kernel, [inputs, outputs]."""
        first, second = (ops.convert_to_numpy(factor) for factor in (self.lora_kernel_a, self.lora_kernel_b))
        return np.asarray(self.lora_alpha / self.lora_rank * (first @ second), np.float32)

    def call(self, inputs: Tensor, training: bool | None = None) -> Tensor:
        """Map [..., inputs] to [..., outputs]."""
        return self._with_adapter_and_bias(ops.matmul(inputs, self.stored_kernel), inputs, training)

    def quantized_call(self, inputs: Tensor, training: bool | None = None) -> Tensor:
        """Do the same with an integer kernel: Keras calls this instead of `call` then."""
        outputs = self._product_with_gradient(inputs) if training else self._product(inputs, *self._tensors())
        return self._with_adapter_and_bias(outputs, inputs, training)

    def _with_adapter_and_bias(self, outputs: Tensor, inputs: Tensor, training: bool | None) -> Tensor:
        if self.lora_enabled:
            if self.lora_dropout is not None:
                inputs = self.lora_dropout(inputs, training=training)
            # The factors stay float32 where the kernel does not.
            first, second = (ops.cast(factor, inputs.dtype) for factor in (self.lora_kernel_a, self.lora_kernel_b))
            narrow = ops.matmul(inputs, first) * (self.lora_alpha / self.lora_rank)
            outputs = outputs + ops.matmul(narrow, second)
        return outputs if self.bias is None else outputs + self.bias

    def _product(self, inputs: Tensor, *stored: Tensor) -> Tensor:
        """Multiply by the dequantized kernel."""
        kernel = ops.cast(self._dequantize(*stored), inputs.dtype)
        if len(inputs.shape) == 2 and inputs.shape[0] == 1:
            # XLA compiles a sum to one pass over the integers, and a product to two, with the floats in memory between.
            return ops.sum(ops.transpose(inputs) * kernel, axis=0, keepdims=True)
        return ops.matmul(inputs, kernel)

    def _product_with_gradient(self, inputs: Tensor) -> Tensor:
        """Do the same, and dequantize again in the backward pass, so that the floats are never kept.

        With the kernel W, the gradient of ``x W`` for x is ``upstream W^T``; the integers get none.
        """

        def product(inputs: Tensor, *stored: Tensor) -> tuple[Tensor, Any]:
            def gradient(*arguments: Tensor, upstream: Tensor | None = None) -> tuple[Tensor, ...]:
                upstream = arguments[0] if upstream is None else upstream
                kernel = ops.cast(self._dequantize(*with_dependency(upstream, *stored)), upstream.dtype)
                return ops.matmul(upstream, ops.transpose(kernel)), *(None for _ in stored)

            return self._product(inputs, *stored), gradient

        return ops.custom_gradient(product)(inputs, *self._tensors())

    def _tensors(self) -> list[Tensor]:
        """Return the tensors of an integer kernel: the integers, their scales and in 4 bits their zero points."""
        eight = (self.stored_kernel, self.kernel_scale)
        variables = eight if self.quantization_mode == "int8" else (*eight, self.kernel_zero)
        return [ops.stop_gradient(variable) for variable in variables]

    @property
    def _dequantize(self) -> Callable[..., Tensor]:
        return _dequantize_int8 if self.quantization_mode == "int8" else _dequantize_int4(self.units)


@compiled
def _dequantize_int8(kernel: Tensor, scale: Tensor) -> Tensor:
    return ops.cast(kernel, "float32") / ops.cast(scale, "float32")


@cache
def _dequantize_int4(units: int) -> Callable[[Tensor, Tensor, Tensor], Tensor]:
    def floats(kernel: Tensor, scale: Tensor, zero: Tensor) -> Tensor:
        values = ops.cast(keras.quantizers.unpack_int4(kernel, units, axis=-1), "float32")
        inputs, missing = kernel.shape[0], -kernel.shape[0] % GROUP
        groups = ops.reshape(ops.pad(values, [(0, missing), (0, 0)]), (-1, GROUP, units))
        scale, zero = (ops.cast(one, "float32")[:, None] for one in (scale, zero))
        return ops.reshape((groups - zero) * scale, (-1, units))[:inputs]

    return compiled(floats)


def projections_of(model: keras.layers.Layer) -> list[Projection]:
    """Return all projections of a model."""
    return layers_of(model, Projection)
