"""Adafactor: Adam's second moments kept as a row and a column of each matrix, and no first ones."""

from __future__ import annotations

from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import keras
from keras import ops

from recipe_tui.core.model.fused_ops import compiled
from recipe_tui.core.training.clipping import ClippingOptimizer, assignable

if TYPE_CHECKING:
    from collections.abc import Callable

Tensor = Any

SMALLEST = 1e-30
"""Added to squared gradients; epsilon_1 of the paper."""


class Moments(NamedTuple):
    """Running means of a weight's squared gradient: by row and by column, or of a vector one for each value."""

    rows: keras.Variable
    columns: keras.Variable | None


class Adafactor(ClippingOptimizer[Moments]):
    """Adafactor (Shazeer & Stern, 2018) with decoupled weight decay and clipping by the global norm.

    The update has Adam's size, so learning rates that suit Adam hold: the step is not scaled by the size of the
    weights, as in `transformers`' trainer. Keras' own Adafactor keeps the product of row and column besides, which is
    as large as the weight, and so saves only one of Adam's two running means.

    Args:
        learning_rate: A number or a schedule.
        beta_2_decay: How the running means' weight of the past grows with the step: 1 - step ** beta_2_decay.
        clip_threshold: Largest root mean square of one weight's update.
        decay: Share of the learning rate by which weights shrink in each step.
        clip_norm: Largest global norm of the gradients, or None.
    """

    def __init__(
        self,
        learning_rate: Any,
        beta_2_decay: float = -0.8,
        clip_threshold: float = 1.0,
        decay: float = 0.0,
        clip_norm: float | None = None,
    ) -> None:
        super().__init__(learning_rate, "adafactor", decay, clip_norm)
        self.beta_2_decay = beta_2_decay
        self.clip_threshold = clip_threshold

    def slot(self, variable: keras.Variable) -> Moments:
        """Allocate the running means of a variable."""
        if len(variable.shape) < 2:
            return Moments(self.add_variable_from_reference(variable, name="square"), None)
        *_, rows, columns = variable.shape
        return Moments(self._mean(variable, "rows", rows), self._mean(variable, "columns", columns))

    def scalars(self, rate: Tensor, step: Tensor) -> tuple[Tensor, ...]:
        """Return the learning rate, and the running means' weight of the past."""
        return rate, 1 - step**self.beta_2_decay

    def update(
        self, variable: Any, slot: Moments, gradient: Tensor, decay: Tensor, factor: Tensor, *scalars: Any
    ) -> None:
        """See `ClippingOptimizer.update`."""
        means = [assignable(mean) for mean in slot if mean is not None]
        _adafactor(self.clip_threshold)(variable, means, gradient, decay, factor, *scalars)

    def _mean(self, variable: keras.Variable, name: str, size: int) -> keras.Variable:
        return self.add_variable((size,), dtype="float32", name=f"{variable.path.replace('/', '_')}_{name}")

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        names = ("beta_2_decay", "clip_threshold")
        return super().get_config() | {name: getattr(self, name) for name in names}


@cache
def _adafactor(clip_threshold: float) -> Callable[..., None]:
    """Return the compiled update of a weight, one for all trainings of a process."""

    def update(
        weight: Any, means: Any, gradient: Tensor, decay: Tensor, factor: Tensor, rate: Tensor, beta_2: Tensor
    ) -> None:
        gradient = ops.cast(gradient, "float32") * factor
        square = ops.square(gradient) + SMALLEST
        # The rows' mean is over the columns, and the other way round.
        new = [square] if len(means) == 1 else [ops.mean(square, axis=-1), ops.mean(square, axis=-2)]
        new = [beta_2 * old + (1 - beta_2) * one for old, one in zip(means, new, strict=True)]
        for mean, value in zip(means, new, strict=True):
            mean.assign(value)
        size = new[0]
        if len(new) == 2:
            size = (new[0] / ops.mean(new[0]))[:, None] * new[1][None]
        change = gradient / ops.sqrt(ops.maximum(size, SMALLEST))
        change = change / ops.maximum(1.0, ops.sqrt(ops.mean(ops.square(change))) / clip_threshold)
        weight.assign(weight * (1 - decay) - rate * change)

    return compiled(update)
