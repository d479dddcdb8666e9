import json
import shutil

import keras
import numpy as np
import pytest
from safetensors.numpy import load_file, save_file

from recipe_tui.core.errors import CheckpointError, OutputError
from recipe_tui.core.machine import Available
from recipe_tui.core.model.weights import (
    grown,
    load_model,
    needed_memory,
    new_model,
    read_config,
    save_model,
    tensors,
    weights_size,
)
from recipe_tui.core.registry.tensors import LARGEST_HEADER
from tests.core.model.conftest import EXPECTED


@pytest.fixture
def copy(checkpoint, tmp_path):
    """A checkpoint that a test may damage."""
    folder = tmp_path / "checkpoint"
    shutil.copytree(checkpoint, folder)
    return folder


@pytest.fixture
def gpt2(tmp_path):
    folder = tmp_path / "gpt2"
    shutil.copytree(EXPECTED / "gpt2", folder)
    return folder


@pytest.fixture
def llama(tmp_path):
    folder = tmp_path / "llama"
    shutil.copytree(EXPECTED / "llama", folder)
    return folder


def configure(folder, **changes):
    path = folder / "config.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def rewrite(folder, change):
    path = folder / "model.safetensors"
    weights = load_file(path)
    change(weights)
    save_file(weights, path)


def logits_of(model, input_ids):
    return keras.ops.convert_to_numpy(model.logits(model(input_ids)))


def test_a_checkpoint_is_saved_as_it_was_loaded_weight_for_weight(checkpoint, tmp_path):
    save_model(load_model(checkpoint), tmp_path)
    before, after = load_file(checkpoint / "model.safetensors"), load_file(tmp_path / "model.safetensors")
    assert after.keys() == before.keys()
    for name, weight in before.items():
        np.testing.assert_array_equal(after[name], weight)


def test_what_is_saved_says_its_type_and_architecture_so_that_other_programs_open_it(tiny, tmp_path):
    save_model(new_model(tiny), tmp_path)
    config = json.loads((tmp_path / "config.json").read_text())
    assert (config["model_type"], config["architectures"]) in [
        ("gpt2", ["GPT2LMHeadModel"]),
        ("llama", ["LlamaForCausalLM"]),
    ]
    assert config["vocab_size"] == 30
    assert json.loads((tmp_path / "generation_config.json").read_text())["eos_token_id"] == 0


def test_the_generation_config_of_a_checkpoint_is_carried_through_with_all_its_ends(gpt2, tmp_path):
    kept = {"temperature": 0.6, "top_p": 0.9, "do_sample": True, "eos_token_id": [3, 4], "pad_token_id": 5}
    (gpt2 / "generation_config.json").write_text(json.dumps(kept))
    ends = read_config(gpt2).eos_token_id
    save_model(load_model(gpt2), tmp_path / "saved")
    found = json.loads((tmp_path / "saved" / "generation_config.json").read_text())
    assert {name: found[name] for name in kept if name != "eos_token_id"} == {
        name: value for name, value in kept.items() if name != "eos_token_id"
    }
    assert found["eos_token_id"] == [3, 4, ends]


@pytest.mark.parametrize("text", ["{", "[]", "5", '{"eos_token_id": "x"}', '{"eos_token_id": [true, 1.5]}', "[" * 9999])
def test_a_damaged_generation_config_is_as_none(gpt2, tmp_path, text):
    (gpt2 / "generation_config.json").write_text(text)
    save_model(load_model(gpt2), tmp_path / "saved")
    found = json.loads((tmp_path / "saved" / "generation_config.json").read_text())
    assert found["eos_token_id"] == read_config(gpt2).eos_token_id


def test_a_header_of_weights_larger_than_any_is_refused(gpt2):
    size = LARGEST_HEADER + 1
    (gpt2 / "model.safetensors").write_bytes(size.to_bytes(8, "little") + b"{" + b" " * 100)
    with pytest.raises(CheckpointError, match="a header of more than 16 MB"):
        list(tensors(gpt2))


def test_pytorch_opens_what_is_saved_and_computes_the_same_logits(tiny, tmp_path):
    torch = pytest.importorskip("torch", reason="PyTorch is not among the project's requirements")
    from transformers import AutoModelForCausalLM

    model = new_model(tiny)
    save_model(model, tmp_path)
    opened, report = AutoModelForCausalLM.from_pretrained(tmp_path, output_loading_info=True)
    assert not report["missing_keys"]
    assert not report["unexpected_keys"]
    input_ids = np.arange(20).reshape(2, 10)
    with torch.no_grad():
        logits = opened(torch.tensor(input_ids)).logits.numpy()
    np.testing.assert_allclose(logits_of(model, input_ids), logits, atol=1e-4)


def test_names_without_prefix_and_the_buffers_of_old_exports_are_understood(gpt2):
    def as_the_hub_has_gpt2(weights):
        for name in list(weights):
            weights[name.removeprefix("transformer.")] = weights.pop(name)
        weights["h.0.attn.bias"] = np.ones((1, 1, 24, 24), np.float32)
        weights["h.1.attn.masked_bias"] = np.float32([-1e4])
        weights["lm_head.weight"] = weights["wte.weight"].copy()

    rewrite(gpt2, as_the_hub_has_gpt2)
    expected = load_file(EXPECTED / "gpt2.safetensors")
    np.testing.assert_allclose(logits_of(load_model(gpt2), expected["input_ids"]), expected["logits"], atol=2e-5)


def test_a_tied_head_that_an_old_export_wrote_besides_is_left_out(llama):
    rewrite(llama, lambda weights: weights.update({"lm_head.weight": weights["model.embed_tokens.weight"].copy()}))
    expected = load_file(EXPECTED / "llama.safetensors")
    np.testing.assert_allclose(logits_of(load_model(llama), expected["input_ids"]), expected["logits"], atol=2e-5)


@pytest.mark.parametrize("name", ["gpt2", "llama"])
def test_a_head_that_differs_from_the_embedding_that_it_is_tied_to_is_refused(tmp_path, name):
    folder = tmp_path / name
    shutil.copytree(EXPECTED / name, folder)
    embedding = {"gpt2": "transformer.wte.weight", "llama": "model.embed_tokens.weight"}[name]
    rewrite(folder, lambda weights: weights.update({"lm_head.weight": weights[embedding] + np.float32(0.01)}))
    with pytest.raises(CheckpointError, match=r"lm_head\.weight differs from the embedding"):
        load_model(folder)


def test_a_llama_configuration_of_before_transformers_5_is_understood(llama):
    config = json.loads((llama / "config.json").read_text())
    rope = config.pop("rope_parameters")
    (llama / "config.json").write_text(
        json.dumps(config | {"rope_theta": rope.pop("rope_theta"), "rope_scaling": rope})
    )
    expected = load_file(EXPECTED / "llama.safetensors")
    np.testing.assert_allclose(logits_of(load_model(llama), expected["input_ids"]), expected["logits"], atol=2e-5)


def test_weights_in_several_files_are_put_together_by_their_index(copy, expected):
    weights = load_file(copy / "model.safetensors")
    (copy / "model.safetensors").unlink()
    names = sorted(weights)
    files = {"model-1.safetensors": names[:7], "model-2.safetensors": names[7:]}
    for file, part in files.items():
        save_file({name: weights[name] for name in part}, copy / file)
    index = {"weight_map": {name: file for file, part in files.items() for name in part}}
    (copy / "model.safetensors.index.json").write_text(json.dumps(index))
    np.testing.assert_allclose(logits_of(load_model(copy), expected["input_ids"]), expected["logits"], atol=2e-5)
    (copy / "model-2.safetensors").unlink()
    with pytest.raises(CheckpointError, match=r"model-2\.safetensors: missing"):
        load_model(copy)


def test_half_precision_checkpoints_become_float32(copy):
    rewrite(copy, lambda weights: weights.update({name: w.astype(np.float16) for name, w in weights.items()}))
    assert {variable.dtype for variable in load_model(copy).weights} == {"float32"}


def test_new_rows_of_embedding_and_head_are_the_mean_of_the_old_and_hardly_change_the_loss(checkpoint, expected):
    config = read_config(checkpoint)
    config.vocab_size = 44
    model = load_model(checkpoint, config=config)
    for table in (keras.ops.convert_to_numpy(one.embeddings) for one in (model.input_tokens, model.output_tokens)):
        assert table.shape[0] == 44
        np.testing.assert_allclose(table[40:], np.repeat(table[:40].mean(0, keepdims=True), 4, axis=0), atol=1e-6)
    logits = logits_of(model, expected["input_ids"])
    np.testing.assert_allclose(logits[..., :40], expected["logits"], atol=2e-5)
    np.testing.assert_allclose(logits[..., 40:].mean(-1), expected["logits"].mean(-1), atol=1e-4)


def test_a_table_with_fewer_rows_than_its_own_configuration_says_is_refused_and_not_grown(copy):
    configure(copy, vocab_size=read_config(copy).vocab_size + 1)
    with pytest.raises(CheckpointError, match=r"is \(40, .*its configuration says \(41, "):
        load_model(copy)


def test_growing_never_shrinks():
    rows = np.ones((5, 2), np.float32)
    assert grown(rows, 3) is rows


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        (lambda folder: (folder / "config.json").unlink(), "no checkpoint"),
        (lambda folder: (folder / "config.json").write_text("{"), "cannot be read"),
        (lambda folder: (folder / "config.json").write_text('{"model_type": "bert"}'), "model_type is 'bert'"),
        (lambda folder: (folder / "config.json").write_text("[]"), "model_type is None"),
        (lambda folder: (folder / "model.safetensors").unlink(), "no weights"),
        (lambda folder: (folder / "model.safetensors").write_bytes(b"PK\3\4 not weights"), "damaged or truncated"),
    ],
)
def test_a_folder_that_is_no_checkpoint_says_so(copy, damage, message):
    damage(copy)
    with pytest.raises(CheckpointError, match=message) as error:
        load_model(copy)
    assert error.value.hint


def test_a_model_that_does_not_fit_says_so_before_it_is_loaded(checkpoint, monkeypatch):
    memory = Available("main memory", 20_000, 1_000_000)
    monkeypatch.setattr("recipe_tui.core.model.weights.available_memory", lambda: memory)
    monkeypatch.setattr("recipe_tui.core.model.weights.new_model", lambda *_: pytest.fail("was made"))
    with pytest.raises(CheckpointError, match=r"takes 0\.00 GB, and 0\.00 GB of main memory are free") as error:
        load_model(checkpoint)
    assert "smaller model" in error.value.hint


@pytest.mark.parametrize("quantization", ["none", "int8", "int4"])
def test_the_memory_that_a_model_takes_is_known_before_it_is_loaded(checkpoint, quantization):
    needed = needed_memory(checkpoint, "float32", quantization)
    model = load_model(checkpoint, quantization=quantization)
    beside = [one for one in model.weights if one.name in ("kernel_scale", "kernel_zero", "g_idx")]
    assert needed == weights_size(model) - sum(np.prod(one.shape) * np.dtype(one.dtype).itemsize for one in beside)


@pytest.mark.parametrize("value", [np.nan, -np.inf])
def test_weights_that_are_no_numbers_are_refused_by_name(gpt2, value):
    rewrite(gpt2, lambda weights: weights["transformer.h.0.ln_1.weight"].__setitem__(3, value))
    with pytest.raises(CheckpointError, match=r"weight 'transformer\.h\.0\.ln_1\.weight' holds NaN or infinity"):
        load_model(gpt2)


def test_truncated_weights_say_so(copy):
    path = copy / "model.safetensors"
    path.write_bytes(path.read_bytes()[:-100])
    with pytest.raises(CheckpointError, match="damaged or truncated"):
        load_model(copy)


def test_weights_that_do_not_fit_their_configuration_say_which(gpt2):
    rewrite(gpt2, lambda weights: weights.pop("transformer.h.1.mlp.c_fc.bias"))
    with pytest.raises(CheckpointError, match=r"1 weights are missing, 'transformer\.h\.1\.mlp\.c_fc\.bias'"):
        load_model(gpt2)
    rewrite(gpt2, lambda weights: weights.update({"transformer.h.1.mlp.c_fc.bias": np.zeros(3, np.float32)}))
    with pytest.raises(CheckpointError, match=r"c_fc\.bias' is \(3,\), its configuration says \(64,\)"):
        load_model(gpt2)
    rewrite(gpt2, lambda weights: weights.update({"extra.weight": np.zeros(3, np.float32)}))
    with pytest.raises(CheckpointError, match=r"extra\.weight|c_fc"):
        load_model(gpt2)


def test_a_variant_that_is_not_supported_is_refused_before_it_computes_nonsense(gpt2):
    configure(gpt2, scale_attn_by_inverse_layer_idx=True)
    with pytest.raises(CheckpointError, match="scale_attn_by_inverse_layer_idx"):
        read_config(gpt2)


def test_an_activation_without_a_function_is_refused_when_the_folder_is_opened(gpt2):
    for name in ("prelu", "xielu", "none", None):
        configure(gpt2, activation_function=name)
        with pytest.raises(CheckpointError, match="activation_function"):
            read_config(gpt2)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"n_layer": 10**9}, "n_layer is 1000000000"),
        ({"n_embd": 10**12}, "n_embd is"),
        ({"n_embd": -16}, "n_embd is -16"),
        ({"n_head": 3}, "n_head = 3"),
        ({"vocab_size": 10**7}, "describes 160,"),
        ({"n_layer": 10_000}, "10,000 layers"),
        ({"quantization_config": {"quant_method": "gptq"}}, "quantization_config"),
    ],
)
def test_a_configuration_of_a_far_larger_model_is_refused_before_memory_is_taken(gpt2, change, message):
    configure(gpt2, **change)
    with pytest.raises(CheckpointError, match=message):
        load_model(gpt2)


@pytest.mark.parametrize(
    "names",
    [["../model.safetensors"], ["/etc/passwd"], [3], [None, "a"], [["a"]], [], ["a\0.safetensors"], ["config.json"]],
    ids=["above", "absolute", "number", "nothing", "list", "empty", "nul", "json"],
)
def test_an_index_that_names_no_files_of_its_folder_is_damage(gpt2, names):
    (gpt2 / "model.safetensors").unlink()
    index = {"weight_map": {f"weight.{number}": name for number, name in enumerate(names)}}
    (gpt2 / "model.safetensors.index.json").write_text(json.dumps(index))
    with pytest.raises(CheckpointError, match=r"model\.safetensors\.index\.json: cannot be read"):
        load_model(gpt2)


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"rope_parameters": {"rope_theta": 1e4, "rope_type": "yarn", "factor": 2.0}}, "rope_type = yarn"),
        ({"rope_parameters": {"rope_theta": 1e4, "rope_type": "linear", "factor": 0.0}}, "rope_parameters"),
        ({"rope_parameters": {"rope_theta": 1e4, "rope_type": "default", "partial_rotary_factor": 0.5}}, "partial_rot"),
        ({"num_key_value_heads": 4}, "num_key_value_heads = 4"),
        ({"head_dim": 3}, "head_dim = 3"),
        ({"hidden_act": "gelu"}, "hidden_act = gelu"),
        ({"num_attention_heads": 5}, "impossible"),
        ({"hidden_size": "wide"}, "impossible"),
    ],
)
def test_so_is_one_of_llama(llama, change, message):
    configure(llama, **change)
    with pytest.raises(CheckpointError, match=message):
        read_config(llama)


def test_a_place_that_cannot_be_written_to_says_so(tiny_config, tmp_path):
    (tmp_path / "file").write_text("in the way")
    with pytest.raises(OutputError, match="cannot be written"):
        save_model(new_model(tiny_config), tmp_path / "file")
