"""A model in training: made or restored, stepped, validated, sampled and saved."""

from __future__ import annotations

import gc
import math
from typing import TYPE_CHECKING, Any

import keras

from recipe_tui.core.errors import CheckpointError
from recipe_tui.core.lora.adapter import add_adapter, assign
from recipe_tui.core.lora.peft import read_adapter
from recipe_tui.core.model.weights import load_model
from recipe_tui.core.runs.checkpoints import complete_checkpoints
from recipe_tui.core.training.callbacks import StepResult, TrainingProgress
from recipe_tui.core.training.checkpoint import (
    check_files,
    load_checkpoint,
    prune_checkpoints,
    save_checkpoint,
)
from recipe_tui.core.training.device_memory import peak_gpu_memory, resident_memory
from recipe_tui.core.training.evaluate import evaluate, validation_batches
from recipe_tui.core.training.initial_model import initial_model, limit_learning
from recipe_tui.core.training.optimizers import make_optimizer
from recipe_tui.core.training.samples import Sampler, sample_prompt
from recipe_tui.core.training.signals import StopRequestedError
from recipe_tui.core.training.step import FineTuning

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from recipe_tui.core.model.decoder import LanguageModel
    from recipe_tui.core.training.setup import Setup


class Trainer:
    """What the loop and its callbacks do with the model.

    Args:
        setup: What is trained.
        model: Its model, with the weights to start from.
        stop_requested: Returns whether somebody wants the run to stop, which abandons a validation or a sample.
    """

    def __init__(self, setup: Setup, model: LanguageModel, stop_requested: Callable[[], bool]) -> None:
        config = setup.config.training
        self.setup = setup
        self.training = FineTuning(model, config.batch_size)
        optimizer, self.schedule = make_optimizer(config, setup.plan.total_steps)
        self.training.compile(optimizer=optimizer, jit_compile=config.jit_compile)
        optimizer.build(self.training.trainable_variables)
        self.parameters = sum(math.prod(variable.shape) for variable in self.training.trainable_variables)
        self.validation_batches = held_out(setup)
        self._stop_requested = stop_requested
        self._sampler: Sampler | None = None

    def use_setup(self, setup: Setup) -> None:
        """Train by another batch size, as the memory probe chose it."""
        self.setup = setup
        self.training.batch_size = setup.config.training.batch_size
        self.validation_batches = held_out(setup)

    def step(self, batches: Any, number: int) -> StepResult:
        """Take an optimizer step: forward, backward and update; see `step.FineTuning`.

        Args:
            batches: Iterator over the batches of the steps that are left.
            number: Steps done before.
        """
        logs = self.training.take_step(batches)
        tokens, learning_rate = int(logs.pop("tokens")), float(self.schedule(number))
        metrics = {name: float(value) for name, value in logs.items()}
        return StepResult(tokens=tokens, learning_rate=learning_rate, **metrics)

    def validate(self) -> float:
        """Return the loss over the validation blocks, in nats per target token.

        Raises:
            StopRequestedError: Somebody wants the run to stop.
        """
        return evaluate(self.training, self.validation_batches, check=self._check).loss

    def sample(self) -> tuple[str, str] | None:
        """Return the prompt and the text generated after it; None where the prompt fills the context.

        Raises:
            StopRequestedError: Somebody wants the run to stop.
        """
        if self._sampler is None:
            prompt = sample_prompt(self.setup.config.training, self.setup.store)
            self._sampler = Sampler(self.training.model, self.setup.tokenizer, self.setup.config, prompt)
        return self._sampler.write(self._check)

    def save(self, progress: TrainingProgress) -> str:
        """Save a checkpoint, remove those that are no longer kept, and return its path in the run folder."""
        run = self.setup.run
        folder = save_checkpoint(run, self.training, self.setup.tokenizer, progress)
        prune_checkpoints(run, self.setup.config.training.keep_checkpoints, progress.best_step)
        return str(folder.relative_to(run))

    def memory(self) -> tuple[int, int | None]:
        """Return the process's resident bytes and the accelerator's peak bytes."""
        return resident_memory(), peak_gpu_memory()

    def release(self) -> None:
        """Free the model. No step can follow."""
        self._sampler = None
        del self.training
        gc.collect()  # layers refer to each other

    def _check(self) -> None:
        if self._stop_requested():
            raise StopRequestedError


def restore(
    setup: Setup, stop_requested: Callable[[], bool], damaged: Callable[[Path, CheckpointError], None]
) -> tuple[Trainer, TrainingProgress]:
    """Return the training as the latest undamaged checkpoint has it, or at its beginning.

    Args:
        setup: What is trained.
        stop_requested: See `Trainer`.
        damaged: Called with each checkpoint that is damaged, and the reason.

    Raises:
        CheckpointError: All checkpoints are damaged.
    """
    first: CheckpointError | None = None
    for folder in complete_checkpoints(setup.run):
        try:
            check_files(folder)
            trainer = _trainer(setup, stop_requested, folder)
            return trainer, load_checkpoint(folder, trainer.training)
        except CheckpointError as error:
            first = first or error  # the one before may be whole
            damaged(folder, error)
    if first is not None:
        raise CheckpointError(first.message, "no checkpoint of this run is whole: start a new run")
    return _trainer(setup, stop_requested), TrainingProgress()


def held_out(setup: Setup) -> list[dict[str, Any]]:
    """Return the validation batches of a training."""
    config = setup.config.training
    return list(validation_batches(setup.store, config.batch_size, config.evaluate_batches))


def _trainer(setup: Setup, stop_requested: Callable[[], bool], checkpoint: Path | None = None) -> Trainer:
    keras.utils.set_random_seed(setup.config.training.seed)
    if checkpoint is not None and setup.adapter is None:
        model = load_model(checkpoint, setup.config.training.precision)
    else:
        model = initial_model(setup)
    if setup.adapter is not None:
        add_adapter(model, setup.adapter)
        if checkpoint is not None:
            assign(model, read_adapter(checkpoint))
    limit_learning(model, setup)
    return Trainer(setup, model, stop_requested)
