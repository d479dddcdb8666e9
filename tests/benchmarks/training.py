"""Training speed and peak memory of our GPT-2 beside PyTorch's ``GPT2LMHeadModel``, on the same blocks.

``python -m tests.benchmarks.training`` runs each contestant in a process of its own, in turns, and prints medians over
the rounds. PyTorch takes part where it is installed. Weights are random: speed does not depend on them. With ``--lora``
both learn by a low-rank adapter of the same rank on ``c_attn``, PyTorch by ``peft``'s. It measures an inner part, the
training step, on batches in memory: what a whole run does around its steps has no counterpart on the other side.
"""

from __future__ import annotations

import argparse
import json
import resource
import statistics
import subprocess
import sys
import time
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

STARTED = time.perf_counter()
PRECISIONS = ("float32", "bfloat16")
CONTESTANTS = ("ours", "pytorch", "pytorch-compiled")
WARM_UP = 2
"""Calls that compile and are not measured."""


def ours(arguments: argparse.Namespace, batches: np.ndarray[Any, Any]) -> Callable[[Sequence[int]], list[float]]:
    """Return a function that takes steps with Keras, as a training does, and returns their losses."""
    from recipe_tui.core.backend import select_backend

    select_backend()  # with the kernels that were measured to be faster on this processor
    import keras
    from transformers import GPT2Config

    from recipe_tui.core.config import TrainingConfig
    from recipe_tui.core.lora.adapter import Adapter, add_adapter
    from recipe_tui.core.model.accelerator import has_gpu
    from recipe_tui.core.model.weights import new_model
    from recipe_tui.core.training.optimizers import make_optimizer
    from recipe_tui.core.training.step import FineTuning

    precision = "float32" if arguments.precision == "float32" else "mixed_bfloat16"
    optimizer, _ = make_optimizer(TrainingConfig(precision=precision), total_steps=1000)
    model = new_model(GPT2Config(**shape(arguments)), precision)
    if arguments.lora:
        add_adapter(model, Adapter(rank=arguments.lora, alpha=2 * arguments.lora, targets=("c_attn",)))
    training = FineTuning(model, arguments.batch_size)
    jit_compile = arguments.jit_compile or keras.backend.backend() == "jax" or has_gpu()
    training.compile(optimizer=optimizer, jit_compile=jit_compile)
    optimizer.build(training.trainable_variables)

    def take(steps: Sequence[int]) -> list[float]:
        following = [{"input_ids": batches[i], "labels": batches[i]} for i in steps]
        if training.steps_per_call > 1:
            logs = training.take_steps(iter(following), len(following))
        else:
            logs = [training.train_on_batch(batch, return_dict=True) for batch in following]
        return [float(one["loss"]) for one in logs]

    return take


def pytorch(arguments: argparse.Namespace, batches: np.ndarray[Any, Any]) -> Callable[[Sequence[int]], list[float]]:
    """Return a function that takes steps with PyTorch and returns their losses, which are read at the end."""
    import torch
    from transformers import GPT2Config, GPT2LMHeadModel

    device = "cuda" if torch.cuda.is_available() else "cpu"
    model = GPT2LMHeadModel(GPT2Config(**shape(arguments))).to(device).train()
    if arguments.lora:
        from peft import LoraConfig, get_peft_model

        lora = LoraConfig(r=arguments.lora, lora_alpha=2 * arguments.lora, target_modules=["c_attn"])
        model = get_peft_model(model, lora)
    learned = [one for one in model.parameters() if one.requires_grad]
    if arguments.contestant == "pytorch-compiled":
        model = torch.compile(model)
    optimizer = torch.optim.AdamW(learned, 5e-5, fused=True)

    def step(i: int) -> Any:
        input_ids = torch.from_numpy(batches[i].astype(np.int64)).to(device)
        with torch.autocast(device, dtype=torch.bfloat16, enabled=arguments.precision == "bfloat16"):
            loss = model(input_ids=input_ids, labels=input_ids).loss
        loss.backward()
        torch.nn.utils.clip_grad_norm_(learned, 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        return loss.detach()

    return lambda steps: [float(loss) for loss in [step(i) for i in steps]]


def shape(arguments: argparse.Namespace) -> dict[str, Any]:
    """The model: GPT-2 unless options say otherwise, without dropout, since PyTorch drops attention and we do not."""
    width = {"n_layer": arguments.n_layer, "n_embd": arguments.n_embd, "n_head": arguments.n_head}
    width["vocab_size"] = arguments.vocab_size
    return width | {"resid_pdrop": 0.0, "embd_pdrop": 0.0, "attn_pdrop": 0.0}


def contestant(arguments: argparse.Namespace) -> dict[str, float]:
    """Train for some steps in this process; the first calls compile and warm up."""
    rng = np.random.default_rng(0)
    calls = arguments.steps + WARM_UP
    shape = (calls * arguments.steps_per_call, arguments.batch_size, arguments.block_size)
    batches = rng.integers(0, arguments.vocab_size, shape, dtype=np.int32)
    take = (ours if arguments.contestant == "ours" else pytorch)(arguments, batches)
    times = [time.perf_counter()]
    for call in np.split(np.arange(len(batches)), calls):
        take(call.tolist())
        times.append(time.perf_counter())
    return {
        "tokens_per_second": batches[0].size * arguments.steps_per_call / statistics.median(np.diff(times)[WARM_UP:]),
        "first_step_seconds": times[1] - STARTED,
        "peak_memory_mb": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
    }


def race(interpreters: Mapping[str, str], options: Sequence[str], rounds: int) -> dict[str, list[dict[str, float]]]:
    """Let the contestants train in turns, each time in a process of its own.

    Args:
        interpreters: The Python of each contestant.
        options: Options of this module.
        rounds: How many times each trains.

    Returns:
        What `contestant` measured, by contestant and round.
    """
    results: dict[str, list[dict[str, float]]] = {name: [] for name in interpreters}
    for _ in range(rounds):
        for name, interpreter in interpreters.items():
            command = [interpreter, "-m", "tests.benchmarks.training", *options, "--contestant", name]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            results[name].append(json.loads(done.stdout.splitlines()[-1]))
    return results


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batch-size", type=int, default=2)
    parser.add_argument("--block-size", type=int, default=512)
    parser.add_argument("--n-layer", type=int, default=12)
    parser.add_argument("--n-embd", type=int, default=768)
    parser.add_argument("--n-head", type=int, default=12)
    parser.add_argument("--vocab-size", type=int, default=50_257)
    parser.add_argument("--steps", type=int, default=6, help="calls that are timed")
    parser.add_argument("--steps-per-call", type=int, default=1, help="steps of a call, after which losses are read")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--jit-compile", action="store_true", help="compile our step with XLA on a CPU too")
    parser.add_argument("--lora", type=int, metavar="RANK", help="learn by adapters of this rank")
    parser.add_argument("--precision", choices=PRECISIONS, help="one of them alone")
    parser.add_argument(
        "--pytorch-compiled", action="store_true", help="let PyTorch compiled by torch.compile take part"
    )
    parser.add_argument(
        "--pytorch-python", default=sys.executable, help="interpreter that has PyTorch, if this has not"
    )
    parser.add_argument("--contestant", choices=CONTESTANTS, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.contestant:
        print(json.dumps(contestant(arguments)))
        return
    interpreters = {"ours": sys.executable}
    if find_spec("torch") or arguments.pytorch_python != sys.executable:
        interpreters["pytorch"] = arguments.pytorch_python
        if arguments.pytorch_compiled:
            interpreters["pytorch-compiled"] = arguments.pytorch_python
    for precision in [arguments.precision] if arguments.precision else PRECISIONS:
        results = race(interpreters, [*sys.argv[1:], "--precision", precision], arguments.rounds)
        for name, rounds in results.items():
            middle = {key: statistics.median(one[key] for one in rounds) for key in rounds[0]}
            print(
                f"{precision:9} {name:16} {middle['tokens_per_second']:8.0f} tokens/s "
                f"{middle['peak_memory_mb']:8.0f} MB peak",
                flush=True,
            )


if __name__ == "__main__":
    main()
