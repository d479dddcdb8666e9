"""A dense layer that can take a low-rank adapter, and whose weights can be 8 or 4 bit integers.

"LoRA" (Hu et al., 2021) and "QLoRA" (Dettmers et al., 2023). The variables are those that Keras' ``enable_lora`` and
``quantize`` make. What is computed with them is written here: Keras adds an adapter to a float kernel before the
product, so that the whole kernel gets a gradient, and rounds the inputs of an integer one.
"""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any

import keras
import numpy as np
from keras import ops

from recipe_tui.core.model.fused_ops import again, compiled

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

Tensor = Any

GROUP = 64
"""Inputs that share a scale and a zero in 4 bits; QLoRA's block size."""


class Projection(keras.layers.Dense):
    """Keras' ``Dense`` without an activation, which learns by an adapter alone where it has one.

    Attributes:
        lora_dropout: Drops inputs of the adapter in training; None where nothing is dropped.
    """

    lora_dropout: keras.layers.Dropout | None = None

    def add_adapter(self, rank: int, alpha: float, dropout: float = 0.0) -> None:
        """Freeze the kernel and add a low-rank product to it, which is 0 at first.

        Args:
            rank: Columns of the first factor and rows of the second.
            alpha: The product counts ``alpha / rank`` times.
            dropout: Share of the adapter's inputs that are dropped in training.
        """
        # Uniform within 1 / sqrt(inputs), as PEFT begins, so that its learning rates hold here.
        first = keras.initializers.VarianceScaling(1 / 3, "fan_in", "uniform")
        self.enable_lora(rank, lora_alpha=alpha, a_initializer=first)
        if dropout:
            self._tracker.unlock()  # as `enable_lora` does; nothing may be added to a layer that is built
            self.lora_dropout = keras.layers.Dropout(dropout, dtype=self.compute_dtype)
            self._tracker.lock()

    def hold_integers(self, bits: int) -> None:
        """Have the kernel be integers of 8 bits with a scale for each output, or of 4 with one for each `GROUP`.

        Called before `build`, so that floats never take room.
        """
        mode = "int8" if bits == 8 else f"int4/{GROUP}"
        self.quantization_config = None if bits == 8 else keras.quantizers.Int4QuantizationConfig(block_size=GROUP)
        name: str = self.dtype_policy.name  # type: ignore[has-type]
        self.dtype_policy = keras.dtype_policies.get(f"{mode}_from_{name}")

    def put_kernel(self, kernel: NDArray[np.float32]) -> None:
        """Write the kernel, [inputs, outputs]; where it is integers, the nearest ones."""
        if not self.is_quantized:
            self._kernel.assign(kernel)
        elif self.quantization_mode == "int8":
            values, scale = keras.quantizers.abs_max_quantize(kernel, axis=0, to_numpy=True)
            self._kernel.assign(values)
            self.kernel_scale.assign(scale[0])
        else:
            values, scale, zero = keras.quantizers.abs_max_quantize_grouped_with_zero_point(
                kernel, block_size=GROUP, to_numpy=True
            )
            self._kernel.assign(keras.quantizers.pack_int4(values, axis=-1)[0])
            self.kernel_scale.assign(scale)
            self.kernel_zero.assign(zero)

    @property
    def inputs(self) -> int:
        """Size of what it maps."""
        return int(self.input_spec.axes[-1])

    @property
    def is_quantized(self) -> bool:
        """Whether the kernel is integers."""
        return self.quantization_mode is not None

    def float_kernel(self) -> NDArray[np.float32]:
        """Return the kernel without its adapter, [inputs, outputs]; of integers what they stand for."""
        kernel = self._floats(*self._tensors()) if self.is_quantized else self._kernel
        return np.asarray(ops.convert_to_numpy(kernel), np.float32)

    def adapter_kernel(self) -> NDArray[np.float32]:
        """Return what the adapter adds to the kernel, [inputs, outputs]."""
        first, second = (ops.convert_to_numpy(factor) for factor in (self.lora_kernel_a, self.lora_kernel_b))
        return np.asarray(self.lora_alpha / self.lora_rank * (first @ second), np.float32)

    def call(self, inputs: Tensor, training: bool | None = None) -> Tensor:
        """Map [..., inputs] to [..., outputs]."""
        return self._finished(ops.matmul(inputs, self._kernel), inputs, training)

    def quantized_call(self, inputs: Tensor, training: bool | None = None) -> Tensor:
        """Do the same with integers: Keras calls this in the place of `call` then."""
        outputs = self._product_with_gradient(inputs) if training else self._product(inputs, *self._tensors())
        return self._finished(outputs, inputs, training)

    def _finished(self, outputs: Tensor, inputs: Tensor, training: bool | None) -> Tensor:
        if self.lora_enabled:
            if self.lora_dropout is not None:
                inputs = self.lora_dropout(inputs, training=training)
            # The factors stay float32 where the kernel does not.
            first, second = (ops.cast(factor, inputs.dtype) for factor in (self.lora_kernel_a, self.lora_kernel_b))
            narrow = ops.matmul(inputs, first) * (self.lora_alpha / self.lora_rank)
            outputs = outputs + ops.matmul(narrow, second)
        return outputs if self.bias is None else outputs + self.bias

    def _product(self, inputs: Tensor, *stored: Tensor) -> Tensor:
        """Multiply by what the integers stand for."""
        kernel = ops.cast(self._floats(*stored), inputs.dtype)
        if len(inputs.shape) == 2 and inputs.shape[0] == 1:
            # Of a sum XLA makes one pass over the integers; of a product two, with the floats in memory between them.
            return ops.sum(ops.transpose(inputs) * kernel, axis=0, keepdims=True)
        return ops.matmul(inputs, kernel)

    def _product_with_gradient(self, inputs: Tensor) -> Tensor:
        """Do the same, and work the floats out again in the backward pass, so that they are never kept."""

        def product(inputs: Tensor, *stored: Tensor) -> tuple[Tensor, Any]:
            def gradient(*arguments: Tensor, upstream: Tensor | None = None) -> tuple[Tensor, ...]:
                upstream = arguments[0] if upstream is None else upstream
                kernel = ops.cast(self._floats(*again(upstream, *stored)), upstream.dtype)
                return ops.matmul(upstream, ops.transpose(kernel)), *(None for _ in stored)

            return self._product(inputs, *stored), gradient

        return ops.custom_gradient(product)(inputs, *self._tensors())

    def _tensors(self) -> list[Tensor]:
        """Return what an integer kernel is kept in."""
        eight = (self._kernel, self.kernel_scale)
        variables = eight if self.quantization_mode == "int8" else (*eight, self.kernel_zero)
        return [ops.stop_gradient(variable) for variable in variables]

    @property
    def _floats(self) -> Callable[..., Tensor]:
        return _of_eight_bits if self.quantization_mode == "int8" else _of_four_bits(self.units)


@compiled
def _of_eight_bits(kernel: Tensor, scale: Tensor) -> Tensor:
    return ops.cast(kernel, "float32") / ops.cast(scale, "float32")


@cache
def _of_four_bits(units: int) -> Callable[[Tensor, Tensor, Tensor], Tensor]:
    def floats(kernel: Tensor, scale: Tensor, zero: Tensor) -> Tensor:
        values = ops.cast(keras.quantizers.unpack_int4(kernel, units, axis=-1), "float32")
        inputs, missing = kernel.shape[0], -kernel.shape[0] % GROUP
        groups = ops.reshape(ops.pad(values, [(0, missing), (0, 0)]), (-1, GROUP, units))
        scale, zero = (ops.cast(one, "float32")[:, None] for one in (scale, zero))
        return ops.reshape((groups - zero) * scale, (-1, units))[:inputs]

    return compiled(floats)
