"""Training by adapters, from the configuration to the finished model."""

import json

import numpy as np
import pytest
from safetensors.numpy import load_file

from recipe_tui.core import paths
from recipe_tui.core.config import load_config
from recipe_tui.core.errors import CheckpointError, ConfigError, UsageError
from recipe_tui.core.generation.generator import Generator
from recipe_tui.core.lora.open import load_model, read_config
from recipe_tui.core.lora.peft import list_adapters, read_adapter
from recipe_tui.core.model.weights import new_model, save_model
from recipe_tui.core.registry.locate import locate_model
from recipe_tui.core.text.tokenizer import load_tokenizer
from recipe_tui.core.training.loop import train
from tests.core.training.conftest import lora_config, save_base, small_config
from tests.core.training.test_loop import KilledError, assert_same, kill_at


def checkpoint(run, step):
    folder = run / "checkpoints" / f"step-{step:08d}"
    return load_file(folder / paths.ADAPTER_WEIGHTS) | load_file(folder / "training_state.safetensors")


@pytest.fixture(scope="module")
def whole(whole_run, store, shared_output, shared_base):
    plain = small_config(store, shared_output, "uninterrupted", learning_rate=1e-2)
    return whole_run(lora_config(plain, shared_base))


@pytest.fixture(scope="module")
def finished(whole):
    return whole.result


@pytest.mark.parametrize("killed_at", [1, 3, 5])
def test_a_run_killed_at_any_step_ends_with_the_adapter_of_one_that_was_not(whole, finished, killed_at, tmp_path):
    result = train(whole.killed(killed_at, tmp_path), resume=True)
    assert_same(checkpoint(result.run, 6), checkpoint(finished.run, 6))
    assert result.validation_loss == finished.validation_loss


def test_a_checkpoint_is_the_adapter_alone_and_opens_like_a_model(finished, base):
    folder = finished.run / "checkpoints" / "step-00000006"
    assert not (folder / paths.MODEL_WEIGHTS).exists()
    adapted, plain = load_model(folder), load_model(base)
    assert not np.allclose(
        adapted.blocks[0].attention.c_attn.float_kernel(), plain.blocks[0].attention.c_attn.float_kernel()
    )
    np.testing.assert_array_equal(adapted.blocks[0].mlp.c_fc.float_kernel(), plain.blocks[0].mlp.c_fc.float_kernel())
    Generator.load(folder)


def test_the_finished_model_is_the_base_with_the_adapter_merged_beside_the_adapter_itself(finished):
    merged, adapter = finished.run / "model", finished.run / "adapter"
    weights, expected = load_model(merged), load_model(adapter)
    for ours, reference in zip(weights.weights, expected.weights, strict=True):
        np.testing.assert_allclose(ours, reference, atol=1e-6)
    (summary,) = list_adapters(finished.run.parent)
    assert (summary.path, summary.rank, summary.targets) == (adapter, 2, ("c_attn",))
    assert load_tokenizer(adapter).vocab_size == load_tokenizer(merged).vocab_size
    assert locate_model(finished.run) == merged


def test_the_model_card_tells_of_the_adapter(finished):
    card = (finished.run / "model" / paths.MODEL_CARD).read_text()
    tokens = len(load_tokenizer(finished.run / "model").section_ids)
    weights = load_file(finished.run / "model" / paths.MODEL_WEIGHTS)
    learned, every = 2 * (16 + 48) + tokens * 16, sum(values.size for values in weights.values())
    assert f"LoRA of rank 2, alpha 4, on `c_attn`, and {tokens} rows of the embedding; merged into the weights" in card
    assert f"parameters that learned | {learned:,} |" in card
    assert f"{every:,} parameters, context" in card


def test_new_section_tokens_learn_and_all_other_rows_stay(finished, base, store):
    tokenizer = load_tokenizer(finished.run / "model")
    before = load_file(base / "model.safetensors")["transformer.wte.weight"]
    after = load_file(finished.run / "model" / "model.safetensors")["transformer.wte.weight"]
    np.testing.assert_array_equal(after[: len(before)], before)
    new = after[list(tokenizer.section_ids)]
    assert np.abs(new - before.mean(axis=0)).max() > 1e-4
    adapter = read_adapter(finished.run / "adapter")
    assert adapter.token_ids == tokenizer.section_ids
    np.testing.assert_array_equal(adapter.token_rows["transformer.wte"], new)


@pytest.mark.usefixtures("eager")
def test_the_loss_of_the_merged_model_is_that_of_the_training(lora, finished):
    config = lora("again", max_steps=1, learning_rate=1e-12)
    model = config.model.model_copy(update={"name": str(finished.run / "model"), "dropout": 0.0})
    again = train(config.model_copy(update={"model": model}))
    assert again.validation_loss == pytest.approx(finished.validation_loss, rel=1e-5)


def test_it_learns(lora, store, base):
    save_base(store, base, layers=2)
    result = train(
        lora("long", max_steps=30, evaluate_every=30, learning_rate=0.1, adapter={"target_modules": ["all-linear"]})
    )
    events = [json.loads(line) for line in (result.run / "events.jsonl").read_text().splitlines()]
    losses = [event["loss"] for event in events if event["kind"] == "step"]
    assert losses[-1] < losses[0] - 0.2
    started = next(event for event in events if event["kind"] == "started")
    tokens = len(load_tokenizer(result.run / "model").section_ids)
    assert started["parameters"] == 2 * 2 * ((16 + 48) + (16 + 16) + 2 * (16 + 64)) + tokens * 16


def test_a_run_does_not_go_on_over_another_base(lora, base):
    with pytest.raises(KilledError):
        train(lora("killed"), observer=kill_at(5))
    config = read_config(base)
    save_model(new_model(config), base)
    with pytest.raises(CheckpointError, match="made for other weights than these"):
        train(lora("killed"), resume=True)


@pytest.mark.parametrize(
    ("adapter", "complaint"),
    [
        ({"rank": 17}, "rank 17 is above the size of transformer.h.0.attn.c_attn, 16"),
        ({"target_modules": ["q_proj"]}, "no projection 'q_proj'; it has c_attn, c_fc, c_proj"),
    ],
)
def test_an_impossible_adapter_is_refused(lora, adapter, complaint):
    with pytest.raises(UsageError, match=complaint):
        train(lora("impossible", adapter))


def test_random_weights_are_not_adapted():
    with pytest.raises(ConfigError, match="random weights must learn themselves"):
        load_config(settings=["adapter.method=lora", "model.initialize=random"])


@pytest.mark.usefixtures("eager")
@pytest.mark.parametrize("precision", ["mixed_bfloat16", "mixed_float16"])
def test_mixed_precision_keeps_adapters_in_float32(lora, precision):
    result = train(lora("mixed", precision=precision, max_steps=2))
    assert np.isfinite(result.validation_loss)
    assert {tensor.dtype for tensor in load_file(result.run / "adapter" / paths.ADAPTER_WEIGHTS).values()} == {
        np.dtype("float32")
    }
