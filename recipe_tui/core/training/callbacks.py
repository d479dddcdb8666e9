"""What happens around a training step: logging, validation, samples, checkpoints, early stopping, pause and stop.

Plain Python without a backend. `loop.run_steps` says in which order and when each part is called.
"""

from __future__ import annotations

import math
import time
from dataclasses import asdict, dataclass, field, replace
from typing import TYPE_CHECKING, Annotated, Protocol

from pydantic import Field

from recipe_tui.core.errors import TrainingError
from recipe_tui.core.runs.events import (
    CheckpointSaved,
    Continued,
    Count,
    Paused,
    Sample,
    Scored,
    Started,
    Step,
    Validation,
)
from recipe_tui.core.runs.perplexity import perplexity
from recipe_tui.core.training.recent_steps import RecentSteps
from recipe_tui.core.training.signals import StopRequestedError

if TYPE_CHECKING:
    from collections.abc import Callable

    from recipe_tui.core.config import TrainingConfig
    from recipe_tui.core.measures.overlap import Overlap
    from recipe_tui.core.measures.scorecard import Scorecard
    from recipe_tui.core.planning.plan import Plan
    from recipe_tui.core.runs.control import Request
    from recipe_tui.core.runs.events import Event
    from recipe_tui.core.training.time_budget import TimeBudget

PAUSE_POLL = 0.5
"""Seconds between two reads of the control file during a pause."""

RESPONSE_SECONDS = 0.5
"""How long the steps of one call may take together: a request is read between two calls."""

DIVERGED = (
    "lower the learning rate (now {:g}) in a new run, which may start from the last good checkpoint of this one: "
    "--model and this run's folder; --resume would repeat the same steps and fail again"
)
"""What to do about a loss or a gradient norm that is not finite."""


@dataclass(frozen=True, slots=True)
class TrainingProgress:
    """How far a training is; saved with each checkpoint, so that a resumed run decides as an uninterrupted one.

    Attributes:
        step: Optimizer steps done.
        tokens: Target tokens seen.
        seconds: Time spent in steps.
        best_step: The step whose weights were the best: those with the lowest validation loss, or with the highest
            score where the scorecard decides; None before the first finite one.
        best_loss: Its validation loss.
        waited: Validations since then.
        validated: Step of the latest validation, or None.
        validation_loss: Its loss.
        fraction: With a time budget, the fraction of its time that is over; 1 at the end.
        span: With a time budget, the seconds of all steps; None until they are known.
        best_score: The score of the best step; None where the loss decides.
    """

    step: Count = 0
    tokens: Count = 0
    seconds: Annotated[float, Field(ge=0, allow_inf_nan=False)] = 0.0
    best_step: Count | None = None
    best_loss: float | None = None
    waited: Count = 0
    validated: Count | None = None
    validation_loss: float | None = None
    fraction: Annotated[float, Field(ge=0, le=1)] = 0.0
    span: Annotated[float, Field(gt=0, allow_inf_nan=False)] | None = None
    best_score: float | None = None

    def validated_with(self, loss: float, score: float | None = None) -> TrainingProgress:
        """Return the progress after a validation; a loss that is not finite is never the best.

        Args:
            loss: The validation loss.
            score: The score, where the scorecard decides which weights are the best.
        """
        if score is None:
            better = self.best_loss is None or not self.best_loss <= loss
        else:
            better = self.best_score is None or score > self.best_score
        better = better and math.isfinite(loss)
        return replace(
            self,
            best_step=self.step if better else self.best_step,
            best_loss=loss if better else self.best_loss,
            best_score=score if better else self.best_score,
            waited=0 if better else self.waited + 1,
            validated=self.step,
            validation_loss=loss,
        )

    def final_loss(self, final_weights: str) -> float | None:
        """Return the validation loss of the weights that the finished model has; None without a validation.

        Args:
            final_weights: ``best`` or ``last``.
        """
        if final_weights == "best" and self.best_loss is not None:
            return self.best_loss
        return self.validation_loss


@dataclass(frozen=True, slots=True)
class StepResult:
    """What an optimizer step returned, under the names of `events.Step`."""

    loss: float
    tokens: int
    gradient_norm: float
    learning_rate: float


class Trainee(Protocol):
    """What the callbacks do with the model; `trainer.Trainer` does it."""

    def validate(self) -> float:
        """Return the loss over the validation blocks, in nats per target token."""

    def scorecard(self) -> Scorecard:
        """Return the scorecard of what the model writes for held-out prompts."""

    def sample(self) -> tuple[str, str] | None:
        """Return the prompt and the text generated after it; None where the prompt fills the context."""

    def extraction(self) -> float | None:
        """Return the share of some passages of training recipes that the model continues; None without long recipes."""

    def save(self, progress: TrainingProgress) -> str:
        """Save a checkpoint of the present weights, and return its path in the run folder."""

    def memory(self) -> tuple[int, int | None]:
        """Return the process's resident bytes and the accelerator's peak bytes."""


@dataclass
class Callbacks:
    """The parts that `loop.run_steps` calls around each step.

    Attributes:
        plan: When what is due.
        config: The settings of the training.
        trainee: Validates, samples and saves.
        log: Receives every event.
        requested: Returns what the control file or a signal asks for at the moment.
        progress: How far the training is; at first, where a resumed run continues.
        budget: The time of the training; None where its steps are counted.
        overlap: Returns the overlap of a sample with the training text; None where it is not measured.
        checkpoint_asked: Returns the number of the latest request for a checkpoint; 0 without one.
        clock: Seconds of a monotonic clock.
        now: Seconds since 1970.
        sleep: Waits for a number of seconds.
        ending: Why it ends here; None while it continues.
        stopped: Whether it ends because somebody asked for it.
        recent: Speed and training loss of the latest steps.
    """

    plan: Plan
    config: TrainingConfig
    trainee: Trainee
    log: Callable[[Event], None]
    requested: Callable[[], Request]
    progress: TrainingProgress
    overlap: Callable[[str], Overlap | None] = lambda _: None
    budget: TimeBudget | None = None
    checkpoint_asked: Callable[[], int] = lambda: 0
    clock: Callable[[], float] = time.perf_counter
    now: Callable[[], float] = time.time
    sleep: Callable[[float], None] = time.sleep
    ending: str | None = field(default=None, init=False)
    stopped: bool = field(default=False, init=False)
    recent: RecentSteps = field(init=False)

    def __post_init__(self) -> None:
        self.recent = RecentSteps(self.plan.tokens_per_step, self.clock)
        self._saved_step = self.progress.step
        self._checkpoint_answered = 0

    def start(self, parameters: int, kernels: str = "") -> None:
        """Log that training starts or resumes, and decide whether there is anything left to do.

        Args:
            parameters: Trainable parameters.
            kernels: See `events.Started`.
        """
        plan, step = self.plan, self.progress.step
        self.log(
            Started(
                time=self.now(),
                step=step,
                total_steps=plan.total_steps,
                steps_per_epoch=plan.blocks / plan.blocks_per_step,
                parameters=parameters,
                blocks=plan.blocks,
                tokens_per_step=plan.tokens_per_step,
                max_minutes=self.config.max_minutes,
                kernels=kernels,
            )
        )
        if plan.is_last(step) or self.progress.fraction >= 1:
            self.ending = "all steps were done before"
        self._stop_early()

    def validate_on_start(self) -> None:
        """Log the validation loss before the first step, if that is wanted; those weights are never the best ones."""
        if not self.config.evaluate_on_start or self.progress.step or self.plan.evaluate_every is None:
            return
        try:
            loss = self.trainee.validate()
        except StopRequestedError:
            return  # `obey` stops the run
        self.log(Validation(self.now(), 0, loss, perplexity(loss), best=False))

    def validate_if_missed(self) -> None:
        """Run the validation that a stop interrupted before the checkpoint which the run resumes from was saved."""
        progress = self.progress
        if progress.step and progress.validated != progress.step and self.is_due(self.plan.evaluate_every):
            self.validate()

    def is_due(self, every: int | None) -> bool:
        """Return whether what happens every so many steps happens after the present one."""
        is_last = every is not None and self.progress.fraction >= 1
        return is_last or self.plan.is_due(every, self.progress.step)

    @property
    def has_time_to_validate(self) -> bool:
        """Whether a validation now leaves time for the final one; always where steps are counted."""
        over = self.budget is None or self.progress.fraction >= 1
        return over or (self.budget is not None and self.budget.has_room(self.budget.final_seconds))

    @property
    def steps_at_once(self) -> int:
        """Most steps to take before anything else is due, or somebody who asks to stop would have to wait."""
        seconds = self.recent.seconds
        if self.budget is not None or seconds is None:
            return 1
        return max(1, min(self.plan.until_due(self.progress.step), int(RESPONSE_SECONDS / max(seconds, 1e-9))))

    def count(self, result: StepResult, seconds: float) -> None:
        """Count a step.

        Args:
            result: What it returned.
            seconds: Its time.

        Raises:
            TrainingError: The loss or the gradient norm is not finite. The step has updated no weight.
        """
        step = self.progress.step + 1
        for name, value in (("loss", result.loss), ("gradient norm", result.gradient_norm)):
            if not math.isfinite(value):
                hint = DIVERGED.format(self.config.learning_rate)
                raise TrainingError(f"the {name} became {value} at step {step}", hint)
        self.progress = replace(
            self.progress,
            step=step,
            tokens=self.progress.tokens + result.tokens,
            seconds=self.progress.seconds + seconds,
        )
        if self.plan.is_last(step):
            self.ending = "all steps done"
        if self.budget is not None:
            self.budget.end_step(step)
            self.progress = replace(self.progress, fraction=self.budget.fraction, span=self.budget.span)
            if self.budget.is_over:
                self.progress = replace(self.progress, fraction=1.0)
                self.ending = "the time is over"

    def log_step(self, result: StepResult) -> None:
        """Log a step."""
        step, speed = self.progress.step, self.recent.tokens_per_second
        memory, gpu_memory = self.trainee.memory()
        eta = None if speed is None else (self.plan.total_steps - step) * self.plan.tokens_per_step / speed
        self.log(
            Step(
                time=self.now(),
                step=step,
                epoch=self.plan.epoch(step),
                tokens_per_second=speed,
                memory=memory,
                gpu_memory=gpu_memory,
                eta=eta if self.budget is None else self.budget.seconds_left,
                fraction=None if self.budget is None else self.budget.fraction,
                **asdict(result),
            )
        )

    def validate(self) -> None:
        """Validate, save the best weights, and stop early when there were no better ones for long enough.

        A stop that is asked for meanwhile abandons the validation; the resumed run begins with it.
        """
        try:
            loss = self.trainee.validate()
            card = self.trainee.scorecard() if self.config.best_by == "scorecard" else None
        except StopRequestedError:
            self.ending, self.stopped = "asked to stop", True
            return
        self.progress = self.progress.validated_with(loss, None if card is None else card.score)
        step, best = self.progress.step, self.progress.best_step == self.progress.step
        self.log(Validation(self.now(), step, loss, perplexity(loss), best))
        if card is not None:
            self.log(Scored(self.now(), step, card.score, **asdict(card), best=best))
        self._stop_early()
        if best:
            self.save()  # whatever happens next, the best weights are on the disk

    def sample(self) -> None:
        """Generate a sample, so that people see what the model has learned."""
        try:
            sample = self.trainee.sample()
        except StopRequestedError:
            return  # `obey` stops the run; a sample changes nothing, so no other is owed
        if sample is not None:
            prompt, text = sample
            found = self.overlap(text)
            share, longest = (None, None) if found is None else (found.share(13), found.longest)
            extraction = self.trainee.extraction()
            self.log(Sample(self.now(), self.progress.step, prompt, text, share, longest, extraction))

    def obey(self) -> None:
        """Save a checkpoint that is asked for, wait while a pause is, and end the run when a stop is."""
        request = self.requested()
        self._answer_checkpoint()
        if request == "pause":
            self.log(Paused(self.now(), self.progress.step))
            began = self.clock()
            while (request := self.requested()) == "pause":
                self.sleep(PAUSE_POLL)
                self._answer_checkpoint()
            if self.budget is not None:
                self.budget.leave_out(self.clock() - began)
            self.log(Continued(self.now(), self.progress.step))
        if request in ("stop", "stop_now") and self.ending is None:
            self.ending, self.stopped = "asked to stop", True

    def save(self) -> None:
        """Save a checkpoint, unless the present step has one, or the run shall stop without."""
        if self._saved_step == self.progress.step or self.requested() == "stop_now":
            return
        path = self.trainee.save(self.progress)
        self._saved_step = self.progress.step
        self.log(CheckpointSaved(self.now(), self.progress.step, path))

    def _answer_checkpoint(self) -> None:
        if (asked := self.checkpoint_asked()) != self._checkpoint_answered:
            self._checkpoint_answered = asked
            self.save()

    def _stop_early(self) -> None:
        patience = self.config.early_stopping_patience
        if self.ending is None and patience is not None and self.progress.waited >= patience:
            what = "score" if self.config.best_by == "scorecard" else "validation loss"
            self.ending = f"no better {what} for {patience} validations"
