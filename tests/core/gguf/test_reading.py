import numpy as np
import pytest
from gguf import GGUFReader

from recipe_tui.core.errors import CheckpointError
from recipe_tui.core.families.llama import unpermuted
from recipe_tui.core.families.rope import inverse_frequencies
from recipe_tui.core.gguf.reading import GgufFile
from tests.core.gguf.conftest import HEAD, permuted


def test_the_configuration_is_what_hugging_face_would_write(write):
    config = GgufFile(write()).configuration()
    assert config["model_type"] == "llama"
    assert config["rms_norm_eps"] == 1e-5
    assert config["tie_word_embeddings"]
    assert config["rope_parameters"] == {"rope_theta": 500.0, "rope_type": "default"}
    names = ("hidden_size", "intermediate_size", "num_attention_heads", "num_key_value_heads", "head_dim")
    assert [config[name] for name in names] == [64, 96, 4, 2, 16]


def test_every_weight_is_as_it_was_before_conversion(write, tensors):
    found = dict(GgufFile(write()).weights())
    assert found.keys() == tensors.keys()
    for name, values in tensors.items():
        np.testing.assert_array_equal(found[name], values)


@pytest.mark.parametrize(("kind", "error"), [("F16", 3e-3), ("BF16", 2e-2), ("Q8_0", 2e-2), ("Q4_1", 0.3)])
def test_smaller_types_are_read_as_float32_within_what_they_round_off(write, tensors, kind, error):
    for name, values in GgufFile(write(kind)).weights():
        assert values.dtype == np.float32
        np.testing.assert_allclose(values, tensors[name], atol=error)


def test_the_order_of_rows_goes_there_and_back():
    rows = np.random.default_rng(0).normal(size=(24, 5))
    np.testing.assert_array_equal(unpermuted(permuted(rows, 3), 3), rows)
    assert np.abs(permuted(rows, 3) - rows).max() > 0


def test_a_head_of_its_own_is_found(write, tensors):
    head = tensors["model.embed_tokens.weight"] + 1
    file = GgufFile(write(output__weight=head))
    assert not file.configuration()["tie_word_embeddings"]
    np.testing.assert_array_equal(dict(file.weights())["lm_head.weight"], head)


def test_the_scaling_of_llama_3_is_known_again_by_its_factors(write):
    theta = {"rope_theta": 500_000.0}
    scaling = {
        "rope_type": "llama3",
        "factor": 32.0,
        "low_freq_factor": 1.0,
        "high_freq_factor": 4.0,
        "original_max_position_embeddings": 8192,
    }
    factors = inverse_frequencies(HEAD, theta) / inverse_frequencies(HEAD, theta | scaling)
    file = GgufFile(write(changes={"theta": 500_000.0}, rope_freqs__weight=factors))
    assert file.configuration()["rope_parameters"] == theta | scaling
    odd = np.linspace(1, 32, HEAD // 2).astype(np.float32)
    with pytest.raises(CheckpointError, match="rope scaling is not known"):
        GgufFile(write(rope_freqs__weight=odd)).configuration()


def test_another_architecture_is_named(write):
    with pytest.raises(CheckpointError, match="architecture 'mamba'"):
        GgufFile(write(changes={"architecture": "mamba"})).configuration()


def test_a_tensor_that_no_llama_has_is_named(write):
    with pytest.raises(CheckpointError, match=r"tensor 'blk\.0\.ssm_a' is none of a Llama's"):
        list(GgufFile(write(blk__0__ssm_a=np.zeros(4, np.float32))).weights())


def damaged(path, change):
    data = bytearray(path.read_bytes())
    change(data)
    path.write_bytes(data)
    return path


def test_a_file_that_is_cut_off_says_in_which_tensor_of_which_type(write):
    path = write("Q8_0")
    last = GGUFReader(path).tensors[-1].name
    damaged(path, lambda data: data.__delitem__(slice(-40, None)))
    with pytest.raises(CheckpointError, match=rf"tensor '{last}' of type \w+ is damaged or cut off"):
        GgufFile(path)


def test_a_type_that_nobody_knows_is_named_with_its_tensor(write):
    path = write()
    reader = GGUFReader(path)
    name, kind = reader.tensors[3].name, reader.tensors[3].field.parts[4]
    place = kind.__array_interface__["data"][0] - reader.data.__array_interface__["data"][0]
    damaged(path, lambda data: data.__setitem__(slice(place, place + 4), (250).to_bytes(4, "little")))
    with pytest.raises(CheckpointError, match=rf"tensor '{name}' is of type number 250, which is not known"):
        GgufFile(path)


def test_a_type_that_cannot_be_read_is_named_with_its_tensor(write, monkeypatch):
    def refuse(data, kind):
        raise NotImplementedError(kind)

    file = GgufFile(write("Q8_0"))
    monkeypatch.setattr("gguf.quants.dequantize", refuse)
    with pytest.raises(CheckpointError, match=r"tensor 'token_embd\.weight' is of type Q8_0, which cannot be read"):
        list(file.weights())


@pytest.mark.parametrize("contents", [b"", b"GGUF", b"PK\3\4 no model at all, but long enough to be read"])
def test_a_file_that_is_none_says_so(tmp_path, contents):
    path = tmp_path / "no.gguf"
    path.write_bytes(contents)
    with pytest.raises(CheckpointError, match="damaged, or no GGUF file") as error:
        GgufFile(path)
    assert error.value.hint
