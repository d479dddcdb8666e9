"""Training an adapter over integers ("QLoRA"): what is said of it before, what learns, and what is left at the end."""

import json
import subprocess
import sys
import traceback

import numpy as np
import pytest
from safetensors.numpy import load_file

from recipe_tui.core import paths
from recipe_tui.core.config import Config, load_config
from recipe_tui.core.errors import ConfigError, RecipeTuiError, TrainingError
from recipe_tui.core.lora.adapter import merge, projections
from recipe_tui.core.lora.peft import read_adapter
from recipe_tui.core.machine import Available
from recipe_tui.core.model.weights import load_model, weights_size
from recipe_tui.core.registry.locate import locate_model
from recipe_tui.core.runs.event_text import loses_much, summary
from recipe_tui.core.runs.events import Merged, NotMerged, Quantized
from recipe_tui.core.training import quantization_eval as quality
from recipe_tui.core.training.loop import train
from recipe_tui.core.training.quantization_eval import floats_measured
from recipe_tui.core.training.setup import resumed_run
from tests.core.runs.logs import last, read_events
from tests.core.training.conftest import lora_config, small_config
from tests.core.training.test_adapter import checkpoint
from tests.core.training.test_loop import assert_same

IN_A_PROCESS = quality.floats_measured_apart


@pytest.fixture
def quantized(lora):
    """Make the configuration of a tiny training by adapters over integers."""

    def make(run, quantization, adapter=None, **training):
        config = lora(run, adapter, **training)
        model = config.model.model_copy(update={"quantization": quantization})
        return config.model_copy(update={"model": model})

    return make


@pytest.fixture(autouse=True, scope="module")
def here():
    """Measure floats in this process, which need not start another for it."""

    def measured(run, batches):
        return floats_measured(resumed_run(Config(output=run.parent, run=run.name)), batches)

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(quality, "floats_measured_apart", measured)
        yield


@pytest.fixture(scope="module")
def make_whole(here, whole_run, store, shared_output, shared_base):
    def make(quantization):
        plain = small_config(store, shared_output, quantization, learning_rate=1e-2)
        return whole_run(lora_config(plain, shared_base, quantization=quantization))

    return make


@pytest.fixture(scope="module", params=["int8", "int4"])
def whole(request, make_whole):
    return make_whole(request.param)


@pytest.fixture(scope="module")
def finished(whole):
    return whole.result, whole.config.model.quantization


def events(result):
    return read_events(result.run / paths.EVENTS)


def test_before_it_begins_it_is_said_what_integers_save_and_cost(finished, base):
    result, quantization = finished
    said = last(events(result), Quantized)
    assert [event.kind for event in events(result)][:2] == ["started", "quantized"]
    assert said.quantization == quantization
    assert said.weights_before == load_file(base / "model.safetensors")["transformer.wte.weight"].nbytes + sum(
        tensor.nbytes for name, tensor in load_file(base / "model.safetensors").items() if "wte" not in name
    )
    assert said.weights < said.weights_before
    assert said.perplexity == pytest.approx(said.perplexity_before, rel=0.05)
    assert said.perplexity != said.perplexity_before
    assert f"{quantization}: weights" in summary(said)


def test_a_process_of_its_own_finds_the_same(make_whole):
    result = make_whole("int8").result
    setup = resumed_run(Config(output=result.run.parent, run=result.run.name))
    apart = IN_A_PROCESS(result.run, 2)
    assert apart.loss == pytest.approx(floats_measured(setup, 2).loss, rel=1e-5)


def test_a_process_that_is_killed_has_measured_nothing_and_one_that_fails_says_why(tmp_path, monkeypatch):
    def run_here(command, **_):
        """Do what the process would do, without starting one that imports everything first."""
        monkeypatch.setattr(sys, "argv", command[2:])
        try:
            quality.main()
        except RecipeTuiError:
            return subprocess.CompletedProcess(command, 1, "", traceback.format_exc())
        raise AssertionError

    monkeypatch.setattr(quality.subprocess, "run", run_here)
    with pytest.raises(TrainingError, match=r"cannot be measured .*no run in this folder"):
        IN_A_PROCESS(tmp_path / "nothing", 2)
    killed = subprocess.CompletedProcess([], -9, "", "")
    monkeypatch.setattr(quality.subprocess, "run", lambda *_, **__: killed)
    assert IN_A_PROCESS(tmp_path, 2) is None


def test_the_integers_stay_and_the_adapter_learns(finished):
    result, _ = finished
    factors = read_adapter(result.run / "adapter").factors
    assert all(np.abs(second).max() > 0 for _, second in factors.values())  # they begin at 0


def test_the_finished_model_is_the_adapter_in_the_float_weights_of_the_base(finished, base):
    result, _ = finished
    merged = load_model(result.run / "model")
    config = merged.config
    expected = load_model(base, config=config)
    merge(expected, read_adapter(result.run / "adapter"))
    for ours, reference in zip(merged.weights, expected.weights, strict=True):
        np.testing.assert_allclose(ours, reference, atol=1e-6)


def test_the_perplexity_before_and_after_merging_is_told_and_in_the_model_card(finished):
    result, _ = finished
    said = last(events(result), Merged)
    assert said.perplexity_before == pytest.approx(result.validation_perplexity)
    assert said.perplexity == pytest.approx(said.perplexity_before, rel=0.05)
    assert summary(said) in (result.run / "model" / "README.md").read_text()


def test_a_killed_run_ends_as_if_it_had_not_been_and_measures_the_integers_once(whole, tmp_path):
    result = train(whole.killed(3, tmp_path), resume=True)
    assert_same(checkpoint(result.run, 6), checkpoint(whole.run, 6))
    assert [event.kind for event in events(result)].count("quantized") == 1


def test_without_room_for_floats_the_adapter_stays_by_itself(quantized, monkeypatch):
    none_free = Available("main memory", 0, 10**9)
    monkeypatch.setattr("recipe_tui.core.training.final_model.available_memory", lambda: none_free)
    monkeypatch.setattr("recipe_tui.core.training.quantization_eval.available_memory", lambda: none_free)
    result = train(quantized("tight", "int8"))
    assert result.state == "finished"
    assert not (result.run / "model").exists()
    assert locate_model(result.run) == result.run / "adapter"
    assert "merge it on a machine with more memory" in summary(last(events(result), NotMerged))
    said = last(events(result), Quantized)
    assert (said.perplexity_before, said.perplexity is None) == (None, False)


def test_only_an_adapter_can_learn_over_integers():
    with pytest.raises(ConfigError, match=r"integers cannot learn: set adapter\.method to lora"):
        load_config(settings=["model.quantization=int8"])


@pytest.mark.parametrize(("now", "warns"), [(10.4, False), (10.6, True), (float("nan"), True)])
def test_a_large_loss_in_quality_is_a_warning(now, warns):
    said = Quantized(0.0, 0, "int4", 1000, 200, 10.0, now)
    assert ("Warning" in summary(said)) is loses_much(said) is warns
    if warns:
        assert "int8 or floats" in summary(said)


def test_the_weights_of_a_model_are_counted_as_they_lie_in_memory(base):
    floats, eight = load_model(base), load_model(base, quantization="int8")
    kernels = sum(layer.inputs * layer.units for layer in projections(floats).values())
    scales = sum(layer.units for layer in projections(floats).values())
    assert weights_size(floats) - weights_size(eight) == 3 * kernels - 4 * scales


def test_the_log_reads_back_what_was_told(finished):
    result, _ = finished
    told = [json.loads(line) for line in (result.run / paths.EVENTS).read_text().splitlines()]
    assert [one["kind"] for one in told][-2:] == ["merged", "ended"]
