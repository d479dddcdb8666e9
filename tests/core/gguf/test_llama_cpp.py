"""What llama.cpp itself makes of the files, where ``llama-cpp-python`` is installed; nothing else needs it."""

import numpy as np
import pytest

from recipe_tui.core.gguf.writing import write_gguf
from recipe_tui.core.model.weights import stored_weights
from recipe_tui.core.text.tokenizer import load_tokenizer
from tests.core.gguf.test_writing import SHAPES, TEXTS, sentence_piece, with_random_weights

llama_cpp = pytest.importorskip("llama_cpp")


@pytest.fixture
def tokenizer(tokenizer_folder):
    return load_tokenizer(tokenizer_folder, "sections")


def opened(path):
    return llama_cpp.Llama(str(path), n_ctx=48, logits_all=True, n_threads=1, verbose=False)


@pytest.mark.parametrize("name", SHAPES)
@pytest.mark.parametrize(("kind", "relative"), [("f16", 5e-3), ("q8_0", 5e-2)])
def test_it_computes_what_we_do(tokenizer, tmp_path, name, kind, relative):
    model = with_random_weights(SHAPES[name])
    path = tmp_path / "tiny.gguf"
    write_gguf(path, kind, model.config, tokenizer, lambda: stored_weights(model), "tiny")
    theirs = opened(path)
    ids = np.arange(40) * 7 % tokenizer.vocab_size
    theirs.eval(ids.tolist())
    ours = np.asarray(model.logits(model(ids[None].astype("int32"))))[0]
    error = np.sqrt(np.mean((theirs.scores[: len(ids)] - ours) ** 2)) / ours.std()
    assert error < relative


def test_it_splits_text_into_the_tokens_that_we_do(tokenizer, tmp_path):
    model = with_random_weights(SHAPES["gpt2"])
    path = tmp_path / "tiny.gguf"
    write_gguf(path, "f16", model.config, tokenizer, lambda: stored_weights(model), "tiny")
    theirs = opened(path)
    for text in TEXTS:
        assert theirs.tokenize(text.encode(), add_bos=False, special=True) == tokenizer.hugging_face.encode(text)


def test_and_into_sentence_pieces(tmp_path):
    hugging_face = sentence_piece()
    hugging_face.save_pretrained(tmp_path / "pieces")
    model = with_random_weights(SHAPES["llama"])
    path = tmp_path / "tiny.gguf"
    tokenizer = load_tokenizer(tmp_path / "pieces", "plain")
    write_gguf(path, "f16", model.config, tokenizer, lambda: stored_weights(model), "tiny")
    theirs = opened(path)
    for text in ("soup onion", "soup.", "crème of ½ onions", "sous son soupson"):
        ids = hugging_face.encode(text, add_special_tokens=False)
        assert theirs.tokenize(text.encode(), add_bos=False, special=True) == ids
        assert theirs.tokenize(text.encode(), add_bos=True) == hugging_face.encode(text)
