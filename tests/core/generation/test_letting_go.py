"""TensorFlow keeps what a custom gradient saw for ever: a model that only writes must have none."""

import gc
import weakref

import keras
import pytest
from transformers import GPT2Config, LlamaConfig

from recipe_tui.core.generation.decoder import Decoder
from recipe_tui.core.model.checkpoint import load_model, new_model, save_model

GPT2 = GPT2Config(n_layer=1, n_embd=16, n_head=2, n_positions=16, vocab_size=20, bos_token_id=0, eos_token_id=0)
LLAMA = LlamaConfig(
    num_hidden_layers=1,
    hidden_size=16,
    intermediate_size=24,
    num_attention_heads=4,
    num_key_value_heads=2,
    max_position_embeddings=16,
    vocab_size=20,
    bos_token_id=0,
    eos_token_id=0,
)


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="TensorFlow alone keeps them")
@pytest.mark.parametrize("quantization", ["none", "int8", "int4"])
@pytest.mark.parametrize("config", [GPT2, LLAMA], ids=["gpt2", "llama"])
def test_a_model_that_is_let_go_of_takes_no_memory_any_more(config, quantization, tmp_path):
    from tensorflow.python.framework.func_graph import FuncGraph

    save_model(new_model(config), tmp_path)
    model = load_model(tmp_path, quantization=quantization)
    decoder = Decoder(model, compile_step=False)
    decoder.start([1, 2, 3], 2, 4)
    decoder.step([1, 2])
    graphs = [weakref.ref(one) for one in gc.get_objects() if isinstance(one, FuncGraph) and one.captures]
    assert graphs
    del model, decoder
    gc.collect()
    assert [graph for graph in graphs if graph() is not None] == []
