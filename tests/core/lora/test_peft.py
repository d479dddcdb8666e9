"""Adapters on disk, as PEFT writes and reads them."""

import json

import numpy as np
import pytest
from safetensors.numpy import load_file

from recipe_tui.core.errors import CheckpointError
from recipe_tui.core.lora.open import load_model
from recipe_tui.core.lora.peft import PREFIX, list_adapters, read_adapter, write_adapter
from tests.core.lora.conftest import CHECKPOINTS, edit, logits, rewrite


def test_an_adapter_of_peft_survives_being_written_by_us(adapters, tmp_path):
    adapter = read_adapter(adapters / "sections")
    write_adapter(adapter, tmp_path / "again", fan_in_fan_out=True)
    theirs, ours = (
        load_file(folder / "adapter_model.safetensors") for folder in (adapters / "sections", tmp_path / "again")
    )
    assert theirs.keys() == ours.keys()
    for name, values in theirs.items():
        np.testing.assert_array_equal(ours[name], values)
    config = json.loads((tmp_path / "again" / "adapter_config.json").read_text())
    assert (config["r"], config["fan_in_fan_out"], config["target_modules"]) == (2, True, ["c_attn", "mlp.c_proj"])
    assert config["trainable_token_indices"] == {"wte": [40, 41, 42]}


def test_a_table_that_peft_saved_as_a_whole_is_taken_as_a_whole_and_a_tied_head_once(adapters, peft_logits):
    table = np.concatenate(
        [load_file(CHECKPOINTS / "gpt2" / "model.safetensors")["transformer.wte.weight"], np.ones((3, 16))]
    )

    def add_tables(tensors):
        for name in ("transformer.wte", "lm_head"):
            path = f"base_model.model.{name}.token_adapter"
            tensors[f"{path}.base_layer.weight"] = table.astype(np.float32)
            tensors[f"{path}.trainable_tokens_delta"] = tensors[
                "base_model.model.transformer.wte.token_adapter.trainable_tokens_delta"
            ].copy()

    rewrite(adapters / "sections", add_tables)
    model = load_model(adapters / "sections")
    np.testing.assert_allclose(logits(model, peft_logits["sections_input_ids"]), peft_logits["sections"], atol=1e-4)


def test_adapters_are_listed_with_what_they_belong_to(adapters, checkpoint):
    (adapters / "damaged").mkdir()
    (adapters / "damaged" / "adapter_config.json").write_text("{")
    listed = list_adapters(adapters)
    assert [(one.path.name, one.rank, one.targets) for one in listed] == [
        ("attention", 3, ("c_attn",)),
        ("sections", 2, ("c_attn", "mlp.c_proj")),
    ]
    assert all(one.base == str(checkpoint) and one.size > 0 for one in listed)


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        ({"use_dora": True}, "use_dora = True is not supported"),
        ({"bias": "all"}, "bias = 'all' is not supported"),
        ({"r": 5}, "are no pair of rank 5"),
        ({"r": None}, "cannot be read"),
        ({"base_model_name_or_path": None}, "does not say which model it belongs to"),
    ],
)
def test_adapters_of_another_kind_and_damaged_ones_are_refused(adapters, change, complaint):
    edit(adapters / "attention", **change)
    with pytest.raises(CheckpointError, match=complaint):
        load_model(adapters / "attention")


@pytest.mark.parametrize("value", [np.nan, np.inf])
def test_weights_that_are_no_numbers_are_refused_by_name(adapters, value):
    name = next(iter(load_file(adapters / "attention" / "adapter_model.safetensors")))
    rewrite(adapters / "attention", lambda tensors: tensors[name].__setitem__((0, 0), value))
    with pytest.raises(CheckpointError, match=f"weight '{name}' holds NaN or infinity"):
        read_adapter(adapters / "attention")


def test_truncated_weights_are_damage(adapters):
    path = adapters / "attention" / "adapter_model.safetensors"
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(CheckpointError, match="damaged or missing"):
        read_adapter(adapters / "attention")


@pytest.mark.parametrize("rslora", [False, True])
def test_patterns_give_projections_ranks_and_scales_of_their_own(adapters, rslora):
    folder = adapters / "attention"
    before = read_adapter(folder)
    wide, narrow = sorted(before.factors)[:2]
    edit(
        folder,
        r=before.rank,
        lora_alpha=6,
        use_rslora=rslora,
        rank_pattern={narrow: 1},
        alpha_pattern={f"^{narrow}": 5, "of_another_model": 7},
    )

    def cut(tensors):
        tensors[f"{PREFIX}{narrow}.lora_A.weight"] = tensors[f"{PREFIX}{narrow}.lora_A.weight"][:1].copy()
        tensors[f"{PREFIX}{narrow}.lora_B.weight"] = tensors[f"{PREFIX}{narrow}.lora_B.weight"][:, :1].copy()

    rewrite(folder, cut)
    after = read_adapter(folder)
    assert after.rank == before.rank

    def update(name):
        first, second = after.factors[name]
        return after.alpha / after.rank * (first @ second)

    first, second = before.factors[narrow]
    scale = 6 / (before.rank**0.5 if rslora else before.rank)
    np.testing.assert_allclose(update(narrow), 5.0 * (first[:, :1] @ second[:1]), rtol=1e-5)  # rank 1: 5 / 1
    np.testing.assert_allclose(update(wide), scale * (before.factors[wide][0] @ before.factors[wide][1]), rtol=1e-5)
