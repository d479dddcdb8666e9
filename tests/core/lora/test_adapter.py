"""Adapters: as PEFT makes and reads them, over the wrong model, several over one."""

import json
import shutil
from dataclasses import replace
from pathlib import Path

import keras
import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from recipe_tui.core.errors import CheckpointError, UsageError
from recipe_tui.core.families.table import FAMILIES
from recipe_tui.core.lora.adapter import Adapter, add_adapter, assign, learned, projections, targeted
from recipe_tui.core.lora.open import AdapterSwitch, adapted_config, check_base, weights_hash
from recipe_tui.core.lora.peft import list_adapters, read_adapter, write_adapter
from recipe_tui.core.model.weights import load_model, read_config, save_model
from recipe_tui.core.registry.locate import locate_model

EXPECTED = Path(__file__).parent / "expected"
LORA = Adapter(rank=2, alpha=4.0, targets=("c_attn",))


@pytest.fixture
def checkpoint():
    """The checkpoint below PEFT's adapters."""
    return EXPECTED / "gpt2"


@pytest.fixture(scope="session")
def peft_logits():
    """What PEFT computes with its own adapters; see expected/make_adapters.py."""
    return load_file(EXPECTED / "adapters.safetensors")


@pytest.fixture
def adapters(tmp_path, checkpoint):
    """The adapters that PEFT made, over the checkpoint where it is."""
    for name in ("attention", "sections"):
        shutil.copytree(EXPECTED / name, tmp_path / name)
        edit(tmp_path / name, base_model_name_or_path=str(checkpoint))
    return tmp_path


def edit(folder, **values):
    path = folder / "adapter_config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


def rewrite(folder, change):
    path = folder / "adapter_model.safetensors"
    tensors = load_file(path)
    change(tensors)
    save_file(tensors, path, metadata={"format": "pt"})


def logits(model, input_ids):
    return np.asarray(model.logits(model(input_ids)))


def a_learned_adapter(checkpoint, token_ids=()):
    config = read_config(checkpoint)
    config.vocab_size += len(token_ids)
    model = load_model(checkpoint, config=config)
    targets = FAMILIES[config.model_type].default_targets
    add_adapter(
        model,
        replace(LORA, targets=targets, token_ids=token_ids, base=str(checkpoint), base_hash=weights_hash(checkpoint)),
    )
    rng = np.random.default_rng(0)
    for variable in model.trainable_variables:
        variable.assign(0.3 * rng.normal(size=variable.shape).astype(np.float32))
    return model


@pytest.mark.parametrize("name", ["attention", "sections"])
def test_an_adapter_that_peft_made_gives_the_logits_that_peft_computes(adapters, peft_logits, name):
    model = load_model(adapters / name)
    ours = logits(model, peft_logits[f"{name}_input_ids"])
    np.testing.assert_allclose(ours, peft_logits[name], atol=1e-4)
    plain = load_model(EXPECTED / "gpt2")
    assert np.abs(ours[..., :40] - logits(plain, peft_logits[f"{name}_input_ids"] % 40)).max() > 0.1


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
        [load_file(EXPECTED / "gpt2" / "model.safetensors")["transformer.wte.weight"], np.ones((3, 16))]
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
    rows = read_config(EXPECTED / family).vocab_size
    model = a_learned_adapter(EXPECTED / family, token_ids=(rows, rows + 1))
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


def test_adapters_over_one_base_are_switched_without_loading_it_again(adapters, peft_logits, checkpoint):
    names = ("attention", "sections")
    model = load_model(checkpoint, config=adapted_config(adapters / "sections"))
    plain = logits(load_model(checkpoint), peft_logits["attention_input_ids"])
    switch = AdapterSwitch(model, {name: read_adapter(adapters / name) for name in names})
    for name in (*names, None, "attention"):
        switch.switch(name)
        input_ids = peft_logits[f"{name or 'attention'}_input_ids"]
        expected = plain if name is None else peft_logits[name]
        np.testing.assert_allclose(logits(model, input_ids)[..., : expected.shape[-1]], expected, atol=1e-4)
        assert switch.active == name
    with pytest.raises(CheckpointError, match="no adapter 'other'; there are: attention, sections"):
        switch.switch("other")


def test_adapters_are_listed_with_what_they_belong_to(adapters, checkpoint):
    (adapters / "damaged").mkdir()
    (adapters / "damaged" / "adapter_config.json").write_text("{")
    listed = list_adapters(adapters)
    assert [(one.path.name, one.rank, one.targets) for one in listed] == [
        ("attention", 3, ("c_attn",)),
        ("sections", 2, ("c_attn", "mlp.c_proj")),
    ]
    assert all(one.base == str(checkpoint) and one.size > 0 for one in listed)


def test_an_adapter_for_another_base_is_refused(checkpoint, tmp_path):
    write_adapter(learned(a_learned_adapter(checkpoint)), tmp_path / "adapter", fan_in_fan_out=True)
    model = load_model(checkpoint)
    model.blocks[0].mlp.c_fc.bias.assign(model.blocks[0].mlp.c_fc.bias + 1)
    save_model(model, tmp_path / "other")
    edit(tmp_path / "adapter", base_model_name_or_path=str(tmp_path / "other"))
    with pytest.raises(CheckpointError, match=r"made for other weights than these \(their hash differs\)"):
        load_model(tmp_path / "adapter")


def test_the_hash_is_of_the_weights_and_not_of_their_files(checkpoint, tmp_path):
    save_model(load_model(checkpoint), tmp_path)
    weights = load_file(tmp_path / "model.safetensors")
    bare = {name.removeprefix("transformer."): values for name, values in weights.items()}
    bare["lm_head.weight"] = bare["wte.weight"].copy()
    bare["h.0.attn.bias"] = np.ones((1, 1, 2, 2), np.float32)
    save_file(bare, tmp_path / "model.safetensors")
    assert weights_hash(tmp_path) == weights_hash(checkpoint)
    check_base(replace(LORA, base_hash=weights_hash(checkpoint)), tmp_path)


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


def test_an_adapter_that_does_not_fit_its_base_says_where(adapters):
    rewrite(
        adapters / "attention",
        lambda tensors: tensors.update({key.replace("h.1", "h.7"): tensors.pop(key) for key in list(tensors)}),
    )
    with pytest.raises(CheckpointError, match=r"changes 'transformer\.h\.7\.attn\.c_attn', which the model does not"):
        load_model(adapters / "attention")


def test_truncated_weights_are_damage(adapters):
    path = adapters / "attention" / "adapter_model.safetensors"
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(CheckpointError, match="damaged or missing"):
        read_adapter(adapters / "attention")


def test_an_adapter_is_not_merged_into_integers(adapters, checkpoint):
    from recipe_tui.core.lora.adapter import merge

    model = load_model(checkpoint, quantization="int8")
    with pytest.raises(CheckpointError, match="is integers, in which an adapter is lost"):
        merge(model, read_adapter(adapters / "attention"))


@pytest.mark.parametrize("quantization", ["int8", "int4"])
@pytest.mark.parametrize("name", ["attention", "sections"])
def test_over_integers_an_adapter_adds_what_it_learned_to_what_they_stand_for(
    adapters, checkpoint, peft_logits, name, quantization
):
    input_ids = peft_logits[f"{name}_input_ids"]
    quantized = load_model(adapters / name, quantization=quantization)
    expected = load_model(adapters / name)
    base = load_model(checkpoint)
    rounded = projections(load_model(checkpoint, quantization=quantization))
    for path, layer in projections(expected).items():
        error = rounded[path].float_kernel() - projections(base)[path].float_kernel()
        layer.put_kernel(layer.float_kernel() + error)
    np.testing.assert_allclose(logits(quantized, input_ids), logits(expected, input_ids), atol=1e-5)
    assert np.median(np.abs(logits(quantized, input_ids) - peft_logits[name])) < 0.15


def test_a_model_that_learns_by_an_adapter_or_of_integers_is_not_saved_as_it_stands(checkpoint, tmp_path):
    adapted, quantized = load_model(checkpoint), load_model(checkpoint, quantization="int8")
    add_adapter(adapted, LORA)
    for model in (adapted, quantized):
        with pytest.raises(CheckpointError, match="cannot be saved"):
            save_model(model, tmp_path / "model")


def test_an_adapters_folder_counts_as_a_model(adapters):
    assert locate_model(adapters / "attention") == adapters / "attention"
    assert read_config(adapters / "sections").vocab_size == 43
