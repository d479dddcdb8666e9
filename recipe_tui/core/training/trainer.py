"""A model in training: made or restored, stepped, validated, sampled and saved."""

from __future__ import annotations

import gc
import math
from typing import TYPE_CHECKING, Any

import keras
import numpy as np

from recipe_tui.core.errors import CheckpointError
from recipe_tui.core.generation.passages import continues, draw_passages
from recipe_tui.core.lora.adapter import add_adapter, assign
from recipe_tui.core.lora.peft import read_adapter
from recipe_tui.core.model.weights import load_model
from recipe_tui.core.novelty.index import novelty_index
from recipe_tui.core.runs.checkpoints import checkpoint_folder, complete_checkpoints
from recipe_tui.core.training.callbacks import StepResult, TrainingProgress
from recipe_tui.core.training.checkpoint import (
    check_files,
    load_checkpoint,
    prune_checkpoints,
    save_checkpoint,
)
from recipe_tui.core.training.device_memory import peak_gpu_memory, resident_memory
from recipe_tui.core.training.devices import is_first
from recipe_tui.core.training.evaluate import evaluate, validation_batches
from recipe_tui.core.training.initial_model import initial_model, limit_learning
from recipe_tui.core.training.optimizers import TICKS, inner_optimizer, make_optimizer
from recipe_tui.core.training.samples import Sampler, sample_prompt
from recipe_tui.core.training.scorecard import ScorecardWriter
from recipe_tui.core.training.signals import StopRequestedError
from recipe_tui.core.training.step import FineTuning

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from recipe_tui.core.generation.passages import Passage
    from recipe_tui.core.measures.scorecard import Scorecard
    from recipe_tui.core.model.decoder import LanguageModel
    from recipe_tui.core.training.optimizers import WarmupSchedule
    from recipe_tui.core.training.setup import Setup


EXTRACTED_PASSAGES = 16
"""Passages that are asked for at each sample: about a second for GPT-2 on a CPU."""

TIMED_BATCHES = 3
"""Validation batches that are scored to measure how long all of them take."""

SAVING_SECONDS = 3.0
BYTES_SAVED = 12
SAVED_PER_SECOND = 200e6
"""How long the last checkpoint and the finished model take: a constant, and by the bytes of a parameter."""


class Trainer:
    """What the loop and its callbacks do with the model.

    Args:
        setup: What is trained.
        model: Its model, with the weights to start from.
        stop_requested: Returns whether somebody wants the run to stop, which abandons a validation or a sample.
    """

    def __init__(self, setup: Setup, model: LanguageModel, stop_requested: Callable[[], bool]) -> None:
        self.setup = setup
        self.training, self.schedule = fine_tuning(setup, model)
        self.parameters = sum(math.prod(variable.shape) for variable in self.training.trainable_variables)
        self.validation_batches = held_out(setup)
        self._stop_requested = stop_requested
        self._sampler: Sampler | None = None
        self._passages: list[Passage] | None = None
        self._scorecard: ScorecardWriter | None = None

    def use_setup(self, setup: Setup) -> None:
        """Train by another batch size, as the memory probe chose it."""
        self.setup = setup
        self.training.batch_size = setup.config.training.batch_size
        self.validation_batches = held_out(setup)

    def steps(self, batches: Any, number: int, count: int, fraction: float | None = None) -> list[StepResult]:
        """Take optimizer steps: forward, backward and update; see `step.FineTuning`.

        Args:
            batches: Iterator over the batches of the steps that are left.
            number: Steps done before.
            count: Steps to take; fewer are taken where a call computes fewer.
            fraction: With a time budget, the fraction of its time that is over after this step, which is a single one.
        """
        count = min(count, self.training.steps_per_call)
        places = np.arange(number, number + count) if fraction is None else np.array([fraction * TICKS])
        rates = keras.ops.convert_to_numpy(self.schedule(places)).tolist()  # at once: the device waits meanwhile
        if fraction is not None:
            inner_optimizer(self.training.optimizer).learning_rate = rates[0]
        taken = self.training.take_steps(batches, count)
        return [_result(logs, rate) for logs, rate in zip(taken, rates, strict=True)]

    def validate(self) -> float:
        """Return the loss over the validation blocks, in nats per target token.

        Raises:
            StopRequestedError: Somebody wants the run to stop.
        """
        return evaluate(self.training, self.validation_batches, check=self._check).loss

    def final_seconds(self) -> float:
        """Return about how long a validation and saving will take: a few batches are scored to measure it."""
        places = sum(batch["labels"].size for batch in self.validation_batches)
        measured = evaluate(self.training, self.validation_batches[:TIMED_BATCHES]) if places else None
        speed = None if measured is None else measured.tokens_per_second
        validation = places / speed if speed else 0.0
        return float(validation + SAVING_SECONDS + 2 * BYTES_SAVED * self.parameters / SAVED_PER_SECOND)

    def scorecard(self) -> Scorecard:
        """Return the scorecard of what the model writes for held-out prompts.

        Raises:
            StopRequestedError: Somebody wants the run to stop.
        """
        return (self._scorecard or self.prepare_scorecard()).write(self._check)

    def prepare_scorecard(self) -> ScorecardWriter:
        """Choose the prompts of the scorecard, and open the novelty index, which is built where there is none.

        Raises:
            UsageError: Too few held-out recipes can be prompts.
            StoreError, OutputError: The index cannot be opened or built.
        """
        setup = self.setup
        index = novelty_index(setup.store)
        model = self.training.model
        self._scorecard = ScorecardWriter(model, setup.tokenizer, setup.config, setup.store, index)
        return self._scorecard

    def sample(self) -> tuple[str, str] | None:
        """Return the prompt and the text generated after it; None where the prompt fills the context.

        Raises:
            StopRequestedError: Somebody wants the run to stop.
        """
        if self._sampler is None:
            prompt = sample_prompt(self.setup.config.training, self.setup.store)
            self._sampler = Sampler(self.training.model, self.setup.tokenizer, self.setup.config, prompt)
        return self._sampler.write(self._check)

    def extraction(self) -> float | None:
        """Return the share of some passages of training recipes that the model continues; None without long recipes."""
        store = self.setup.store
        if self._passages is None:
            self._passages = draw_passages(store, "train", EXTRACTED_PASSAGES, self.setup.config.training.seed)
        if not self._passages:
            return None
        return float(np.mean(continues(self.training.model, store, "train", self._passages)))

    def save(self, progress: TrainingProgress) -> str:
        """Save a checkpoint, remove those that are no longer kept, and return its path in the run folder.

        Of several processes the first one does.
        """
        run = self.setup.run
        if is_first():
            save_checkpoint(run, self.training, self.setup.tokenizer, progress)
            prune_checkpoints(run, self.setup.config.training.keep_checkpoints, progress.best_step)
        return str(checkpoint_folder(run, progress.step).relative_to(run))

    def memory(self) -> tuple[int, int | None]:
        """Return the process's resident bytes and the accelerator's peak bytes."""
        return resident_memory(), peak_gpu_memory()

    def release(self) -> None:
        """Free the model. No step can follow."""
        self._sampler = self._scorecard = None
        del self.training
        gc.collect()  # layers refer to each other

    def _check(self) -> None:
        if self._stop_requested():
            raise StopRequestedError


def _result(logs: dict[str, Any], learning_rate: float) -> StepResult:
    return StepResult(
        loss=float(logs["loss"]),
        tokens=int(logs["tokens"]),
        gradient_norm=float(logs["gradient_norm"]),
        learning_rate=learning_rate,
    )


def fine_tuning(setup: Setup, model: LanguageModel) -> tuple[FineTuning, WarmupSchedule]:
    """Return a model with its step and optimizer, and the schedule of the learning rate.

    Args:
        setup: What is trained.
        model: Its model; the weights that are trainable learn.
    """
    config = setup.config.training
    training = FineTuning(model, config.batch_size)
    optimizer, schedule = make_optimizer(config, setup.plan.total_steps)
    training.compile(optimizer=optimizer, jit_compile=config.jit_compile)
    optimizer.build(training.trainable_variables)
    return training, schedule


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
