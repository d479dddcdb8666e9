from functools import cache

import keras
import numpy as np
import pytest
from transformers import GPT2Config, LlamaConfig, Qwen2Config, Qwen3Config

from recipe_tui.core.generation.decoder import Decoder
from recipe_tui.core.model.weights import new_model

COMMON = {
    "vocab_size": 30,
    "bos_token_id": 0,
    "eos_token_id": 0,
    "initializer_range": 0.5,  # so that what is attended to matters
}
GROUPED = COMMON | {
    "num_hidden_layers": 2,
    "hidden_size": 16,
    "intermediate_size": 24,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 24,
}
CONFIGURATIONS = {
    "gpt2": lambda: GPT2Config(n_layer=2, n_embd=16, n_head=2, n_positions=24, **COMMON),
    "llama": lambda: LlamaConfig(**GROUPED),
    "qwen2": lambda: Qwen2Config(**GROUPED | {"num_hidden_layers": 1}),  # layers are looped over by one code for all
    "qwen3": lambda: Qwen3Config(**GROUPED | {"num_hidden_layers": 1}, head_dim=8),
}


def random_model(family, precision):
    keras.utils.set_random_seed(0)
    return new_model(CONFIGURATIONS[family](), precision)


@pytest.fixture(autouse=True, scope="module")
def small_buckets():
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("recipe_tui.core.generation.decoder.CACHE_BUCKET", 8)
        patch.setattr("recipe_tui.core.generation.compiled_model.PROMPT_BUCKET", 4)
        yield


@pytest.fixture(scope="module", params=CONFIGURATIONS)
def decoder(request, small_buckets):
    """One for all tests of a family, as in a session: each number of sequences and size of cache is compiled once."""
    return Decoder(random_model(request.param, "float32"))


def scores(model, rows):
    """Scores after each token, from the whole text at once: [rows, length, vocab_size]."""
    return keras.ops.convert_to_numpy(model.logits(model(np.asarray(rows))))


def whole(decoder, rows):
    """Scores after the last token, from the whole text at once."""
    return scores(decoder.model, rows)[:, -1]


@pytest.mark.parametrize("copies", [1, 3])
@pytest.mark.parametrize(("prompt_length", "new_tokens"), [(1, 8), (3, 6), (8, 16)])  # two sizes of cache
def test_one_token_at_a_time_gives_the_scores_of_the_whole_text(decoder, prompt_length, new_tokens, copies):
    length = prompt_length + new_tokens
    rows = np.random.default_rng(prompt_length).integers(0, 30, (copies, length))
    rows[:, :prompt_length] = rows[0, :prompt_length]
    expected = scores(decoder.model, rows)
    logits = decoder.start(rows[0, :prompt_length].tolist(), copies, new_tokens)
    for position in range(prompt_length, length):
        np.testing.assert_allclose(logits, expected[:, position - 1], atol=1e-4)
        logits = decoder.step(rows[:, position])
    np.testing.assert_allclose(logits, expected[:, -1], atol=1e-4)
    assert decoder.length == length


@cache
def narrow(family):
    return Decoder(random_model(family, "bfloat16"))


@pytest.mark.parametrize("family", CONFIGURATIONS)
@pytest.mark.parametrize("copies", [1, 2])
def test_bfloat16_writes_what_bfloat16_reads(copies, family):
    decoder = narrow(family)
    decoder.start([1, 2, 3], copies, 4)
    decoder.step([4] * copies)
    logits = decoder.step([5] * copies)
    expected = whole(decoder, [[1, 2, 3, 4, 5]] * copies)
    assert np.corrcoef(logits.ravel(), expected.ravel())[0, 1] > 0.999


@pytest.mark.parametrize("family", ["gpt2", "llama"])
def test_a_cache_in_bfloat16_as_a_gpu_has_it_writes_what_bfloat16_reads(family, monkeypatch):
    monkeypatch.setattr("recipe_tui.core.model.attention.cache_dtype", lambda dtype: dtype)
    decoder = Decoder(random_model(family, "bfloat16"))
    decoder.start([1, 2, 3], 1, 4)
    assert keras.backend.standardize_dtype(decoder._kv_cache[0].key.dtype) == "bfloat16"
    decoder.step([4])
    logits = decoder.step([5])
    assert np.corrcoef(logits.ravel(), whole(decoder, [[1, 2, 3, 4, 5]]).ravel())[0, 1] > 0.999


def test_texts_written_side_by_side_do_not_see_each_other(decoder):
    decoder.start([1, 2, 3], 2, 2)
    together = decoder.step([4, 5])
    decoder.start([1, 2, 3], 1, 2)
    np.testing.assert_allclose(decoder.step([5]), together[1:], atol=1e-4)


def test_kept_texts_go_on_where_they_were(decoder):
    decoder.start([1, 2], 3, 3)
    decoder.step([3, 4, 5])
    decoder.keep([2, 2, 0])
    rows = np.array([[1, 2, 5, 6], [1, 2, 5, 7], [1, 2, 3, 8]])
    np.testing.assert_allclose(decoder.step([6, 7, 8]), whole(decoder, rows), atol=1e-4)


def test_a_second_text_remembers_nothing_of_the_first(decoder):
    decoder.start([9, 9, 9, 9, 9, 9], 1, 2)
    decoder.step([9])
    np.testing.assert_allclose(decoder.start([1, 2], 1, 2), whole(decoder, [[1, 2]]), atol=1e-4)
    np.testing.assert_allclose(decoder.step([3]), whole(decoder, [[1, 2, 3]]), atol=1e-4)


@pytest.fixture(scope="module", params=["gpt2", "llama"])
def batches(request, small_buckets):
    """One for both kinds of position embeddings."""
    return Decoder(random_model(request.param, "float32"))


def test_prompts_side_by_side_give_the_scores_of_each_alone(batches):
    texts = [[1, 2, 3, 4, 5], [6, 7], [8, 9, 10]]
    logits = batches.start_batch(texts)
    for token_id in (11, 12):
        np.testing.assert_allclose(logits, [whole(batches, [text])[0] for text in texts], atol=1e-4)
        texts = [[*text, token_id] for text in texts]
        logits = batches.step([token_id] * 3)
    np.testing.assert_allclose(logits, [whole(batches, [text])[0] for text in texts], atol=1e-4)


def test_a_sequence_is_replaced_while_the_others_continue(batches):
    batches.start_batch([[1, 2, 3], [4, 5]])
    batches.step([6, 7])
    batches.end(1)
    batches.step([8, 0])
    inserted = batches.insert(1, [9, 10])
    np.testing.assert_allclose(inserted, whole(batches, [[9, 10]])[0], atol=1e-4)
    logits = batches.step([11, 12])
    expected = [whole(batches, [text])[0] for text in ([1, 2, 3, 6, 8, 11], [9, 10, 12])]
    np.testing.assert_allclose(logits, expected, atol=1e-4)
    batches.keep([1, 0])
    np.testing.assert_allclose(batches.step([13, 14])[0], whole(batches, [[9, 10, 12, 13]])[0], atol=1e-4)


def test_a_batch_makes_room_by_dropping_what_no_sequence_begins_in(batches):
    texts = [[1, 2, 3], [4]]
    batches.start_batch(texts)
    for token_id in range(5, 25):
        if token_id % 4 == 0:
            texts[0] = [2, token_id]
            batches.insert(0, texts[0])
        if token_id == 15:
            texts[1] = [3]
            batches.insert(1, texts[1])
        texts = [[*text, token_id] for text in texts]
        logits = batches.step([token_id] * 2)
        np.testing.assert_allclose(logits, [whole(batches, [text])[0] for text in texts], atol=1e-4)
    assert batches.length < 24
