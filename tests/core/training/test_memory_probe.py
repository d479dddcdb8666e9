"""The probing step, in whole runs: what it sees, what it leaves alone, and the batch it finds."""

import keras
import numpy as np
import pytest

from recipe_tui.core.config import load_config
from recipe_tui.core.errors import TrainingError
from recipe_tui.core.machine import Available
from recipe_tui.core.runs.event_text import summary
from recipe_tui.core.runs.events import MemoryPlanned, MemoryProbed, Started, Step
from recipe_tui.core.runs.folder import RunManifest
from recipe_tui.core.training import memory_probe as probing
from recipe_tui.core.training.loop import train
from recipe_tui.core.training.step import FineTuning
from tests.core.training.test_loop import KilledError, assert_same, checkpoint, kill_at
from tests.core.training.test_step import batch, training

pytestmark = pytest.mark.memory_probe


@pytest.fixture(autouse=True)
def no_training_is_short(monkeypatch):
    """Probe trainings of few steps, too, which would do without."""
    monkeypatch.setattr("recipe_tui.core.training.loop.FEW_STEPS", 0)


def variables(trained):
    found = [*trained.variables, *trained.optimizer.variables]
    return [keras.ops.convert_to_numpy(variable).copy() for variable in found]


@pytest.fixture
def limited(monkeypatch):
    """Have probes of more than so many blocks at once run out of memory."""

    def limit(blocks):
        probe = FineTuning.probe
        sizes = []

        def limited_probe(self, data):
            sizes.append(self.batch_size)
            if self.batch_size > blocks:
                raise RuntimeError("RESOURCE_EXHAUSTED: Out of memory")
            if len(sizes) == 1:  # one tells what a probe changes; each traces gradients of its own
                probe(self, data)

        monkeypatch.setattr(FineTuning, "probe", limited_probe)
        return sizes

    return limit


@pytest.mark.parametrize("batch_size", [1, 4])
def test_a_probe_changes_nothing(batch_size):
    trained = training(batch_size, dropout=0.5)
    for variable in trained.optimizer.variables:  # as after some steps
        variable.assign(keras.ops.ones_like(variable))
    before = variables(trained)
    trained.probe(batch())
    for old, new in zip(before, variables(trained), strict=True):
        np.testing.assert_array_equal(new, old)


@pytest.mark.usefixtures("eager")
def test_a_run_says_what_is_planned_and_what_a_step_takes(small):
    events = []
    train(small("one", max_steps=1), observer=events.append)
    kinds = [type(event) for event in events]
    assert kinds.index(Started) < kinds.index(MemoryPlanned) < kinds.index(MemoryProbed) < kinds.index(Step)
    plan, probe = events[kinds.index(MemoryPlanned)], events[kinds.index(MemoryProbed)]
    assert plan.total == probe.planned
    assert (probe.batch_size, probe.gradient_accumulation_steps) == (2, 2)
    assert probe.measured > 100e6  # the libraries alone
    assert "GB are planned" in summary(plan)
    assert "(2 blocks at once, 2 times a step)" in summary(probe)


def test_a_step_that_is_planned_to_take_more_than_is_free_is_not_tried(small, monkeypatch):
    monkeypatch.setattr(probing, "available_memory", lambda: Available("main memory", 1000, 10**12))
    monkeypatch.setattr(FineTuning, "probe", None)
    with pytest.raises(TrainingError, match=r"a step takes more memory than is free \(2 x 64 tokens .*set training"):
        train(small("none"))


@pytest.mark.usefixtures("eager")
def test_a_probe_without_memory_names_what_to_change(small, limited):
    limited(1)
    complaint = r"out of memory in the probing step \(2 x 64 tokens at once\); set .*training.batch_size = 1 and "
    with pytest.raises(TrainingError, match=complaint + "training.gradient_accumulation_steps = 4"):
        train(small("none"))


@pytest.mark.usefixtures("eager")
def test_a_step_without_memory_names_what_to_change(small, monkeypatch):
    def no_memory(*_, **__):
        raise MemoryError

    monkeypatch.setattr(FineTuning, "take_step", no_memory)
    with pytest.raises(TrainingError, match=r"out of memory at step 1 \(2 x 64 tokens at once\); set .*batch_size = 1"):
        train(small("none"))


@pytest.mark.usefixtures("eager")
def test_the_largest_batch_is_found_the_step_stays_and_the_runs_configuration_says_so(small, limited, monkeypatch):
    tried = limited(3)
    events = []
    monkeypatch.setattr(FineTuning, "take_step", lambda *_: {"loss": 7.0, "tokens": 1, "gradient_norm": 1.0})
    config = small("found", batch_size=3, gradient_accumulation_steps=4, batch_tokens="auto", max_steps=1)
    result = train(config, observer=events.append)
    assert tried == [1, 2, 3, 4]
    found = load_config(result.run / "config.toml").training
    assert (found.batch_size, found.gradient_accumulation_steps, found.batch_tokens) == (3, 4, 3 * 64)
    probe = next(event for event in events if isinstance(event, MemoryProbed))
    assert (probe.batch_size, probe.gradient_accumulation_steps) == (3, 4)
    assert next(event for event in events if isinstance(event, Started)).tokens_per_step == 12 * 64
    manifest = RunManifest.read(result.run)
    assert manifest == manifest.of(load_config(result.run / "config.toml"))


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize(("gigabytes", "expected"), [(80, [12]), (0.1, [1, 2, 3, 4, 6, 12])])
def test_on_a_gpu_batches_that_surely_fit_are_not_compiled(small, limited, monkeypatch, gigabytes, expected):
    tried = limited(12)
    memory = Available("a GPU", int(gigabytes * 1e9), int(gigabytes * 1e9), on_gpu=True)
    monkeypatch.setattr(probing, "available_memory", lambda: memory)
    monkeypatch.setattr(probing, "MARGIN", 1e9)
    monkeypatch.setattr(FineTuning, "take_step", lambda *_: {"loss": 7.0, "tokens": 1, "gradient_norm": 1.0})
    train(small("gpu", batch_size=3, gradient_accumulation_steps=4, batch_tokens="auto", max_steps=1))
    assert tried == expected


def test_a_run_with_a_batch_that_was_found_goes_on_exactly(small, limited):
    limited(2)
    config = {"batch_size": 4, "gradient_accumulation_steps": 1, "batch_tokens": "auto"}
    with pytest.raises(KilledError):
        train(small("killed", **config), observer=kill_at(5))
    result = train(small("killed"), resume=True)
    whole = train(small("whole", batch_size=2, gradient_accumulation_steps=2))
    assert_same(checkpoint(result.run, 6), checkpoint(whole.run, 6))


@pytest.mark.usefixtures("eager")
def test_a_number_of_batch_tokens_is_blocks_at_once(small, monkeypatch):
    events = []
    monkeypatch.setattr(FineTuning, "take_step", lambda *_: {"loss": 7.0, "tokens": 1, "gradient_norm": 1.0})
    train(small("tokens", batch_tokens=200, max_steps=1), observer=events.append)
    assert next(event for event in events if isinstance(event, MemoryProbed)).batch_size == 200 // 64


def test_not_even_one_block_fits(small, limited):
    limited(0)
    with pytest.raises(TrainingError, match=r"out of memory in the probing step \(1 x 64 tokens at once\)"):
        train(small("none", batch_tokens="auto"))
