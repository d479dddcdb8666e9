"""Full fine-tuning, LoRA, and LoRA over 8 and 4 bit integers, on the same blocks: what each takes, and comes to.

``python -m tests.benchmarks.adapters --source epicurious.jsonl`` trains each in a process of its own, one after the
other, by ``recipe-tui train`` as users do, and prints a table for the README. The validation loss counts what the
model's layout trains: of a chat model the answer alone, which is the directions.
"""

from __future__ import annotations

import argparse
import os
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from recipe_tui.core import paths
from recipe_tui.core.runs.events import Merged, Quantized, Started, Step, Validation
from recipe_tui.core.runs.perplexity import perplexity
from tests.core.runs.logs import last, read_events

WAYS = {
    "full": [],
    "LoRA": ["adapter.method=lora"],
    "int8 + LoRA": ["adapter.method=lora", "model.quantization=int8"],
    "int4 + LoRA": ["adapter.method=lora", "model.quantization=int4"],
}


@dataclass(frozen=True, slots=True)
class Row:
    """A line of the table."""

    way: str
    trainable: int
    memory: int
    tokens_per_second: float
    before: float | None
    perplexity: float
    merged: float | None
    size: int

    def __str__(self) -> str:
        def figure(value: float | None) -> str:
            return "–" if value is None else f"{value:.2f}"

        return (
            f"| {self.way} | {self.trainable:,} | {self.memory / 1e6:,.0f} MB | {self.tokens_per_second:,.0f} | "
            f"{figure(self.before)} | {self.perplexity:.2f} | {figure(self.merged)} | {self.size / 1e6:,.1f} MB |"
        )


def trained(way: str, arguments: argparse.Namespace, output: Path) -> Row:
    """Train in one way, and return what it took and came to."""
    rate = arguments.full_learning_rate if way == "full" else arguments.learning_rate
    settings = [
        f"training.max_steps={arguments.steps}",
        f"training.batch_size={arguments.batch_size}",
        f"training.learning_rate={rate}",
        f"training.evaluate_every={arguments.steps}",
        f"training.evaluate_batches={arguments.evaluate_batches}",
        "training.sample_every=0",
        f"data.block_size={arguments.block_size}",
        *(() if way == "full" else (f"adapter.rank={arguments.rank}", f"adapter.alpha={2 * arguments.rank}")),
        *(() if way == "full" else (f'adapter.target_modules=["{arguments.targets}"]',)),
        *WAYS[way],
    ]
    name = way.replace(" ", "")
    command = [sys.executable, "-m", "recipe_tui", "train", "--run", name, "--output", str(output)]
    command += ["--model", arguments.model, "--source", arguments.source]
    command += [part for setting in settings for part in ("--set", setting)]
    process = subprocess.Popen(command)
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{way}: the training failed")
    run = output / name
    events = read_events(run / paths.EVENTS)
    started, validation = last(events, Started), last(events, Validation)
    quantized, merged, step = last(events, Quantized), last(events, Merged), last(events, Step)
    assert started is not None and validation is not None and step is not None
    weights = run / "model" / paths.MODEL_WEIGHTS if way == "full" else run / "adapter" / paths.ADAPTER_WEIGHTS
    resident = max(event.memory for event in events if isinstance(event, Step))
    print(f"{way}: whole process at most {usage.ru_maxrss / 1e3:,.0f} MB", file=sys.stderr)
    return Row(
        way=way,
        trainable=started.parameters,
        memory=resident,
        tokens_per_second=step.tokens_per_second or 0.0,
        before=quantized.perplexity if quantized else None,
        perplexity=perplexity(validation.loss),
        merged=merged.perplexity if merged else None,
        size=weights.stat().st_size,
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--source", required=True, help="recipes")
    parser.add_argument("--model", default="smollm2-135m")
    parser.add_argument("--steps", type=int, default=60)
    parser.add_argument("--batch-size", type=int, default=2)
    parser.add_argument("--block-size", type=int, default=512)
    parser.add_argument("--evaluate-batches", type=int, default=16)
    parser.add_argument("--rank", type=int, default=8)
    parser.add_argument("--targets", default="all-linear")
    parser.add_argument("--learning-rate", type=float, default=1e-3, help="of adapters")
    parser.add_argument("--full-learning-rate", type=float, default=1e-4)
    parser.add_argument("--way", choices=WAYS, action="append", help="some of them alone")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as output:
        rows = [trained(way, arguments, Path(output)) for way in arguments.way or WAYS]
    print("| | trainable | memory | tokens/s | perplexity before | after | merged | written |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for row in rows:
        print(row)


if __name__ == "__main__":
    main()
