"""The files of models: indexes, headers, weights, configurations of models and adapters, tokenizers, templates."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from unittest.mock import patch

from recipe_tui.core.errors import RecipeTuiError
from recipe_tui.core.text import chat_template
from tests.fuzz.harness import Reader, file_reader

TEMPLATE = (
    "{% for message in messages %}<|{{ message['role'] }}|>{{ message['content'] | trim }}{{ eos_token }}{% endfor %}"
    "{% if add_generation_prompt %}<|assistant|>{% endif %}"
)


def model_readers(folder: Path) -> list[Reader]:
    """Return the readers of models, with files in a scratch folder."""
    import numpy as np
    from safetensors.numpy import save as save_tensors

    from recipe_tui.core.config import ModelConfig
    from recipe_tui.core.families.table import read_shape
    from recipe_tui.core.gguf.reading import GgufFile
    from recipe_tui.core.gguf.tokenizer import gguf_tokenizer
    from recipe_tui.core.lora.peft import list_adapters, read_adapter
    from recipe_tui.core.model.weights import (
        generation_config,
        needed_memory,
        read_config,
        read_generation_config,
        tensors,
        weight_files,
    )
    from recipe_tui.core.paths import MODEL_NOTE
    from recipe_tui.core.recipes.recipe import Recipe
    from recipe_tui.core.registry.cache import _described as described
    from recipe_tui.core.text.token_text import TokenTexts
    from recipe_tui.core.text.tokenizer import configured_ends, load_tokenizer
    from recipe_tui.core.training.checkpoint import load_checkpoint

    def place(name: str, *files: tuple[str, bytes]) -> Path:
        (folder / name).mkdir(parents=True)
        for file, data in files:
            (folder / name / file).write_bytes(data)
        return folder / name

    weights = save_tensors({"transformer.h.0.ln_1.weight": np.ones(4, np.float32), "b": np.ones((2, 3), np.float16)})
    index = {"metadata": {"total_size": 1}, "weight_map": {f"w{i}": f"model-{i % 2}.safetensors" for i in range(6)}}
    adapter = {"peft_type": "LORA", "r": 2, "lora_alpha": 4.0, "target_modules": ["c_attn"], "bias": "none"}
    adapter |= {"base_model_name_or_path": "base", "use_dora": False, "rank_pattern": {}, "modules_to_save": None}
    adapter |= {"trainable_token_indices": {"wte": [1]}, "init_lora_weights": True, "lora_dropout": 0.1}
    name = "base_model.model.transformer.h.0.attn.c_attn.lora"
    factors = {f"{name}_A.weight": np.ones((2, 4), np.float32), f"{name}_B.weight": np.ones((12, 2), np.float32)}
    factors["base_model.model.transformer.wte.token_adapter.trainable_tokens_delta"] = np.ones((1, 4), np.float32)
    gpt2 = {"model_type": "gpt2", "n_layer": 2, "n_embd": 16, "n_head": 2, "n_positions": 32, "vocab_size": 40}
    gpt2 |= {"activation_function": "gelu_new", "eos_token_id": 0, "n_inner": None, "layer_norm_epsilon": 1e-5}
    llama = {"model_type": "llama", "num_hidden_layers": 2, "hidden_size": 16, "num_attention_heads": 4}
    llama |= {"num_key_value_heads": 2, "intermediate_size": 24, "max_position_embeddings": 32, "vocab_size": 40}
    llama |= {"rope_theta": 1e4, "rope_scaling": {"rope_type": "linear", "factor": 2.0}, "eos_token_id": [0, 1]}

    generation = {"bos_token_id": 0, "eos_token_id": [0, 1], "temperature": 0.6, "do_sample": True}

    def configuration(where: Path) -> None:
        described(where, "x")
        with suppress(RecipeTuiError):
            read_shape(where, ModelConfig())
        read_config(where)

    def generation_config_of(where: Path) -> None:
        model = SimpleNamespace(config=small, generation_config=read_generation_config(where))
        json.loads(generation_config(model))
        configured_ends(where)

    def adapters(where: Path) -> None:
        list_adapters(where)
        read_adapter(where)

    def gguf(where: Path) -> None:
        file = GgufFile(where / "x.gguf")
        list(file.weights())
        gguf_tokenizer(file)

    def loaded(where: Path) -> None:
        tokenizer = load_tokenizer(where)
        tokenizer.parse(tokenizer.encode_recipes([Recipe("ab", ("a",), ("b",))]).ids)
        with suppress(RecipeTuiError):
            TokenTexts.load(where)

    def state(where: Path) -> None:
        model = SimpleNamespace(weights=[], variables=[])
        vector = SimpleNamespace(path="m", assign=lambda value: np.zeros(4, np.float32).__iadd__(value))
        progress = load_checkpoint(where, SimpleNamespace(model=model, optimizer=SimpleNamespace(variables=[vector])))
        assert progress.step + progress.tokens + progress.waited + progress.seconds >= 0

    tokenizer = _tokenizer_files()
    (small_folder := place("small")).joinpath("config.json").write_text(json.dumps(gpt2))
    small = read_config(small_folder)
    index_folder = place("index", *((f"model-{i}.safetensors", weights) for i in range(2)))
    both = place("adapter", ("adapter_model.safetensors", save_tensors(factors)), ("adapter_config.json", b"{}"))
    tensors_of = place("factors", ("adapter_config.json", json.dumps(adapter).encode()))
    noted = place("note", ("config.json", json.dumps(gpt2).encode()), ("model.safetensors", weights))
    progress = {"step": 4, "tokens": 256, "seconds": 1.5, "best_step": 2, "best_loss": 4.5, "waited": 1}
    values = save_tensors({"optimizer/m": np.ones(4, np.float32)})
    progressing = place("progress", ("training_state.safetensors", values))
    stated = place("state", ("training_state.json", json.dumps(progress).encode()))
    chat = json.loads(tokenizer["tokenizer_config.json"]) | {"chat_template": None}
    templated = place("template", *(tokenizer | {"tokenizer_config.json": json.dumps(chat).encode()}).items())

    def file(name: str, path: Path, values: Any, read: Callable[[Path], object], tested: int = 300) -> Reader:
        return file_reader(
            name, path, values if isinstance(values, bytes) else json.dumps(values).encode(), read, tested
        )

    def tokenizer_file(name: str) -> Reader:
        return file(name, place(name, *tokenizer.items()) / name, tokenizer[name], loaded, 10)

    def loaded_in_process(where: Path) -> None:
        with patch.object(chat_template.subprocess, "run", _rendered_in_process):
            load_tokenizer(where)
        chat_template.render.cache_clear()

    return [
        file("weights index", index_folder / "model.safetensors.index.json", index, weight_files),
        file("safetensors", place("weights") / "model.safetensors", weights,
             lambda where: (needed_memory(where, "float32"), list(tensors(where)))),
        file("adapter_config.json", both / "adapter_config.json", adapter, adapters),
        file("adapter weights", tensors_of / "adapter_model.safetensors", save_tensors(factors), adapters),
        file("config.json, GPT-2", place("gpt2") / "config.json", gpt2, configuration, 60),
        file("config.json, Llama", place("llama") / "config.json", llama, configuration, 60),
        file("generation_config.json", place("generation") / "generation_config.json", generation,
             generation_config_of),
        file("note of a model", noted / MODEL_NOTE, {"licence": "mit", "origin": "hub"},
             lambda where: str(described(where, "x"))),
        file("training progress", progressing / "training_state.json", progress, state),
        file("training state", stated / "training_state.safetensors", values, state),
        file("GGUF", place("gguf") / "x.gguf", _gguf_file(folder), gguf, 30),
        tokenizer_file("tokenizer.json"),
        tokenizer_file("tokenizer_config.json"),
        file("chat template", templated / "chat_template.jinja", TEMPLATE.encode(),
             loaded_in_process, 30),
    ]  # fmt: skip


def _rendered_in_process(*_: object, **given: Any) -> SimpleNamespace:
    """Render a chat template without the process that limits its time and memory, which takes 0.1 s to start."""
    return SimpleNamespace(stdout=json.dumps(chat_template._answer(json.loads(given["input"]))))


def _tokenizer_files() -> dict[str, bytes]:
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers

    vocabulary = {token: number for number, token in enumerate(("<|endoftext|>", "a", "b", "ab", "Ġ"))}
    backend: Any = Tokenizer(models.BPE(vocab=vocabulary, merges=[("a", "b")]))
    backend.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    backend.decoder = decoders.ByteLevel()
    backend.add_special_tokens(["<|endoftext|>"])
    settings = {"tokenizer_class": "PreTrainedTokenizerFast", "eos_token": "<|endoftext|>", "model_max_length": 32}
    return {"tokenizer.json": backend.to_str().encode(), "tokenizer_config.json": json.dumps(settings).encode()}


def _gguf_file(folder: Path) -> bytes:
    import gguf
    import numpy as np

    path = folder / "seed.gguf"
    writer = gguf.GGUFWriter(path, "gpt2")
    writer.add_context_length(32)
    writer.add_embedding_length(16)
    writer.add_feed_forward_length(64)
    writer.add_block_count(1)
    writer.add_head_count(2)
    writer.add_layer_norm_eps(1e-5)
    writer.add_tokenizer_model("gpt2")
    writer.add_tokenizer_pre("gpt-2")
    writer.add_token_list(["<|endoftext|>", "a", "b", "ab"])
    writer.add_token_types([3, 1, 1, 1])
    writer.add_token_merges(["a b"])
    writer.add_eos_token_id(0)
    writer.add_tensor("token_embd.weight", np.ones((4, 16), np.float32))
    writer.add_tensor("output_norm.weight", np.ones(16, np.float32))
    writer.write_header_to_file()
    writer.write_kv_data_to_file()
    writer.write_tensors_to_file()
    writer.close()
    return path.read_bytes()
