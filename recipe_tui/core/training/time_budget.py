"""A training that ends on time: how much of its time is over drives the learning rate, and says when to stop.

The time is that of the wall clock from the start of the training in its process: preparing the blocks, compiling,
validating and saving are part of it, pauses are not. The fraction of the time that is over is logged with each step and
saved with each checkpoint. A resumed run takes the logged fractions again for steps that it repeats, and then continues
from the last one, so its learning rates are those of a run that was not interrupted.
"""

from __future__ import annotations

import math
import time
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from recipe_tui.core.errors import TrainingError

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

FEWEST_STEPS = 10
"""Steps that a training has at least; in fewer no schedule makes sense."""

FIRST = 0.005
"""Fraction that the first step of a training is given, whose time is not known: a rate of 0 would waste it."""

SAFETY = 1.1
"""What the seconds of the end, which were measured before, are multiplied with."""


@dataclass
class TimeBudget:
    """The time of a training, in seconds of a monotonic clock.

    Attributes:
        minutes: The budget.
        started: When the training began in this process.
        final_seconds: Seconds of the final validation, and of saving.
        fraction: Fraction of the time of the steps that is over, from 0 to 1, after the latest step.
        span: Seconds of all steps, from the end of the first, which compiles; None until that is known.
        logged: Fractions by step that an interrupted process logged after the checkpoint which the run resumes from.
        clock: Seconds of a monotonic clock.
    """

    minutes: float
    started: float
    final_seconds: float
    fraction: float = 0.0
    span: float | None = None
    logged: Mapping[int, float] = field(default_factory=dict)
    clock: Callable[[], float] = time.perf_counter
    _paused: float = field(default=0.0, init=False)
    _first_end: float | None = field(default=None, init=False)
    _anchor: tuple[float, float] | None = field(default=None, init=False)
    _step_began: float = field(default=0.0, init=False)
    _step_seconds: float = field(default=0.0, init=False)

    def begin_step(self, step: int) -> float:
        """Return the fraction of the time that will be over after a step, which decides its learning rate.

        Args:
            step: The step that begins, counted from 1.
        """
        self._step_began = self.clock()
        self.fraction = self.logged.get(step, max(FIRST, self._now(self._step_seconds)))
        return self.fraction

    def end_step(self, step: int) -> None:
        """Count a step.

        Raises:
            TrainingError: The time is too short for `FEWEST_STEPS`.
        """
        now = self.clock()
        if self._first_end is None:
            self._first_end = now
        else:
            self._step_seconds = now - self._step_began
        if self._anchor is None and step + 1 not in self.logged:
            if self.span is None:
                overhead = self._first_end - self.started - self._paused
                self.span = 60 * self.minutes - overhead - SAFETY * self.final_seconds
                self._check(overhead, 0.0)
            self._anchor = (now - self._paused, self.fraction)
        elif self._anchor is not None and step == 2:
            self._check(self._first_end - self.started - self._paused, self._step_seconds)

    @property
    def is_over(self) -> bool:
        """Whether another step would end after the time."""
        return self._anchor is not None and self._now(self._step_seconds) >= 1

    def has_room(self, seconds: float) -> bool:
        """Return whether something that takes so many seconds leaves time for steps."""
        return self._now(seconds + self._step_seconds) < 1

    @property
    def seconds_left(self) -> float | None:
        """Seconds to the end, that of the final validation and saving included; None while they are not known."""
        if self._anchor is None or self.span is None:
            return None
        return max(0.0, (1 - self._now()) * self.span) + SAFETY * self.final_seconds

    def leave_out(self, seconds: float) -> None:
        """Take seconds, such as those of a pause, out of the time that is over."""
        self._paused += seconds

    def _now(self, seconds: float = 0.0) -> float:
        """Return the fraction that will be over in so many seconds."""
        if self._anchor is None or self.span is None:
            return self.fraction
        began, fraction = self._anchor
        return min(1.0, fraction + (self.clock() - self._paused - began + seconds) / self.span)

    def _check(self, overhead: float, step_seconds: float) -> None:
        if self.span is None or (self.span > 0 and self.span >= (FEWEST_STEPS - 1) * step_seconds):
            return
        needed = overhead + SAFETY * self.final_seconds + FEWEST_STEPS * max(step_seconds, 1.0)
        raise TrainingError(
            f"max_minutes {self.minutes:g} is too short: reading, compiling and the first step took {overhead:.0f} s, "
            f"the final validation and saving take about {self.final_seconds:.0f} s"
            + (f", and a step takes {step_seconds:.1f} s" if step_seconds else ""),
            f"give {math.ceil(needed / 30) / 2:g} minutes or more, or lower batch_size or evaluate_batches",
            "training.max_minutes",
        )
