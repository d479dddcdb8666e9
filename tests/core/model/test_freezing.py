import keras
import numpy as np
import pytest
from transformers import LlamaConfig

from recipe_tui.core.errors import UsageError
from recipe_tui.core.model.freezing import freeze_layers
from recipe_tui.core.model.weights import load_model, new_model, save_model
from recipe_tui.core.training.step import FineTuning
from tests.core.model.test_gradient_checkpointing import Gradients
from tests.core.shapes import tiny_gpt2, tiny_llama
from tests.core.without_graphs import without_graphs

GPT2, LLAMA = tiny_gpt2(layers=2, dropout=0.3), tiny_llama(layers=2)
UNTIED = LlamaConfig(**(LLAMA.to_dict() | {"tie_word_embeddings": False}))
TIED = LlamaConfig(**(LLAMA.to_dict() | {"tie_word_embeddings": True}))


def stepped(config, count, token_ids=()):
    """Return a model that took a step, and its weights before and after by their Hugging Face names."""
    from recipe_tui.core.model.weights import stored_weights

    keras.utils.set_random_seed(0)
    model = new_model(config)
    before = dict(stored_weights(model))
    freeze_layers(model, count, token_ids)
    training = FineTuning(model, 2)
    optimizer = Gradients(1.0)
    training.compile(optimizer=optimizer, jit_compile=False)
    optimizer.build(training.trainable_variables)
    ids = np.random.default_rng(2).integers(0, 20, (2, 16)).astype("int32")
    with without_graphs():
        training.train_on_batch({"input_ids": ids, "labels": ids})
    if keras.backend.backend() == "jax":
        training.jax_state_sync()
    return model, before, dict(stored_weights(model))


@pytest.mark.parametrize("config", [GPT2, TIED, UNTIED], ids=["gpt2", "llama-tied", "llama"])
def test_embeddings_and_the_lowest_layers_stay_and_all_others_learn(config):
    _, before, after = stepped(config, 1)
    changed = {name for name in before if not np.array_equal(before[name], after[name])}
    lowest = {"transformer.wte.weight", "transformer.wpe.weight", "model.embed_tokens.weight"}
    frozen = {name for name in before if name in lowest or ".h.0." in name or ".layers.0." in name}
    assert changed == set(before) - frozen
    assert any("lm_head" in name for name in before) == (config is UNTIED)


@pytest.mark.parametrize("config", [GPT2, UNTIED], ids=["gpt2", "llama"])
def test_new_tokens_learn_in_a_frozen_embedding_and_are_saved(config, tmp_path):
    model, before, after = stepped(config, 2, (18, 19))
    table = next(name for name in before if "wte" in name or "embed_tokens" in name)
    np.testing.assert_array_equal(after[table][:18], before[table][:18])
    assert np.abs(after[table][18:] - before[table][18:]).max() > 1e-4
    ids = np.array([[1, 18, 19, 2]])
    expected = model.logits(model(ids))
    save_model(model, tmp_path)
    again = load_model(tmp_path)
    np.testing.assert_allclose(again.logits(again(ids)), expected, atol=1e-6)


def test_below_what_learns_nothing_is_differentiated(monkeypatch):
    """The backward pass of attention works the softmax out again: it does so in the upper layer alone."""
    if keras.backend.backend() != "tensorflow":
        pytest.skip("JAX leaves out what nobody asks for by itself")
    from recipe_tui.core.model import attention

    differentiated = []
    gradient = attention._scores_gradient
    monkeypatch.setattr(attention, "_scores_gradient", lambda *a: differentiated.append(1) or gradient(*a))
    stepped(GPT2, 1)
    assert len(differentiated) == 1
    stepped(GPT2, 1, (19,))  # whose row is below all layers
    assert len(differentiated) == 1 + 2


def test_more_layers_than_there_are_are_refused():
    with pytest.raises(UsageError, match=r"freeze_layers is 3, and the model has 2 layers; set .* to 2 or less"):
        freeze_layers(new_model(GPT2), 3, ())
