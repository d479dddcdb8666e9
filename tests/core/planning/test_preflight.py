import os
import shutil
import tempfile
from collections import namedtuple

import pytest

from recipe_tui.core import backend, paths
from recipe_tui.core.config import load_config
from recipe_tui.core.machine import Available
from recipe_tui.core.planning import preflight as module
from recipe_tui.core.planning.preflight import Finding, preflight

PLENTY = Available("main memory", 10**12, 10**12)


@pytest.fixture
def checked(tmp_path, recipes_file):
    """Check the sample's model with changes, and return what is no good."""

    def check(memory=PLENTY, top=None, data=None, model=None, training=None, adapter=None, all_of_it=False):
        config = load_config(
            top={"output": str(tmp_path / "output"), **(top or {})},
            data={"source": [str(recipes_file)], **(data or {})},
            model={"name": str(paths.SAMPLE_MODEL), "initialize": "random", **(model or {})},
            training=training or {},
            adapter=adapter or {},
        )
        return [one for one in preflight(config, lambda: memory) if all_of_it or one.level != "ok"]

    return check


def test_a_configuration_that_will_do_has_nothing_but_good_findings(checked):
    found = checked(all_of_it=True)
    assert {finding.level for finding in found} == {"ok"}
    messages = "\n".join(finding.message for finding in found)
    for word in ("name", "Keras runs on", "1 file of recipes", "GPT-2 with 3.7 million", "tokenizer", "written", "GB"):
        assert word in messages


def test_missing_recipes_are_named_with_their_setting(checked):
    (finding,) = checked(data={"source": ["./nowhere.jsonl"]})
    assert finding == Finding("error", "./nowhere.jsonl: no such file", "check the path", "data.source")


def test_nothing_to_train_on_is_an_error(checked):
    (finding,) = checked(data={"source": []})
    assert (finding.message, finding.setting) == ("nothing to train on", "data.source")


def test_a_name_without_a_file_is_said_to_be_looked_for_on_the_hub(checked):
    (finding,) = checked(data={"source": ["user/recipes"]})
    assert (finding.level, finding.setting) == ("warning", "data.source")


def test_a_scorecard_needs_held_out_recipes(checked):
    (finding,) = checked(data={"validation_fraction": 0}, training={"best_by": "scorecard"})
    assert (finding.level, finding.setting) == ("error", "training.best_by")
    assert "none are held out" in finding.message


def test_scorecards_that_take_much_of_the_time_are_warned_of(checked):
    (finding,) = checked(training={"best_by": "scorecard", "evaluate_every": 2})
    assert (finding.level, finding.setting) == ("warning", "training.evaluate_every")
    assert finding.message == "writing for the scorecards takes up to 45% of the time, about"
    assert not checked(training={"best_by": "scorecard", "evaluate_every": 20})
    assert not checked(training={"evaluate_every": 2})


def test_a_store_that_is_none_is_an_error(checked, tmp_path):
    (finding,) = checked(data={"source": [], "store": str(tmp_path)})
    assert (finding.level, finding.setting) == ("error", "data.store")


@pytest.mark.parametrize("name", ["./nothing", "/no/where"])
def test_a_model_that_is_not_there_is_an_error(checked, name):
    found = checked(model={"name": name}, data={"tokenizer": str(paths.SAMPLE_MODEL)})
    assert [(finding.level, finding.setting) for finding in found] == [("error", "model.name")]


def test_a_model_without_weights_cannot_be_gone_on_with(checked):
    (finding,) = checked(model={"initialize": "pretrained"})
    assert "no weights in it" in finding.message
    assert finding.setting == "model.initialize"


def test_heads_that_cannot_share_a_width_are_an_error(checked):
    (finding,) = checked(model={"n_embd": 100, "n_head": 3})
    assert finding.message == "a width of 100 cannot be shared by 3 heads"


def test_an_unknown_tokenizer_is_an_error(checked):
    (finding,) = checked(data={"tokenizer": str(paths.SAMPLE_RECIPES.parent)})
    assert "no tokenizer can be loaded" in finding.message
    assert finding.setting == "data.tokenizer"


def test_a_tokenizer_larger_than_the_checkpoints_embedding_is_an_error(checked, tmp_path):
    shape = (paths.SAMPLE_MODEL / "config.json").read_text().replace('"vocab_size": 1500', '"vocab_size": 100')
    (tmp_path / "config.json").write_text(shape)
    (tmp_path / "model.safetensors").touch()
    tokenizer = str(paths.SAMPLE_MODEL)
    (finding,) = checked(model={"name": str(tmp_path), "initialize": "pretrained"}, data={"tokenizer": tokenizer})
    assert finding.message == "the tokenizer has 1,500 tokens and the checkpoint's embedding 100 rows"


def test_four_bits_of_a_small_model_are_a_warning_before_anything_runs(checked, tmp_path):
    for name in ("config.json", "tokenizer.json", "tokenizer_config.json"):
        (tmp_path / name).write_bytes((paths.SAMPLE_MODEL / name).read_bytes())
    (tmp_path / "model.safetensors").touch()
    model = {"name": str(tmp_path), "initialize": "pretrained", "quantization": "int4"}
    (finding,) = checked(model=model, adapter={"method": "lora"})
    assert finding.message == "4 bits cost a model of 4 million parameters much of its quality"
    assert (finding.level, finding.setting) == ("warning", "model.quantization")
    assert checked(model=model | {"quantization": "int8"}, adapter={"method": "lora"}) == []


def test_a_block_above_the_models_context_is_an_error(checked):
    (finding,) = checked(data={"block_size": 4096})
    assert finding.message == "block_size 4096 is above the model's context of 512"
    assert finding.setting == "data.block_size"


@pytest.mark.parametrize(("name", "complaint"), [("taken", "exists already"), ("a/b", "cannot be the name")])
def test_a_name_that_cannot_be_had_is_an_error(checked, tmp_path, name, complaint):
    (tmp_path / "output" / "taken").mkdir(parents=True)
    (finding,) = checked(top={"run": name})
    assert complaint in finding.message
    assert finding.setting == "run"


def test_an_output_that_cannot_be_written_is_an_error(checked, monkeypatch):
    def refused(**_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(tempfile, "NamedTemporaryFile", refused)
    (finding,) = checked()
    assert "cannot be written (Permission denied)" in finding.message
    assert finding.setting == "output"


def test_a_disk_without_room_for_the_checkpoints_is_an_error(checked, monkeypatch):
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda _: usage(100, 100, 0))
    (finding,) = checked()
    assert finding.message == "the checkpoints take up to 0.3 GB with a reserve, and 0.0 GB are free"


def test_too_little_memory_is_an_error_and_too_little_of_it_free_a_warning(checked):
    (none,) = checked(Available("main memory", 10**6, 10**6))
    (busy,) = checked(Available("main memory", 10**6, 10**12))
    assert (none.level, busy.level) == ("error", "warning")
    assert "0.0 of 0.0 GB are free" in none.message
    assert "batch_size" in none.hint


def test_a_backend_that_is_not_installed_is_an_error(checked, monkeypatch):
    monkeypatch.setattr(backend, "installed_backends", lambda: [])
    assert checked()[0].message == "neither TensorFlow nor JAX is installed"
    monkeypatch.setattr(backend, "installed_backends", lambda: ["tensorflow"])
    monkeypatch.setitem(os.environ, "KERAS_BACKEND", "jax")
    assert checked()[0].message == "KERAS_BACKEND=jax, but jax is not installed"
    monkeypatch.setitem(os.environ, "KERAS_BACKEND", "torch")
    assert checked()[0].message == "KERAS_BACKEND=torch is not supported"


def test_weights_that_the_backend_cannot_split_are_an_error(checked, monkeypatch):
    monkeypatch.setattr(backend, "installed_backends", lambda: ["tensorflow"])
    monkeypatch.delitem(os.environ, "KERAS_BACKEND", raising=False)
    (finding,) = checked(training={"model_parallel": 2})
    assert (finding.level, finding.setting) == ("error", "training.model_parallel")


def test_float16_on_a_processor_is_worth_a_warning(checked):
    (finding,) = checked(training={"precision": "mixed_float16"})
    assert (finding.level, finding.setting) == ("warning", "training.precision")


def test_float16_is_an_error_where_jax_would_compute_it_on_a_processor(checked, monkeypatch):
    monkeypatch.setattr(backend, "installed_backends", lambda: ["jax"])
    monkeypatch.delitem(os.environ, "KERAS_BACKEND", raising=False)
    (finding,) = checked(training={"precision": "mixed_float16"})
    assert (finding.level, finding.message) == ("error", "JAX multiplies no float16 numbers on a processor")


def test_the_memory_is_planned_in_parts(checked):
    text = next(finding.message for finding in checked(all_of_it=True) if "GB of main memory" in finding.message)
    for part in ("weights 0.01", "gradients 0.01", "optimizer 0.03", "activations 0.", "logits 0."):
        assert part in text


def test_too_few_batch_tokens_are_an_error(checked):
    (finding,) = checked(training={"batch_tokens": 100})
    assert (finding.message, finding.setting) == (
        "batch_tokens 100 is less than a block of 512 tokens",
        "training.batch_tokens",
    )


def test_too_little_memory_names_what_saves_most_first(checked):
    (finding,) = checked(Available("main memory", 10**6, 10**6), training={"batch_size": 4})
    assert finding.hint.startswith("set ")
    assert "training.batch_size = 2 and training.gradient_accumulation_steps = 2" in finding.hint
    assert "adapter.method" not in finding.hint  # random weights must learn themselves


def test_a_check_that_breaks_stops_no_other(checked, monkeypatch):
    monkeypatch.setattr(module, "check_backend", lambda config: 1 / 0)
    (finding,) = checked()
    assert "ZeroDivisionError" in finding.message


def test_a_name_that_a_run_could_not_take_is_an_error_of_that_setting(tmp_path):
    (tmp_path / "taken").mkdir()
    (tmp_path / "taken" / "thesis.txt").touch()
    (tmp_path / "empty").mkdir()
    for name, setting in [("taken", "run"), (".hidden", "run"), ("empty", "run"), ("new", "")]:
        config = load_config(top={"output": str(tmp_path), "run": name})
        finding = next(preflight(config))
        assert (finding.level, finding.setting) == ("error" if setting else "ok", setting)
