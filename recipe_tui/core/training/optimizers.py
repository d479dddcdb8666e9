"""The optimizer of a configuration and its learning rate: warm-up, then a curve."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import keras
from keras import ops

from recipe_tui.core.training.adafactor import Adafactor
from recipe_tui.core.training.adamw import AdamW
from recipe_tui.core.training.muon import Muon

if TYPE_CHECKING:
    from recipe_tui.core.config import TrainingConfig
    from recipe_tui.core.training.clipping import ClippingOptimizer

Tensor = Any


class WarmupSchedule(keras.optimizers.schedules.LearningRateSchedule):
    """Rise linearly from 0 to the peak, then follow the named curve down to 0 at the last step.

    Args:
        peak: Highest learning rate.
        curve: ``cosine`` (SGDR, Loshchilov & Hutter, 2017), ``linear``, ``constant``, or ``trapezoidal``: constant,
            then linear ("Scaling Laws and Compute-Optimal Training Beyond Fixed Training Durations", Hägele et al.,
            2024).
        warmup_steps: Steps of the rise.
        total_steps: Optimizer steps of the whole training.
        warmdown_fraction: Share of the steps in which a trapezoidal rate falls.
    """

    def __init__(
        self, peak: float, curve: str, warmup_steps: int, total_steps: int, warmdown_fraction: float = 0.5
    ) -> None:
        super().__init__()
        self.peak = peak
        self.curve = curve
        self.warmup_steps = warmup_steps
        self.total_steps = total_steps
        self.warmdown_fraction = warmdown_fraction

    def __call__(self, step: Tensor) -> Tensor:
        """Return the learning rate of the step counted from 0."""
        step = ops.cast(step, "float32")
        rising = (step + 1) / max(1, self.warmup_steps)
        done = ops.clip((step - self.warmup_steps) / max(1, self.total_steps - self.warmup_steps), 0.0, 1.0)
        left = (self.total_steps - step) / self.total_steps
        falling = {
            "cosine": lambda: 0.5 * (1 + ops.cos(math.pi * done)),
            "linear": lambda: 1 - done,
            "constant": lambda: ops.ones_like(done),
            "trapezoidal": lambda: ops.clip(left / self.warmdown_fraction, 0.0, 1.0),
        }[self.curve]()
        return self.peak * ops.where(step < self.warmup_steps, rising, falling)

    def get_config(self) -> dict[str, Any]:
        """Return the constructor's arguments."""
        return {
            "peak": self.peak,
            "curve": self.curve,
            "warmup_steps": self.warmup_steps,
            "total_steps": self.total_steps,
            "warmdown_fraction": self.warmdown_fraction,
        }


TICKS = 1_000_000
"""Steps of a schedule that follows the clock; each is a millionth of the time."""


def make_optimizer(config: TrainingConfig, total_steps: int) -> tuple[keras.optimizers.Optimizer, WarmupSchedule]:
    """Build the optimizer of a configuration, and its schedule.

    With ``max_minutes`` the optimizer has a learning rate that is set before each step, and the schedule counts
    `TICKS`. Otherwise the optimizer follows the schedule by itself, which is returned for showing.

    ``adam`` is the original workflow's: the same update without decay. Under ``mixed_float16`` the loss is scaled,
    because small gradients would underflow.
    """
    total_steps = TICKS if config.max_minutes else total_steps
    warmup_steps = round(config.warmup_fraction * total_steps)
    schedule = WarmupSchedule(
        config.learning_rate, config.schedule, warmup_steps, total_steps, config.warmdown_fraction
    )
    rate = config.learning_rate if config.max_minutes else schedule
    optimizer: ClippingOptimizer[Any]
    if config.optimizer == "adafactor":
        optimizer = Adafactor(rate, decay=config.weight_decay, clip_norm=config.clip_norm)
    else:
        optimizer = (Muon if config.optimizer == "muon" else AdamW)(
            rate,
            beta_1=config.beta_1,
            beta_2=config.beta_2,
            epsilon=config.epsilon,
            decay=0.0 if config.optimizer == "adam" else config.weight_decay,
            clip_norm=config.clip_norm,
        )
    if config.precision == "mixed_float16":
        return keras.optimizers.LossScaleOptimizer(optimizer, name="loss_scale"), schedule
    return optimizer, schedule


def inner_optimizer(optimizer: keras.optimizers.Optimizer) -> Any:
    """Return an optimizer, or the one inside a loss scaler."""
    return getattr(optimizer, "inner_optimizer", optimizer)


def gradient_norm(optimizer: keras.optimizers.Optimizer) -> keras.Variable:
    """Return where an optimizer keeps the global norm of the latest gradients."""
    return inner_optimizer(optimizer).gradient_norm
