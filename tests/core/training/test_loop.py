import json
import math
import signal
from collections import namedtuple

import keras
import numpy as np
import pytest
from safetensors.numpy import load_file

from recipe_tui.core import paths
from recipe_tui.core.config import load_config
from recipe_tui.core.errors import CheckpointError, OutputError, RunError, TokenizerError, TrainingError, UsageError
from recipe_tui.core.model.weights import load_model
from recipe_tui.core.registry.locate import locate_model
from recipe_tui.core.runs.control import request
from recipe_tui.core.runs.event_text import summary
from recipe_tui.core.runs.events import (
    CheckpointDamaged,
    CheckpointSaved,
    Ended,
    Sample,
    ScheduleChanged,
    Started,
    Step,
    Validation,
)
from recipe_tui.core.runs.status import list_runs
from recipe_tui.core.text.tokenizer import load_tokenizer
from recipe_tui.core.training import devices
from recipe_tui.core.training.loop import train
from recipe_tui.core.training.step import FineTuning
from tests.core.runs.logs import read_events
from tests.core.training.conftest import small_config


class KilledError(BaseException):
    """Stands for a SIGKILL: nothing is saved or tidied up on the way out."""


def kill_at(step, kind=Step):
    def observer(event):
        if isinstance(event, kind) and event.step == step:
            raise KilledError

    return observer


def checkpoint(run, step):
    folder = run / "checkpoints" / f"step-{step:08d}"
    return load_file(folder / "model.safetensors") | load_file(folder / "training_state.safetensors")


def assert_same(ours, expected):
    assert ours.keys() == expected.keys()
    for name, values in expected.items():
        np.testing.assert_array_equal(ours[name], values, err_msg=name)


@pytest.fixture(scope="module")
def whole(whole_run, store, shared_output):
    return whole_run(small_config(store, shared_output, "uninterrupted"))


@pytest.fixture(scope="module")
def uninterrupted(whole):
    return whole.result


def test_a_run_leaves_its_log_its_configuration_and_a_model_that_opens(small, store):
    result = train(small("one", max_steps=12, final_weights="last", learning_rate=1e-2))
    assert (result.state, result.steps) == ("finished", 12)
    assert result.validation_perplexity == pytest.approx(math.exp(result.validation_loss))
    assert result.tokens_per_second > 0
    events = read_events(result.run / "events.jsonl")
    steps = [event for event in events if isinstance(event, Step)]
    assert [event.step for event in steps] == list(range(1, 13))
    assert steps[-1].loss < steps[0].loss - 0.2
    assert steps[0].loss == pytest.approx(math.log(store.vocab_size), rel=0.05)
    assert isinstance(events[-1], Ended)
    assert load_config(result.run / "config.toml").training.max_steps == 12
    manifest = json.loads((result.run / "run.json").read_text())
    assert manifest["data"] == store.fingerprint
    assert all(len(manifest[name]) == 64 for name in ("tokenizer", "config", "code"))
    model = load_model(locate_model(result.run))
    assert model.wte.embeddings.shape[0] == load_tokenizer(result.run / "model").vocab_size
    assert "validation loss" in (result.run / "model" / "README.md").read_text()
    assert list_runs(result.run.parent)[0].state == "finished"


@pytest.mark.parametrize("killed_at", [1, 3, 5])
def test_a_run_killed_at_any_step_ends_with_the_weights_of_one_that_was_not(whole, uninterrupted, killed_at, tmp_path):
    result = train(whole.killed(killed_at, tmp_path), resume=True)
    assert_same(checkpoint(result.run, 6), checkpoint(uninterrupted.run, 6))
    assert result.validation_loss == uninterrupted.validation_loss


def test_a_run_killed_while_it_saved_goes_on_from_the_checkpoint_before(whole, uninterrupted, tmp_path):
    config = whole.killed(4, tmp_path, CheckpointSaved)
    run = tmp_path / config.run
    (run / "checkpoints" / "step-00000004" / "COMPLETE").unlink()
    events = []
    train(config, resume=True, observer=events.append)
    assert next(event.step for event in events if isinstance(event, Started)) == 2
    (damaged,) = (event for event in events if isinstance(event, CheckpointDamaged))
    assert "step-00000004 is damaged, so checkpoints/step-00000002 is tried: it has no COMPLETE" in summary(damaged)
    assert_same(checkpoint(run, 6), checkpoint(uninterrupted.run, 6))


def test_a_damaged_checkpoint_is_passed_over_for_the_one_before(whole, uninterrupted, tmp_path):
    config = whole.killed(5, tmp_path)
    run = tmp_path / config.run
    state = run / "checkpoints" / "step-00000004" / "training_state.safetensors"
    state.write_bytes(state.read_bytes()[:-50])
    train(config, resume=True)
    assert_same(checkpoint(run, 6), checkpoint(uninterrupted.run, 6))


def test_one_flipped_bit_is_noticed_and_the_log_says_which_checkpoint_is_damaged(whole, uninterrupted, tmp_path):
    config = whole.killed(5, tmp_path)
    run = tmp_path / config.run
    weights = run / "checkpoints" / "step-00000004" / "model.safetensors"
    data = bytearray(weights.read_bytes())
    data[-5] ^= 1
    weights.write_bytes(data)
    events = []
    train(config, resume=True, observer=events.append)
    (damaged,) = (event for event in events if isinstance(event, CheckpointDamaged))
    assert damaged.step == 4
    assert "step-00000004 is damaged, so checkpoints/step-00000002 is tried" in summary(damaged)
    assert "model.safetensors" in summary(damaged)
    assert_same(checkpoint(run, 6), checkpoint(uninterrupted.run, 6))


def test_a_stopped_run_goes_on_exactly(small, uninterrupted):
    def stop_at_three(event):
        if isinstance(event, Step) and event.step == 3:
            request(small().output / "stopped", "stop")

    stopped = train(small("stopped"), observer=stop_at_three)
    assert (stopped.state, stopped.steps) == ("stopped", 3)
    assert not (stopped.run / "model").exists()
    result = train(small(), resume=True)  # the latest that is not finished
    assert result.run == stopped.run
    assert_same(checkpoint(result.run, 6), checkpoint(uninterrupted.run, 6))


def test_sigterm_saves_and_stops(small):
    def send(event):
        if isinstance(event, Step) and event.step == 1:
            signal.raise_signal(signal.SIGTERM)

    result = train(small("terminated"), observer=send)
    assert (result.state, result.steps) == ("stopped", 1)
    assert (result.run / "checkpoints" / "step-00000001" / "COMPLETE").exists()


def test_a_lost_terminal_changes_nothing(small):
    def hang_up(event):
        if isinstance(event, Step) and event.step == 1:
            signal.raise_signal(signal.SIGHUP)

    assert train(small("hung-up", max_steps=2), observer=hang_up).state == "finished"


def test_the_finished_model_has_the_best_weights(small, monkeypatch):
    losses = iter([2.0, 1.0, 3.0])
    monkeypatch.setattr("recipe_tui.core.training.trainer.Trainer.validate", lambda _: next(losses))
    result = train(small("best"))
    assert result.validation_loss == 1.0
    finished = load_file(result.run / "model" / "model.safetensors")
    best = load_file(result.run / "checkpoints" / "step-00000004" / "model.safetensors")
    assert_same(finished, best)


def test_only_the_latest_checkpoints_and_the_best_are_kept(small, monkeypatch):
    losses = iter([1.0, 2.0, 3.0, 4.0])
    monkeypatch.setattr("recipe_tui.core.training.trainer.Trainer.validate", lambda _: next(losses))
    result = train(small("pruned", max_steps=8, keep_checkpoints=1, checkpoint_every=2))
    assert sorted(path.name for path in (result.run / "checkpoints").iterdir()) == ["step-00000002", "step-00000008"]


def test_accumulating_small_batches_trains_as_one_large_batch_does(small):
    losses = []
    for batch_size, accumulation in [(4, 1), (1, 4)]:
        config = small(
            f"batch-{batch_size}", batch_size=batch_size, gradient_accumulation_steps=accumulation, max_steps=3
        )
        config = config.model_copy(update={"model": config.model.model_copy(update={"dropout": 0.0})})
        losses.append(train(config).validation_loss)
    assert losses[0] == pytest.approx(losses[1], rel=1e-4)


def test_validation_blocks_are_scored_the_same_whatever_the_batch_size(small, monkeypatch):
    learned_nothing = {"loss": 7.0, "tokens": 1, "gradient_norm": 1.0}
    monkeypatch.setattr(FineTuning, "take_step", lambda *_: dict(learned_nothing))
    losses = []
    for batch_size in (1, 5):  # the last batch of five is filled up
        config = small(f"size-{batch_size}", batch_size=batch_size, gradient_accumulation_steps=1, max_steps=1)
        losses.append(train(config).validation_loss)
    assert losses[0] == pytest.approx(losses[1], rel=1e-5)


def test_steps_that_one_call_takes_are_all_counted_where_a_run_ends(small, monkeypatch):
    taken = []

    def take_steps(self, batches, count):
        taken.append(count)
        return [{"loss": 7.0, "tokens": 1, "gradient_norm": 1.0} for _ in range(count)]

    monkeypatch.setattr(FineTuning, "steps_per_call", 4)
    monkeypatch.setattr(FineTuning, "take_steps", take_steps)
    events = []
    train(small("together", max_steps=9, evaluate_every=9), observer=events.append)
    assert taken == [1, 1, 4, 3]
    assert [event.step for event in events if isinstance(event, Step)] == list(range(1, 10))
    assert [event.step for event in events if isinstance(event, Ended)] == [9]


def test_a_loss_that_is_no_number_names_the_step_and_the_last_good_checkpoint_stays(small):
    config = small("diverged", learning_rate=1e30, clip_norm=None, warmup_fraction=0.0, evaluate_every=1)
    with pytest.raises(TrainingError, match=r"the loss became (nan|inf) at step \d"):
        train(config)
    assert list_runs(config.output)[0].state == "failed"


def test_a_full_disk_is_noticed_before_a_checkpoint_is_written(small, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage(100, 100, 0))
    with pytest.raises(OutputError, match=r"a checkpoint takes .* GB and 0\.00 GB are free; free some space"):
        train(small("full"))
    summary = list_runs(small().output)[0]
    assert summary.state == "failed"
    assert "are free" in summary.reason


def test_a_block_above_the_models_context_is_refused_before_blocks_are_built(small):
    config = small()
    data = {"source": (str(paths.SAMPLE_RECIPES),), "block_size": 4096, "store": None}
    config = config.model_copy(update={"data": config.data.model_copy(update=data)})
    with pytest.raises(UsageError, match="block_size 4096 is above the model's context of"):
        train(config)
    assert not config.output.exists()


def test_a_batch_that_the_devices_cannot_share_is_refused_before_blocks_are_built(small, monkeypatch):
    monkeypatch.setattr(devices, "device_count", lambda: 3)
    config = small("uneven", batch_size=4)
    data = {"source": (str(paths.SAMPLE_RECIPES),), "store": None}
    config = config.model_copy(update={"data": config.data.model_copy(update=data)})
    with pytest.raises(TrainingError, match="batch_size 4 is no multiple of 3"):
        train(config)
    assert not config.output.exists()


def test_a_run_that_is_refused_before_its_first_step_leaves_nothing(small, monkeypatch):
    def refused(*_):
        raise CheckpointError("its weights are damaged")

    monkeypatch.setattr("recipe_tui.core.training.loop.restore", refused)
    config = small("refused")
    with pytest.raises(CheckpointError, match="its weights are damaged"):
        train(config)
    assert list(config.output.iterdir()) == []


def test_a_run_that_fails_in_its_first_step_is_kept_with_its_log(small, monkeypatch):
    def diverged(*_):
        raise TrainingError("the loss became nan at step 1")

    monkeypatch.setattr("recipe_tui.core.training.loop.run_steps", diverged)
    config = small("diverged")
    with pytest.raises(TrainingError, match="nan at step 1"):
        train(config)
    assert list_runs(config.output)[0].state == "failed"


def test_a_run_that_is_resumed_is_kept_whatever_refuses_it(whole, monkeypatch, tmp_path):
    config = whole.killed(3, tmp_path)

    def refused(*_):
        raise CheckpointError("its weights are damaged")

    monkeypatch.setattr("recipe_tui.core.training.loop.restore", refused)
    with pytest.raises(CheckpointError):
        train(config, resume=True)
    assert (tmp_path / config.run / "run.json").is_file()


def test_a_tokenizer_that_is_not_the_checkpoints_is_refused(small, checkpoint_for_another_tokenizer):
    config = small()
    model = config.model.model_copy(
        update={"name": str(checkpoint_for_another_tokenizer), "initialize": "pretrained", "n_layer": None}
    )
    with pytest.raises(TokenizerError, match="the tokenizer has"):
        train(config.model_copy(update={"model": model}))


@pytest.fixture
def checkpoint_for_another_tokenizer(tmp_path):
    from transformers import GPT2Config

    from recipe_tui.core.model.weights import new_model, save_model

    config = GPT2Config(n_layer=1, n_embd=16, n_head=2, n_positions=64, vocab_size=50, bos_token_id=0, eos_token_id=0)
    save_model(new_model(config), tmp_path / "other")
    return tmp_path / "other"


def test_nothing_to_train_on_says_so(small):
    config = small()
    config = config.model_copy(update={"data": config.data.model_copy(update={"store": None})})
    with pytest.raises(UsageError, match="nothing to train on; give recipes by --source"):
        train(config)


def test_a_run_whose_store_has_changed_cannot_go_on(whole, tmp_path):
    config = whole.killed(3, tmp_path)
    manifest = tmp_path / config.run / "run.json"
    manifest.write_text(json.dumps(json.loads(manifest.read_text()) | {"data": "another"}))
    with pytest.raises(RunError, match="its block store has changed"):
        train(config, resume=True)


@pytest.mark.usefixtures("fresh_steps")
def test_the_same_configuration_gives_the_same_weights(small, uninterrupted):
    again = train(small("again"))
    assert_same(checkpoint(again.run, 6), checkpoint(uninterrupted.run, 6))


def test_a_run_that_writes_samples_trains_as_one_without_does(small, uninterrupted):
    result = train(small("with", sample_every=1))
    samples = [event for event in read_events(result.run / "events.jsonl") if isinstance(event, Sample)]
    assert [sample.step for sample in samples] == [1, 2, 3, 4, 5, 6]
    assert_same(checkpoint(result.run, 6), checkpoint(uninterrupted.run, 6))


def test_fine_tuning_goes_on_from_a_finished_model(small, uninterrupted):
    config = small("second", learning_rate=1e-12, max_steps=1)
    model = config.model.model_copy(
        update={"name": str(uninterrupted.run), "initialize": "pretrained", "n_layer": None, "n_embd": None}
    )
    result = train(config.model_copy(update={"model": model}))
    assert result.validation_loss == pytest.approx(uninterrupted.validation_loss, rel=1e-5)


def test_validations_are_logged_with_what_is_best(uninterrupted):
    events = read_events(uninterrupted.run / "events.jsonl")
    validations = [event for event in events if isinstance(event, Validation)]
    assert [event.step for event in validations] == [2, 4, 6]
    assert validations[0].best


@pytest.mark.parametrize("precision", ["mixed_bfloat16", "mixed_float16"])
def test_mixed_precision_trains_and_resumes(small, precision):
    with pytest.raises(KilledError):
        train(small("mixed", precision=precision), observer=kill_at(5))
    result = train(small("mixed", precision=precision), resume=True)
    assert math.isfinite(result.validation_loss)
    assert keras.config.dtype_policy().name == "float32"


def test_a_run_whose_only_validation_is_no_number_has_failed(small, monkeypatch):
    monkeypatch.setattr("recipe_tui.core.training.trainer.Trainer.validate", lambda _: math.nan)
    with pytest.raises(TrainingError, match="the validation loss is nan, so there is no good model"):
        train(small("diverged", max_steps=1, sample_every=0))
    assert list_runs(small().output)[0].state == "failed"
    assert not (small().output / "diverged" / "model").exists()


def test_sigterm_while_the_model_is_loaded_ends_the_run_as_stopped(small, monkeypatch):
    def terminated(*_):
        signal.raise_signal(signal.SIGTERM)

    monkeypatch.setattr("recipe_tui.core.training.loop.restore", terminated)
    with pytest.raises(KeyboardInterrupt):
        train(small("terminated"))
    assert list_runs(small().output)[0].state == "stopped"


def test_more_steps_are_applied_to_a_finished_run_and_the_schedule_is_said(small):
    train(small("longer", max_steps=2, sample_every=0))
    events = []
    config = load_config(top={"output": str(small().output), "run": "longer"}, training={"max_steps": 4})
    result = train(config, resume=True, observer=events.append)
    assert (result.state, result.steps) == ("finished", 4)
    changed = next(event for event in events if isinstance(event, ScheduleChanged))
    assert "4 steps instead of 2: warm-up and the cosine" in summary(changed)
    assert load_config(result.run / "config.toml").training.max_steps == 4
    config = load_config(top={"output": str(small().output), "run": "longer"}, training={"max_steps": 1})
    with pytest.raises(UsageError, match="4 steps are done, and 1 are asked for"):
        train(config, resume=True)
    assert list_runs(small().output)[0].state == "finished"  # what is refused leaves it as it was
