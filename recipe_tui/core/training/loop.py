"""Fine-tune a model: the whole of a run, from its configuration to the finished model in ``output/<run>/model``."""

from __future__ import annotations

import gc
import math
import signal
import threading
import time
from contextlib import contextmanager
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from recipe_tui.core import paths
from recipe_tui.core.atomic_io import replace_text
from recipe_tui.core.config import ModelConfig
from recipe_tui.core.errors import CheckpointError
from recipe_tui.core.families.table import shape_of
from recipe_tui.core.lora.adapter import add_adapter, assign, has_adapter
from recipe_tui.core.lora.peft import read_adapter
from recipe_tui.core.model.weights import load_model
from recipe_tui.core.perplexity import perplexity
from recipe_tui.core.planning.out_of_memory import is_out_of_memory, out_of_memory
from recipe_tui.core.runs.control import Control
from recipe_tui.core.runs.events import Ended, EventLog
from recipe_tui.core.runs.folder import hold
from recipe_tui.core.runs.process import Process, is_launched
from recipe_tui.core.training.callbacks import Plan, Progress, StepResult, Supervisor
from recipe_tui.core.training.checkpoint import (
    checkpoint_folder,
    complete_checkpoints,
    load_checkpoint,
    prune_checkpoints,
    save_checkpoint,
)
from recipe_tui.core.training.data import batch_of, stream, training_data
from recipe_tui.core.training.device_memory import has_gpu, peak_gpu_memory, resident_memory
from recipe_tui.core.training.evaluate import evaluate, validation_batches
from recipe_tui.core.training.final_model import Finish
from recipe_tui.core.training.initial_model import prepare_adapter, prepare_learning, prepare_model
from recipe_tui.core.training.memory_probe import probe
from recipe_tui.core.training.optimizers import make_optimizer
from recipe_tui.core.training.quantization_eval import COMPARED_BLOCKS, quality_of_floats, quality_of_integers
from recipe_tui.core.training.samples import Sampler, sample_prompt
from recipe_tui.core.training.setup import new_run, resumed_run
from recipe_tui.core.training.step import FineTuning

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from recipe_tui.core.blocks.build import Progress as BuildProgress
    from recipe_tui.core.config import Config
    from recipe_tui.core.families.shape import Shape
    from recipe_tui.core.model.decoder import LanguageModel
    from recipe_tui.core.runs.control import Request
    from recipe_tui.core.runs.events import Event, Quantized
    from recipe_tui.core.training.setup import Setup


@dataclass(frozen=True, slots=True)
class TrainingResult:
    """What a training came to.

    Attributes:
        run: The run folder; the finished model is in its ``model``.
        state: ``finished``, or ``stopped`` when somebody asked for it.
        reason: Why it ended.
        steps: Optimizer steps done.
        train_loss: Loss over the latest steps, nats per target token.
        validation_loss: Loss of the weights that the finished model has; None without validation blocks.
        validation_perplexity: exp of it.
        tokens_per_second: Places in blocks per second, the first step (which compiles) left out.
    """

    run: Path
    state: str
    reason: str
    steps: int
    train_loss: float | None
    validation_loss: float | None
    validation_perplexity: float | None
    tokens_per_second: float | None


def train(
    config: Config,
    *,
    resume: bool = False,
    observer: Callable[[Event], None] | None = None,
    progress: Callable[[BuildProgress], None] | None = None,
) -> TrainingResult:
    """Train, or go on with a run that was stopped or killed.

    Args:
        config: What to train on what. To resume, ``output`` and ``run`` say which run (the latest unfinished one when
            ``run`` is unset), and the run's own configuration is used.
        resume: Go on from the run's latest checkpoint. The result is the same as without the interruption.
        observer: Told each event as it is logged.
        progress: Told how far the building of the blocks is.

    Raises:
        RecipeTuiError: The family's error that names the cause; the run's log says ``failed`` with it.
    """
    setup = resumed_run(config, progress) if resume else new_run(config, progress)
    with hold(setup.run), _Run(setup, observer) as run:
        return run.train()


class _Run:
    """One process's share of a run: from the latest checkpoint, or the beginning, to where it ends."""

    def __init__(self, setup: Setup, observer: Callable[[Event], None] | None) -> None:
        self.folder = setup.run
        self.config = setup.config
        self.training_config = setup.config.training
        self.store = setup.store
        self.tokenizer = setup.tokenizer
        self.setup = setup
        self._observer = observer or (lambda _: None)
        self._log = EventLog(setup.run / paths.EVENTS)
        self._control = Control(setup.run)
        if not is_launched(setup.run):
            self._control.clear()  # whoever launches a run has done so, and what is asked since then counts
        self._sampler: Sampler | None = None
        self._signal: Request | None = None
        self._step = 0

    def __enter__(self) -> _Run:
        replace(self.setup.manifest, process=Process.current()).write(self.folder)
        return self

    def __exit__(self, _: object, error: BaseException | None, __: object) -> None:
        if error is not None:
            reason = str(error) or type(error).__name__
            self._tell(Ended(time.time(), self._step, "failed", reason.splitlines()[0]))
        self._log.close()

    def train(self) -> TrainingResult:
        """Train to the end, and leave the finished model."""
        try:
            return self._train()
        except Exception as error:
            if not is_out_of_memory(error) or not hasattr(self, "training"):
                raise
            message = f"out of memory at step {self._step + 1}"
            raise out_of_memory(message, self.config, self._shape, self.store.block_size, has_gpu()) from error

    def _train(self) -> TrainingResult:
        blocks = self.store.blocks("train")
        validation = self.store.blocks("validation")
        plan = Plan.of(self.training_config, len(blocks), self.store.block_size, bool(len(validation)))
        self.validation_batches = self._held_out()
        floats = self._quality_of_floats()
        self.training, progress = self._restored(plan.total_steps)
        supervisor = Supervisor(
            plan,
            self.training_config,
            self,
            self._tell,
            self._requested,
            progress,
            clock=time.perf_counter,
            now=time.time,
            sleep=time.sleep,
        )
        parameters = sum(math.prod(variable.shape) for variable in self.training.trainable_variables)
        supervisor.start(parameters)
        if floats is not None:
            self._tell(quality_of_integers(self.training, floats, self._compared))
        if supervisor.ending is None:
            self._fit(plan, supervisor)
        return self._finish(plan, supervisor, parameters)

    def validate(self) -> float:
        """Return the loss over the validation blocks; see `supervisor.Trainee`."""
        self._settle()
        return evaluate(self.training, self.validation_batches).loss

    def sample(self) -> tuple[str, str] | None:
        """Write with the present weights; see `supervisor.Trainee`."""
        self._settle()
        if self._sampler is None:
            prompt = sample_prompt(self.training_config, self.store)
            self._sampler = Sampler(self.training.model, self.tokenizer, self.config, prompt)
        return self._sampler.write()

    def save(self, progress: Progress) -> str:
        """Save a checkpoint; see `supervisor.Trainee`."""
        self._settle()
        folder = save_checkpoint(self.folder, self.training, self.tokenizer, progress)
        self._log.sync()
        prune_checkpoints(self.folder, self.training_config.keep_checkpoints, progress.best_step)
        return str(folder.relative_to(self.folder))

    def memory(self) -> tuple[int, int | None]:
        """Return the memory in use; see `supervisor.Trainee`."""
        return resident_memory(), peak_gpu_memory()

    def _held_out(self) -> list[dict[str, Any]]:
        settings = self.training_config
        return list(validation_batches(self.store, settings.batch_size, settings.evaluate_batches))

    @property
    def _compared(self) -> list[dict[str, Any]]:
        """The held-out blocks by which floats and integers are compared."""
        return self.validation_batches[: max(1, COMPARED_BLOCKS // self.training_config.batch_size)]

    def _quality_of_floats(self) -> Quantized | None:
        """Measure what the weights are as floats, once, before a training with integers begins."""
        if self.config.model.quantization == "none" or complete_checkpoints(self.folder):
            return None
        return quality_of_floats(self.setup, len(self._compared))

    def _restored(self, total_steps: int) -> tuple[FineTuning, Progress]:
        """Return the training where the latest good checkpoint left it, or at its beginning."""
        damaged: CheckpointError | None = None
        for folder in complete_checkpoints(self.folder):
            try:
                keras.utils.set_random_seed(self.training_config.seed)
                training = self._compiled(self._model(folder), total_steps)
                return training, load_checkpoint(folder, training)
            except CheckpointError as error:
                damaged = damaged or error  # the one before may be whole
        if damaged is not None:
            raise damaged
        keras.utils.set_random_seed(self.training_config.seed)
        return self._compiled(self._model(), total_steps), Progress()

    def _model(self, checkpoint: Path | None = None) -> LanguageModel:
        """Return the model as it is at the beginning, or in a checkpoint."""
        folder, precision = self.setup.model_folder, self.training_config.precision
        adapter = prepare_adapter(self.config, folder, self.tokenizer)
        if checkpoint is not None and adapter is None:
            model = load_model(checkpoint, precision)
        else:
            model = prepare_model(self.config.model, folder, self.store, self.tokenizer, precision)
        if adapter is not None:
            add_adapter(model, adapter)
            if checkpoint is not None:
                assign(model, read_adapter(checkpoint))
        prepare_learning(model, self.config, folder, self.tokenizer)
        return model

    def _compiled(self, model: LanguageModel, total_steps: int) -> FineTuning:
        training = FineTuning(model, self.training_config.batch_size)
        optimizer, self.schedule = make_optimizer(self.training_config, total_steps)
        jit_compile = self.training_config.jit_compile
        if jit_compile == "auto":
            jit_compile = keras.backend.backend() == "jax" or has_gpu()
        training.compile(optimizer=optimizer, jit_compile=jit_compile)
        optimizer.build(training.trainable_variables)
        return training

    def _fit(self, plan: Plan, supervisor: Supervisor) -> None:
        start = supervisor.progress.step
        per_step = plan.blocks_per_step
        indices = stream(plan.blocks, self.training_config.seed, start * per_step, plan.total_steps * per_step)
        data = training_data(self.store.blocks("train"), indices, per_step, self.store.isolated)
        watcher = keras.callbacks.LambdaCallback(
            on_train_batch_end=lambda _, logs: self._step_done(supervisor, logs),
        )
        with self._stopping_on_signals():
            self._probe(supervisor.progress.step)
            supervisor.begin_steps()
            self.training.fit(
                data,
                epochs=1,  # the stream holds all passes over the blocks that are left
                steps_per_epoch=plan.total_steps - start,
                callbacks=[watcher],
                shuffle=False,
                verbose=0,
            )

    def _probe(self, step: int) -> None:
        """Look what memory a step takes, and choose the batch where that is asked for."""
        blocks, isolated = self.store.blocks("train"), self.store.isolated

        def batch(count: int) -> dict[str, Any]:
            return batch_of(blocks, np.arange(count) % len(blocks), isolated)

        chosen = probe(self.training, self.config, self._shape, batch, self._tell, step)
        if chosen == self.training_config:
            return
        self.training_config = chosen
        self.validation_batches = self._held_out()
        self.config = self.config.model_copy(update={"training": chosen})
        self.setup = replace(self.setup, config=self.config, manifest=self.setup.manifest.of(self.config))
        replace_text(self.folder / paths.RUN_CONFIG, self.config.to_toml())
        replace(self.setup.manifest, process=Process.current()).write(self.folder)

    @property
    def _shape(self) -> Shape:
        return shape_of(self.training.model.config.to_dict(), ModelConfig())

    def _step_done(self, supervisor: Supervisor, logs: dict[str, Any]) -> None:
        step = supervisor.progress.step
        self._step = step + 1
        supervisor.step_done(
            StepResult(
                loss=float(logs["loss"]),
                tokens=int(logs["tokens"]),
                gradient_norm=float(logs["gradient_norm"]),
                learning_rate=float(self.schedule(step)),
            )
        )
        if supervisor.ending is not None:
            self.training.stop_training = True

    def _finish(self, plan: Plan, supervisor: Supervisor, parameters: int) -> TrainingResult:
        progress = supervisor.progress
        loss = progress.validation_loss
        if self.training_config.final_weights == "best" and progress.best_loss is not None:
            loss = progress.best_loss
        state = "stopped" if supervisor.stopped else "finished"
        if state == "finished":
            self._write_finished_model(plan, progress, parameters, loss)
        self._tell(Ended(time.time(), progress.step, state, str(supervisor.ending)))
        return TrainingResult(
            run=self.folder,
            state=state,
            reason=str(supervisor.ending),
            steps=progress.step,
            train_loss=supervisor.train_loss,
            validation_loss=loss,
            validation_perplexity=None if loss is None else perplexity(loss),
            tokens_per_second=supervisor.tokens_per_second,
        )

    def _write_finished_model(self, plan: Plan, progress: Progress, parameters: int, loss: float | None) -> None:
        self._settle()
        best = None
        if self.training_config.final_weights == "best" and progress.best_step not in (None, progress.step):
            best = checkpoint_folder(self.folder, int(progress.best_step or 0))
        finish = Finish(self.setup, plan, progress, parameters, loss, best)
        if not has_adapter(self.training.model):
            finish.write_model(self.training.model)
            return
        finish.write_adapter(self.training.model)
        self._sampler = None
        del self.training
        gc.collect()  # layers know each other; and integers and floats need not be in memory at once
        self._tell(finish.write_merged(self.validation_batches))

    def _settle(self) -> None:
        """Put the weights of a JAX step back into the variables; TensorFlow's are there already."""
        if keras.backend.backend() == "jax":
            self.training.jax_state_sync()

    def _tell(self, event: Event) -> None:
        self._log.append(event)
        self._observer(event)

    def _requested(self) -> Request:
        return self._signal or self._control.requested

    @contextmanager
    def _stopping_on_signals(self) -> Iterator[None]:
        """Save and stop on SIGTERM and Ctrl-C; leave at once on a second one. A lost terminal changes nothing."""
        if threading.current_thread() is not threading.main_thread():
            yield
            return

        def stop(number: int, _: object) -> None:
            if self._signal is not None:
                raise KeyboardInterrupt
            self._signal = "stop"

        handlers = {signal.SIGTERM: stop, signal.SIGINT: stop}
        if hasattr(signal, "SIGHUP"):
            handlers[signal.SIGHUP] = signal.SIG_IGN  # type: ignore[assignment]
        before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
        try:
            yield
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
