"""The optimizers and their learning rate: warm-up, then cosine, linear or constant."""

from __future__ import annotations

import math
from functools import cache
from typing import TYPE_CHECKING, Any, NamedTuple

import keras
from keras import ops

from recipe_tui.core.model.fused_ops import compiled
from recipe_tui.core.training.adafactor import Adafactor
from recipe_tui.core.training.clipping import ClippingOptimizer, assignable

if TYPE_CHECKING:
    from collections.abc import Callable

    from recipe_tui.core.config import TrainingConfig

Tensor = Any


class WarmupSchedule(keras.optimizers.schedules.LearningRateSchedule):
    """Rise linearly from 0 to the peak, then follow the named curve down to 0 at the last step.

    Args:
        peak: Highest learning rate.
        curve: ``cosine`` (SGDR, Loshchilov & Hutter, 2017), ``linear`` or ``constant``.
        warmup_steps: Steps of the rise.
        total_steps: Optimizer steps of the whole training.
    """

    def __init__(self, peak: float, curve: str, warmup_steps: int, total_steps: int) -> None:
        super().__init__()
        self.peak = peak
        self.curve = curve
        self.warmup_steps = warmup_steps
        self.total_steps = total_steps

    def __call__(self, step: Tensor) -> Tensor:
        """Return the learning rate of the step counted from 0."""
        step = ops.cast(step, "float32")
        rising = (step + 1) / max(1, self.warmup_steps)
        done = ops.clip((step - self.warmup_steps) / max(1, self.total_steps - self.warmup_steps), 0.0, 1.0)
        falling = {
            "cosine": lambda: 0.5 * (1 + ops.cos(math.pi * done)),
            "linear": lambda: 1 - done,
            "constant": lambda: ops.ones_like(done),
        }[self.curve]()
        return self.peak * ops.where(step < self.warmup_steps, rising, falling)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {
            "peak": self.peak,
            "curve": self.curve,
            "warmup_steps": self.warmup_steps,
            "total_steps": self.total_steps,
        }


class _Slot(NamedTuple):
    """Running means of a variable's gradient and of its square."""

    mean: keras.Variable
    square: keras.Variable


class AdamW(ClippingOptimizer[_Slot]):
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

    def slot(self, variable: keras.Variable) -> _Slot:
        """Allocate the running means of a variable."""
        return _Slot(*(self.add_variable_from_reference(variable, name=name) for name in _Slot._fields))

    def scalars(self, rate: Tensor, step: Tensor) -> tuple[Tensor, ...]:
        """Return the learning rate, corrected for the running means' start at 0."""
        return (rate * ops.sqrt(1 - self.beta_2**step) / (1 - self.beta_1**step),)

    def update(
        self, variable: Any, slot: _Slot, gradient: Tensor, decay: Tensor, factor: Tensor, *scalars: Any
    ) -> None:
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


def make_optimizer(config: TrainingConfig, total_steps: int) -> tuple[keras.optimizers.Optimizer, WarmupSchedule]:
    """Build the optimizer of a configuration, and its schedule for showing.

    ``adam`` is the original workflow's: the same update without decay. Under ``mixed_float16`` the loss is scaled,
    because small gradients would underflow.
    """
    warmup_steps = round(config.warmup_fraction * total_steps)
    schedule = WarmupSchedule(config.learning_rate, config.schedule, warmup_steps, total_steps)
    optimizer: ClippingOptimizer[Any]
    if config.optimizer == "adafactor":
        optimizer = Adafactor(schedule, decay=config.weight_decay, clip_norm=config.clip_norm)
    else:
        optimizer = AdamW(
            schedule,
            beta_1=config.beta_1,
            beta_2=config.beta_2,
            epsilon=config.epsilon,
            decay=config.weight_decay if config.optimizer == "adamw" else 0.0,
            clip_norm=config.clip_norm,
        )
    if config.precision == "mixed_float16":
        return keras.optimizers.LossScaleOptimizer(optimizer, name="loss_scale"), schedule
    return optimizer, schedule


def gradient_norm(optimizer: keras.optimizers.Optimizer) -> keras.Variable:
    """Return where an optimizer, or the one inside a loss scaler, keeps the global norm of the latest gradients."""
    return getattr(optimizer, "inner_optimizer", optimizer).gradient_norm
