"""Peak memory and speed of training, by what saves memory, beside what the plan says.

``python -m tests.benchmarks.memory`` trains GPT-2 with random weights for some steps, each time in a process of its
own, and prints what the process held at its peak. Names of ways to train may be given: see `WAYS`. It measures inner
parts, the training step and the memory plan, without the validation, samples and final model of a whole run.
"""

from __future__ import annotations

import argparse
import json
import statistics
import subprocess
import sys
import time
from pathlib import Path
from tempfile import TemporaryDirectory

import numpy as np

WAYS = {
    "full": [],
    "checkpointing": ["training.gradient_checkpointing=true"],
    "adafactor": ["training.optimizer=adafactor"],
    "frozen": ["training.freeze_layers=6", "data.layout=plain"],
    "lora": ["adapter.method=lora"],
    "lora, checkpointing": ["adapter.method=lora", "training.gradient_checkpointing=true"],
}


def contestant(folder: Path, way: str, batch_size: int, block_size: int, steps: int) -> dict[str, float]:
    """Train in this process; the first step compiles."""
    from recipe_tui.core.backend import select_backend

    backend = select_backend()
    from recipe_tui.core.config import load_config
    from recipe_tui.core.families.table import read_shape
    from recipe_tui.core.lora.adapter import Adapter, add_adapter
    from recipe_tui.core.model.accelerator import has_gpu
    from recipe_tui.core.model.freezing import freeze_layers
    from recipe_tui.core.model.gradient_checkpointing import enable_gradient_checkpointing
    from recipe_tui.core.model.weights import load_model
    from recipe_tui.core.planning.memory import plan_memory
    from recipe_tui.core.training.device_memory import measured_peak
    from recipe_tui.core.training.optimizers import make_optimizer
    from recipe_tui.core.training.step import FineTuning

    config = load_config(settings=[f"training.batch_size={batch_size}", *WAYS[way]])
    on_gpu = has_gpu()
    model = load_model(folder, "mixed_bfloat16" if on_gpu else "float32")
    if config.adapter.method == "lora":
        add_adapter(model, Adapter(config.adapter.rank, config.adapter.alpha))
    if config.training.freeze_layers:
        freeze_layers(model, config.training.freeze_layers, ())
    if config.training.gradient_checkpointing:
        enable_gradient_checkpointing(model)
    training = FineTuning(model, batch_size)
    optimizer, _ = make_optimizer(config.training, 1000)
    training.compile(optimizer=optimizer, jit_compile=on_gpu or backend == "jax")
    optimizer.build(training.trainable_variables)
    ids = np.random.default_rng(0).integers(0, 50_257, (batch_size, block_size), dtype=np.int32)
    seconds = []
    with measured_peak() as peak:
        for _ in range(steps + 1):
            start = time.perf_counter()
            if training.steps_per_call > 1:
                training.take_steps(iter([{"input_ids": ids, "labels": ids}]), 1)
            else:
                training.train_on_batch({"input_ids": ids, "labels": ids})
            seconds.append(time.perf_counter() - start)
    return {
        "peak": peak.bytes / 1e6,
        "plan": plan_memory(read_shape(folder, config.model), config, block_size, on_gpu).total / 1e6,
        "tokens_per_second": ids.size / statistics.median(seconds[1:]),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("ways", nargs="*", metavar="WAY")
    parser.add_argument("--batch-size", type=int, default=2)
    parser.add_argument("--block-size", type=int, default=512)
    parser.add_argument("--steps", type=int, default=3)
    parser.add_argument("--folder", type=Path, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.folder:
        (way,) = arguments.ways
        sizes = arguments.batch_size, arguments.block_size
        print(json.dumps(contestant(arguments.folder, way, *sizes, arguments.steps)))
        return
    from transformers import GPT2Config

    from recipe_tui.core.model.weights import new_model, save_model

    with TemporaryDirectory() as folder:
        save_model(new_model(GPT2Config()), Path(folder))
        for way in arguments.ways or WAYS:
            options = ["--folder", folder]
            for name in ("batch_size", "block_size", "steps"):
                options += [f"--{name.replace('_', '-')}", str(getattr(arguments, name))]
            command = [sys.executable, "-m", "tests.benchmarks.memory", way, *options]
            done = subprocess.run(command, check=True, capture_output=True, text=True)
            result = json.loads(done.stdout.splitlines()[-1])
            print(
                f"{way:20} {result['peak']:6.0f} MB at the peak, {result['plan']:6.0f} planned, "
                f"{result['tokens_per_second']:5.0f} tokens/s",
                flush=True,
            )


if __name__ == "__main__":
    main()
