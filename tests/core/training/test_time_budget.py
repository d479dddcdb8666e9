"""A training that ends by time, killed and resumed; `test_callbacks` has the rules. The clock is a fake."""

from itertools import count

import pytest

from recipe_tui.core.runs.events import Started, Step
from recipe_tui.core.training.loop import train
from recipe_tui.core.training.time_budget import TimeBudget
from tests.core.runs.logs import read_events
from tests.core.training.conftest import small_config
from tests.core.training.test_loop import KilledError, kill_at

SETTINGS = {"max_steps": None, "max_minutes": 0.5, "optimizer": "muon", "schedule": "trapezoidal"}


@pytest.fixture(scope="module")
def events(store, tmp_path_factory):
    """The log of a run that was killed at step 7, after the checkpoint of step 6, and resumed."""
    config = small_config(store, tmp_path_factory.mktemp("output"), "timed", **SETTINGS, evaluate_every=3)

    def with_fake_clock(minutes, _started, _final_seconds, *place):
        ticks = count()
        return TimeBudget(minutes, 0.0, 1.0, *place, clock=lambda: next(ticks) / 4)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("recipe_tui.core.training.loop.TimeBudget", with_fake_clock)
        with pytest.raises(KilledError):
            train(config, observer=kill_at(8))
        result = train(config, resume=True)
    assert (result.state, result.reason) == ("finished", "the time is over")
    return read_events(result.run / "events.jsonl")


def steps_of(events):
    """The steps of the first process, and of the second."""
    second = max(number for number, event in enumerate(events) if isinstance(event, Started))
    parts = events[:second], events[second:]
    return [{event.step: event for event in part if isinstance(event, Step)} for part in parts]


def test_steps_that_are_repeated_have_the_same_rate_and_loss(events):
    first, second = steps_of(events)
    repeated = sorted(first.keys() & second.keys())
    assert repeated == [7, 8]
    for step in repeated:
        for name in ("fraction", "learning_rate", "loss", "gradient_norm"):
            assert getattr(second[step], name) == getattr(first[step], name)


def test_the_rate_rises_stays_and_falls_with_the_time(events):
    first, second = steps_of(events)
    steps = [*first.values(), *(event for step, event in second.items() if step not in first)]
    assert [event.fraction for event in steps] == sorted(event.fraction for event in steps)
    rates = [event.learning_rate for event in steps]
    assert rates[0] < max(rates) == pytest.approx(1e-3)
    assert rates[-1] < 0.25e-3
    assert steps[-1].eta < 4
