"""What happens around the steps: logging, validation, checkpoints, early stopping, and obeying whoever watches.

Plain Python that knows no backend: it is told after each step what came out, and says whether to go on.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any, Protocol

from recipe_tui.core.errors import TrainingError
from recipe_tui.core.runs.events import CheckpointSaved, Continued, Paused, Sample, Started, Step, Validation
from recipe_tui.core.runs.perplexity import perplexity

if TYPE_CHECKING:
    from collections.abc import Callable

    from recipe_tui.core.config import TrainingConfig
    from recipe_tui.core.runs.control import Request
    from recipe_tui.core.runs.events import Event

RECENT_STEPS = 50
"""Steps that the reported speed and training loss look back on."""

PAUSE_POLL = 0.5
"""Seconds between looks at the control file during a pause."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How long a training is, and when what happens. All counts are optimizer steps.

    Attributes:
        total_steps: The last step.
        blocks: Training blocks.
        blocks_per_step: Blocks in a step.
        block_size: Tokens in a block.
        evaluate_every: Steps between validations; None when there is nothing to validate on.
        sample_every: Steps between samples; None for none at all.
        checkpoint_every: Steps between checkpoints.
    """

    total_steps: int
    blocks: int
    blocks_per_step: int
    block_size: int
    evaluate_every: int | None
    sample_every: int | None
    checkpoint_every: int

    @classmethod
    def of(cls, config: TrainingConfig, blocks: int, block_size: int, has_validation: bool) -> Plan:
        """Work out a configuration's steps for a number of training blocks."""
        blocks_per_step = config.batch_size * config.gradient_accumulation_steps
        total_steps = max(1, math.ceil(config.epochs * blocks / blocks_per_step))
        total_steps = min(total_steps, config.max_steps or total_steps)
        epoch = max(1, math.ceil(blocks / blocks_per_step))
        evaluate_every = (config.evaluate_every or epoch) if has_validation else None
        sample_every = config.sample_every if config.sample_every is not None else evaluate_every or epoch
        return cls(
            total_steps=total_steps,
            blocks=blocks,
            blocks_per_step=blocks_per_step,
            block_size=block_size,
            evaluate_every=evaluate_every,
            sample_every=sample_every or None,
            checkpoint_every=config.checkpoint_every or evaluate_every or epoch,
        )

    def epoch(self, step: int) -> float:
        """Return the passes over the training blocks after a number of steps."""
        return step * self.blocks_per_step / self.blocks


@dataclass(frozen=True, slots=True)
class TrainingProgress:
    """How far a training is; saved with each checkpoint, so that a resumed run decides as the other would have.

    Attributes:
        step: Steps done.
        tokens: Target tokens seen.
        seconds: Time spent training.
        best_step: The step whose weights had the lowest validation loss, or None before the first validation.
        best_loss: That loss.
        waited: Validations since then.
        validated: Step of the latest validation, or None.
        validation_loss: Its loss.
    """

    step: int = 0
    tokens: int = 0
    seconds: float = 0.0
    best_step: int | None = None
    best_loss: float | None = None
    waited: int = 0
    validated: int | None = None
    validation_loss: float | None = None

    def scored(self, loss: float) -> TrainingProgress:
        """Return the progress after a validation."""
        better = self.best_loss is None or loss < self.best_loss
        return replace(
            self,
            best_step=self.step if better else self.best_step,
            best_loss=loss if better else self.best_loss,
            waited=0 if better else self.waited + 1,
            validated=self.step,
            validation_loss=loss,
        )

    def to_json(self) -> dict[str, Any]:
        """Return the values by name."""
        return asdict(self)


@dataclass(frozen=True, slots=True)
class StepResult:
    """What came out of an optimizer step; see `events.Step`."""

    loss: float
    tokens: int
    gradient_norm: float
    learning_rate: float


class Trainee(Protocol):
    """What a supervisor needs of the training it looks after."""

    def validate(self) -> float:
        """Return the loss over the validation blocks, in nats per target token."""

    def sample(self) -> tuple[str, str] | None:
        """Return the prompt of the samples and what the model writes after it now; None if there is no room to."""

    def save(self, progress: TrainingProgress) -> str:
        """Save a checkpoint of the present weights, and return its path in the run folder."""

    def memory(self) -> tuple[int, int | None]:
        """Return the process's resident bytes and the accelerator's peak bytes."""


class Supervisor:
    """Looks after one training.

    Args:
        plan: Its steps.
        config: Its settings.
        trainee: Validates and saves on request.
        log: Receives every event.
        requested: What is asked of the run at the moment.
        progress: Where a resumed run goes on.
        clock: Seconds of a monotonic clock.
        now: Seconds since 1970.
        sleep: Waits for a number of seconds.
    """

    def __init__(
        self,
        plan: Plan,
        config: TrainingConfig,
        trainee: Trainee,
        log: Callable[[Event], None],
        requested: Callable[[], Request],
        progress: TrainingProgress,
        clock: Callable[[], float],
        now: Callable[[], float],
        sleep: Callable[[float], None],
    ) -> None:
        self.plan = plan
        self.config = config
        self.trainee = trainee
        self.progress = progress
        self.ending: str | None = "all steps were done before" if progress.step >= plan.total_steps else None
        self.stopped = False
        self._log = log
        self._requested = requested
        self._clock = clock
        self._now = now
        self._sleep = sleep
        self._saved_step = progress.step
        self._times: deque[float] = deque(maxlen=RECENT_STEPS)
        self._losses: deque[tuple[float, int]] = deque(maxlen=RECENT_STEPS)
        self._step_began: float | None = None

    def start(self, parameters: int) -> None:
        """Log that training begins or goes on."""
        plan, step = self.plan, self.progress.step
        per_step = plan.blocks_per_step * plan.block_size
        self._log(
            Started(
                time=self._now(),
                step=step,
                total_steps=plan.total_steps,
                steps_per_epoch=plan.blocks / plan.blocks_per_step,
                parameters=parameters,
                blocks=plan.blocks,
                tokens_per_step=per_step,
            )
        )
        self.begin_steps()

    def begin_steps(self) -> None:
        """Take note that the first step begins now, whatever was done since the start."""
        self._step_began = self._clock()

    def step_done(self, result: StepResult) -> None:
        """Take note of a step, do what is due after it, and set `ending` when it was the last.

        Raises:
            TrainingError: The loss is no longer a number.
            OutputError: The run folder cannot be written to.
        """
        self._count(result)
        if not math.isfinite(result.loss):
            raise TrainingError(
                f"the loss became {result.loss} at step {self.progress.step}",
                "lower the learning rate; the last good checkpoint is kept, --resume goes on from it",
            )
        if self.progress.step % self.config.log_every == 0 or self._is_last:
            self._log_step(result)
        if self._due(self.plan.evaluate_every):
            self._validate()
        if self._due(self.plan.sample_every):
            self._sample()
        if self._is_last:
            self.ending = "all steps done"
        self._obey()
        if self.ending is not None or self._due(self.plan.checkpoint_every):
            self.save()
        self._step_began = self._clock()

    def save(self) -> None:
        """Save a checkpoint, unless the present step already has one."""
        if self._saved_step == self.progress.step or self._leave_now:
            return
        path = self.trainee.save(self.progress)
        self._saved_step = self.progress.step
        self._log(CheckpointSaved(self._now(), self.progress.step, path))

    @property
    def train_loss(self) -> float | None:
        """The loss over the latest steps, weighted by their tokens."""
        tokens = sum(count for _, count in self._losses)
        return sum(loss * count for loss, count in self._losses) / tokens if tokens else None

    @property
    def tokens_per_second(self) -> float | None:
        """Places in blocks per second over the latest steps (median), the first one left out: it compiles."""
        if not self._times:
            return None
        middle = sorted(self._times)[len(self._times) // 2]
        return self.plan.blocks_per_step * self.plan.block_size / max(middle, 1e-9)

    @property
    def _is_last(self) -> bool:
        return self.progress.step >= self.plan.total_steps

    @property
    def _leave_now(self) -> bool:
        return self._requested() == "stop_now"

    def _due(self, every: int | None) -> bool:
        return every is not None and (self.progress.step % every == 0 or self._is_last)

    def _count(self, result: StepResult) -> None:
        elapsed = self._clock() - self._step_began if self._step_began is not None else 0.0
        if self._losses:  # the first step compiles
            self._times.append(elapsed)
        self._losses.append((result.loss, result.tokens))
        self.progress = replace(
            self.progress,
            step=self.progress.step + 1,
            tokens=self.progress.tokens + result.tokens,
            seconds=self.progress.seconds + elapsed,
        )

    def _log_step(self, result: StepResult) -> None:
        step, speed = self.progress.step, self.tokens_per_second
        per_step = self.plan.blocks_per_step * self.plan.block_size
        memory, gpu_memory = self.trainee.memory()
        self._log(
            Step(
                time=self._now(),
                step=step,
                epoch=self.plan.epoch(step),
                loss=result.loss,
                learning_rate=result.learning_rate,
                gradient_norm=result.gradient_norm,
                tokens=result.tokens,
                tokens_per_second=speed,
                memory=memory,
                gpu_memory=gpu_memory,
                eta=None if speed is None else (self.plan.total_steps - step) * per_step / speed,
            )
        )

    def _validate(self) -> None:
        loss = self.trainee.validate()
        self.progress = self.progress.scored(loss)
        best = self.progress.best_step == self.progress.step
        self._log(Validation(self._now(), self.progress.step, loss, perplexity(loss), best))
        patience = self.config.early_stopping_patience
        if patience is not None and self.progress.waited >= patience:
            self.ending = f"no better validation loss for {patience} validations"
        if best or self.ending is not None:
            self.save()  # so that the best weights are on the disk whatever comes

    def _sample(self) -> None:
        written = self.trainee.sample()
        if written is not None:
            prompt, text = written
            self._log(Sample(self._now(), self.progress.step, prompt, text))

    def _obey(self) -> None:
        asked = self._requested()
        if asked == "pause":
            self._log(Paused(self._now(), self.progress.step))
            while (asked := self._requested()) == "pause":
                self._sleep(PAUSE_POLL)
            self._log(Continued(self._now(), self.progress.step))
        if asked in ("stop", "stop_now") and self.ending is None:
            self.ending = "asked to stop"
            self.stopped = True
