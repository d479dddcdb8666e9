"""Reuse of traced steps: trainings of one kind in a process share the graph of the first.

TensorFlow traces a step in Python, which takes most of a tiny training. Each training still makes its own model,
optimizer and step; then their variables are those that an earlier training was traced with, given the new values. A
graph refers to its variables and not to their values, so it computes the same as one that is traced anew. The rates of
a schedule are put in a variable too.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache

import keras
import numpy as np
import pytest
import tensorflow as tf

from recipe_tui.core.export import comparison
from recipe_tui.core.model.decoder import LanguageModel
from recipe_tui.core.training import final_model, quantization_eval, trainer
from recipe_tui.core.training.evaluate import for_evaluation
from recipe_tui.core.training.optimizers import WarmupSchedule
from recipe_tui.core.training.setup import Setup
from recipe_tui.core.training.step import FineTuning
from recipe_tui.core.training.trainer import fine_tuning

AROUND_A_STEP = {
    "batch_tokens",
    "checkpoint_every",
    "early_stopping_patience",
    "epochs",
    "evaluate_batches",
    "evaluate_every",
    "final_weights",
    "keep_checkpoints",
    "learning_rate",
    "log_every",
    "max_steps",
    "sample_every",
    "sample_ingredients",
    "sample_title",
    "schedule",
    "seed",
    "warmdown_fraction",
    "warmup_fraction",
}
"""Settings of a training that are not in the graph of a step. All others are, so any of them makes another kind."""

OF_A_FILE = {"_name_or_path", "architectures", "dtype", "transformers_version"}
"""What a model's configuration says about its file only."""


@cache
def rates_of(config: str) -> tuple[float, ...]:
    """Return the learning rate of each step of a schedule, given its configuration in JSON."""
    schedule = WarmupSchedule(**json.loads(config))
    rate = tf.function(schedule, [tf.TensorSpec((), tf.int32)], autograph=False)  # a graph rounds differently
    return tuple(float(rate(step)) for step in range(schedule.total_steps))


class Rates(keras.optimizers.schedules.LearningRateSchedule):
    """The learning rate of each step of a schedule, in a variable."""

    def __init__(self, schedule: WarmupSchedule) -> None:
        rates = rates_of(json.dumps(schedule.get_config()))
        self.rates = tf.Variable(np.array(rates, np.float32), trainable=False, shape=[None])

    def __call__(self, step: tf.Tensor) -> tf.Tensor:
        """Return the learning rate of the step counted from 0."""
        return tf.gather(self.rates, step)


class TracedSteps:
    """The latest training of each kind, which gives its graphs to the next. Its model is of no use from then on.

    Attributes:
        reused: Trainings that have traced nothing.
    """

    def __init__(self) -> None:
        self._latest: dict[str, FineTuning] = {}
        self.reused = 0

    def fine_tuning(self, setup: Setup, model: LanguageModel) -> tuple[FineTuning, WarmupSchedule]:
        """Make a training like `trainer.fine_tuning`."""
        training, schedule = fine_tuning(setup, model)
        config, adapter = setup.config.training, setup.adapter
        if config.batch_tokens is None:  # otherwise the memory probe changes the batch size after this
            settings = config.model_dump(mode="json", exclude=AROUND_A_STEP)
            learned = adapter and (adapter.rank, adapter.alpha, adapter.dropout, adapter.targets, adapter.token_ids)
            if config.max_minutes is None:  # with a time budget the rate is a variable already
                _optimizer(training)._learning_rate = Rates(schedule)
            self._reuse(training, settings, setup.new_tokens if config.freeze_layers else (), learned)
        return training, schedule

    def for_evaluation(self, model: LanguageModel, batch_size: int) -> FineTuning:
        """Make a model for evaluation like `evaluate.for_evaluation`."""
        training = for_evaluation(model, batch_size)
        self._reuse(training, batch_size)
        return training

    def _reuse(self, training: FineTuning, *kind: object) -> None:
        variables = _variables(training)
        weights = [(one.name, tuple(one.shape), one.dtype, one.trainable) for one in variables]
        config = {name: value for name, value in training.model.config.to_dict().items() if name not in OF_A_FILE}
        key = json.dumps([kind, config, weights])
        earlier = self._latest.get(key)
        self._latest[key] = training
        if earlier is None or not (earlier.train_function or (earlier.test_function and not training.optimizer)):
            return
        for ours, theirs in zip(variables, _variables(earlier), strict=True):
            theirs.assign(ours.value)
            ours._value = theirs.value
        ours, theirs = (getattr(_optimizer(one), "_learning_rate", None) for one in (training, earlier))
        if isinstance(ours, Rates):
            theirs.rates.assign(ours.rates)
            ours.rates = theirs.rates
        training.train_function, training.test_function = earlier.train_function, earlier.test_function
        self.reused += 1


STEPS = TracedSteps()
"""Those of this process."""


def _variables(training: FineTuning) -> list[keras.Variable]:
    return [*training.variables, *(training.optimizer.variables if training.optimizer else ())]


def _optimizer(training: FineTuning) -> keras.optimizers.Optimizer | None:
    """Return the optimizer of a training without its loss scaler; None of an evaluation."""
    return getattr(training.optimizer, "inner_optimizer", training.optimizer)


@contextmanager
def reusing(steps: TracedSteps | None) -> Iterator[None]:
    """Let trainings reuse traced steps; with None each traces its own."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(trainer, "fine_tuning", steps.fine_tuning if steps else fine_tuning)
        for module in (final_model, quantization_eval, comparison):
            patch.setattr(module, "for_evaluation", steps.for_evaluation if steps else for_evaluation)
        yield
