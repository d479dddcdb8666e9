"""Trainings that save memory, from the configuration to the finished model."""

import numpy as np
import pytest
from safetensors.numpy import load_file

from recipe_tui.core import paths
from recipe_tui.core.config import load_config
from recipe_tui.core.errors import ConfigError, UsageError
from recipe_tui.core.model.weights import load_model
from recipe_tui.core.runs.events import Started
from recipe_tui.core.text.tokenizer import load_tokenizer
from recipe_tui.core.training.loop import train
from tests.core.runs.logs import read_events
from tests.core.training.conftest import save_base, small_config, tuned_config
from tests.core.training.test_loop import assert_same, checkpoint

SAVING = {
    "frozen": {"freeze_layers": 1},
    "checkpointed": {"gradient_checkpointing": True},
    "adafactor": {"optimizer": "adafactor"},
    "all": {"freeze_layers": 1, "gradient_checkpointing": True, "optimizer": "adafactor"},
}


@pytest.fixture(scope="module")
def shared_base(tmp_path_factory, store):
    """A checkpoint of two layers, of which one can be frozen."""
    return save_base(store, tmp_path_factory.mktemp("base") / "base", layers=2)


@pytest.fixture
def tuned(small, base):
    """Make the configuration of a tiny training that begins with a checkpoint of two layers."""

    def make(run, **training):
        return tuned_config(small(run, learning_rate=1e-2), base, **training)

    return make


@pytest.fixture(scope="module")
def whole(whole_run, store, shared_output, shared_base):
    """Train in one of the ways that save memory, once for the module."""

    def make(saving):
        plain = small_config(store, shared_output, saving, learning_rate=1e-2)
        return whole_run(tuned_config(plain, shared_base, **SAVING[saving]))

    return make


@pytest.mark.parametrize("saving", SAVING)
def test_a_killed_run_goes_on_exactly(whole, saving, tmp_path):
    expected = whole(saving)
    result = train(expected.killed(5, tmp_path), resume=True)
    assert_same(checkpoint(result.run, 6), checkpoint(expected.run, 6))
    assert result.validation_loss == expected.result.validation_loss


def test_gradient_checkpointing_changes_no_weight(tuned, whole):
    plain, saving = train(tuned("plain")), whole("checkpointed")
    expected, found = checkpoint(plain.run, 6), checkpoint(saving.run, 6)
    for name, values in expected.items():
        np.testing.assert_allclose(found[name], values, atol=1e-5, err_msg=name)


def test_frozen_layers_stay_new_section_tokens_learn_and_checkpoints_are_whole_models(whole, shared_base):
    result, base = whole("frozen").result, shared_base
    events = read_events(result.run / paths.EVENTS)
    before = load_file(base / "model.safetensors")
    after = checkpoint(result.run, 6)
    new = list(load_tokenizer(result.run / "model").section_ids)
    known = len(before["transformer.wte.weight"])
    assert min(new) >= known
    np.testing.assert_array_equal(after["transformer.wte.weight"][:known], before["transformer.wte.weight"])
    np.testing.assert_array_equal(after["transformer.h.0.mlp.c_fc.weight"], before["transformer.h.0.mlp.c_fc.weight"])
    assert np.abs(after["transformer.h.1.mlp.c_fc.weight"] - before["transformer.h.1.mlp.c_fc.weight"]).max() > 1e-3
    mean = before["transformer.wte.weight"].mean(axis=0)
    assert np.abs(after["transformer.wte.weight"][new] - mean).max() > 1e-3
    load_model(result.run / "checkpoints" / "step-00000006")
    started = next(event for event in events if isinstance(event, Started))
    layer = sum(values.size for name, values in before.items() if ".h.1." in name)
    assert started.parameters == layer + 2 * 16 + len(new) * 16  # with the last norm


@pytest.mark.usefixtures("eager")
def test_a_second_training_knows_the_section_tokens_and_leaves_them(tuned):
    first = train(tuned("first", max_steps=1))
    config = tuned("second", freeze_layers=2, max_steps=1)
    second = train(config.model_copy(update={"model": config.model.model_copy(update={"name": str(first.run)})}))
    before, after = (load_file(run.run / "model" / "model.safetensors") for run in (first, second))
    changed = {name for name in before if not np.array_equal(before[name], after[name])}
    assert changed == {"transformer.ln_f.weight", "transformer.ln_f.bias"}


def test_adafactor_learns(tuned):
    result = train(tuned("adafactor", optimizer="adafactor", max_steps=30, evaluate_every=30))
    assert result.train_loss < np.log(1500) - 0.3


def test_more_frozen_layers_than_there_are_are_refused(tuned):
    with pytest.raises(UsageError, match="the model has 2 layers"):
        train(tuned("many", freeze_layers=3))


@pytest.mark.parametrize("other", ["adapter.method=lora", "model.initialize=random"])
def test_frozen_layers_go_neither_with_adapters_nor_with_random_weights(other):
    with pytest.raises(ConfigError, match="freeze_layers"):
        load_config(settings=["training.freeze_layers=2", other])
