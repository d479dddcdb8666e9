"""What an adapter is: added to a model, learned, assigned and merged."""

from dataclasses import replace

import keras
import numpy as np
import pytest

from recipe_tui.core.errors import CheckpointError, UsageError
from recipe_tui.core.lora.adapter import add_adapter, assign, learned, merge, targeted
from recipe_tui.core.lora.open import load_model, read_config
from recipe_tui.core.lora.peft import read_adapter, write_adapter
from recipe_tui.core.model.weights import save_model
from tests.core.lora.conftest import CHECKPOINTS, LORA, a_learned_adapter, logits


def test_what_a_model_learned_is_read_back_exactly_and_computes_the_same(checkpoint, tmp_path):
    model = a_learned_adapter(checkpoint, token_ids=(40, 41))
    write_adapter(learned(model), tmp_path, fan_in_fan_out=True)
    adapter = read_adapter(tmp_path)
    again = a_learned_adapter(checkpoint, token_ids=(40, 41))
    for variable in again.trainable_variables:
        variable.assign(keras.ops.zeros_like(variable))
    assign(again, adapter)
    for ours, expected in zip(again.trainable_variables, model.trainable_variables, strict=True):
        np.testing.assert_array_equal(ours, expected)
    input_ids = np.arange(20)[None] * 3 % 42
    np.testing.assert_allclose(logits(load_model(tmp_path), input_ids), logits(model, input_ids), atol=1e-4)


@pytest.mark.parametrize("family", ["llama", "llama_untied", "qwen2", "qwen3"])
def test_a_llama_is_adapted_like_a_gpt2_and_a_head_of_its_own_learns_the_new_tokens_too(family, tmp_path):
    rows = read_config(CHECKPOINTS / family).vocab_size
    model = a_learned_adapter(CHECKPOINTS / family, token_ids=(rows, rows + 1))
    write_adapter(learned(model), tmp_path, fan_in_fan_out=False)
    tables = {"model.embed_tokens"} | ({"lm_head"} if family in ("llama_untied", "qwen3") else set())
    assert set(read_adapter(tmp_path).token_rows) == tables
    input_ids = np.arange(12)[None] * 5 % (rows + 2)
    np.testing.assert_allclose(logits(load_model(tmp_path), input_ids), logits(model, input_ids), atol=1e-4)


def test_a_fresh_adapter_leaves_the_loss_alone_and_only_it_learns(checkpoint):
    model = load_model(checkpoint)
    input_ids = np.arange(20)[None]
    before = logits(model, input_ids)
    add_adapter(model, LORA)
    np.testing.assert_array_equal(logits(model, input_ids), before)
    assert {variable.path.split("/", 1)[1] for variable in model.trainable_variables} == {
        f"h_{layer}/attn/c_attn/lora_kernel_{factor}" for layer in (0, 1) for factor in "ab"
    }
    shapes = [tuple(variable.shape) for variable in model.trainable_variables]
    assert shapes[:2] == [(16, 2), (2, 48)]  # over queries, keys and values at once, as PEFT has it


@pytest.mark.parametrize(
    ("targets", "count"), [(("c_attn",), 2), (("mlp.c_proj",), 2), (("c_proj",), 4), (("all-linear",), 8), ((), 2)]
)
def test_targets_are_names_as_peft_reads_them(checkpoint, targets, count):
    assert len(targeted(load_model(checkpoint), targets)) == count


def test_an_unknown_target_and_a_rank_above_the_size_are_refused(checkpoint):
    model = load_model(checkpoint)
    with pytest.raises(UsageError, match="no projection 'attn'; it has c_attn, c_fc, c_proj; or say all-linear"):
        add_adapter(model, replace(LORA, targets=("attn",)))
    with pytest.raises(UsageError, match=r"rank 17 is above the size of transformer\.h\.0\.attn\.c_attn, 16"):
        add_adapter(model, replace(LORA, rank=17))


def test_an_adapter_is_not_merged_into_integers(adapters, checkpoint):
    model = load_model(checkpoint, quantization="int8")
    with pytest.raises(CheckpointError, match="is integers, in which an adapter is lost"):
        merge(model, read_adapter(adapters / "attention"))


def test_a_model_that_learns_by_an_adapter_or_of_integers_is_not_saved_as_it_stands(checkpoint, tmp_path):
    adapted, quantized = load_model(checkpoint), load_model(checkpoint, quantization="int8")
    add_adapter(adapted, LORA)
    for model in (adapted, quantized):
        with pytest.raises(CheckpointError, match="cannot be saved"):
            save_model(model, tmp_path / "model")
