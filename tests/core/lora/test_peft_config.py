"""PEFT's settings: each is supported, without effect, or refused by its name."""

import pytest

from recipe_tui.core.errors import CheckpointError
from recipe_tui.core.lora.open import load_model
from recipe_tui.core.lora.peft import list_adapters, read_adapter
from tests.core.lora.conftest import edit, logits, rewrite

CHANGES_THE_MODEL = {
    "peft_type": "LOHA",
    "bias": "lora_only",
    "use_dora": True,
    "use_qalora": True,
    "lora_bias": True,
    "ensure_weight_tying": True,
    "rank_pattern": {"c_(attn|proj)": 4},
    "alpha_pattern": {"h.[0-3].*": 4},
    "layer_replication": [[0, 2]],
    "target_parameters": ["mlp.experts.weight"],
    "alora_invocation_tokens": [1, 2],
    "loftq_config": {"loftq_bits": 4},
    "arrow_config": {"top_k": 2},
    "corda_config": {"corda_method": "ipm"},
    "kasa_config": {"beta": 1e-4},
    "lora_ga_config": {"direction": "ArB2r"},
    "megatron_config": {"tensor_model_parallel_size": 2},
    "monteclora_config": {"num_samples": 4},
    "use_bdlora": {"nblocks": 2},
    "velora_config": {"num_groups": 4},
    "revision": "v2",
    "a_setting_of_tomorrow": "yes",
}
CHANGES_NOTHING = {
    "exclude_modules": ["lm_head"],
    "layers_to_transform": [0, 1],
    "layers_pattern": "h",
    "fan_in_fan_out": False,
    "peft_version": "0.99",
    "task_type": None,
    "auto_mapping": {"base_model_class": "GPT2LMHeadModel"},
    "eva_config": {"rho": 2.0},
    "runtime_config": {"ephemeral_gpu_offload": False},
    "a_setting_of_tomorrow": None,
    "modules_to_save": [],
    "megatron_core": "megatron.core",
    "qalora_group_size": 16,
    "inference_mode": False,
}


@pytest.mark.parametrize("name", CHANGES_THE_MODEL)
def test_a_setting_that_changes_the_model_is_refused_by_its_name(adapters, name):
    edit(adapters / "attention", **{name: CHANGES_THE_MODEL[name]})
    with pytest.raises(CheckpointError, match=rf"{name} = .* is not supported"):
        read_adapter(adapters / "attention")


@pytest.mark.parametrize("initialization", ["pissa", "pissa_niter_16", "olora", "corda", "loftq", "lora_ga", "mica"])
def test_so_is_an_initialization_that_changes_the_base(adapters, initialization):
    edit(adapters / "attention", init_lora_weights=initialization)
    with pytest.raises(CheckpointError, match=f"init_lora_weights = '{initialization}' is not supported"):
        read_adapter(adapters / "attention")


def test_settings_without_effect_leave_the_logits_as_they_are(adapters, peft_logits):
    edit(adapters / "attention", **CHANGES_NOTHING, init_lora_weights="eva")
    found = logits(load_model(adapters / "attention"), peft_logits["attention_input_ids"])
    assert abs(found - peft_logits["attention"]).max() < 1e-4


@pytest.mark.parametrize(
    "values",
    [
        {"target_modules": ["c_attn", True]},
        {"target_modules": {"c_attn": 1}},
        {"r": True},
        {"r": 10**9},
        {"lora_alpha": float("nan")},
        {"lora_alpha": "16"},
        {"lora_dropout": 2},
        {"use_rslora": "false"},
        {"modules_to_save": "wte"},
        {"trainable_token_indices": {"wte": [-1]}},
        {"base_model_name_or_path": ["gpt2"]},
    ],
    ids=lambda values: "-".join(values),
)
def test_an_impossible_value_is_damage_that_hides_no_other_adapter(adapters, values):
    edit(adapters / "attention", **values)
    with pytest.raises(CheckpointError, match=next(iter(values))):
        read_adapter(adapters / "attention")
    assert [one.path.name for one in list_adapters(adapters)] == ["sections"]


def test_settings_nested_too_deeply_are_damage(adapters):
    (adapters / "attention" / "adapter_config.json").write_text("[" * 100_000)
    with pytest.raises(CheckpointError, match="cannot be read"):
        read_adapter(adapters / "attention")


@pytest.mark.parametrize("module", ["wte", "lm_head", "ln_f", "h.0.mlp.c_proj"])
def test_whole_modules_of_a_tied_model_are_refused_by_the_name_of_the_field(adapters, checkpoint, module):
    from safetensors.numpy import load_file

    weights = load_file(checkpoint / "model.safetensors")

    def replace_module(tensors):
        name = "lm_head.weight" if module == "lm_head" else f"transformer.{module}.weight"
        tensors[f"base_model.model.{name}"] = weights.get(name, weights["transformer.wte.weight"]) + 1

    edit(adapters / "attention", modules_to_save=[module])
    rewrite(adapters / "attention", replace_module)
    with pytest.raises(CheckpointError, match="modules_to_save"):
        load_model(adapters / "attention")
