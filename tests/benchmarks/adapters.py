"""Full fine-tuning, LoRA, and LoRA over 8 and 4 bit integers, on the same blocks: what each takes, and comes to.

``python -m tests.benchmarks.adapters --source epicurious.jsonl`` trains each in a process of its own, one after the
other, by the library's `train`, and prints a table for the README. The validation loss counts what the model's layout
trains: of a chat model the answer alone, which is the directions.
"""

from __future__ import annotations

import argparse
import json
import os
import subprocess
import sys
import tempfile
from dataclasses import asdict, dataclass
from pathlib import Path

from recipe_tui import core

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


def contestant(way: str, arguments: argparse.Namespace, output: Path) -> Row:
    """Train one way in this process, and return what it took and came to."""
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
    config = core.load_config(
        settings=settings,
        top={"output": output, "run": way.replace(" ", "")},
        model={"name": arguments.model},
        data={"source": arguments.source},
    )
    latest: dict[str, core.Event] = {}
    memory = 0

    def observe(event: core.Event) -> None:
        nonlocal memory
        latest[event.kind] = event
        if isinstance(event, core.Step):
            memory = max(memory, event.memory)

    run = core.train(config, observer=observe).run
    quantized, merged = latest.get("quantized"), latest.get("merged")
    folder = run / ("model" if way == "full" else "adapter")
    return Row(
        way=way,
        trainable=latest["started"].parameters,
        memory=memory,
        tokens_per_second=latest["step"].tokens_per_second or 0.0,
        before=quantized and quantized.perplexity,
        perplexity=latest["validation"].perplexity,
        merged=merged and merged.perplexity,
        size=sum(file.stat().st_size for file in folder.glob("*.safetensors")),
    )


def trained(way: str, output: str) -> Row:
    """Train one way in a process of its own."""
    command = [sys.executable, "-m", "tests.benchmarks.adapters", *sys.argv[1:], "--contestant", way, output]
    process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    printed = process.stdout.read()
    _, status, usage = os.wait4(process.pid, 0)
    if status:
        raise SystemExit(f"{way}: the training failed")
    print(f"{way}: whole process at most {usage.ru_maxrss / 1e3:,.0f} MB", file=sys.stderr)
    return Row(**json.loads(printed.splitlines()[-1]))


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
    parser.add_argument("--contestant", nargs=2, help=argparse.SUPPRESS)
    arguments = parser.parse_args()
    if arguments.contestant:
        way, output = arguments.contestant
        print(json.dumps(asdict(contestant(way, arguments, Path(output)))))
        return
    with tempfile.TemporaryDirectory() as output:
        rows = [trained(way, output) for way in arguments.way or WAYS]
    print("| | trainable | memory | tokens/s | perplexity before | after | merged | written |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for row in rows:
        print(row)


if __name__ == "__main__":
    main()
