"""Models of all families as GGUF files, and back."""

import json

import gguf
import numpy as np
import pytest
from gguf import GGUFReader
from transformers import AutoTokenizer, GPT2Config, LlamaConfig, Qwen2Config, Qwen3Config

from recipe_tui.core.errors import CheckpointError, OutputError, TokenizerError
from recipe_tui.core.families.llama import permuted as ours_permuted
from recipe_tui.core.families.table import FAMILIES
from recipe_tui.core.gguf.reading import GgufFile
from recipe_tui.core.gguf.tokenizer import SPLITTINGS, gguf_tokenizer, splitting
from recipe_tui.core.gguf.vocabulary import SPLIT_SAMPLE
from recipe_tui.core.gguf.writing import write_gguf
from recipe_tui.core.model.weights import load_model, new_model, stored_weights
from recipe_tui.core.recipes.recipe import Recipe
from recipe_tui.core.registry.gguf_folder import convert_gguf
from recipe_tui.core.text.layout import SECTIONS
from recipe_tui.core.text.new_tokenizer import train_tokenizer
from recipe_tui.core.text.tokenizer import Tokenizer, load_tokenizer
from tests.core.conftest import RECIPES
from tests.core.gguf.conftest import TEMPLATE, permuted

ROWS = 410
"""More than the tokenizer has tokens: 400 of a BPE or a few less, and three for sections."""

LLAMA3 = {
    "rope_theta": 500_000.0,
    "rope_type": "llama3",
    "factor": 8.0,
    "low_freq_factor": 1.0,
    "high_freq_factor": 4.0,
    "original_max_position_embeddings": 8192,
}

TEXTS = (
    "Crème Brûlée for 12: 2 cups of cream",
    "  two  spaces\n\n\tand I've 123,45 ½ things",
    "<|title|>Soup<|ingredient|>salt<|step|>Boil it.<|endoftext|>",
)


@pytest.fixture(scope="module")
def tokenizer(tokenizer_folder):
    return load_tokenizer(tokenizer_folder, "sections")


def gpt2(**changes):
    shape = {"n_layer": 2, "n_embd": 64, "n_head": 4, "n_positions": 48, "vocab_size": ROWS, "bos_token_id": 0}
    return GPT2Config(**shape | {"eos_token_id": 0} | changes)


def llama(config_class=LlamaConfig, **changes):
    shape = {
        "num_hidden_layers": 2,
        "hidden_size": 64,
        "intermediate_size": 96,
        "num_attention_heads": 4,
        "num_key_value_heads": 2,
        "max_position_embeddings": 48,
        "tie_word_embeddings": True,
        "vocab_size": ROWS,
        "bos_token_id": 0,
        "eos_token_id": 0,
    }
    return config_class(**shape | changes)


SHAPES = {
    "gpt2": gpt2(n_inner=96),
    "llama": llama(),
    "llama with a head of its own, biases and long turns": llama(
        tie_word_embeddings=False, attention_bias=True, head_dim=32, rope_parameters=LLAMA3
    ),
    "llama with stretched turns": llama(rope_parameters={"rope_theta": 1e4, "rope_type": "linear", "factor": 2.0}),
    "qwen2": llama(Qwen2Config, head_dim=16),
    "qwen3": llama(Qwen3Config, head_dim=32, tie_word_embeddings=False),
}


def with_random_weights(config):
    model = new_model(config)
    rng = np.random.default_rng(1)
    for variable in model.weights:
        variable.assign(np.asarray(variable) + rng.normal(size=variable.shape, scale=0.1))
    return model


@pytest.fixture(params=SHAPES)
def model(request):
    return with_random_weights(SHAPES[request.param])


def logits(model):
    ids = np.arange(2 * 40).reshape(2, 40) * 5 % ROWS
    return np.asarray(model.logits(model(ids.astype("int32"))))


def written(model, tokenizer, path, kind="f16"):
    write_gguf(path, kind, model.config, tokenizer, lambda: stored_weights(model), "tiny", "mit")
    return path


@pytest.mark.parametrize(("kind", "relative"), [("f16", 2e-3), ("q8_0", 3e-2)])
def test_a_model_comes_back_with_its_logits_up_to_rounding(model, tokenizer, tmp_path, kind, relative):
    path = written(model, tokenizer, tmp_path / "tiny.gguf", kind)
    convert_gguf(path, tmp_path / "back")
    before, after = logits(model), logits(load_model(tmp_path / "back"))
    error = np.sqrt(np.mean((after - before) ** 2)) / before.std()
    assert 0 < error < relative


def test_the_configuration_comes_back(model, tokenizer, tmp_path):
    found = GgufFile(written(model, tokenizer, tmp_path / "tiny.gguf")).configuration()
    expected = model.config.to_dict()
    for name, value in found.items():
        if name not in ("architectures", "pad_token_id"):
            assert value == expected[name], name


def test_every_weight_is_rounded_to_its_type_and_no_further(model, tokenizer, tmp_path):
    file = GgufFile(written(model, tokenizer, tmp_path / "tiny.gguf"))
    back = dict(file.weights())
    for name, values in stored_weights(model):
        exact = values.ndim == 1 or name.endswith("wpe.weight")
        np.testing.assert_array_equal(back.pop(name), values if exact else values.astype(np.float16))
    assert not back


@pytest.mark.parametrize("name", ["gpt2", "llama with a head of its own, biases and long turns", "qwen2", "qwen3"])
def test_tensors_are_called_as_the_library_calls_them(tokenizer, tmp_path, name):
    model = with_random_weights(SHAPES[name])
    kind = model.config.model_type
    known = gguf.get_tensor_name_map(gguf.MODEL_ARCH[kind.upper()], 2)
    expected = {known.get_name(name, try_suffixes=(".weight", ".bias")) for name, _ in stored_weights(model)}
    tensors = GGUFReader(written(model, tokenizer, tmp_path / "tiny.gguf")).tensors
    assert {tensor.name for tensor in tensors} - FAMILIES[kind].gguf.ignored == expected


def test_kernels_of_a_gpt2_are_turned_and_rows_of_a_llama_reordered(tokenizer, tmp_path):
    model = with_random_weights(SHAPES["gpt2"])
    file = GgufFile(written(model, tokenizer, tmp_path / "gpt2.gguf"))
    kernel = dict(stored_weights(model))["transformer.h.1.mlp.c_fc.weight"]
    np.testing.assert_array_equal(file.floats("blk.1.ffn_up.weight"), kernel.T.astype(np.float16))
    model = with_random_weights(SHAPES["llama"])
    file = GgufFile(written(model, tokenizer, tmp_path / "llama.gguf"))
    keys = dict(stored_weights(model))["model.layers.1.self_attn.k_proj.weight"]
    np.testing.assert_array_equal(file.floats("blk.1.attn_k.weight"), permuted(keys, 2).astype(np.float16))
    assert np.array_equal(ours_permuted(keys, 2), permuted(keys, 2))


def test_types_are_those_that_llama_cpp_wants(tokenizer, tmp_path):
    model = with_random_weights(gpt2(n_embd=48, n_inner=64))
    reader = GGUFReader(written(model, tokenizer, tmp_path / "tiny.gguf", "q8_0"))
    types = {tensor.name: tensor.tensor_type.name for tensor in reader.tensors}
    assert types["blk.0.ffn_down.weight"] == "Q8_0"  # rows of 64
    assert types["blk.0.ffn_up.weight"] == "F16"  # rows of 48, which 32 does not divide
    floats = ("position_embd.weight", "output_norm.weight", "blk.0.attn_norm.bias", "blk.0.ffn_up.bias")
    assert {types[name] for name in floats} == {"F32"}
    assert reader.fields["general.file_type"].contents() == gguf.LlamaFileType.MOSTLY_Q8_0


def test_a_head_that_is_the_embedding_is_not_written_twice(tokenizer, tmp_path):
    path = written(with_random_weights(SHAPES["llama"]), tokenizer, tmp_path / "tied.gguf")
    assert not GgufFile(path).has("output.weight")


def test_the_metadata_says_what_it_is(tokenizer, tmp_path):
    file = GgufFile(written(with_random_weights(SHAPES["gpt2"]), tokenizer, tmp_path / "tiny.gguf"))
    assert [file.metadata(f"general.{key}") for key in ("name", "license", "type")] == ["tiny", "mit", "model"]
    assert file.metadata("gpt2.feed_forward_length") == 96
    assert file.metadata("tokenizer.ggml.pre") == "gpt-2"
    assert file.metadata("tokenizer.ggml.eos_token_id") == tokenizer.eos_id
    assert file.metadata("tokenizer.ggml.add_bos_token") is False


def test_tokens_come_back_with_those_of_the_sections(tokenizer, tmp_path):
    path = written(with_random_weights(SHAPES["gpt2"]), tokenizer, tmp_path / "tiny.gguf")
    file = GgufFile(path)
    types = file.metadata("tokenizer.ggml.token_type")
    assert [types[token] for token in (*tokenizer.section_ids, tokenizer.eos_id)] == [gguf.TokenType.CONTROL] * 7
    assert file.metadata("tokenizer.ggml.tokens")[-1] == f"[PAD{ROWS - 1}]"
    assert types[-1] == gguf.TokenType.UNUSED
    convert_gguf(path, tmp_path / "back")
    back = load_tokenizer(tmp_path / "back")
    assert back.layout is SECTIONS
    assert (back.section_ids, back.eos_id, back.vocab_size) == (
        tokenizer.section_ids,
        tokenizer.eos_id,
        tokenizer.vocab_size,
    )
    for text in TEXTS:
        assert back.hugging_face.encode(text) == tokenizer.hugging_face.encode(text)
    recipe = Recipe("Pie <|step|>", ("1 cup of [PAD409]",), ("Bake at 300°F.",))
    assert back.encode_recipes([recipe]).ids.tolist() == tokenizer.encode_recipes([recipe]).ids.tolist()


def test_a_tokenizer_of_ones_own_comes_back_with_the_same_ids(tmp_path):
    texts = [[span.text for span in SECTIONS.spans(recipe) if not span.special] for recipe in RECIPES]
    tokenizer = Tokenizer(train_tokenizer(texts, 300, SECTIONS.special_tokens), SECTIONS)
    file = GgufFile(written(with_random_weights(SHAPES["gpt2"]), tokenizer, tmp_path / "tiny.gguf"))
    assert file.metadata("tokenizer.ggml.pre") == "gpt-2"
    gguf_tokenizer(file).save_pretrained(tmp_path / "back")
    back = load_tokenizer(tmp_path / "back")
    assert (back.section_ids, back.eos_id) == (tokenizer.section_ids, tokenizer.eos_id)
    for recipe in RECIPES:
        assert back.encode_recipes([recipe]).ids.tolist() == tokenizer.encode_recipes([recipe]).ids.tolist()
    assert back.hugging_face.encode(SPLIT_SAMPLE) == tokenizer.hugging_face.encode(SPLIT_SAMPLE)


def test_a_chat_template_comes_back(tokenizer_folder, tmp_path):
    hugging_face = AutoTokenizer.from_pretrained(tokenizer_folder)
    hugging_face.chat_template = TEMPLATE
    hugging_face.save_pretrained(tmp_path / "chat")
    chat = load_tokenizer(tmp_path / "chat")
    path = written(with_random_weights(SHAPES["llama"]), chat, tmp_path / "tiny.gguf")
    convert_gguf(path, tmp_path / "back")
    back = load_tokenizer(tmp_path / "back")
    assert back.hugging_face.chat_template == TEMPLATE
    recipe = Recipe("Pie", ("1 apple",), ("Bake it.",))
    assert back.encode_recipes([recipe]).ids.tolist() == chat.encode_recipes([recipe]).ids.tolist()


@pytest.mark.parametrize("name", SPLITTINGS)
def test_ways_of_splitting_words_are_known_again(tokenizer_folder, tmp_path, name):
    hugging_face = AutoTokenizer.from_pretrained(tokenizer_folder)
    hugging_face.backend_tokenizer.pre_tokenizer = splitting(name)
    path = written(with_random_weights(SHAPES["gpt2"]), Tokenizer(hugging_face, SECTIONS), tmp_path / "tiny.gguf")
    file = GgufFile(path)
    assert file.metadata("tokenizer.ggml.pre") == name
    assert gguf_tokenizer(file).encode(SPLIT_SAMPLE) == hugging_face.encode(SPLIT_SAMPLE)


def test_qwen_splits_digits_singly_and_composes_accents(tokenizer_folder, tmp_path):
    hugging_face = AutoTokenizer.from_pretrained(tokenizer_folder)
    hugging_face.backend_tokenizer.pre_tokenizer = splitting("qwen2")
    words = [word for word, _ in splitting("qwen2").pre_tokenize_str("I'VE 345g\n\n (bake)")]
    assert words == ["I", "'VE", "Ġ", "3", "4", "5", "g", "ĊĊ", "Ġ(", "bake", ")"]
    path = written(with_random_weights(SHAPES["gpt2"]), Tokenizer(hugging_face, SECTIONS), tmp_path / "tiny.gguf")
    back = gguf_tokenizer(GgufFile(path))
    assert back.encode("cre\u0300me") == back.encode("cr\u00e8me")


def test_a_way_of_splitting_words_that_llama_cpp_lacks_is_refused(tokenizer_folder, tmp_path):
    from tokenizers import pre_tokenizers

    hugging_face = AutoTokenizer.from_pretrained(tokenizer_folder)
    hugging_face.backend_tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=True)
    with pytest.raises(TokenizerError, match="splits words in a way that is not supported") as error:
        written(with_random_weights(SHAPES["gpt2"]), Tokenizer(hugging_face, SECTIONS), tmp_path / "tiny.gguf")
    assert "Hugging Face folder" in error.value.hint
    assert not list(tmp_path.glob("*"))


def sentence_piece():
    """A BPE as Llama 2 has it: 26 letters and a few words, and bytes for all else."""
    from tokenizers import Tokenizer as Backend
    from tokenizers import decoders, models, normalizers, processors
    from transformers import PreTrainedTokenizerFast

    merges = [("▁", "s"), ("o", "u"), ("▁s", "ou"), ("▁sou", "p"), ("o", "n"), ("▁", "on"), ("▁on", "i"), ("on", "i")]
    letters = [*"▁abcdefghijklmnopqrstuvwxyz."]
    tokens = ["<unk>", "<s>", "</s>", *(f"<0x{byte:02X}>" for byte in range(256)), *letters]
    tokens += [first + second for first, second in merges]
    vocabulary = {token: token_id for token_id, token in enumerate(tokens)}
    backend = Backend(models.BPE(vocabulary, merges, unk_token="<unk>", fuse_unk=True, byte_fallback=True))
    backend.normalizer = normalizers.Sequence([normalizers.Prepend("▁"), normalizers.Replace(" ", "▁")])
    backend.decoder = decoders.Sequence(
        [decoders.Replace("▁", " "), decoders.ByteFallback(), decoders.Fuse(), decoders.Strip(" ", 1, 0)]
    )
    backend.post_processor = processors.TemplateProcessing(single="<s> $A", special_tokens=[("<s>", 1)])
    return PreTrainedTokenizerFast(tokenizer_object=backend, bos_token="<s>", eos_token="</s>", unk_token="<unk>")


def test_a_tokenizer_of_sentence_pieces_comes_back(tmp_path):
    hugging_face = sentence_piece()
    assert hugging_face.tokenize("soup onion") == ["▁soup", "▁oni", "on"]  # by hand: merges in their order
    hugging_face.save_pretrained(tmp_path / "pieces")
    tokenizer = load_tokenizer(tmp_path / "pieces", "plain")
    path = written(with_random_weights(SHAPES["llama"]), tokenizer, tmp_path / "tiny.gguf")
    file = GgufFile(path)
    assert file.metadata("tokenizer.ggml.model") == "llama"
    assert file.metadata("tokenizer.ggml.add_space_prefix") is True
    assert file.metadata("tokenizer.ggml.add_bos_token") is True
    kinds = gguf.TokenType
    expected = [kinds.UNKNOWN, kinds.CONTROL, kinds.CONTROL, kinds.BYTE]
    assert file.metadata("tokenizer.ggml.token_type")[:4] == expected
    back = gguf_tokenizer(file)
    for text in ("soup onion", "soup.", "crème of ½ onions", " two  spaces\n", "sous son soupson"):
        assert back.encode(text, add_special_tokens=False) == hugging_face.encode(text, add_special_tokens=False)
        assert back.decode(back.encode(text, add_special_tokens=False)) == text


def test_an_activation_that_llama_cpp_lacks_is_refused(tokenizer, tmp_path):
    with pytest.raises(CheckpointError, match="no GPT-2 with activation_function = relu"):
        written(new_model(gpt2(activation_function="relu")), tokenizer, tmp_path / "tiny.gguf")


def test_a_file_that_is_there_is_left_alone(tokenizer, tmp_path):
    path = tmp_path / "mine.gguf"
    path.write_text("mine")
    with pytest.raises(OutputError, match="exists already"):
        written(new_model(gpt2()), tokenizer, path)
    assert path.read_text() == "mine"


def test_a_tokenizer_with_more_tokens_than_rows_is_refused(tokenizer, tmp_path):
    with pytest.raises(TokenizerError, match="its embedding 300 rows"):
        written(new_model(gpt2(vocab_size=300)), tokenizer, tmp_path / "tiny.gguf")


def test_what_fails_half_way_leaves_nothing(tokenizer, tmp_path):
    model = new_model(gpt2())
    calls = []

    def weights():
        calls.append(1)
        for number, item in enumerate(stored_weights(model)):
            if len(calls) == 2 and number == 5:
                raise OSError(28, "No space left on device")
            yield item

    with pytest.raises(OutputError, match="No space left") as error:
        write_gguf(tmp_path / "tiny.gguf", "f16", model.config, tokenizer, weights, "tiny")
    assert "free some space" in error.value.hint
    assert not list(tmp_path.glob("*"))


def test_a_disk_that_is_too_full_is_noticed_first(tokenizer, tmp_path, monkeypatch):
    from collections import namedtuple

    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage(10, 10, 0))
    with pytest.raises(OutputError, match=r"GB are free"):
        written(new_model(gpt2()), tokenizer, tmp_path / "tiny.gguf")
    assert not list(tmp_path.glob("*"))


def with_head(path, change):
    """Write a GGUF file of a GPT-2 again, with a head that is made of the embedding."""
    reader = GGUFReader(path)
    again = gguf.GGUFWriter(path.with_name("old.gguf"), "gpt2")
    for key, field in reader.fields.items():
        if not key.startswith("GGUF.") and key != "general.architecture":
            kind, *inner = field.types
            again.add_key_value(key, field.contents(), kind, *inner[:1])
    for tensor in reader.tensors:
        again.add_tensor(tensor.name, tensor.data)
        if tensor.name == "token_embd.weight":
            again.add_tensor("output.weight", change(np.array(tensor.data)))
    again.write_header_to_file()
    again.write_kv_data_to_file()
    again.write_tensors_to_file()
    again.close()
    return path.with_name("old.gguf")


def test_a_head_that_differs_from_the_embedding_it_is_tied_to_is_refused(tokenizer, tmp_path):
    path = written(with_random_weights(SHAPES["gpt2"]), tokenizer, tmp_path / "tiny.gguf")
    for change in (lambda table: table[::-1].copy(), lambda table: table[:-1]):
        with pytest.raises(CheckpointError, match=r"'output\.weight' differs from the embedding"):
            list(GgufFile(with_head(path, change)).weights())


def test_files_of_gpt2_that_hold_the_head_a_second_time_open_too(tokenizer, tmp_path):
    model = with_random_weights(SHAPES["gpt2"])
    path = written(model, tokenizer, tmp_path / "tiny.gguf")
    convert_gguf(with_head(path, lambda table: table), tmp_path / "back")
    assert json.loads((tmp_path / "back" / "config.json").read_text())["n_inner"] == 96
    assert np.abs(logits(load_model(tmp_path / "back")) - logits(model)).max() < 0.1
