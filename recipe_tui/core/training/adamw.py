"""AdamW."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

from keras import ops

from recipe_tui.core.model.fused_ops import compiled
from recipe_tui.core.training.clipping import ClippingOptimizer, assignable

if TYPE_CHECKING:
    from collections.abc import Callable

    import keras

Tensor = Any


class Slot(NamedTuple):
    """Running means of a variable's gradient and of its square."""

    mean: keras.Variable
    square: keras.Variable


class AdamW(ClippingOptimizer[Slot]):
    """Adam with decoupled weight decay (Loshchilov & Hutter, 2019) and clipping by the global norm.

    Args:
        learning_rate: A number or a schedule.
        beta_1: Decay of the gradient's running mean.
        beta_2: Decay of the squared gradient's running mean.
        epsilon: Keeps the update finite.
        decay: Share of the learning rate by which weights shrink in each step.
        clip_norm: Largest global norm of the gradients, or None.
    """

    def __init__(
        self,
        learning_rate: Any,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-8,
        decay: float = 0.0,
        clip_norm: float | None = None,
    ) -> None:
        super().__init__(learning_rate, "adamw", decay, clip_norm)
        self.beta_1 = beta_1
        self.beta_2 = beta_2
        self.epsilon = epsilon

    def slot(self, variable: keras.Variable) -> Slot:
        """Allocate the running means of a variable."""
        return Slot(*(self.add_variable_from_reference(variable, name=name) for name in Slot._fields))

    def scalars(self, rate: Tensor, step: Tensor) -> tuple[Tensor, ...]:
        """Return the learning rate, corrected for the running means' start at 0."""
        return (rate * ops.sqrt(1 - self.beta_2**step) / (1 - self.beta_1**step),)

    def update(self, variable: Any, slot: Slot, gradient: Tensor, decay: Tensor, factor: Tensor, *scalars: Any) -> None:
        """See `ClippingOptimizer.update`."""
        update = _adamw(self.beta_1, self.beta_2, self.epsilon)
        update(variable, *map(assignable, slot), gradient, decay, factor, *scalars)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return super().get_config() | {name: getattr(self, name) for name in ("beta_1", "beta_2", "epsilon")}


@cache
def _adamw(beta_1: float, beta_2: float, epsilon: float) -> Callable[..., None]:
    """Return the compiled update of a weight, one for all trainings of a process."""

    def update(
        weight: Any, mean: Any, square: Any, gradient: Tensor, decay: Tensor, factor: Tensor, rate: Tensor
    ) -> None:
        gradient = ops.cast(gradient, "float32") * factor
        new_mean = beta_1 * mean + (1 - beta_1) * gradient
        new_square = beta_2 * square + (1 - beta_2) * ops.square(gradient)
        mean.assign(new_mean)
        square.assign(new_square)
        weight.assign(weight * (1 - decay) - rate * new_mean / (ops.sqrt(new_square) + epsilon))

    return compiled(update)
