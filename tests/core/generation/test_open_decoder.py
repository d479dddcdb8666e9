"""Which file llama.cpp gets; what it makes of it is measured by `tests.benchmarks.generation`."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest
from gguf import GGUFReader

from recipe_tui.core import paths
from recipe_tui.core.errors import CheckpointError, GenerationError, UsageError
from recipe_tui.core.generation import llama_cpp, llama_cpp_files, open_decoder
from recipe_tui.core.generation.generator import Generator
from recipe_tui.core.generation.llama_cpp_decoder import LlamaCppDecoder

MODEL = paths.SAMPLE_MODEL


@pytest.fixture(autouse=True)
def own_caches(tmp_path, monkeypatch):
    monkeypatch.setattr(paths, "hashes_cache", lambda: tmp_path / "hashes")
    monkeypatch.setattr(paths, "llama_cpp_cache", lambda: tmp_path / "llama.cpp")


@pytest.fixture
def files(monkeypatch) -> list[Path]:
    """The files that llama.cpp was to open."""
    found: list[Path] = []

    class Model:
        def __init__(self, path: Path) -> None:
            found.append(path)

        def decoder(self, position_cache: int) -> LlamaCppDecoder:
            return LlamaCppDecoder(lambda _: None, 4, 64, 10, 11, 12, position_cache)

    monkeypatch.setattr(open_decoder, "LlamaCppModel", Model)
    monkeypatch.setattr(open_decoder, "library", lambda: None)
    return found


@pytest.fixture
def model(tmp_path, tokenizers) -> Path:
    import keras

    from recipe_tui.core.model.weights import new_model, read_config, save_model

    config = read_config(MODEL)
    config.n_layer, config.n_embd, config.n_head, config.n_positions = 1, 32, 2, 64
    keras.utils.set_random_seed(1)
    save_model(new_model(config), tmp_path / "model")
    tokenizers["sections"].save(tmp_path / "model")
    return tmp_path / "model"


@pytest.mark.parametrize("precision", ["f16", "q8_0"])
def test_a_model_is_written_for_llama_cpp_once(model, files, precision):
    decoder = open_decoder.open_decoder(model, precision)
    assert isinstance(decoder, LlamaCppDecoder)
    assert decoder.position_cache == 2 * 2 * 32
    (path,) = files
    types = {one.tensor_type.name for one in GGUFReader(path).tensors if one.name.endswith("attn_qkv.weight")}
    assert types == {precision.upper()}
    written = path.stat().st_ino
    open_decoder.open_decoder(model, precision)
    assert files == [path, path]
    assert path.stat().st_ino == written


def test_converting_is_told_of_in_quarters_and_only_once(model, files):
    said: list[str] = []
    open_decoder.open_decoder(model, "q8_0", progress=said.append)
    once = "converting the model for llama.cpp (q8_0), once"
    assert said[0] == once
    assert [text.removeprefix(f"{once}: ") for text in said[1:]][-1] == "100%"
    assert len(said) == 1 + llama_cpp_files.PARTS
    open_decoder.open_decoder(model, "q8_0", progress=said.append)
    assert len(said) == 1 + llama_cpp_files.PARTS


def test_the_files_that_were_not_used_for_the_longest_time_make_room(model, files, monkeypatch):
    cache = paths.llama_cpp_cache()
    cache.mkdir()
    for name, used in (("old", 1), ("older", 0), ("new", 2)):
        (cache / f"{name}.gguf").write_bytes(bytes(1000))
        os.utime(cache / f"{name}.gguf", (used, used))
    monkeypatch.setattr(llama_cpp_files, "CACHE_BYTES", 2100)
    llama_cpp_files.remove_least_recently_used(cache / "new.gguf")
    assert {path.stem for path in cache.iterdir()} == {"old", "new"}
    monkeypatch.setattr(llama_cpp_files, "CACHE_BYTES", 0)
    open_decoder.open_decoder(model, "f16")
    assert list(cache.iterdir()) == files


def test_a_file_that_is_used_again_stays_longer(model, files):
    open_decoder.open_decoder(model, "f16")
    os.utime(files[0], (1, 1))
    open_decoder.open_decoder(model, "f16")
    assert files[0].stat().st_mtime > 1


def test_other_weights_are_another_file(model, files, tmp_path, tokenizers):
    from recipe_tui.core.model.weights import load_model, save_model

    open_decoder.open_decoder(model, "f16")
    changed = load_model(model)
    changed.weights[-1].assign(changed.weights[-1] + 1)
    save_model(changed, tmp_path / "changed")
    tokenizers["sections"].save(tmp_path / "changed")
    open_decoder.open_decoder(tmp_path / "changed", "f16")
    assert len(set(files)) == 2


def test_a_generator_with_llama_cpp_only_writes_texts(model, files):
    generator = Generator.load(model, "f16")
    assert (generator.decoder.parameters, generator.decoder.weights_size) == (11, 12)
    with pytest.raises(GenerationError, match=r"llama\.cpp only writes texts"):
        _ = generator.decoder.model


def test_integers_of_keras_are_not_combined_with_llama_cpp(model):
    with pytest.raises(UsageError, match="q8_0 is a quantization itself"):
        open_decoder.open_decoder(model, "q8_0", "int8")


def test_a_missing_library_is_named_with_its_extra(model, monkeypatch):
    monkeypatch.setitem(sys.modules, "llama_cpp", None)
    monkeypatch.delenv("GOMP_SPINCOUNT", raising=False)
    llama_cpp.library.cache_clear()
    with pytest.raises(UsageError, match="llama-cpp-python") as raised:
        open_decoder.open_decoder(model, "f16")
    assert "recipe-tui[llama-cpp]" in raised.value.hint
    assert os.environ["GOMP_SPINCOUNT"] == llama_cpp.SPINS, "threads that spin take the core that others need"


def test_a_file_that_llama_cpp_cannot_read_is_an_error(tmp_path, monkeypatch):
    class Library:
        llama_model_default_params = staticmethod(object)
        llama_model_load_from_file = staticmethod(lambda path, options: None)

    monkeypatch.setattr(llama_cpp, "library", Library)
    with pytest.raises(CheckpointError, match=r"no\.gguf: llama\.cpp cannot read it"):
        llama_cpp.LlamaCppModel(tmp_path / "no.gguf")
