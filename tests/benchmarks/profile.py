"""Where the time of a training step goes on a GPU: its kernels, the longest first, by kind and by name.

``python -m tests.benchmarks.profile`` traces some steps of GPT-2 124M on JAX and prints milliseconds a step. It
measures an inner part, the compiled step, without reading blocks and logging.
"""

from __future__ import annotations

import argparse
from collections import Counter
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np

STEPS = 4
KINDS = {
    "matrix products": ("gemm", "nvjet", "cutlass", "dot"),
    "attention": ("sdpa", "flash", "cudnn"),
    "copies": ("Memcpy", "Memset", "copy"),
}
"""What the names of kernels contain; all others compute element by element, or reduce."""


def kind_of(kernel: str) -> str:
    """Return what a kernel does, by its name."""
    found = (kind for kind, parts in KINDS.items() if any(part in kernel for part in parts))
    return next(found, "element by element")


def kernel_times(trace: Path) -> Counter[str]:
    """Return the nanoseconds of each kernel on all streams of the first GPU; empty where none was traced."""
    from jax.profiler import ProfileData

    times: Counter[str] = Counter()
    for path in trace.rglob("*.xplane.pb"):
        for plane in ProfileData.from_file(str(path)).planes:
            if plane.name != "/device:GPU:0":
                continue
            for line in plane.lines:
                if line.name.startswith("Stream"):
                    for event in line.events:
                        times[event.name] += event.duration_ns
    return times


def table(times: Counter[str], steps: int, longest: int) -> str:
    """Return the milliseconds a step, by kind and of the longest kernels."""
    kinds: Counter[str] = Counter()
    for kernel, nanoseconds in times.items():
        kinds[kind_of(kernel)] += nanoseconds
    lines = [f"{total / 1e6 / steps:8.2f} ms  {name}" for name, total in [*kinds.most_common(), ("all", times.total())]]
    lines += [f"{total / 1e6 / steps:8.2f} ms  {name[:90]}" for name, total in times.most_common(longest)]
    return "\n".join(lines)


def traced(arguments: argparse.Namespace, folder: Path) -> None:
    """Take some steps, and trace some more."""
    import jax
    from transformers import GPT2Config

    from recipe_tui.core.config import TrainingConfig
    from recipe_tui.core.model.weights import new_model
    from recipe_tui.core.training.optimizers import make_optimizer
    from recipe_tui.core.training.step import FineTuning

    optimizer, _ = make_optimizer(TrainingConfig(precision="mixed_bfloat16"), total_steps=1000)
    shape = {"n_layer": arguments.n_layer, "n_embd": arguments.n_embd, "n_head": arguments.n_head}
    shape |= dict.fromkeys(("resid_pdrop", "embd_pdrop", "attn_pdrop"), 0)  # the step that `training` measures
    training = FineTuning(new_model(GPT2Config(**shape), "mixed_bfloat16"), arguments.batch_size)
    training.compile(optimizer=optimizer, jit_compile=True)
    optimizer.build(training.trainable_variables)
    ids = np.random.default_rng(0).integers(0, 50_257, (arguments.batch_size, arguments.block_size), dtype=np.int32)
    batches: list[dict[str, Any]] = [{"input_ids": ids, "labels": ids}] * STEPS
    taken = len(training.take_steps(iter(batches), STEPS))  # compiles
    with jax.profiler.trace(str(folder)):
        for _ in range(STEPS // taken):
            training.take_steps(iter(batches), taken)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--batch-size", type=int, default=16)
    parser.add_argument("--block-size", type=int, default=1024)
    parser.add_argument("--n-layer", type=int, default=12)
    parser.add_argument("--n-embd", type=int, default=768)
    parser.add_argument("--n-head", type=int, default=12)
    parser.add_argument("--longest", type=int, default=12, help="kernels that are shown")
    arguments = parser.parse_args()
    from recipe_tui.core.backend import select_backend

    select_backend()
    with TemporaryDirectory() as folder:
        traced(arguments, Path(folder))
        times = kernel_times(Path(folder))
    print(table(times, STEPS, arguments.longest) if times else "no kernels of a GPU were traced")


if __name__ == "__main__":
    main()
