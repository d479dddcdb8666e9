import pytest

from recipe_tui.core import paths
from recipe_tui.core.config import ModelConfig
from recipe_tui.core.errors import CheckpointError
from recipe_tui.core.families.table import FAMILIES, read_shape, shape_of
from tests.core.model.conftest import EXPECTED

GPT2 = shape_of(
    {"model_type": "gpt2", "n_layer": 12, "n_embd": 768, "n_head": 12, "n_positions": 1024, "vocab_size": 50257},
    ModelConfig(),
)


def test_the_parameters_are_those_of_gpt2():
    assert GPT2.parameters == 124_439_808


def test_the_parameters_of_the_sample_model_are_those_that_keras_counts():
    from recipe_tui.core.model.weights import new_model, read_config

    model = new_model(read_config(paths.SAMPLE_MODEL))
    assert read_shape(paths.SAMPLE_MODEL, ModelConfig()).parameters == model.count_params()


@pytest.mark.parametrize("name", ["llama", "llama_grouped"])
def test_the_parameters_of_a_llama_are_those_that_keras_counts(name, tmp_path):
    from transformers import LlamaConfig

    from recipe_tui.core.model.weights import new_model

    config = LlamaConfig(
        num_hidden_layers=2,
        hidden_size=24,
        intermediate_size=40,
        num_attention_heads=6,
        num_key_value_heads=2 if name == "llama_grouped" else 6,
        tie_word_embeddings=name == "llama_grouped",
        vocab_size=50,
    )
    config.save_pretrained(tmp_path)
    shape = read_shape(tmp_path, ModelConfig())
    assert shape.parameters == new_model(config).count_params()
    assert shape.n_positions == 2048


@pytest.mark.parametrize("name", ["qwen2", "qwen3"])
def test_the_parameters_of_a_qwen_are_those_that_keras_counts(name):
    from recipe_tui.core.model.weights import load_model

    folder = EXPECTED / name
    assert read_shape(folder, ModelConfig()).parameters == load_model(folder).count_params()


@pytest.mark.parametrize("name", ["gpt2", "llama", "qwen3"])
def test_the_cache_of_a_position_is_that_of_the_model(name):
    import numpy as np

    from recipe_tui.core.model.attention import KVCache
    from recipe_tui.core.model.weights import load_model

    _, read = load_model(EXPECTED / name).prefill(np.ones((1, 1), np.int32))
    caches = [KVCache.holding(key, value, 1) for key, value in read]
    numbers = sum(int(np.prod(side.shape)) for cache in caches for side in cache)
    assert read_shape(EXPECTED / name, ModelConfig()).position_cache == 4 * numbers


@pytest.mark.parametrize("name", ["llama", "qwen2", "qwen3"])
def test_an_overridden_shape_is_that_of_the_model_that_is_made_of_it(name):
    from recipe_tui.core.model.weights import new_model, read_config

    folder, changes = EXPECTED / name, ModelConfig(initialize="random", n_layer=3, n_embd=32, n_head=4)
    values = FAMILIES[name].override(read_config(folder).to_dict(), changes)
    model = new_model(FAMILIES[name].configure(values))
    assert len(model.blocks) == 3
    assert read_shape(folder, changes).parameters == model.count_params()


def test_a_shape_is_overridden_and_grows_with_the_tokenizer():
    random = ModelConfig(initialize="random", n_layer=2, n_embd=64, n_head=4)
    shape = read_shape(paths.SAMPLE_MODEL, random, vocab_size=1000)
    assert (shape.n_layer, shape.n_embd, shape.n_inner, shape.vocab_size) == (2, 64, 256, 1000)
    assert read_shape(paths.SAMPLE_MODEL, ModelConfig(), vocab_size=1000).vocab_size == 1500
    assert read_shape(paths.SAMPLE_MODEL, ModelConfig(), vocab_size=1503).vocab_size == 1503


@pytest.mark.parametrize(
    ("text", "complaint"),
    [
        (None, "no checkpoint"),
        ("{", "cannot be read"),
        ("[]", "cannot be read"),
        ('{"model_type": "bert"}', "model_type is 'bert'"),
        ('{"model_type": "gpt2"}', "cannot be read"),
    ],
)
def test_a_folder_without_a_shape_says_so(tmp_path, text, complaint):
    if text is not None:
        (tmp_path / "config.json").write_text(text)
    with pytest.raises(CheckpointError, match=complaint):
        read_shape(tmp_path, ModelConfig())


@pytest.mark.parametrize("family", ["gpt2", "llama"])
def test_projections_and_adapters_are_those_of_the_model(family):
    from transformers import LlamaConfig

    from recipe_tui.core.lora.adapter import Adapter, add_adapter, projections
    from recipe_tui.core.model.weights import new_model, read_config

    config = read_config(paths.SAMPLE_MODEL)
    if family == "llama":
        config = LlamaConfig(
            num_hidden_layers=2, hidden_size=24, intermediate_size=40, num_attention_heads=6, num_key_value_heads=2
        )
    model, shape = new_model(config), shape_of(config.to_dict(), ModelConfig())
    found = {name: (layer.inputs, layer.units) for name, layer in projections(model).items()}
    assert len(found) == shape.n_layer * len(shape.projections)
    for name, sizes in shape.projections.items():
        assert all(own == sizes for full, own in found.items() if full.endswith(f".{name}"))
    add_adapter(model, Adapter(rank=2, alpha=4.0))
    learns = sum(variable.shape[0] * variable.shape[1] for variable in model.trainable_variables)
    assert learns == shape.n_layer * 2 * sum(inputs + outputs for inputs, outputs in shape.adapted(()).values())
