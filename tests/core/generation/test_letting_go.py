"""TensorFlow keeps what a custom gradient saw for ever: a model that only writes must have none."""

import gc
import weakref

import keras
import pytest

from recipe_tui.core.generation.decoder import Decoder
from recipe_tui.core.model.weights import load_model, new_model, save_model
from tests.core.shapes import tiny_gpt2, tiny_llama, tiny_qwen


@pytest.mark.skipif(keras.backend.backend() != "tensorflow", reason="TensorFlow alone keeps them")
@pytest.mark.parametrize("quantization", ["none", "int8", "int4"])
@pytest.mark.parametrize("config", [tiny_gpt2(), tiny_llama(), tiny_qwen()], ids=["gpt2", "llama", "qwen3"])
def test_a_model_that_is_let_go_of_takes_no_memory_any_more(config, quantization, tmp_path):
    from tensorflow.python.framework.func_graph import FuncGraph

    def graphs():
        return [one for one in gc.get_objects() if isinstance(one, FuncGraph) and one.captures]

    others = {id(graph): graph for graph in graphs()}
    save_model(new_model(config), tmp_path)
    model = load_model(tmp_path, quantization=quantization)
    decoder = Decoder(model, compile_step=False)
    decoder.start([1, 2, 3], 2, 4)
    decoder.step([1, 2])
    own = [weakref.ref(graph) for graph in graphs() if id(graph) not in others]
    assert own
    del model, decoder
    gc.collect()
    assert [graph for graph in own if graph() is not None] == []
