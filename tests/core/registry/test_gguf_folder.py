import json

import numpy as np
import pytest
from safetensors.numpy import load_file

from recipe_tui.core.errors import TokenizerError
from recipe_tui.core.registry.gguf_folder import convert_gguf
from recipe_tui.core.text.tokenizer import load_tokenizer
from tests.core.gguf.conftest import TEMPLATE, tensors, write

__all__ = ["tensors", "write"]  # fixtures


def test_the_folder_is_one_that_transformers_opens(write, tensors, tmp_path):
    from transformers import AutoConfig

    said = []
    convert_gguf(write(), tmp_path / "folder", lambda folder, licence: said.append(licence))
    assert said == ["mit"]
    assert AutoConfig.from_pretrained(tmp_path / "folder").num_key_value_heads == 2
    weights = load_file(tmp_path / "folder" / "model.safetensors")
    assert weights.keys() == tensors.keys()


def test_its_tokenizer_gives_the_ids_of_the_original(write, tokenizer_folder, tmp_path):
    convert_gguf(write(), tmp_path / "folder")
    ours, original = load_tokenizer(tmp_path / "folder", "plain"), load_tokenizer(tokenizer_folder, "plain")
    text = "Crème Brûlée for 12: 2 cups of cream"
    assert ours.hugging_face.encode(text) == original.hugging_face.encode(text)
    assert ours.eos_id == original.eos_id
    assert load_tokenizer(tmp_path / "folder", "plain").decode(original.hugging_face.encode(text)) == text


def test_the_chat_template_comes_with_it(write, tmp_path):
    from transformers import AutoTokenizer

    convert_gguf(write(), tmp_path / "folder")
    assert AutoTokenizer.from_pretrained(tmp_path / "folder").chat_template == TEMPLATE


def test_weights_too_large_for_one_file_are_in_several_with_an_index(write, tensors, tmp_path, monkeypatch):
    monkeypatch.setattr("recipe_tui.core.registry.gguf_folder.FILE_BYTES", 60_000)
    convert_gguf(write(), tmp_path / "folder")
    index = json.loads((tmp_path / "folder" / "model.safetensors.index.json").read_text())["weight_map"]
    assert len(set(index.values())) > 2
    for name, values in tensors.items():
        np.testing.assert_array_equal(load_file(tmp_path / "folder" / index[name])[name], values)


@pytest.mark.parametrize(
    ("changes", "complaint"),
    [({"tokenizer": "bert"}, "tokenizer is of kind 'bert'"), ({"words": "tekken"}, "splits words as 'tekken'")],
)
def test_a_tokenizer_that_is_not_supported_says_so_and_one_beside_the_file_is_taken(
    write, tokenizer_folder, tmp_path, changes, complaint
):
    path = write(changes=dict(changes))
    with pytest.raises(TokenizerError, match=complaint) as error:
        convert_gguf(path, tmp_path / "folder")
    assert "beside" in error.value.hint
    assert not (tmp_path / "folder").exists()
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (path.parent / name).write_bytes((tokenizer_folder / name).read_bytes())
    convert_gguf(path, tmp_path / "folder")
    assert (
        load_tokenizer(tmp_path / "folder", "plain").vocab_size == load_tokenizer(tokenizer_folder, "plain").vocab_size
    )
