"""A small Qwen is trained by an adapter, and exported in every form."""

import pytest
from transformers import Qwen2Config, Qwen3Config

from recipe_tui.core.config import load_config
from recipe_tui.core.export.export import export
from recipe_tui.core.gguf.reading import GgufFile
from recipe_tui.core.model.weights import new_model, read_config, save_model
from recipe_tui.core.text.tokenizer import load_tokenizer
from recipe_tui.core.training.loop import train
from tests.core.export.conftest import STEPS

pytestmark = pytest.mark.usefixtures("eager")

SHAPE = {
    "num_hidden_layers": 2,
    "hidden_size": 32,
    "intermediate_size": 64,
    "num_attention_heads": 4,
    "num_key_value_heads": 2,
    "max_position_embeddings": 128,
    "tie_word_embeddings": True,
}


@pytest.mark.parametrize(("config_class", "more"), [(Qwen2Config, {}), (Qwen3Config, {"head_dim": 16})])
def test_a_qwen_is_trained_and_exported(config_class, more, store, tmp_path):
    tokenizer = load_tokenizer(store.tokenizer_path, "sections")
    ends = {"bos_token_id": tokenizer.eos_id, "eos_token_id": tokenizer.eos_id}
    config = config_class(**SHAPE, **more, **ends, vocab_size=min(tokenizer.section_ids))
    save_model(new_model(config), tmp_path / "base")
    result = train(
        load_config(
            top={"output": str(tmp_path / "output"), "run": "dal"},
            data={"store": str(store.path)},
            model={"name": str(tmp_path / "base")},
            adapter={"method": "lora", "rank": 2, "alpha": 4},
            training=STEPS,
        )
    )
    for kind in ("huggingface", "adapter", "gguf"):
        written = export(result.run, tmp_path / kind, kind)
        assert written.verdict.standing != "different", kind
    assert read_config(tmp_path / "huggingface").model_type == config.model_type
    assert GgufFile(written.weights).family.model_type == config.model_type
