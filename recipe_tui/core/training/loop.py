"""Fine-tuning: the training loop, from a configuration to the finished model in ``output/<run>/model``.

`run_steps` is the loop itself. Around it, `train` sets the run up, restores it or makes its model, and writes the
finished model:

- `setup.Setup`: what is trained, resolved once.
- `devices`: several devices and processes that train one run.
- `trainer.Trainer`: the model; `step.FineTuning` computes the step, `optimizers` updates the weights.
- `callbacks.Callbacks`: logging, validation, samples, checkpoints, early stopping, pause and stop.
- `final_model.FinalModel`: the finished model, and merging an adapter.
"""

from __future__ import annotations

import math
import shutil
import time
from contextlib import closing, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import keras

from recipe_tui.core import paths
from recipe_tui.core.config import Config
from recipe_tui.core.errors import CheckpointError, OutputError, RecipeTuiError, TrainingError
from recipe_tui.core.kernels import describe_kernels
from recipe_tui.core.lora.adapter import has_adapter
from recipe_tui.core.machine import available_memory
from recipe_tui.core.model.accelerator import has_gpu
from recipe_tui.core.novelty.index import novelty_index
from recipe_tui.core.planning.memory import plan_memory
from recipe_tui.core.planning.out_of_memory import is_out_of_memory, out_of_memory
from recipe_tui.core.runs.checkpoints import checkpoint_step, complete_checkpoints, incomplete_checkpoints
from recipe_tui.core.runs.control import Control
from recipe_tui.core.runs.events import CheckpointDamaged, Ended, EndState, OverlapNotMeasured, ScheduleChanged
from recipe_tui.core.runs.folder import hold
from recipe_tui.core.runs.perplexity import perplexity
from recipe_tui.core.runs.process import is_launched
from recipe_tui.core.runs.tail import logged_fractions
from recipe_tui.core.training.callbacks import Callbacks
from recipe_tui.core.training.data import stream, training_data
from recipe_tui.core.training.devices import (
    agree,
    announced,
    announcing,
    check_devices,
    distributed,
    is_first,
    join,
    leave_last,
    lost_process,
    most,
    process_count,
)
from recipe_tui.core.training.final_model import FinalModel
from recipe_tui.core.training.memory_probe import probe
from recipe_tui.core.training.quantization_eval import COMPARED_BLOCKS, quality_of_floats, quality_of_integers
from recipe_tui.core.training.run_log import RunLog
from recipe_tui.core.training.sample_overlap import SampleOverlap
from recipe_tui.core.training.setup import new_run, resumed_run
from recipe_tui.core.training.signals import StopSignals
from recipe_tui.core.training.time_budget import TimeBudget
from recipe_tui.core.training.trainer import held_out, restore

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from recipe_tui.core.blocks.progress import BuildProgress
    from recipe_tui.core.config import TrainingConfig
    from recipe_tui.core.runs.control import Request
    from recipe_tui.core.runs.events import Event
    from recipe_tui.core.runs.rendezvous import Processes
    from recipe_tui.core.training.callbacks import StepResult, TrainingProgress
    from recipe_tui.core.training.setup import Setup
    from recipe_tui.core.training.trainer import Trainer


PLENTY = 0.5
"""Share of the free memory below which a short training does without the memory probe."""

FEW_STEPS = 50
"""Most steps of a training that is too short for a memory probe to pay."""

STEPS_AT_ONCE = 1000
"""Steps whose blocks are chosen at once where the time decides how many there will be."""


@dataclass(frozen=True, slots=True)
class TrainingResult:
    """The result of a training.

    Attributes:
        run: The run folder; the finished model is in its ``model``.
        state: ``finished``, or ``stopped`` when somebody asked for it.
        reason: Why it ended.
        steps: Optimizer steps done.
        train_loss: Loss over the latest steps, nats per target token.
        validation_loss: Loss of the weights that the finished model has; None without validation blocks.
        validation_perplexity: exp of it.
        tokens_per_second: Token positions per second, without the first step (which compiles).
    """

    run: Path
    state: str
    reason: str
    steps: int
    train_loss: float | None
    validation_loss: float | None
    validation_perplexity: float | None
    tokens_per_second: float | None


def run_steps(take_steps: Callable[[int, int], list[StepResult]], callbacks: Callbacks, config: TrainingConfig) -> None:
    """Train until the last step, early stopping, or a request to stop.

    Args:
        take_steps: Forward, backward and update on the next batches, given the steps done before and how many to take
            at most; see `trainer.Trainer.steps`.
        callbacks: What happens around a step.
        config: The settings of the training.

    Raises:
        TrainingError: The loss or the gradient norm of a step is not finite; it has updated no weight.
        OutputError: The run folder cannot be written to.
    """
    plan = callbacks.plan
    while callbacks.ending is None:
        callbacks.recent.begin_steps()
        results = take_steps(callbacks.progress.step, callbacks.steps_at_once)
        seconds = callbacks.recent.end_steps(results)
        for result in results:
            callbacks.count(result, seconds)
            if callbacks.is_due(config.log_every):
                callbacks.log_step(result)
        if callbacks.is_due(plan.evaluate_every) and callbacks.has_time_to_validate:
            callbacks.validate()  # saves the best weights; may stop early
        if callbacks.is_due(plan.sample_every):
            callbacks.sample()
        callbacks.obey()  # pause, stop
        if callbacks.ending is not None or callbacks.is_due(plan.checkpoint_every):
            callbacks.save()


def train(
    config: Config,
    *,
    resume: bool = False,
    observer: Callable[[Event], None] | None = None,
    progress: Callable[[BuildProgress], None] | None = None,
    processes: Processes | None = None,
) -> TrainingResult:
    """Train a new run, or resume one that was stopped or killed. A new run that is refused leaves no folder.

    SIGTERM and Ctrl-C save a checkpoint and stop the run; SIGHUP does not stop it.

    Args:
        config: What to train, and on what. To resume, ``output`` and ``run`` say which run (the latest unfinished one
            when ``run`` is unset); the run's own configuration is used, and of what is set explicitly besides, what
            can change (more epochs or steps) is applied to it.
        resume: Resume from the run's latest checkpoint. The result is the same as without the interruption.
        observer: Receives each event as it is logged.
        progress: Receives the progress of building the blocks.
        processes: How this process finds the others, where several train together; `devices` says how they share
            the work. Each of them returns the result.

    Raises:
        RecipeTuiError: The subclass names the cause; the run's log says ``failed`` with it.
        KeyboardInterrupt: A signal came before the first step, while the finished model was written, or twice.
    """
    began = time.perf_counter()
    with StopSignals() as signals:
        join(processes)
        check_devices()
        if not is_first():
            setup = _follow(config, resume)
            with distributed(setup.config.training, setup.shape, resume):
                result = _Run(setup, lambda _: None, signals, began).train()
            leave_last()
            return result
        with announcing() as announce:
            setup = resumed_run(config, progress) if resume else new_run(config, progress)
            run = None
            try:
                with hold(setup.run), closing(RunLog(setup.run, setup.config, observer)) as log:
                    run = _Run(setup, log.append, signals, began)
                    run.claim()
                    announce(setup.run.name)
                    with distributed(setup.config.training, setup.shape, resume):
                        result = run.train()
            except RecipeTuiError:
                if run and not run.has_begun and not resume and not is_launched(setup.run):
                    shutil.rmtree(setup.run, ignore_errors=True)  # its name is free again; nothing was trained
                raise
            leave_last()
            return result


def _follow(config: Config, resume: bool) -> Setup:
    """Wait until the first process has set the run up, and read it."""
    name = announced()
    if not name:
        raise TrainingError("the first process could not set the run up", "see what it says")
    own = config if resume else Config(output=config.output)
    return resumed_run(own.model_copy(update={"run": name}), None)


class _Run:
    """What one process does for a run: everything before, around and after `run_steps`."""

    def __init__(self, setup: Setup, log: Callable[[Event], None], signals: StopSignals, began: float) -> None:
        self.setup = setup
        self.log = log
        self.signals = signals
        self.began = began
        self.step = 0
        self.has_begun = False  # to train: whatever refuses the run before leaves nothing that is worth keeping
        self.control = Control(setup.run)

    def claim(self) -> None:
        """Write that this process trains the run."""
        if not is_launched(self.setup.run):
            self.control.clear()  # otherwise the launcher has done so, and requests since then count
        self.setup.write_manifest()

    def train(self) -> TrainingResult:
        """Train to the end, write the finished model, and log how the run ended."""
        try:
            return self._train()
        except KeyboardInterrupt:
            self._log_end("stopped", "interrupted; the latest checkpoint is kept")
            raise
        except BaseException as error:
            failure = self._out_of_memory() if is_out_of_memory(error) else lost_process(error) or error
            self._log_end("failed", (str(failure) or type(failure).__name__).splitlines()[0])
            if failure is error:
                raise
            raise failure from error

    def _out_of_memory(self) -> TrainingError:
        setup = self.setup
        message = f"out of memory at step {self.step}" if self.step else "out of memory while the model was loaded"
        return out_of_memory(message, setup.config, setup.shape, setup.store.block_size, has_gpu(), setup.run)

    def _log_end(self, state: EndState, reason: str) -> None:
        with suppress(OutputError):  # on a full disk the first error is the one that is shown
            self.log(Ended(time.time(), self.step, state, reason))

    def _train(self) -> TrainingResult:
        setup = self.setup
        compared = held_out(setup)[: max(1, COMPARED_BLOCKS // setup.config.training.batch_size)]
        floats, anew = None, ""
        if not complete_checkpoints(setup.run):
            anew = ", so the training starts at step 1"
            if setup.config.model.quantization != "none":
                floats = quality_of_floats(setup, len(compared))
        for folder in incomplete_checkpoints(setup.run):
            self._record_damage(folder, CheckpointError(f"it has no {paths.COMPLETE}, which is written last{anew}"))
        trainer, progress = restore(setup, lambda: self._requested() in ("stop", "stop_now"), self._record_damage)
        self.step = progress.step
        if setup.total_steps_before is not None and is_first():
            setup.write_config()
        measured = SampleOverlap(lambda: novelty_index(setup.store), self._record_not_measured)
        callbacks = Callbacks(
            setup.plan,
            setup.config.training,
            trainer,
            self.log,
            self._requested,
            progress,
            measured.overlap if is_first() else lambda _: None,
            self._budget(trainer, progress),
            lambda: most(self.control.checkpoint if is_first() else 0),
        )
        if setup.config.training.best_by == "scorecard":
            trainer.prepare_scorecard()  # what fails in it fails before the first step
        has_choice = keras.backend.backend() == "tensorflow" and not has_gpu()
        callbacks.start(trainer.parameters, describe_kernels() if has_choice else "")
        before, total = setup.total_steps_before, setup.plan.total_steps
        if before not in (None, total):
            self.log(ScheduleChanged(time.time(), progress.step, before, total, setup.config.training.schedule))
        if floats is not None:
            self.log(quality_of_integers(trainer.training, floats, compared))
        if callbacks.ending is None and process_count() == 1:  # each process would come to its own conclusion
            self._probe(trainer, progress.step)
        self.has_begun = True
        with self.signals.deferred():
            callbacks.validate_on_start()
            callbacks.validate_if_missed()
            run_steps(self._take_steps(trainer, progress.step, callbacks.budget), callbacks, self.setup.config.training)
        if not callbacks.stopped:
            self._write_final_model(trainer, callbacks.progress)
        return self._result(callbacks)

    def _record_damage(self, checkpoint: Path, error: CheckpointError) -> None:
        """Write that a checkpoint is damaged, and which one is tried instead."""
        path, step = str(checkpoint.relative_to(self.setup.run)), checkpoint_step(checkpoint)
        before = (one for one in complete_checkpoints(self.setup.run) if checkpoint_step(one) < step)
        fallback = next((str(one.relative_to(self.setup.run)) for one in before), "")
        self.log(CheckpointDamaged(time.time(), step, path, error.message, fallback))

    def _record_not_measured(self, reason: str) -> None:
        self.log(OverlapNotMeasured(time.time(), self.step, reason))

    def _probe(self, trainer: Trainer, step: int) -> None:
        """Measure the memory of a step, and take the batch size that was found where it is automatic.

        Where time is short and memory is plenty, the probe would only take time.
        """
        config = self.setup.config
        is_short = config.training.max_minutes or self.setup.plan.total_steps <= FEW_STEPS
        if is_short and config.training.batch_tokens != "auto":
            memory = available_memory()
            planned = plan_memory(self.setup.shape, config, self.setup.store.block_size, memory.on_gpu).total
            if planned < PLENTY * memory.free:
                return
        chosen = probe(trainer.training, self.setup, self.log, step)
        if chosen != self.setup.config.training:
            self.setup = self.setup.with_training(chosen)
            self.setup.write_config()
            trainer.use_setup(self.setup)

    def _budget(self, trainer: Trainer, progress: TrainingProgress) -> TimeBudget | None:
        """Return the time of the training; None where its steps are counted."""
        minutes = self.setup.config.training.max_minutes
        if minutes is None:
            return None
        logged = logged_fractions(self.setup.run / paths.EVENTS, progress.step)
        return TimeBudget(minutes, self.began, trainer.final_seconds(), progress.fraction, progress.span, logged)

    def _take_steps(
        self, trainer: Trainer, start: int, budget: TimeBudget | None
    ) -> Callable[[int, int], list[StepResult]]:
        """Return the function that takes the next steps, over the batches of all steps that are left."""
        plan, store, config = self.setup.plan, self.setup.store, self.setup.config.training
        per_step = plan.blocks_per_step

        def batches_of(first: int, last: int) -> Any:
            indices = stream(plan.blocks, config.seed, first * per_step, last * per_step)
            return training_data(store.blocks("train"), indices, per_step, store.isolated, config.goldfish_k)

        stop = start + STEPS_AT_ONCE if budget else plan.total_steps
        batches = batches_of(start, stop) if stop > start else None

        def take_steps(step: int, count: int) -> list[StepResult]:
            nonlocal batches, stop
            if budget and step == stop:
                stop = step + STEPS_AT_ONCE
                batches = batches_of(step, stop)
            self.step = step + 1  # where a step fails, the first of the call is named
            taken = trainer.steps(batches, step, count, budget.begin_step(step + 1) if budget else None)
            self.step = step + len(taken)
            return taken

        return take_steps

    def _write_final_model(self, trainer: Trainer, progress: TrainingProgress) -> None:
        if self.signals.received:
            raise KeyboardInterrupt  # it came with the last step, whose checkpoint is saved
        final = FinalModel(self.setup, progress, trainer.parameters)
        if final.loss is not None and not math.isfinite(final.loss):
            raise TrainingError(
                f"the validation loss is {final.loss}, so there is no good model",
                "start a new run with a lower learning rate",
            )
        model = trainer.training.model
        if not has_adapter(model):
            final.write_model(model)
            return
        final.write_adapter(model)
        del model
        trainer.release()  # the adapted model and the merged one need not be in memory at once
        self.log(final.write_merged(trainer.validation_batches))

    def _result(self, callbacks: Callbacks) -> TrainingResult:
        progress, recent = callbacks.progress, callbacks.recent
        state: EndState = "stopped" if callbacks.stopped else "finished"
        self._log_end(state, str(callbacks.ending))
        loss = progress.final_loss(self.setup.config.training.final_weights)
        return TrainingResult(
            run=self.setup.run,
            state=state,
            reason=str(callbacks.ending),
            steps=progress.step,
            train_loss=recent.train_loss,
            validation_loss=loss,
            validation_perplexity=None if loss is None else perplexity(loss),
            tokens_per_second=recent.tokens_per_second,
        )

    def _requested(self) -> Request:
        asked = self.control.requested if is_first() else "continue"
        return agree("stop" if self.signals.received else asked)
