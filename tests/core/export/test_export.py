"""Models in other forms, opened again and compared with what they were."""

import json
import shutil

import numpy as np
import pytest
from safetensors.numpy import load_file

from recipe_tui.core import paths
from recipe_tui.core.errors import CheckpointError, OutputError, UsageError
from recipe_tui.core.export.export import SPLIT, _write, export
from recipe_tui.core.generation.generator import Generator
from recipe_tui.core.gguf.reading import GgufFile
from recipe_tui.core.gguf.writing import write_gguf
from recipe_tui.core.model.weights import load_model, new_model, read_config, save_model
from recipe_tui.core.registry.locate import locate_model
from recipe_tui.core.text.tokenizer import load_tokenizer

pytestmark = pytest.mark.usefixtures("eager")


@pytest.fixture(autouse=True)
def cache(tmp_path, monkeypatch):
    """A user's cache folder of this test alone."""
    monkeypatch.setattr("platformdirs.user_cache_path", lambda name: tmp_path / "cache" / name)


def test_a_run_becomes_a_model_folder_that_is_equal(run, tmp_path):
    done = export(run, tmp_path / "soups", "huggingface", held_out_blocks=3)
    assert done.verdict.standing == "equal"
    assert done.verdict.largest_difference == 0
    assert done.verdict.loss_before == pytest.approx(done.verdict.loss_after)
    assert done.verdict.text == "3 held-out blocks of its run"
    assert (done.weights, done.size) == (tmp_path / "soups" / paths.MODEL_WEIGHTS, done.weights.stat().st_size)
    before, after = load_file(run / "model" / paths.MODEL_WEIGHTS), load_file(done.weights)
    assert before.keys() == after.keys()
    assert all(np.array_equal(before[name], after[name]) for name in before)
    Generator.load(tmp_path / "soups")


@pytest.mark.parametrize(("gguf_type", "largest"), [("f16", 0.01), ("q8_0", 0.1)])
def test_a_run_becomes_a_gguf_file_that_is_equal_within_rounding(run, tmp_path, gguf_type, largest):
    done = export(run, tmp_path / "soups", "gguf", gguf_type)
    verdict = done.verdict
    assert verdict.standing in ("equal", "equal within rounding")
    assert 0 < verdict.largest_difference < largest
    assert verdict.loss_after == pytest.approx(verdict.loss_before, abs=verdict.tolerance.loss)
    assert verdict.agreement > 0.8
    names = {f"soups-{gguf_type.upper()}.gguf", "README.md", "Modelfile"}
    assert {path.name for path in done.folder.iterdir()} == names
    assert GgufFile(done.weights).metadata("general.name") == "soups"


def test_an_exported_gguf_file_is_a_model_everywhere(run, tmp_path):
    done = export(run, tmp_path / "soups", "gguf")
    assert locate_model(done.folder) == locate_model(done.weights)
    assert Generator.load(done.folder).tokenizer.section_ids == load_tokenizer(run / "model").section_ids


def test_an_adapter_goes_alone_and_gives_the_merged_model(adapted, tmp_path):
    done = export(adapted, tmp_path / "stews", "adapter")
    assert done.verdict.standing == "equal"
    assert done.weights.name == paths.ADAPTER_WEIGHTS
    assert not (done.folder / paths.MODEL_WEIGHTS).exists()
    assert done.weights.read_bytes() == (adapted / "adapter" / paths.ADAPTER_WEIGHTS).read_bytes()


@pytest.mark.parametrize("part", ["", "adapter"])
def test_an_adapter_is_merged_and_the_loss_before_that_is_told(adapted, tmp_path, part):
    done = export(adapted / part, tmp_path / "stews", "huggingface")
    assert done.verdict.standing == "equal"
    assert done.loss_unmerged == pytest.approx(done.verdict.loss_before, abs=1e-4)
    card = (done.folder / paths.MODEL_CARD).read_text()
    assert "LoRA of rank 2, alpha 4, on `c_attn`, and 6 rows of the embedding; merged into the weights" in card
    assert f"perplexity before the adapter was merged | {np.exp(done.loss_unmerged):.3f}" in card


def test_without_its_base_a_merged_run_goes_still_and_says_what_is_not_measured(adapted, tmp_path):
    run = tmp_path / "stews"
    shutil.copytree(adapted, run)
    config = json.loads((run / "adapter" / paths.ADAPTER_CONFIG).read_text())
    config["base_model_name_or_path"] = str(tmp_path / "gone")
    (run / "adapter" / paths.ADAPTER_CONFIG).write_text(json.dumps(config))
    said = []
    done = export(run, tmp_path / "merged", "huggingface", report=said.append)
    assert (done.verdict.standing, done.loss_unmerged) == ("equal", None)
    assert any("not measured" in text for text in said)
    assert "not measured: the base is not at hand" in (done.folder / paths.MODEL_CARD).read_text()
    with pytest.raises(CheckpointError, match="no such model"):
        export(run, tmp_path / "adapter", "adapter")
    assert not (tmp_path / "adapter").exists()


def test_a_model_of_no_run_is_compared_on_a_recipe(run, tmp_path):
    shutil.copytree(run / "model", tmp_path / "alone")
    done = export(tmp_path / "alone", tmp_path / "out", "gguf")
    assert done.verdict.text == "a recipe"
    assert done.verdict.tokens > 50
    assert done.weights.name == "alone-F16.gguf"


def test_so_is_one_whose_blocks_are_gone(run, tmp_path):
    shutil.copytree(run, tmp_path / "soups")
    manifest = json.loads((tmp_path / "soups" / paths.RUN_MANIFEST).read_text())
    manifest["store"] = str(tmp_path / "gone")
    (tmp_path / "soups" / paths.RUN_MANIFEST).write_text(json.dumps(manifest))
    assert export(tmp_path / "soups", tmp_path / "out", "huggingface").verdict.text == "a recipe"


def test_the_card_says_what_it_is_and_how_it_compares(run, tmp_path):
    done = export(run, tmp_path / "soups", "gguf", "q8_0")
    card = (done.folder / paths.MODEL_CARD).read_text()
    verdict = done.verdict
    assert verdict.sentence()[1:] in card
    assert f"perplexity before the export | {verdict.perplexity_before:.3f}" in card
    assert f"perplexity of what was opened again | {verdict.perplexity_after:.3f}" in card
    assert "layout of recipes | `sections`" in card
    assert "llama-completion -m soups-Q8_0.gguf --special" in card
    assert "'<|title|>Tomato Soup<|ingredient|>2 tomatoes<|step|>'" in card
    assert "ollama create soups -f Modelfile" in card
    assert "## Training" in card
    assert "## Limits" in card
    assert card.count("# soups") == 1
    assert str(paths.SAMPLE) not in card


def test_the_modelfile_opens_a_recipe_and_stops_at_its_end(run, tmp_path):
    done = export(run, tmp_path / "soups", "gguf")
    lines = (done.folder / "Modelfile").read_text().splitlines()
    assert lines[:3] == [
        "FROM ./soups-F16.gguf",
        'TEMPLATE """<|title|>{{ .Prompt }}"""',
        'PARAMETER stop "<|endoftext|>"',
    ]
    context = read_config(run / "model").max_position_embeddings
    assert lines[3] == f"PARAMETER num_ctx {context}"


def test_an_export_that_computes_something_else_is_said_to_differ(run, tmp_path, monkeypatch):
    """As if the converter had forgotten to turn the kernels of a GPT-2 whose shapes do not tell."""

    def sabotaged(path, kind, config, tokenizer, weights, name, licence):
        def spoilt():
            for key, values in weights():
                yield key, values.T.copy() if key.endswith("attn.c_proj.weight") else values

        real(path, kind, config, tokenizer, spoilt, name, licence)

    real = write_gguf
    monkeypatch.setattr("recipe_tui.core.export.export.write_gguf", sabotaged)
    verdict = export(run, tmp_path / "soups", "gguf").verdict
    assert verdict.standing == "different"
    assert "**Different: " in (tmp_path / "soups" / paths.MODEL_CARD).read_text()


def test_an_export_whose_tokens_are_others_is_said_to_differ(run, tmp_path, monkeypatch):
    def sabotaged(*arguments):
        path = real(*arguments)
        file = path.parent / paths.TOKENIZER
        values = json.loads(file.read_text())
        values["model"]["merges"] = values["model"]["merges"][:10]
        file.write_text(json.dumps(values))
        return path

    real = _write
    monkeypatch.setattr("recipe_tui.core.export.export._write", sabotaged)
    verdict = export(run, tmp_path / "soups", "huggingface").verdict
    assert (verdict.standing, verdict.largest_difference) == ("different", 0)
    assert verdict.sentence() == "different: its tokenizer splits text into other tokens"


def test_a_model_without_an_adapter_has_none_to_export(run, tmp_path):
    with pytest.raises(UsageError, match="has no adapter") as error:
        export(run, tmp_path / "soups", "adapter")
    assert "huggingface or gguf" in error.value.hint


def test_what_is_there_is_left_alone(run, tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine")
    (tmp_path / "file").write_text("mine")
    for name in ("mine", "file"):
        with pytest.raises(OutputError, match="exists already"):
            export(run, tmp_path / name, "huggingface")
    assert [path.name for path in (tmp_path / "mine").iterdir()] == ["notes.txt"]


def test_a_destination_that_is_called_like_a_file_is_a_misunderstanding(run, tmp_path):
    with pytest.raises(UsageError, match="an export is a folder") as error:
        export(run, tmp_path / "soups.gguf", "gguf")
    assert str(tmp_path / "soups") in error.value.hint


def test_a_destination_below_a_file_cannot_be_made(run, tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="cannot be written"):
        export(run, tmp_path / "file" / "soups", "huggingface")


def test_what_fails_leaves_nothing_behind(run, tmp_path, monkeypatch):
    def fail(*_):
        raise OutputError("the disk is full")

    monkeypatch.setattr("recipe_tui.core.export.export.write_text", fail)
    with pytest.raises(OutputError, match="the disk is full"):
        export(run, tmp_path / "soups", "gguf")
    assert not list(tmp_path.glob("**/*soups*"))


def test_damaged_weights_are_named(run, tmp_path):
    shutil.copytree(run / "model", tmp_path / "damaged")
    weights = tmp_path / "damaged" / paths.MODEL_WEIGHTS
    weights.write_bytes(weights.read_bytes()[:-100])
    with pytest.raises(CheckpointError, match="damaged or truncated"):
        export(tmp_path / "damaged", tmp_path / "out", "huggingface")


def test_a_chat_model_keeps_its_template_and_ollama_gets_its_turns(tokenizer_folder, tmp_path):
    from transformers import AutoTokenizer, LlamaConfig

    hugging_face = AutoTokenizer.from_pretrained(tokenizer_folder)
    hugging_face.chat_template = "{% for m in messages %}<|user|>{{ m['content'] }}<|end|>{% endfor %}<|answer|>"
    save_model(
        new_model(
            LlamaConfig(
                num_hidden_layers=1,
                hidden_size=32,
                intermediate_size=32,
                num_attention_heads=2,
                vocab_size=400,
                eos_token_id=hugging_face.eos_token_id,
            )
        ),
        tmp_path / "chat",
    )
    hugging_face.save_pretrained(tmp_path / "chat")
    done = export(tmp_path / "chat", tmp_path / "out", "gguf")
    assert done.verdict.standing != "different"
    assert 'TEMPLATE """<|user|>{{ .Prompt }}<|end|><|answer|>"""' in (tmp_path / "out" / "Modelfile").read_text()
    assert GgufFile(done.weights).metadata("tokenizer.chat_template") == hugging_face.chat_template
    ids = load_tokenizer(tmp_path / "chat").encode_recipes([SPLIT]).ids.tolist()
    assert load_tokenizer(locate_model(done.folder)).encode_recipes([SPLIT]).ids.tolist() == ids
    assert load_model(locate_model(done.folder)).config.vocab_size == 400
