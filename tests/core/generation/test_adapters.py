"""One base with several adapters: what is switched to writes like what is loaded freshly."""

import json
import os
import shutil

import keras
import numpy as np
import pytest

from recipe_tui.core import paths
from recipe_tui.core.config import GenerationConfig
from recipe_tui.core.errors import CheckpointError
from recipe_tui.core.generation.adapters import load_with_adapters
from recipe_tui.core.generation.candidates import Candidates, Context
from recipe_tui.core.generation.contrast import contrast
from recipe_tui.core.generation.generator import Generator, Prompt
from recipe_tui.core.generation.llama_cpp_decoder import LlamaCppDecoder
from recipe_tui.core.lora.adapter import Adapter, add_adapter, learned
from recipe_tui.core.lora.base import weights_hash
from recipe_tui.core.lora.peft import write_adapter
from recipe_tui.core.model.weights import load_model, new_model, read_config, save_model
from tests.core.without_graphs import without_graphs

PROMPT = Prompt("Toast", ("1 slice bread",))
DRAWN = GenerationConfig(seed=7, max_new_tokens=20, temperature=1.5, num_return_sequences=2)


@pytest.fixture(autouse=True)
def own_cache(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "hashes_cache", lambda: tmp_path / "hashes")


@pytest.fixture
def base(tmp_path, tokenizers):
    """A model that knows no section tokens, though its embedding has two rows more than its tokenizer needs."""
    tokenizer = tokenizers["plain"]
    config = read_config(paths.SAMPLE_MODEL)
    config.n_layer, config.n_embd, config.n_head, config.n_positions = 1, 16, 2, 64
    config.vocab_size = tokenizer.vocab_size + 2
    config.bos_token_id = config.eos_token_id = tokenizer.eos_id
    keras.utils.set_random_seed(1)
    save_model(new_model(config), tmp_path / "base")
    tokenizer.save(tmp_path / "base")
    return tmp_path / "base"


@pytest.fixture
def adapters(tmp_path, base, tokenizers):
    """Two runs' adapters over it: one with section tokens on the attention, one without on everything."""

    def make(run, tokenizer, rank, targets, token_ids=()):
        folder = tmp_path / "output" / run / "adapter"
        config = read_config(base)
        config.vocab_size = max(config.vocab_size, tokenizer.vocab_size)
        model = load_model(base, config=config)
        about = Adapter(rank, 2.0 * rank, 0.0, targets, token_ids, str(base), weights_hash(base))
        add_adapter(model, about)
        random = np.random.default_rng(rank)
        for variable in model.trainable_variables:
            variable.assign(random.normal(0, 0.3, variable.shape))
        folder.parent.mkdir(parents=True)
        write_adapter(learned(model), folder, fan_in_fan_out=True)
        tokenizer.save(folder)
        return folder

    sections = tokenizers["sections"]
    return {
        "sections": make("first", sections, 2, ("c_attn",), sections.section_ids),
        "plain": make("second", tokenizers["plain"], 3, ("all-linear",)),
    }


def texts(generator: Generator):
    return [(one.text, one.recipe) for one in generator.generate(PROMPT, DRAWN)]


def scores(generator: Generator):
    return generator.decoder.start(generator.encode(PROMPT), 1, 1)


def test_an_adapter_that_is_switched_to_writes_like_one_that_is_loaded_freshly(base, adapters, tmp_path):
    adapted = load_with_adapters(adapters["sections"], tmp_path / "output")
    assert adapted.active == adapters["sections"]
    assert {one.path for one in adapted.adapters} == set(adapters.values())
    for folder in (adapters["sections"], adapters["plain"], None, adapters["sections"]):
        adapted.switch(folder)
        fresh = Generator.load(folder or base)
        assert adapted.generator.tokenizer.layout is fresh.tokenizer.layout
        with without_graphs():
            expected, expected_texts = scores(fresh), texts(fresh)
        np.testing.assert_allclose(scores(adapted.generator), expected, atol=1e-5)
        assert texts(adapted.generator) == expected_texts


def test_nothing_is_compiled_again_by_a_switch(adapters, tmp_path):
    adapted = load_with_adapters(adapters["sections"], tmp_path / "output")
    compiled = adapted.generator.decoder._compiled
    texts(adapted.generator)
    adapted.switch(adapters["plain"])
    texts(adapted.generator)
    assert adapted.generator.decoder._compiled is compiled
    if keras.backend.backend() == "tensorflow":
        assert compiled._step_of_many.experimental_get_tracing_count() == 1


def test_llama_cpp_opens_a_file_for_each_adapter(base, adapters, tmp_path, monkeypatch):
    opened = []

    def open_decoder(folder, precision, quantization, **_):
        opened.append((folder, precision))
        return LlamaCppDecoder(lambda _: None, 4, 64, 10)

    monkeypatch.setattr("recipe_tui.core.generation.adapters.open_decoder", open_decoder)
    adapted = load_with_adapters(adapters["sections"], tmp_path / "output", "f16")
    first = adapted.generator.decoder
    adapted.switch(None)
    assert adapted.active is None
    assert adapted.generator.decoder is not first
    assert opened == [(base, "f16"), (adapters["sections"], "f16"), (base, "f16")]


@pytest.mark.parametrize("quantization", ["int8", "int4"])
def test_adapters_over_integers_are_switched_like_one_alone(base, adapters, tmp_path, quantization):
    adapted = load_with_adapters(adapters["sections"], tmp_path / "output", quantization=quantization)
    floats = Generator.load(adapters["sections"])
    with without_graphs():
        scores_of_floats = scores(floats)
    assert not np.array_equal(scores(adapted.generator), scores_of_floats)
    assert adapted.generator.decoder.weights_size < floats.decoder.weights_size
    assert adapted.generator.decoder.parameters == floats.decoder.parameters == floats.decoder.model.count_params()
    for folder in (adapters["plain"], None, adapters["sections"]):
        adapted.switch(folder)
        fresh = Generator.load(folder or base, quantization=quantization)
        with without_graphs():
            expected, expected_texts = scores(fresh), texts(fresh)
        np.testing.assert_allclose(scores(adapted.generator), expected, atol=1e-5)
        assert texts(adapted.generator) == expected_texts


def test_in_sixteen_bits_too_a_switch_reaches_what_was_compiled(adapters, tmp_path):
    adapted = load_with_adapters(adapters["plain"], tmp_path / "output", "bfloat16")
    other = scores(adapted.generator), adapted.generator.decoder.step([5])
    adapted.switch(adapters["sections"])
    adapted.switch(adapters["plain"])
    for again, before in zip((scores(adapted.generator), adapted.generator.decoder.step([5])), other, strict=True):
        np.testing.assert_array_equal(again, before)
    adapted.switch(adapters["sections"])
    fresh = load_with_adapters(adapters["sections"], precision="bfloat16").generator
    np.testing.assert_allclose(scores(adapted.generator), scores(fresh), atol=0.02)
    np.testing.assert_allclose(adapted.generator.decoder.step([5]), fresh.decoder.step([5]), atol=0.02)


def test_tokens_that_the_one_that_writes_does_not_know_are_never_written(adapters, tmp_path, tokenizers):
    adapted = load_with_adapters(adapters["sections"], tmp_path / "output")
    table = adapted.generator.decoder.model.input_tokens
    rows = np.array(table.embeddings)
    for name, layout in (("plain", "plain"), ("sections", "sections")):
        adapted.switch(adapters[name])
        assert scores(adapted.generator).shape == (1, tokenizers[layout].vocab_size)
    adapted.switch(None)
    rows[tokenizers["plain"].vocab_size :] = 1e3 * np.sign(rows[0])
    table.embeddings.assign(rows)
    adapted.generator.decoder.refresh()
    written = []
    adapted.generator.generate(PROMPT, DRAWN, written.append)
    assert max(piece.token_id for piece in written) < tokenizers["plain"].vocab_size


def test_a_base_model_offers_the_adapters_that_were_made_for_its_weights(base, adapters, tmp_path):
    adapted = load_with_adapters(base, tmp_path / "output")
    assert adapted.active is None
    assert {one.path for one in adapted.adapters} == set(adapters.values())
    config = read_config(base)
    save_model(new_model(config), tmp_path / "other")
    shutil.copy(base / "tokenizer.json", tmp_path / "other")
    shutil.copy(base / "tokenizer_config.json", tmp_path / "other")
    assert load_with_adapters(tmp_path / "other", tmp_path / "output").adapters == ()
    assert load_with_adapters(base).adapters == ()


def test_an_adapter_alone_is_loaded_with_nothing_beside_it(adapters):
    adapted = load_with_adapters(adapters["plain"])
    assert [one.path for one in adapted.adapters] == [adapters["plain"]]


def test_an_adapter_without_a_tokenizer_writes_with_that_of_its_base(adapters, tokenizers):
    for path in adapters["plain"].glob("*token*"):
        path.unlink()
    adapted = load_with_adapters(adapters["plain"])
    assert adapted.generator.tokenizer.fingerprint == tokenizers["plain"].fingerprint


def test_an_adapter_for_another_base_is_refused(base, adapters):
    save_model(new_model(read_config(base)), base)
    with pytest.raises(CheckpointError, match="made for other weights than these"):
        load_with_adapters(adapters["plain"])


def test_a_damaged_adapter_does_not_stand_in_the_way_of_the_others(adapters, tmp_path):
    path = adapters["plain"] / paths.ADAPTER_WEIGHTS
    about = json.loads((adapters["plain"] / paths.ADAPTER_CONFIG).read_text())
    (adapters["plain"] / paths.ADAPTER_CONFIG).write_text(json.dumps(about | {"r": 5}))
    adapted = load_with_adapters(adapters["sections"], tmp_path / "output")
    assert [one.path for one in adapted.adapters] == [adapters["sections"]]
    assert path.is_file()
    with pytest.raises(CheckpointError, match="no pair of rank 5"):
        load_with_adapters(adapters["plain"], tmp_path / "output")


def test_of_many_adapters_the_newest_are_held_ready_and_the_one_that_is_asked_for(adapters, tmp_path, monkeypatch):
    monkeypatch.setattr("recipe_tui.core.generation.adapters.MAX_ADAPTERS", 1)
    for age in (1, 2):
        folder = tmp_path / "output" / f"run-{age}" / "checkpoints" / f"step-0000000{age}"
        shutil.copytree(adapters["plain"], folder)
        os.utime(folder / paths.ADAPTER_CONFIG, (10**10 + age, 10**10 + age))
    adapted = load_with_adapters(adapters["plain"], tmp_path / "output")
    assert [one.path for one in adapted.adapters] == [adapters["plain"], folder]


def test_an_adapter_that_was_not_loaded_cannot_be_switched_to(adapters, tmp_path):
    adapted = load_with_adapters(adapters["plain"])
    with pytest.raises(CheckpointError, match="not among the adapters that were loaded"):
        adapted.switch(tmp_path)
    assert adapted.active == adapters["plain"]


def test_contrast_moves_an_adapter_away_from_its_base(base, adapters, tmp_path):
    adapted = load_with_adapters(adapters["plain"], tmp_path / "output")
    config, pieces = GenerationConfig(contrast=2.0, temperature=0, max_new_tokens=1, seed=1), []
    adapted.generator.generate(PROMPT, config, pieces.append)
    with without_graphs():
        own, other = (scores(Generator.load(folder))[0] for folder in (adapters["plain"], base))
    context = Context(config, [], [], frozenset(), base=other)
    moved = contrast(Candidates(np.arange(len(own)), own.astype(np.float64)), context).values
    assert pieces[0].token_id == moved.argmax()
    adapted.switch(None)
    (alone,) = adapted.generator.generate(PROMPT, config)
    assert alone.notes == ("contrast has no effect: the model is no adapter over a base",)
