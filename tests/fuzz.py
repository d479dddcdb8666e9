"""Fuzzing of every reader: mutated files may only end in the project's own errors.

``python -m tests.fuzz --inputs 100000`` runs every reader and prints the table; `tests.test_fuzz` runs some hundreds.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
import time
import traceback
from collections import Counter
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from typing import Any

from recipe_tui.core.errors import RecipeTuiError

os.environ.setdefault("HF_HUB_OFFLINE", "1")

ODD: tuple[Any, ...] = (
    None, True, False, 0, -1, 1, 3, 2**31, 10**30, 0.5, -0.0, 1e308, float("nan"), float("inf"), "", "x", "\x00",
    "\ud800", "../../etc/passwd", "/etc/passwd", "é" * 300, "\x1b]0;x\x07", [], {}, [None], [[]], ["c_attn", True],
    {"a": {"b": []}}, [1, "2", None], [["x"] * 3] * 3,
)  # fmt: skip
"""Values that take the place of others."""

TEXTS = (
    b"",
    b"\x00",
    b"{",
    b"}",
    b"[" * 5000,
    b'"',
    b",",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    b"null",
    b"1e999",
    b"-",
    b"\n",
)


@dataclass(frozen=True)
class Reader:
    """A reader, and a file that it reads.

    Attributes:
        name: What the table calls it.
        data: The undamaged content.
        read: Writes a mutated content where it belongs, and reads it.
        rate: Share of the inputs that it gets; slow readers have less.
    """

    name: str
    data: bytes
    read: Callable[[bytes], object]
    rate: float = 1.0


@dataclass
class Row:
    """The results of one reader."""

    name: str
    inputs: int = 0
    refused: int = 0
    slowest: float = 0.0
    tracebacks: Counter[str] = field(default_factory=Counter)
    first: str = ""


def mutate(data: bytes, random: Random) -> bytes:
    """Return a damaged copy: of its bytes, or where it is JSON, of its values."""
    for _ in range(random.choice((1, 1, 1, 2, 4))):
        if random.random() < 0.6 and (changed := _mutate_json(data, random)) is not None:
            data = changed
        else:
            data = _mutate_bytes(data, random)
    return data


def _mutate_bytes(data: bytes, random: Random) -> bytes:
    start = random.randrange(len(data) + 1)
    end = min(len(data), start + random.choice((0, 1, 4, 8, 64)))
    kind = random.randrange(5)
    if kind == 0:
        return data[:start]
    if kind == 1:
        return data[:start] + data[end:]
    if kind == 2:
        return data[:start] + bytes(random.randrange(256) for _ in range(end - start)) + data[end:]
    if kind == 3:
        return data[:start] + data[start:end] * random.choice((2, 50)) + data[end:]
    return data[:start] + random.choice(TEXTS) + data[end:]


def _mutate_json(data: bytes, random: Random) -> bytes | None:
    try:
        values = json.loads(data)
    except (ValueError, RecursionError):
        return None
    places: list[tuple[Any, Any]] = []
    _collect(values, places)
    if not places:
        return None
    container, key = random.choice(places)
    kind = random.randrange(4)
    if kind == 0:
        del container[key]
    elif kind == 1 and isinstance(container, dict):
        container[random.choice(("", "x", "r", "__class__", "model_type"))] = container.pop(key)
    else:
        container[key] = random.choice(ODD)
    return json.dumps(values).encode()


def _collect(values: Any, places: list[tuple[Any, Any]]) -> None:
    if isinstance(values, dict | list) and len(places) < 5000:
        keys = values if isinstance(values, dict) else range(len(values))
        for key in list(keys):
            places.append((values, key))
            _collect(values[key], places)


def run_one(reader: Reader, seed: int, row: Row) -> None:
    """Give one mutated input to a reader."""
    data = mutate(reader.data, Random(f"{reader.name} {seed}"))
    began = time.perf_counter()
    row.inputs += 1
    try:
        reader.read(data)
    except RecipeTuiError:
        row.refused += 1
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        place = traceback.extract_tb(error.__traceback__)
        own = next((one for one in reversed(place) if "recipe_tui" in one.filename), place[-1])
        row.tracebacks[f"{type(error).__name__} at {Path(own.filename).name}:{own.lineno}: {str(error)[:80]}"] += 1
        row.first = row.first or f"seed {seed}"
    row.slowest = max(row.slowest, time.perf_counter() - began)


def model_readers(folder: Path) -> list[Reader]:
    """Return the readers of models, with files in a scratch folder."""
    import numpy as np
    from safetensors.numpy import save as save_tensors

    from recipe_tui.core.config import ModelConfig
    from recipe_tui.core.families.table import read_shape
    from recipe_tui.core.gguf.reading import GgufFile
    from recipe_tui.core.gguf.tokenizer import gguf_tokenizer
    from recipe_tui.core.lora.peft import list_adapters, read_adapter
    from recipe_tui.core.model.weights import needed_memory, read_config, read_generation_config, tensors, weight_files
    from recipe_tui.core.registry.cache import _described
    from recipe_tui.core.text.tokenizer import load_tokenizer

    def place(name: str, *files: tuple[str, bytes]) -> Path:
        (folder / name).mkdir(parents=True)
        for file, data in files:
            (folder / name / file).write_bytes(data)
        return folder / name

    def reader(name: str, where: Path, file: str, data: bytes, read: Callable[[Path], object], rate: float) -> Reader:
        def written(mutated: bytes) -> object:
            (where / file).write_bytes(mutated)
            return read(where)

        return Reader(name, data, written, rate)

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

    def configuration(where: Path) -> None:
        read_generation_config(where)
        _described(where, "x")
        with suppress(RecipeTuiError):
            read_shape(where, ModelConfig())
        read_config(where)

    def adapters(where: Path) -> None:
        list_adapters(where)
        read_adapter(where)

    def gguf(where: Path) -> None:
        file = GgufFile(where / "x.gguf")
        list(file.weights())
        gguf_tokenizer(file)

    tokenizer = _tokenizer_files()
    found = place("index", *((f"model-{i}.safetensors", weights) for i in range(2)))
    both = place("adapter", ("adapter_model.safetensors", save_tensors(factors)), ("adapter_config.json", b"{}"))
    tensors_of = place("factors", ("adapter_config.json", json.dumps(adapter).encode()))
    words = place("tokenizer", *tokenizer.items())
    settings = place("tokenizer_config", *tokenizer.items())
    return [
        reader("weights index", found, "model.safetensors.index.json", json.dumps(index).encode(), weight_files, 1.0),
        reader("safetensors", place("weights"), "model.safetensors", weights,
               lambda where: (needed_memory(where, "float32"), list(tensors(where))), 1.0),
        reader("adapter_config.json", both, "adapter_config.json", json.dumps(adapter).encode(), adapters, 1.0),
        reader("adapter weights", tensors_of, "adapter_model.safetensors", save_tensors(factors), adapters, 1.0),
        reader("config.json, GPT-2", place("gpt2"), "config.json", json.dumps(gpt2).encode(), configuration, 0.2),
        reader("config.json, Llama", place("llama"), "config.json", json.dumps(llama).encode(), configuration, 0.2),
        reader("GGUF", place("gguf"), "x.gguf", _gguf_file(folder), gguf, 0.1),
        reader("tokenizer.json", words, "tokenizer.json", tokenizer["tokenizer.json"], load_tokenizer, 0.02),
        reader("tokenizer_config.json", settings, "tokenizer_config.json", tokenizer["tokenizer_config.json"],
               load_tokenizer, 0.02),
    ]  # fmt: skip


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


def main() -> int:
    """Run every reader and print the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=1000, help="inputs of each reader; slow ones get a share of them")
    parser.add_argument("--reader", default="", help="readers whose name contains this")
    asked = parser.parse_args()
    print(f"{'reader':24} {'inputs':>8} {'refused':>8} {'tracebacks':>10} {'slowest':>9}")
    wrong = 0
    with tempfile.TemporaryDirectory() as folder:
        for reader in model_readers(Path(folder)):
            if asked.reader not in reader.name:
                continue
            row = Row(reader.name)
            with suppress(RecipeTuiError):
                reader.read(reader.data)  # what it imports counts for no input
            for seed in range(max(1, int(asked.inputs * reader.rate))):
                run_one(reader, seed, row)
            bad = sum(row.tracebacks.values())
            wrong += bad
            print(f"{row.name:24} {row.inputs:8,} {row.refused:8,} {bad:10,} {row.slowest:8.2f}s", flush=True)
            for reason, count in row.tracebacks.most_common(8):
                print(f"    {count:6,} {reason} ({row.first})")
    return int(wrong > 0)


if __name__ == "__main__":
    sys.exit(main())
