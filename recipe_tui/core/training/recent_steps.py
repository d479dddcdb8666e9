"""Speed and training loss over the latest steps."""

from __future__ import annotations

from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from recipe_tui.core.training.callbacks import StepResult

RECENT_STEPS = 50
"""Latest steps over which the reported speed and training loss are computed."""


class RecentSteps:
    """Speed and training loss over the `RECENT_STEPS` latest steps.

    Args:
        tokens_per_step: Token positions in a step.
        clock: Seconds of a monotonic clock.
    """

    def __init__(self, tokens_per_step: int, clock: Callable[[], float]) -> None:
        self._tokens_per_step = tokens_per_step
        self._clock = clock
        self._seconds: deque[float] = deque(maxlen=RECENT_STEPS)
        self._losses: deque[tuple[float, int]] = deque(maxlen=RECENT_STEPS)
        self._began: float | None = None

    def begin_steps(self) -> None:
        """Start the clock of the next steps."""
        self._began = self._clock()

    def end_steps(self, results: Sequence[StepResult]) -> float:
        """Count steps, and return the seconds of one. The first ones compile: their time is not part of the speed."""
        elapsed = self._clock() - self._began if self._began is not None else 0.0
        for result in results:
            if self._losses:
                self._seconds.append(elapsed / len(results))
            self._losses.append((result.loss, result.tokens))
        return elapsed / len(results)

    @property
    def train_loss(self) -> float | None:
        """Mean loss, weighted by target tokens."""
        tokens = sum(count for _, count in self._losses)
        return sum(loss * count for loss, count in self._losses) / tokens if tokens else None

    @property
    def seconds(self) -> float | None:
        """Seconds of a step (median)."""
        return sorted(self._seconds)[len(self._seconds) // 2] if self._seconds else None

    @property
    def tokens_per_second(self) -> float | None:
        """Token positions per second (median)."""
        return None if self.seconds is None else self._tokens_per_step / max(self.seconds, 1e-9)
