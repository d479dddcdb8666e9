"""Speed of writing: our cached decoding beside PyTorch's ``generate``, taking turns on the same device.

``python -m tests.benchmarks.generation`` prints medians over the rounds; weights are random without ``--model``. On JAX
``loop`` is decoding as one loop on the device and ``steps`` the decoder that returns to the host for each token. With
``--texts 1 8 64`` so many texts are written side by side, with ``--sampled`` they are drawn at the default settings
instead of greedily. f16 and q8_0, which llama.cpp decodes, are measured where llama-cpp-python is installed, int8 and
int4 beside them. It measures an inner part, without a tokenizer; the time of the prompt is included.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable

    Write = Callable[[int], object]
    """Writes so many texts side by side."""


INTEGERS = ("int8", "int4")
LLAMA_CPP = ("f16", "q8_0")
PRECISIONS = ("float32", "bfloat16", *INTEGERS, *LLAMA_CPP)


def opened(model: str, precision: str) -> Any:
    """Return our decoder of a model."""
    from recipe_tui.core.generation.open_decoder import open_decoder

    integers = precision in INTEGERS
    return open_decoder(Path(model), "float32" if integers else precision, precision if integers else "none")


def settings(sampled: bool) -> Any:
    """Return how tokens are chosen."""
    from recipe_tui.core.config import GenerationConfig

    return GenerationConfig() if sampled else GenerationConfig(temperature=0)


def steps(arguments: argparse.Namespace, prompt: list[int]) -> Write:
    """Our decoder, a token at a time; the host chooses."""
    from recipe_tui.core.generation.candidates import Context
    from recipe_tui.core.generation.sampling import candidates, draw

    decoder = opened(arguments.model, arguments.precision)
    context = Context(settings(arguments.sampled), prompt, [], frozenset())

    def write(texts: int) -> None:
        random = np.random.default_rng(0)
        logits = decoder.start(prompt, texts, arguments.new_tokens)
        for _ in range(arguments.new_tokens - 1):
            if arguments.sampled:
                logits = decoder.step([draw(candidates(row, context), random) for row in logits])
            else:
                logits = decoder.step(logits.argmax(axis=-1))

    return write


def loop(arguments: argparse.Namespace, prompt: list[int]) -> Write:
    """Our decoder, as one loop on the device."""
    from recipe_tui.core.generation import compiled_model
    from recipe_tui.core.generation.candidates import Context
    from recipe_tui.core.generation.device_sampling import sample

    decoder = opened(arguments.model, arguments.precision)
    context = Context(settings(arguments.sampled), prompt, [], frozenset())

    def write(texts: int) -> None:
        uniforms = np.random.default_rng(0).random((texts, arguments.new_tokens))
        with patch.object(compiled_model, "has_gpu", lambda: True):  # on a CPU, for comparison
            chunks = sample(decoder, decoder.device_loop(context.config), context, uniforms, end_ids=())
        assert sum(chunk.steps for chunk in chunks) >= arguments.new_tokens

    return write


def pytorch(arguments: argparse.Namespace, prompt: list[int]) -> Write:
    """PyTorch's `generate`."""
    import torch
    from transformers import GPT2LMHeadModel

    device = torch.device("cuda" if torch.cuda.is_available() else "cpu")
    network = GPT2LMHeadModel.from_pretrained(arguments.model, dtype=getattr(torch, arguments.precision)).eval()
    network = network.to(device)
    choice: dict[str, Any] = {"do_sample": False}
    if arguments.sampled:
        config = settings(True)
        choice = {"do_sample": True, "temperature": config.temperature, "top_p": config.top_p, "top_k": 0}
    length = {"min_new_tokens": arguments.new_tokens, "max_new_tokens": arguments.new_tokens}

    def write(texts: int) -> list[list[int]]:
        input_ids = torch.tensor([prompt] * texts, device=device)
        with torch.inference_mode():
            written = network.generate(
                input_ids, attention_mask=torch.ones_like(input_ids), **choice, **length, pad_token_id=0
            )
        tokens: list[list[int]] = written.tolist()  # waits for the device
        return tokens

    return write


PASSED_ON = ("prompt-tokens", "new-tokens", "model", "precision")
"""Options that each contestant is given."""

CONTESTANTS = {"loop": loop, "steps": steps, "pytorch": pytorch}


def random_checkpoint(folder: str, **shape: int) -> str:
    """Write a GPT-2 of random parameters, 124 M unless its configuration is given."""
    from transformers import GPT2Config

    from recipe_tui.core import paths
    from recipe_tui.core.model.weights import new_model, save_model
    from recipe_tui.core.text.tokenizer import load_tokenizer

    save_model(new_model(GPT2Config(**shape)), Path(folder))
    load_tokenizer(paths.SAMPLE_MODEL).save(Path(folder))  # a GGUF file has one
    return folder


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", help="checkpoint folder; 124 M random weights when left out")
    parser.add_argument("--prompt-tokens", type=int, default=32)
    parser.add_argument("--new-tokens", type=int, default=128)
    parser.add_argument("--texts", type=int, nargs="+", default=[1], help="numbers of texts written side by side")
    parser.add_argument("--sampled", action="store_true", help="draw tokens at the default settings")
    parser.add_argument(
        "--pytorch-tokens", type=int, help="new tokens of PyTorch, which takes as long for each; as ours"
    )
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--precision", choices=PRECISIONS, help="one of them alone")
    parser.add_argument("--contestants", choices=CONTESTANTS, nargs="+", help="some of them alone")
    parser.add_argument(
        "--pytorch-python", default=sys.executable, help="interpreter that has PyTorch, if this has not"
    )
    parser.add_argument("--contestant", choices=CONTESTANTS, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.contestant:
        answer(arguments)
        return
    os.environ.setdefault("XLA_PYTHON_CLIENT_PREALLOCATE", "false")  # several processes share a GPU
    names = ["steps"]
    if os.environ.get("KERAS_BACKEND") == "jax":
        names.insert(0, "loop")
    if find_spec("torch") or arguments.pytorch_python != sys.executable:
        names.append("pytorch")
    names = [name for name in names if name in (arguments.contestants or names)]
    with tempfile.TemporaryDirectory() as folder:
        arguments.model = arguments.model or random_checkpoint(folder)
        for precision in [arguments.precision] if arguments.precision else PRECISIONS:
            if precision not in LLAMA_CPP or find_spec("llama_cpp"):
                arguments.precision = precision
                compare(names, arguments, cache=folder)


def answer(arguments: argparse.Namespace) -> None:
    """Be one of the contestants: for each line with a number of texts, write them and print the seconds a token."""
    prompt = np.random.default_rng(0).integers(0, 50_000, arguments.prompt_tokens).tolist()
    write = CONTESTANTS[arguments.contestant](arguments, prompt)
    for line in sys.stdin:
        start = time.perf_counter()
        write(int(line))
        print(json.dumps((time.perf_counter() - start) / arguments.new_tokens), flush=True)


def compare(names: list[str], arguments: argparse.Namespace, cache: str) -> None:
    """Let the contestants write in turns, each in a process of its own, and print their medians."""
    if arguments.precision not in ("float32", "bfloat16"):
        names = ["steps"]
    workers = {name: started(name, arguments, cache) for name in names}
    for worker in workers.values():  # all of them compile at once
        request(worker, *arguments.texts)
    for worker in workers.values():
        replies(worker, len(arguments.texts))
    for texts in arguments.texts:
        steps: dict[str, list[float]] = {name: [] for name in workers}
        for _ in range(arguments.rounds):
            for name, worker in workers.items():
                request(worker, texts)
                steps[name] += replies(worker, 1)
        for name, measured in steps.items():
            step = statistics.median(measured)
            choice = "sampled" if arguments.sampled else "greedy"
            print(
                f"{arguments.precision:9} {choice:8} {name:8} {texts:4} texts {1000 * step:9.3f} ms a token of each"
                f" {texts / step:9.1f} tokens/s",
                flush=True,
            )
    for worker in workers.values():
        worker.communicate()


def started(name: str, arguments: argparse.Namespace, cache: str) -> subprocess.Popen[str]:
    """Start the process of a contestant."""
    is_pytorch = name == "pytorch"
    values = vars(arguments) | {"new_tokens": (is_pytorch and arguments.pytorch_tokens) or arguments.new_tokens}
    options = [f"--{name}={values[name.replace('-', '_')]}" for name in PASSED_ON] + ["--sampled"] * arguments.sampled
    return subprocess.Popen(
        [
            arguments.pytorch_python if is_pytorch else sys.executable,
            *("-m", "tests.benchmarks.generation", *options, "--contestant", name),
        ],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL if is_pytorch else None,
        text=True,
        env={**os.environ, "XDG_CACHE_HOME": cache},
    )


def request(worker: subprocess.Popen[str], *texts: int) -> None:
    """Let a contestant write numbers of texts, one after the other."""
    assert worker.stdin is not None
    worker.stdin.write("".join(f"{number}\n" for number in texts))
    worker.stdin.flush()


def replies(worker: subprocess.Popen[str], count: int) -> list[float]:
    """Return the seconds a token that a contestant has taken."""
    assert worker.stdout is not None
    return [json.loads(worker.stdout.readline()) for _ in range(count)]


if __name__ == "__main__":
    main()
