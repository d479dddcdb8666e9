"""Speed of writing: our cached decoding beside PyTorch's ``generate``; greedy, one text, taking turns.

``python -m tests.benchmarks.generation`` prints medians over the rounds; weights are random without ``--model``. It
measures an inner part, the decoder's steps, without a tokenizer and processors, as PyTorch's ``generate`` has none.
"""

from __future__ import annotations

import argparse
import json
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


def ours(model: str, precision: str, prompt: list[int], new_tokens: int) -> Callable[[], float]:
    """Return a function that writes once and returns tokens per second."""
    from recipe_tui.core import load_model
    from recipe_tui.core.generation.decoder import Decoder

    decoder = Decoder(load_model(Path(model), precision))

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


def random_checkpoint(folder: str) -> str:
    """Write a GPT-2 of 124 M random parameters."""
    from transformers import GPT2Config

    from recipe_tui.core.model.weights import new_model, save_model

    save_model(new_model(GPT2Config()), Path(folder))
    return folder


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", help="checkpoint folder; 124 M random weights when left out")
    parser.add_argument("--prompt-tokens", type=int, default=32)
    parser.add_argument("--new-tokens", type=int, default=128)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--precision", choices=("float32", "bfloat16"), help="one of them alone")
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
        for precision in [arguments.precision] if arguments.precision else ("float32", "bfloat16"):
            compare(interpreters, model, precision, arguments)


def compare(interpreters: dict[str, str], model: str, precision: str, arguments: argparse.Namespace) -> None:
    """Let the contestants write in turns, each in a process of its own, and print their medians."""
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
