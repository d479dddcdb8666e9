"""Speed of writing: our cached decoding beside PyTorch's ``generate``; greedy, one text, taking turns.

``python -m tests.benchmarks.generation`` prints medians over the rounds; weights are random without ``--model``. f16
and q8_0, which llama.cpp decodes, are measured where llama-cpp-python is installed, int8 and int4 beside them. It
measures an inner part, the decoder's steps, without a tokenizer and processors, as PyTorch's ``generate`` has none.
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
from typing import TYPE_CHECKING

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable


INTEGERS = ("int8", "int4")
LLAMA_CPP = ("f16", "q8_0")
PRECISIONS = ("float32", "bfloat16", *INTEGERS, *LLAMA_CPP)


def ours(model: str, precision: str, prompt: list[int], new_tokens: int) -> Callable[[], float]:
    """Return a function that writes once and returns tokens per second."""
    from recipe_tui.core.generation.open_decoder import open_decoder

    integers = precision in INTEGERS
    decoder = open_decoder(Path(model), "float32" if integers else precision, precision if integers else "none")

    def write() -> float:
        start = time.perf_counter()
        logits = decoder.start(prompt, 1, new_tokens)
        for _ in range(new_tokens - 1):
            logits = decoder.step(logits.argmax(axis=-1))
        return new_tokens / (time.perf_counter() - start)

    return write


def pytorch(model: str, precision: str, prompt: list[int], new_tokens: int) -> Callable[[], float]:
    """The same with PyTorch."""
    import torch
    from transformers import GPT2LMHeadModel

    network = GPT2LMHeadModel.from_pretrained(model, dtype=getattr(torch, precision)).eval()
    input_ids = torch.tensor([prompt])

    def write() -> float:
        start = time.perf_counter()
        with torch.inference_mode():
            network.generate(
                input_ids, do_sample=False, min_new_tokens=new_tokens, max_new_tokens=new_tokens, pad_token_id=0
            )
        return new_tokens / (time.perf_counter() - start)

    return write


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
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--precision", choices=PRECISIONS, help="one of them alone")
    parser.add_argument(
        "--pytorch-python", default=sys.executable, help="interpreter that has PyTorch, if this has not"
    )
    parser.add_argument("--contestant", choices=("ours", "pytorch"), help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    prompt = np.random.default_rng(0).integers(0, 50_000, arguments.prompt_tokens).tolist()
    if arguments.contestant:
        make = {"ours": ours, "pytorch": pytorch}[arguments.contestant]
        write = make(arguments.model, arguments.precision, prompt, arguments.new_tokens)
        write()  # compiles
        for _ in sys.stdin:  # a line for each round
            print(json.dumps(write()), flush=True)
        return
    interpreters = {"ours": sys.executable}
    if find_spec("torch") or arguments.pytorch_python != sys.executable:
        interpreters["pytorch"] = arguments.pytorch_python
    with tempfile.TemporaryDirectory() as folder:
        model = arguments.model or random_checkpoint(folder)
        for precision in [arguments.precision] if arguments.precision else PRECISIONS:
            if precision not in LLAMA_CPP or find_spec("llama_cpp"):
                compare(interpreters, model, precision, arguments, cache=folder)


def compare(
    interpreters: dict[str, str], model: str, precision: str, arguments: argparse.Namespace, cache: str
) -> None:
    """Let the contestants write in turns, each in a process of its own, and print their medians."""
    if precision not in ("float32", "bfloat16"):
        interpreters = {"ours": interpreters["ours"]}
    options = [f"--prompt-tokens={arguments.prompt_tokens}", f"--new-tokens={arguments.new_tokens}"]
    options += [f"--model={model}", f"--precision={precision}"]
    command = ["-m", "tests.benchmarks.generation", *options, "--contestant"]
    workers = {
        name: subprocess.Popen(
            [interpreter, *command, name],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            env={**os.environ, "XDG_CACHE_HOME": cache},
        )
        for name, interpreter in interpreters.items()
    }
    speeds: dict[str, list[float]] = {name: [] for name in workers}
    for _ in range(arguments.rounds):
        for name, worker in workers.items():
            assert worker.stdin is not None
            assert worker.stdout is not None
            worker.stdin.write("\n")
            worker.stdin.flush()
            speeds[name].append(json.loads(worker.stdout.readline()))
    for name, worker in workers.items():
        worker.communicate()
        print(f"{precision:9} {name:8} {statistics.median(speeds[name]):7.1f} tokens/s", flush=True)


if __name__ == "__main__":
    main()
