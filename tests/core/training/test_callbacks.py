import math
from contextlib import suppress

import pytest

from recipe_tui.core.config import TrainingConfig
from recipe_tui.core.errors import TrainingError
from recipe_tui.core.measures.overlap import Overlap
from recipe_tui.core.planning.plan import Plan
from recipe_tui.core.runs.events import (
    CheckpointSaved,
    Continued,
    Paused,
    Sample,
    Started,
    Step,
    Validation,
)
from recipe_tui.core.training.callbacks import Callbacks, StepResult, TrainingProgress
from recipe_tui.core.training.loop import run_steps
from recipe_tui.core.training.signals import StopRequestedError


class FakeTrainee:
    """Has the validation losses it is given, and remembers what was saved."""

    def __init__(self, losses=()):
        self.losses = list(losses)
        self.saved = []

    def validate(self):
        return self.losses.pop(0)

    def sample(self):
        return "Toast", f"sample {len(self.saved)}"

    def save(self, progress):
        self.saved.append(progress.step)
        return f"checkpoints/step-{progress.step:08d}"

    def memory(self):
        return 1000, None


class Clock:
    """Stands still until it is told to go on."""

    def __init__(self):
        self.time = 0.0

    def __call__(self):
        return self.time


class World:
    """The callbacks of a training and all that they talk to."""

    def __init__(self, losses=(), blocks=10, has_validation=True, progress=None, **config):
        self.config = TrainingConfig(**({"epochs": 1, "batch_size": 1} | config))
        self.trainee = FakeTrainee(losses)
        self.events, self.requests, self.slept = [], [], []
        self.clock = Clock()
        self.callbacks = Callbacks(
            Plan.of(self.config, blocks, block_size=64, has_validation=has_validation),
            self.config,
            self.trainee,
            self.events.append,
            lambda: self.requests.pop(0) if self.requests else "continue",
            progress or TrainingProgress(),
            clock=self.clock,
            now=lambda: 7.0,
            sleep=self.slept.append,
        )
        self.callbacks.start(parameters=123)

    def steps(self, count, loss=2.0, seconds=1.0, gradient_norm=1.0):
        self.take([StepResult(loss, tokens=50, gradient_norm=gradient_norm, learning_rate=1e-3)] * count, seconds)

    def take(self, results, seconds=1.0):
        """Run the loop over steps with these results."""
        results = iter(results)

        def take_step(_):
            self.clock.time += seconds
            return next(results)

        with suppress(StopIteration):
            run_steps(take_step, self.callbacks, self.config)

    def of(self, kind):
        return [event for event in self.events if isinstance(event, kind)]


def test_a_training_validates_once_an_epoch_and_saves_with_it():
    world = World(losses=[3.0, 2.0], epochs=2)
    world.steps(20)
    assert [event.step for event in world.of(Validation)] == [10, 20]
    assert world.trainee.saved == [10, 20]
    assert world.callbacks.ending == "all steps done"


def test_the_last_step_is_always_validated_and_saved():
    world = World(losses=[3.0, 2.0], max_steps=7, evaluate_every=5, checkpoint_every=100)
    world.steps(7)
    assert [event.step for event in world.of(Validation)] == [5, 7]
    assert world.trainee.saved[-1] == 7


def test_without_validation_blocks_nothing_is_validated():
    world = World(has_validation=False)
    world.steps(10)
    assert world.of(Validation) == []
    assert world.trainee.saved == [10]


def test_perplexity_is_the_exponential_of_the_loss_and_a_huge_loss_is_no_error():
    world = World(losses=[math.log(8), 1e6], evaluate_every=5)
    world.steps(10)
    first, second = world.of(Validation)
    assert first.perplexity == pytest.approx(8.0)
    assert math.isfinite(second.perplexity)


def test_training_stops_when_validation_gets_no_better():
    world = World(losses=[3.0, 2.0, 2.1, 2.0], evaluate_every=1, early_stopping_patience=2, epochs=9)
    world.steps(4)
    assert world.callbacks.ending == "no better validation loss for 2 validations"
    assert (world.callbacks.progress.best_step, world.callbacks.progress.best_loss) == (2, 2.0)
    assert not world.callbacks.stopped  # it is finished


def test_early_stopping_goes_on_counting_after_a_resume():
    before = World(losses=[2.0, 3.0], evaluate_every=1, early_stopping_patience=2, epochs=9)
    before.steps(2)
    after = World(
        losses=[3.0], evaluate_every=1, early_stopping_patience=2, epochs=9, progress=before.callbacks.progress
    )
    after.steps(1)
    assert after.callbacks.ending is not None
    assert after.callbacks.progress.best_step == 1


def test_the_best_weights_are_saved_even_between_checkpoints():
    world = World(losses=[3.0, 4.0], evaluate_every=2, checkpoint_every=100, max_steps=4)
    world.steps(3)
    assert world.trainee.saved == [2]


def test_a_step_is_never_saved_twice():
    world = World(losses=[3.0], evaluate_every=5, checkpoint_every=5, max_steps=5)
    world.steps(5)
    assert [event.step for event in world.of(CheckpointSaved)] == [5]


@pytest.mark.parametrize("loss", [math.nan, math.inf])
def test_a_loss_that_is_no_number_stops_the_run_and_saves_nothing(loss):
    world = World(losses=[3.0], evaluate_every=2)
    world.steps(2)
    with pytest.raises(TrainingError, match=r"at step 3; lower the learning rate"):
        world.steps(1, loss=loss)
    assert world.trainee.saved == [2]


def test_stop_saves_and_ends_the_run_as_stopped():
    world = World()
    world.requests = ["continue", "continue", "stop"]
    world.steps(3)
    assert world.callbacks.ending == "asked to stop"
    assert world.callbacks.stopped
    assert world.trainee.saved == [3]


def test_stop_now_saves_nothing():
    world = World()
    world.requests = ["stop_now"] * 9
    world.steps(1)
    assert world.callbacks.stopped
    assert world.trainee.saved == []


def test_a_paused_run_waits_until_it_is_told_to_go_on():
    world = World()
    world.requests = ["pause", "pause", "pause", "continue"]
    world.steps(1)
    assert len(world.slept) == 2
    assert [type(event) for event in world.events[-2:]] == [Paused, Continued]
    assert world.callbacks.ending is None


def test_a_paused_run_can_be_stopped():
    world = World()
    world.requests = ["pause", "pause", "stop"]
    world.steps(1)
    assert world.callbacks.stopped


def test_a_request_to_stop_at_the_very_last_step_leaves_the_run_finished():
    world = World(losses=[1.0], max_steps=1)
    world.requests = ["stop"]
    world.steps(1)
    assert not world.callbacks.stopped


def test_a_step_says_how_fast_it_goes_and_how_long_it_will_take():
    world = World(has_validation=False, batch_size=2)  # 5 steps of 2 x 64
    world.steps(1, seconds=60.0)  # compiles
    world.steps(2, seconds=4.0)
    first, _, third = world.of(Step)
    assert first.tokens_per_second is first.eta is None
    assert third.tokens_per_second == pytest.approx(128 / 4)
    assert third.eta == pytest.approx(8.0)
    assert third.epoch == pytest.approx(0.6)


def test_time_spent_on_validation_is_not_counted_as_training():
    world = World(losses=[1.0] * 5, evaluate_every=1)
    slow = world.trainee.validate
    world.trainee.validate = lambda: (setattr(world.clock, "time", world.clock.time + 100), slow())[1]
    world.steps(3, seconds=2.0)
    assert world.of(Step)[-1].tokens_per_second == pytest.approx(32.0)
    assert world.callbacks.progress.seconds == pytest.approx(6.0)


def test_the_train_loss_is_weighted_by_tokens_over_the_latest_steps():
    world = World(has_validation=False)
    world.take([StepResult(loss, tokens, 1.0, 1e-3) for loss, tokens in [(1.0, 10), (4.0, 30)]])
    assert world.callbacks.recent.train_loss == pytest.approx((10 + 120) / 40)


def test_the_log_can_be_thinned_but_has_the_last_step():
    world = World(has_validation=False, log_every=4)
    world.steps(10)
    assert [event.step for event in world.of(Step)] == [4, 8, 10]


def test_a_run_that_was_at_its_end_already_does_nothing():
    world = World(progress=TrainingProgress(step=10))
    assert world.callbacks.ending is not None
    assert world.of(Started)[0].step == 10


@pytest.mark.parametrize(
    ("config", "has_validation", "steps"),
    [
        ({}, True, [4, 8, 10]),  # at validation
        ({}, False, [10]),  # once an epoch
        ({"sample_every": 3}, True, [3, 6, 9, 10]),
        ({"sample_every": 0}, True, []),
    ],
)
def test_samples_are_written_when_they_are_due(config, has_validation, steps):
    world = World(losses=[3.0, 2.0, 1.0], evaluate_every=4, has_validation=has_validation, **config)
    world.steps(10)
    assert [event.step for event in world.of(Sample)] == steps


def test_a_sample_that_has_no_room_is_left_out():
    world = World(losses=[3.0])
    world.trainee.sample = lambda: None
    world.steps(10)
    assert not world.of(Sample)


def test_a_sample_has_its_overlap_with_the_training_text_where_that_is_measured():
    world = World(losses=[3.0], sample_every=5, evaluate_every=10)
    measured = iter([None, Overlap(ngrams=(8, 1), copied=(2, 0), longest=14)])
    world.callbacks.overlap = lambda text: next(measured)
    world.steps(10)
    assert [(event.overlap, event.longest_span) for event in world.of(Sample)] == [(None, None), (0.25, 14)]


def test_the_time_of_a_sample_does_not_count_as_training():
    world = World(losses=[3.0], sample_every=2, batch_size=1)

    def sample():
        world.clock.time += 100.0
        return "Toast", "Butter it."

    world.trainee.sample = sample
    world.steps(10)
    assert world.callbacks.recent.tokens_per_second == 64.0


@pytest.mark.parametrize("loss", [math.nan, math.inf])
def test_a_validation_loss_that_is_no_number_is_never_the_best(loss):
    world = World(losses=[loss, 3.0, loss, 4.0], evaluate_every=2, max_steps=8)
    world.steps(8)
    assert [event.best for event in world.of(Validation)] == [False, True, False, False]
    assert (world.callbacks.progress.best_step, world.callbacks.progress.best_loss) == (4, 3.0)


def test_a_checkpoint_of_an_older_version_whose_best_loss_is_no_number_is_beaten_by_any_number():
    assert TrainingProgress(step=4, best_step=2, best_loss=math.nan).validated_with(9.0).best_step == 4


@pytest.mark.parametrize("norm", [math.nan, math.inf])
def test_a_gradient_that_is_no_number_stops_the_run_before_the_step_counts(norm):
    world = World(losses=[3.0], evaluate_every=2)
    world.steps(2)
    with pytest.raises(TrainingError, match=rf"gradient norm became {norm} at step 3; .* --model .* --resume would"):
        world.steps(1, gradient_norm=norm)
    assert world.callbacks.progress.step == 2
    assert world.trainee.saved == [2]


def test_a_run_that_stopped_early_stays_stopped_when_it_is_resumed():
    world = World(evaluate_every=1, early_stopping_patience=2, progress=TrainingProgress(step=4, waited=2, validated=4))
    world.steps(3)
    assert world.callbacks.ending == "no better validation loss for 2 validations"
    assert world.callbacks.progress.step == 4
    assert world.trainee.saved == []


def test_a_stop_in_a_validation_abandons_it_and_the_resumed_run_begins_with_it():
    def interrupted():
        raise StopRequestedError

    world = World(evaluate_every=2)
    world.trainee.validate = interrupted
    world.steps(2)
    assert (world.callbacks.ending, world.callbacks.stopped) == ("asked to stop", True)
    assert world.trainee.saved == [2]
    resumed = World(losses=[3.0], evaluate_every=2, progress=world.callbacks.progress)
    resumed.callbacks.validate_if_missed()
    assert [event.step for event in resumed.of(Validation)] == [2]
    assert World(evaluate_every=2, progress=resumed.callbacks.progress).callbacks.validate_if_missed() is None


def test_a_stop_in_a_sample_abandons_it_and_saves():
    def interrupted():
        raise StopRequestedError

    world = World(has_validation=False, sample_every=1)
    world.trainee.sample = interrupted
    world.requests = ["stop"]
    world.steps(2)
    assert world.callbacks.stopped
    assert world.of(Sample) == []
    assert world.trainee.saved == [1]


def test_a_checkpoint_that_is_asked_for_is_saved_between_two_steps_once_and_the_training_continues():
    world = World(has_validation=False, max_steps=6, checkpoint_every=100)
    asked = iter([0, 0, 7, 7, 7, 7])
    world.callbacks.checkpoint_asked = lambda: next(asked)
    world.steps(6)
    assert world.trainee.saved == [3, 6]
    assert world.callbacks.ending == "all steps done"


def test_a_paused_training_saves_a_checkpoint_that_is_asked_for_and_stays_paused():
    world = World(has_validation=False, max_steps=2, checkpoint_every=100)
    world.requests = ["pause", "pause", "pause", "continue"]
    asked = iter([0, 7, 7, 7, 7])
    world.callbacks.checkpoint_asked = lambda: next(asked)
    world.steps(2)
    assert world.trainee.saved == [1, 2]
    assert [type(event) for event in world.events if isinstance(event, Paused | CheckpointSaved | Continued)] == [
        Paused,
        CheckpointSaved,
        Continued,
        CheckpointSaved,
    ]
