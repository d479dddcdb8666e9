"""Writing at several batch sizes, beside PyTorch, CTranslate2 and llama.cpp: greedy, the same prompt in every row.

``python -m tests.benchmarks.writing --help``; `tests.benchmarks` starts each contestant as a process of its own, which
writes once for each batch size that it reads from stdin. Weights are random: speed does not depend on them. It measures
inner parts: the decoder's steps, without a tokenizer and processors, which the others' figures leave out as well.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from numpy.typing import NDArray

STARTED = time.perf_counter()


@dataclass(frozen=True, slots=True)
class Task:
    """What is written.

    Attributes:
        model: Folder of a GPT-2 checkpoint that `prepare` wrote.
        precision: Type of the weights, by the contestant's own name for it.
        prompt: Token ids.
        new_tokens: How many tokens each row gets.
    """

    model: Path
    precision: str
    prompt: list[int]
    new_tokens: int


@dataclass(frozen=True, slots=True)
class Times:
    """How long one writing took.

    Attributes:
        first_token: Seconds to the first token, the prompt included.
        total: Seconds to the last one.
    """

    first_token: float
    total: float


def prepare(folder: str, shape: Mapping[str, int], gguf_types: Sequence[Any]) -> dict[str, float]:
    """Write a checkpoint of random weights, and the GGUF files that llama.cpp reads."""
    from recipe_tui.core.backend import select_backend

    select_backend()
    from recipe_tui.core.gguf.writing import write_gguf
    from recipe_tui.core.lora.open import load_model
    from recipe_tui.core.model.weights import stored_weights
    from recipe_tui.core.text.tokenizer import load_tokenizer
    from tests.benchmarks.generation import random_checkpoint

    random_checkpoint(folder, **shape)
    for kind in gguf_types:
        path, model = Path(folder), load_model(Path(folder))
        tokenizer = load_tokenizer(path)
        write_gguf(path / f"{kind}.gguf", kind, model.config, tokenizer, lambda model=model: stored_weights(model), "")
    return {}


def ours(task: Task) -> Callable[[int], Times]:
    """Write by our decoder: by Keras, or by llama.cpp where the precision is one of its own."""
    from recipe_tui.core.backend import select_backend

    select_backend()
    from recipe_tui.core.generation.open_decoder import open_decoder

    integers = task.precision.startswith("int")
    decoder = open_decoder(
        task.model, "float32" if integers else task.precision, task.precision if integers else "none"
    )

    def write(batch: int) -> Times:
        start = time.perf_counter()
        tokens = decoder.start(task.prompt, batch, task.new_tokens).argmax(axis=-1)
        first = time.perf_counter()
        for _ in range(task.new_tokens - 1):
            tokens = decoder.step(tokens).argmax(axis=-1)
        return Times(first - start, time.perf_counter() - start)

    return write


def pytorch(task: Task) -> Callable[[int], Times]:
    """Write by ``transformers``."""
    import torch
    from transformers import GPT2LMHeadModel

    network = GPT2LMHeadModel.from_pretrained(task.model, dtype=getattr(torch, task.precision)).eval()

    def generate(batch: int, tokens: int) -> None:
        with torch.inference_mode():
            ids = torch.tensor([task.prompt] * batch)
            network.generate(ids, do_sample=False, min_new_tokens=tokens, max_new_tokens=tokens, pad_token_id=0)

    return in_two(generate, task.new_tokens)


def ctranslate2(task: Task) -> Callable[[int], Times]:
    """Write by CTranslate2, with a model of the same shape; its converter would need PyTorch."""
    import ctranslate2 as library

    folder = task.model / "ctranslate2"
    if not folder.exists():
        folder.mkdir()
        ctranslate2_model(json.loads((task.model / "config.json").read_text(encoding="utf-8"))).save(str(folder))
    generator = library.Generator(str(folder), compute_type=task.precision, intra_threads=os.cpu_count() or 1)
    prompt = [str(token) for token in task.prompt]

    def generate(batch: int, tokens: int) -> None:
        generator.generate_batch(
            [prompt] * batch, max_length=tokens, min_length=tokens, sampling_topk=1, include_prompt_in_result=False
        )

    return in_two(generate, task.new_tokens)


def ctranslate2_model(config: Mapping[str, Any]) -> Any:
    """Return a CTranslate2 specification of a GPT-2 with random weights."""
    from ctranslate2.specs import common_spec, transformer_spec

    width, vocabulary = config["n_embd"], config["vocab_size"]
    random = np.random.default_rng(0)
    spec = transformer_spec.TransformerDecoderModelSpec.from_config(
        config["n_layer"], config["n_head"], activation=common_spec.Activation.GELUTanh
    )

    def weights(*shape: int) -> NDArray[np.float32]:
        return random.normal(0, 0.02, shape).astype(np.float32)

    def set_linear(linear: Any, outputs: int, inputs: int) -> None:
        linear.weight, linear.bias = weights(outputs, inputs), weights(outputs)

    def set_norm(norm: Any) -> None:
        norm.gamma, norm.beta = np.ones(width, np.float32), weights(width)

    decoder = spec.decoder
    decoder.scale_embeddings = False
    decoder.embeddings.weight = weights(vocabulary, width)
    decoder.position_encodings.encodings = weights(config["n_positions"], width)
    decoder.projection.weight = decoder.embeddings.weight
    set_norm(decoder.layer_norm)
    for layer in decoder.layer:
        set_norm(layer.self_attention.layer_norm)
        set_norm(layer.ffn.layer_norm)
        set_linear(layer.self_attention.linear[0], 3 * width, width)
        set_linear(layer.self_attention.linear[1], width, width)
        set_linear(layer.ffn.linear_0, 4 * width, width)
        set_linear(layer.ffn.linear_1, width, 4 * width)
    spec.register_vocabulary([str(token) for token in range(vocabulary)])
    for name, token in (("unk_token", "0"), ("bos_token", "1"), ("eos_token", "2")):
        setattr(spec.config, name, token)
    spec.validate()
    return spec


def llama_cpp(task: Task) -> Callable[[int], Times]:
    """Write by llama.cpp from our own export; its Python class holds one sequence."""
    from llama_cpp import Llama

    path = str(task.model / f"{task.precision}.gguf")
    llama = Llama(path, n_ctx=len(task.prompt) + task.new_tokens, n_threads=os.cpu_count() or 1, verbose=False)

    def write(batch: int) -> Times:
        assert batch == 1, "one sequence"
        llama.reset()
        start = time.perf_counter()
        llama.eval(task.prompt)
        token = llama.sample(temp=0.0)
        first = time.perf_counter()
        for _ in range(task.new_tokens - 1):
            llama.eval([token])
            token = llama.sample(temp=0.0)
        return Times(first - start, time.perf_counter() - start)

    return write


def in_two(generate: Callable[[int, int], None], new_tokens: int) -> Callable[[int], Times]:
    """Time a library that gives no token before the last: one token alone, then all of them."""

    def write(batch: int) -> Times:
        start = time.perf_counter()
        generate(batch, 1)
        first = time.perf_counter()
        generate(batch, new_tokens)
        return Times(first - start, time.perf_counter() - first)

    return write


CONTESTANTS = {
    "ours": ours,
    "ours, llama.cpp": ours,
    "pytorch": pytorch,
    "ctranslate2": ctranslate2,
    "llama.cpp": llama_cpp,
}


def peak_memory() -> float:
    """Return the MB that this process held at most."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


class Writer:
    """A contestant in a process of its own.

    Args:
        interpreter: Its Python.
        contestant: One of `CONTESTANTS`.
        task: What it writes.

    Attributes:
        started: Seconds from its start to the first token of one text: importing, opening and compiling.
        peak_memory: MB that its process held at most until one text was written.
    """

    def __init__(self, interpreter: str, contestant: str, task: Task) -> None:
        options = [f"--model={task.model}", f"--precision={task.precision}"]
        options += [f"--prompt-tokens={len(task.prompt)}", f"--new-tokens={task.new_tokens}"]
        self._process = subprocess.Popen(
            [interpreter, "-m", "tests.benchmarks.writing", contestant, *options],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, "XDG_CACHE_HOME": str(task.model / "cache")},
        )
        answer = self._answer()
        self.started, self.peak_memory = answer["started"], answer["peak_memory_mb"]

    def write(self, batch: int) -> Times:
        """Write once, with so many rows."""
        assert self._process.stdin is not None
        self._process.stdin.write(f"{batch}\n")
        self._process.stdin.flush()
        return Times(**self._answer())

    def close(self) -> None:
        """End the process."""
        self._process.communicate()

    def _answer(self) -> dict[str, float]:
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith("{"):  # a library may print something too
                answer: dict[str, float] = json.loads(line)
                return answer
        raise OSError(f"{self._process.args}: ended with {self._process.wait()}")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("contestant", choices=CONTESTANTS)
    parser.add_argument("--model", type=Path, required=True, help="folder of the checkpoint")
    parser.add_argument("--precision", default="float32")
    parser.add_argument("--prompt-tokens", type=int, default=32)
    parser.add_argument("--new-tokens", type=int, default=128)
    options = parser.parse_args()
    prompt = [1 + number % 97 for number in range(options.prompt_tokens)]
    write = CONTESTANTS[options.contestant](Task(options.model, options.precision, prompt, options.new_tokens))
    opened = time.perf_counter()
    started = opened - STARTED + write(1).first_token
    print(json.dumps({"started": started, "peak_memory_mb": peak_memory()}), flush=True)
    seen = {1}
    for line in sys.stdin:
        batch = int(line)
        if batch not in seen:
            write(batch)  # compiles
            seen.add(batch)
        print(json.dumps(asdict(write(batch))), flush=True)


if __name__ == "__main__":
    main()
