"""Muon: momentum whose updates are orthogonalized, for the matrices inside the layers; AdamW for all other weights.

"Muon: An optimizer for hidden layers in neural networks" (Jordan et al., 2024). An update is scaled as in "Muon is
Scalable for LLM Training" (Liu et al., 2025), to the root mean square that AdamW's has, so that one learning rate and
one weight decay suit both.

Keras has a Muon, which is not used: it cannot split GPT-2's fused projection, and skips neither the update nor the
state where the gradient is not finite, as `ClippingOptimizer` does. ``tests/core/training/test_muon.py`` compares both.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from keras import ops

from recipe_tui.core.training.adamw import AdamW, Slot
from recipe_tui.core.training.clipping import assignable

if TYPE_CHECKING:
    import keras

Tensor = Any

MOMENTUM = 0.95

COEFFICIENTS = (3.4445, -4.7750, 2.0315)
"""Of the quintic Newton-Schulz iteration, chosen by Jordan et al. for its slope at 0."""

ITERATIONS = 5

RMS = 0.2
"""Root mean square of an update before the learning rate, about AdamW's (Liu et al., section 2.2)."""

FUSED = {"c_attn": 3}
"""Projections that are several matrices side by side, each of which is orthogonalized by itself."""

SMALLEST = 1e-7


class Muon(AdamW):
    """Muon for kernels, AdamW for embeddings, normalizations and biases. The arguments are AdamW's."""

    def slot(self, variable: keras.Variable) -> Any:
        """Allocate the momentum of a kernel, or AdamW's running means."""
        *layers, leaf = str(variable.path).split("/")
        if leaf != "kernel" or len(variable.shape) != 2:
            return super().slot(variable)
        momentum = self.add_variable_from_reference(variable, name="momentum")
        return momentum, FUSED.get(layers[-1], 1) if layers else 1

    def scalars(self, rate: Tensor, step: Tensor) -> tuple[Tensor, ...]:
        """Return AdamW's learning rate and the plain one."""
        return *super().scalars(rate, step), rate

    def update(self, variable: Any, slot: Any, gradient: Tensor, decay: Tensor, factor: Tensor, *scalars: Any) -> None:
        """See `ClippingOptimizer.update`."""
        adamw_rate, rate = scalars
        if isinstance(slot, Slot):
            super().update(variable, slot, gradient, decay, factor, adamw_rate)
            return
        momentum, parts = assignable(slot[0]), slot[1]
        gradient = ops.cast(gradient, "float32") * factor
        new = MOMENTUM * momentum + gradient
        momentum.assign(new)
        rows, columns = variable.shape[0], variable.shape[1] // parts
        nesterov = ops.transpose(ops.reshape(gradient + MOMENTUM * new, (rows, parts, columns)), (1, 0, 2))
        direction = ops.reshape(ops.transpose(orthogonalized(nesterov), (1, 0, 2)), variable.shape)
        variable.assign(variable * (1 - decay) - rate * (RMS * max(rows, columns) ** 0.5) * direction)


def orthogonalized(matrices: Tensor) -> Tensor:
    """Replace the singular values of matrices by values near 1, between 0.7 and 1.2.

    For a singular value decomposition ``G = U S V^T`` it returns about ``U V^T``, by Newton-Schulz iterations.

    Args:
        matrices: float32 [matrices, rows, columns].
    """
    first, second, third = COEFFICIENTS
    is_tall = matrices.shape[-2] > matrices.shape[-1]
    x = ops.transpose(matrices, (0, 2, 1)) if is_tall else matrices  # the products are of the smaller size
    x = x / (ops.sqrt(ops.sum(ops.square(x), axis=(1, 2), keepdims=True)) + SMALLEST)
    for _ in range(ITERATIONS):
        square = ops.matmul(x, ops.transpose(x, (0, 2, 1)))
        x = first * x + ops.matmul(second * square + third * ops.matmul(square, square), x)
    return ops.transpose(x, (0, 2, 1)) if is_tall else x
