import math
from contextlib import suppress
from itertools import islice, pairwise

import pytest

from recipe_tui.core.config import TrainingConfig
from recipe_tui.core.errors import TrainingError
from recipe_tui.core.measures.overlap import Overlap
from recipe_tui.core.measures.scorecard import Scorecard
from recipe_tui.core.planning.plan import Plan
from recipe_tui.core.runs.events import (
    CheckpointSaved,
    Continued,
    Paused,
    Sample,
    Scored,
    Started,
    Step,
    Validation,
)
from recipe_tui.core.training.callbacks import Callbacks, StepResult, TrainingProgress
from recipe_tui.core.training.loop import run_steps
from recipe_tui.core.training.signals import StopRequestedError
from recipe_tui.core.training.time_budget import TimeBudget

FINAL_SECONDS = 10


def card(score):
    """A scorecard with this score."""
    return Scorecard(score, 0.0, 0.0, 0.0, 0.0, 0.0)


class FakeTrainee:
    """Has the validation losses it is given, and remembers what was saved."""

    def __init__(self, losses=()):
        self.losses = list(losses)
        self.scores = []
        self.saved = []

    def validate(self):
        return self.losses.pop(0)

    def scorecard(self):
        return card(self.scores.pop(0))

    def sample(self):
        return "Toast", f"sample {len(self.saved)}"

    def extraction(self):
        return 0.5

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

    def __init__(self, losses=(), blocks=10, has_validation=True, progress=None, logged=None, **config):
        self.config = TrainingConfig(**({"epochs": 1, "batch_size": 1} | config))
        self.trainee = FakeTrainee(losses)
        self.events, self.requests, self.slept = [], [], []
        self.clock = Clock()
        self.calls = []
        self.fractions = {}
        progress = progress or TrainingProgress()
        self.budget = None
        if self.config.max_minutes:
            place = (progress.fraction, progress.span, logged or {})
            self.budget = TimeBudget(self.config.max_minutes, 0.0, FINAL_SECONDS, *place, clock=self.clock)
        self.callbacks = Callbacks(
            Plan.of(self.config, blocks, block_size=64, has_validation=has_validation),
            self.config,
            self.trainee,
            self.events.append,
            lambda: self.requests.pop(0) if self.requests else "continue",
            progress,
            budget=self.budget,
            clock=self.clock,
            now=lambda: 7.0,
            sleep=self.slept.append,
        )
        self.callbacks.start(parameters=123)

    def steps(self, count, loss=2.0, seconds=1.0, gradient_norm=1.0):
        self.take([StepResult(loss, tokens=50, gradient_norm=gradient_norm, learning_rate=1e-3)] * count, seconds)

    def take(self, results, seconds=1.0, per_call=1):
        """Run the loop over steps with these results; a call takes at most so many of them."""
        results = iter(results)

        def take_steps(step, count):
            if self.budget:
                self.fractions[step + 1] = self.budget.begin_step(step + 1)
            taken = list(islice(results, min(count, per_call)))
            self.clock.time += seconds * max(1, len(taken))
            if not taken:
                raise StopIteration
            self.calls.append(len(taken))
            return taken

        with suppress(StopIteration):
            run_steps(take_steps, self.callbacks, self.config)

    def of(self, kind):
        return [event for event in self.events if isinstance(event, kind)]


def test_steps_are_taken_together_until_anything_else_is_due_once_their_time_is_known():
    world = World(losses=[3.0, 2.0], epochs=2, evaluate_every=10, sample_every=8, checkpoint_every=10)
    results = [StepResult(i / 10, tokens=i, gradient_norm=1.0, learning_rate=1e-3) for i in range(1, 21)]
    world.take(results, seconds=0.01, per_call=5)
    assert world.calls == [1, 1, 5, 1, 2, 5, 1, 4]  # the first compiles, the second is timed; 8, 10, 16 and 20 are due
    logged = world.of(Step)
    assert [event.step for event in logged] == list(range(1, 21))
    assert [event.loss for event in logged] == [result.loss for result in results]
    assert [event.step for event in world.of(Sample)] == [8, 16, 20]
    assert [event.step for event in world.of(Validation)] == [10, 20]
    assert logged[-1].tokens_per_second == pytest.approx(64 / 0.01)
    assert world.callbacks.progress.seconds == pytest.approx(0.2)


def test_steps_that_are_taken_together_leave_a_request_waiting_for_half_a_second_at_most():
    world = World(losses=[1.0], blocks=30)
    world.steps(30, seconds=0.2)
    assert world.callbacks.steps_at_once == 1
    world = World(losses=[1.0], blocks=30)
    world.take([StepResult(2.0, tokens=1, gradient_norm=1.0, learning_rate=1e-3)] * 30, seconds=0.2, per_call=16)
    assert max(world.calls) == 2


def test_with_a_time_budget_steps_are_taken_one_by_one():
    world = World(losses=[1.0] * 99, max_minutes=1)
    world.take([StepResult(2.0, tokens=1, gradient_norm=1.0, learning_rate=1e-3)] * 9, seconds=0.01, per_call=16)
    assert set(world.calls) == {1}


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


def test_a_validation_before_the_first_step_is_logged_and_never_the_best():
    world = World(losses=[0.5, 3.0], evaluate_on_start=True)
    world.callbacks.validate_on_start()
    world.steps(10)
    found = [event for event in world.events if isinstance(event, Validation)]
    assert [(event.step, event.loss, event.best) for event in found] == [(0, 0.5, False), (10, 3.0, True)]
    assert world.trainee.saved == [10]


@pytest.mark.parametrize(
    ("progress", "wanted", "blocks"),
    [(None, False, True), (TrainingProgress(step=3), True, True), (None, True, False)],
    ids=["not-wanted", "resumed", "no-blocks"],
)
def test_else_nothing_is_validated_before_the_first_step(progress, wanted, blocks):
    world = World(progress=progress, evaluate_on_start=wanted, has_validation=blocks)
    world.callbacks.validate_on_start()
    assert not any(isinstance(event, Validation) for event in world.events)


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


def scored_world(scores, losses, **config):
    world = World(losses=losses, best_by="scorecard", evaluate_every=2, checkpoint_every=100, **config)
    world.trainee.scores = list(scores)
    return world


def test_the_highest_score_is_the_best_whatever_the_loss_says():
    world = scored_world([0.5, 0.75, 0.75, 0.25, 0.5], [3.0, 4.0, 2.0, 1.0, 1.5])
    world.steps(10)
    assert [(event.step, event.score, event.best) for event in world.of(Scored)] == [
        *((2, 0.5, True), (4, 0.75, True), (6, 0.75, False), (8, 0.25, False), (10, 0.5, False)),
    ]
    assert [event.best for event in world.of(Validation)] == [True, True, False, False, False]
    progress = world.callbacks.progress
    assert (progress.best_step, progress.best_loss, progress.best_score) == (4, 4.0, 0.75)
    assert progress.final_loss("best") == 4.0
    assert {2, 4} <= set(world.trainee.saved)


def test_a_score_that_does_not_rise_stops_early():
    world = scored_world([0.5, 0.25, 0.5], [3.0, 2.0, 1.0], early_stopping_patience=2)
    world.steps(10)
    assert world.callbacks.progress.step == 6
    assert world.callbacks.ending == "no better score for 2 validations"


def test_a_model_whose_loss_is_not_finite_is_never_the_best():
    world = scored_world([0.5, 0.75, 0.5, 0.5, 0.5], [3.0, math.nan, 3.0, 3.0, 3.0])
    world.steps(10)
    assert world.callbacks.progress.best_step == 2


def test_a_scorecard_that_a_stop_interrupts_is_owed_with_its_validation():
    world = scored_world([], [3.0])

    def stop():
        raise StopRequestedError

    world.trainee.scorecard = stop
    world.steps(10)
    assert world.callbacks.stopped
    assert not world.of(Validation)
    assert world.callbacks.progress.validated is None


def test_without_the_setting_nothing_is_scored():
    world = World(losses=[3.0])
    world.steps(10)
    assert not world.of(Scored)
    assert world.callbacks.progress.best_score is None


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


def test_a_sample_has_the_share_of_training_recipes_that_are_extracted():
    world = World(losses=[3.0], sample_every=5, evaluate_every=10)
    world.trainee.extraction = iter([None, 0.25]).__next__
    world.steps(10)
    assert [event.extraction for event in world.of(Sample)] == [None, 0.25]


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


def timed(losses=(1.0,), **settings):
    return World(losses, **({"max_minutes": 2, "blocks": 1000} | settings))


def test_a_training_ends_on_time_with_its_final_validation_and_checkpoint():
    world = timed()
    world.steps(500, seconds=2)
    # 120 seconds, of which the first step takes 2 and the end 1.1 x 10; 53 more steps of 2 seconds fit.
    assert world.callbacks.progress.step == 54
    assert world.callbacks.ending == "the time is over"
    assert [event.step for event in world.of(Validation)] == [54]
    assert world.trainee.saved == [54]
    assert world.callbacks.progress.fraction == 1


def test_the_fraction_of_the_time_is_logged_with_each_step_and_rises_to_the_end():
    world = timed()
    world.steps(500, seconds=2)
    logged = [event.fraction for event in world.of(Step)]
    assert logged == list(world.fractions.values())
    assert logged == sorted(logged)
    assert logged[0] == pytest.approx(0.005)
    assert logged[-1] == pytest.approx(1, abs=0.02)
    assert [event.eta for event in world.of(Step)][-1] < FINAL_SECONDS * 1.1 + 2


def test_slow_steps_take_more_of_the_schedule():
    world = timed()
    world.steps(3, seconds=1)
    world.steps(2, seconds=20)
    world.steps(1, seconds=1)
    rises = [later - earlier for earlier, later in pairwise(world.fractions.values())]
    assert rises[4] > 10 * rises[1]


def test_a_pause_is_not_part_of_the_time():
    paused, other = timed(), timed()
    for world in (paused, other):
        world.steps(5, seconds=1)
        if world is paused:
            world.requests = ["pause", "pause", "pause", "continue"]
            world.callbacks.sleep = lambda _: setattr(paused.clock, "time", paused.clock.time + 1000)
            world.callbacks.obey()
        world.steps(1, seconds=1)
    assert paused.clock.time > other.clock.time + 1000
    assert paused.callbacks.progress.fraction == pytest.approx(other.callbacks.progress.fraction)


def test_a_resumed_training_goes_through_the_same_fractions():
    whole = timed()
    whole.steps(500, seconds=2)
    first = timed()
    first.steps(20, seconds=2)
    logged = {event.step: event.fraction for event in first.of(Step)}
    saved = TrainingProgress(step=12, fraction=logged[12], span=first.callbacks.progress.span)
    resumed = timed(progress=saved, logged={step: logged[step] for step in logged if step > 12})
    resumed.clock.time = 77.0  # loading and compiling took another time
    resumed.steps(500, seconds=2)
    assert {step: resumed.fractions[step] for step in range(13, 21)} == {step: logged[step] for step in range(13, 21)}
    assert resumed.callbacks.progress.step == whole.callbacks.progress.step
    for step in range(21, 54):
        assert resumed.fractions[step] == pytest.approx(whole.fractions[step], abs=1e-6)


def test_a_training_whose_time_was_over_has_nothing_left_to_do():
    world = timed(progress=TrainingProgress(step=54, fraction=1.0, span=107.0))
    assert world.callbacks.ending == "all steps were done before"


@pytest.mark.parametrize(
    ("minutes", "first", "then"), [(0.2, 5, 1), (1, 10, 8), (0.1, 1, 1)], ids=["no time", "slow steps", "only the end"]
)
def test_a_time_that_is_too_short_is_an_error_with_one_that_is_enough(minutes, first, then):
    world = timed(max_minutes=minutes)
    with pytest.raises(TrainingError, match=r"too short: .* took .* s.*; give \d+(\.5)? minutes or more"):
        world.steps(1, seconds=first)
        world.steps(3, seconds=then)


def test_a_validation_in_between_is_left_out_where_the_final_one_would_be_late():
    world = timed(losses=[1.0] * 50, evaluate_every=10)
    world.steps(500, seconds=2)
    validated = [event.step for event in world.of(Validation)]
    assert validated == [10, 20, 30, 40, 54]
    assert world.clock.time <= 120 - FINAL_SECONDS


def test_time_and_steps_exclude_each_other():
    with pytest.raises(ValueError, match="either max_minutes or max_steps"):
        TrainingConfig(max_minutes=1, max_steps=10)
    with pytest.raises(ValueError, match="log_every = 1"):
        TrainingConfig(max_minutes=1, log_every=2)
