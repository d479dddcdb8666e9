"""Every figure of speed at once, ours beside what a user would pick.

``python -m tests.benchmarks`` prints one table; ``--quick`` takes a tiny model. Contestants run in processes of their
own and take turns; a figure is the median of the rounds, and a ratio is of the same run. PyTorch, peft, CTranslate2 and
llama-cpp-python take part where this Python has them, or one of those named by ``--peers-python``; the others are named
as absent.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import subprocess
import sys
import tempfile
import time
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recipe_tui.core import load_config, paths
from recipe_tui.core.backend import chosen_backend
from recipe_tui.core.kernels import describe_kernels
from recipe_tui.core.machine import available_memory
from tests.benchmarks import corpus_to_blocks, training, workbench, writing
from tests.benchmarks.device_peak import gpu_limits, processor_limits
from tests.benchmarks.peers import PEERS, find_peers, processor
from tests.benchmarks.table import OURS, Table

if TYPE_CHECKING:
    from collections.abc import Mapping

GPT2 = {"n_layer": 12, "n_embd": 768, "n_head": 12, "vocab_size": 50_257}
SMALL = {"n_layer": 2, "n_embd": 64, "n_head": 2, "vocab_size": 1024}

OURS_BY_LLAMA_CPP = f"{OURS}, llama.cpp"
WEIGHTS: dict[str, dict[str, str]] = {
    "32 bit": {OURS: "float32", "pytorch": "float32", "ctranslate2": "float32"},
    "16 bit": {OURS: "bfloat16", OURS_BY_LLAMA_CPP: "f16", "pytorch": "bfloat16", "llama.cpp": "f16"},
    "8 bit": {OURS: "int8", OURS_BY_LLAMA_CPP: "q8_0", "ctranslate2": "int8", "llama.cpp": "q8_0"},
    "4 bit": {OURS: "int4"},
}
"""What each contestant calls weights of a width."""

BATCHES = (1, 8, 32)
COMMANDS = (("--help",), ("runs",), ("models",))


class Measurements:
    """What is measured.

    Args:
        options: Those of the command line.
        peers: The Python that has each peer.
        table: Where the figures go.
    """

    def __init__(self, options: argparse.Namespace, peers: Mapping[str, str], table: Table) -> None:
        self.options, self.peers, self.table = options, peers, table
        self.quick: bool = options.quick
        self.rounds: int = options.rounds or (1 if self.quick else 3)
        self.shape = SMALL if self.quick else GPT2
        self.limits: dict[str, float] = {}

    def machine(self) -> None:
        """The limits of the machine."""
        limits = gpu_limits if available_memory().on_gpu else processor_limits
        self.limits = corpus_to_blocks.in_a_process(limits)
        self.table.add("matrix product, float32", "GFLOP/s", {"machine": [self.limits["gflops"]]})
        self.table.add("reading memory", "GB/s", {"machine": [self.limits["gb_per_second"]]})

    def training(self) -> None:
        """Training steps, whole and by an adapter."""
        batch, block, steps = (2, 64, 2) if self.quick else (2, 512, 6)
        options = [f"--{name.replace('_', '-')}={value}" for name, value in self.shape.items()]
        options += [f"--batch-size={batch}", f"--block-size={block}", f"--steps={steps}"]
        contestants = {OURS: sys.executable}
        if "pytorch" in self.peers:
            contestants |= {"pytorch": self.peers["pytorch"]}
            if self.options.torch_compile:
                contestants |= {"pytorch-compiled": self.peers["pytorch"]}
        precisions = ("float32",) if self.quick else training.PRECISIONS
        for precision in precisions:
            self._trained(f"training, {precision}", contestants, [*options, f"--precision={precision}"])
            if precision == "float32" and self.limits:
                flops = training_flops(self.shape, block)
                tokens = self.table.median(f"training, {precision}", OURS)
                self.table.add_share(f"training, {precision}", tokens * flops / 1e9 / self.limits["gflops"])
        contestants = {OURS: sys.executable} | ({"peft": self.peers["peft"]} if "peft" in self.peers else {})
        self._trained("training, LoRA", contestants, [*options, "--precision=float32", "--lora=8"])

    def _trained(self, what: str, contestants: Mapping[str, str], options: list[str]) -> None:
        interpreters = {"pytorch" if name == "peft" else name: python for name, python in contestants.items()}
        rounds = training.race(interpreters, options, self.rounds)
        if "peft" in contestants:
            rounds["peft"] = rounds.pop("pytorch")
        for figure, unit in (
            ("tokens_per_second", "tokens/s"),
            ("peak_memory_mb", "MB at most"),
            ("first_step_seconds", "s to the first step"),
        ):
            self.table.add(what, unit, {name: [one[figure] for one in found] for name, found in rounds.items()})

    def writing(self) -> None:
        """Writing by weights of every width and at every batch size."""
        prompt, new = ([1] * 8, 8) if self.quick else ([1] * 32, 128)
        widths = {"32 bit": WEIGHTS["32 bit"]} if self.quick else WEIGHTS
        interpreters = {OURS: sys.executable, **self.peers}
        if self.peers.get("llama.cpp") == sys.executable:
            interpreters[OURS_BY_LLAMA_CPP] = sys.executable
        gguf = [one["llama.cpp"] for one in widths.values() if "llama.cpp" in one and "llama.cpp" in self.peers]
        with tempfile.TemporaryDirectory() as folder:
            corpus_to_blocks.in_a_process(writing.prepare, folder, self.shape, gguf)
            for width, precisions in widths.items():
                writers = {
                    name: writing.Writer(interpreters[name], name, writing.Task(Path(folder), precision, prompt, new))
                    for name, precision in precisions.items()
                    if name in interpreters
                }
                self._written(width, writers, new)

    def _written(self, width: str, writers: Mapping[str, writing.Writer], new: int) -> None:
        started = {name: [writer.started] for name, writer in writers.items()}
        self.table.add(f"writing, {width}", "s from the start to the first token", started)
        memory = {name: [writer.peak_memory] for name, writer in writers.items()}
        self.table.add(f"writing, {width}", "MB at most", memory)
        for batch in BATCHES:
            taking_part = {name: one for name, one in writers.items() if batch == 1 or name != "llama.cpp"}
            times: dict[str, list[writing.Times]] = {name: [] for name in taking_part}
            for _ in range(self.rounds):
                for name, writer in taking_part.items():
                    times[name].append(writer.write(batch))
            what = f"writing, {width}, batch {batch}"
            speeds = {name: [batch * new / one.total for one in found] for name, found in times.items()}
            self.table.add(what, "tokens/s", speeds)
            first = {name: [1000 * one.first_token for one in found] for name, found in times.items()}
            self.table.add(what, "ms to the first token", first)
            if batch == 1 and self.limits:
                read = weight_bytes(self.shape, int(width.split()[0]))
                reached = self.table.median(what, OURS) * read / 1e9 / self.limits["gb_per_second"]
                self.table.add_share(what, reached)
        for writer in writers.values():
            writer.close()

    def blocks(self) -> None:
        """From the corpus to blocks."""
        data = {"source": self.options.source, "tokenizer": self.options.tokenizer, "layout": "sections"}
        config = load_config(data=data | {"block_size": 64 if self.quick else 512}).data
        built = corpus_to_blocks.medians(corpus_to_blocks.build, config, self.rounds)
        inner = corpus_to_blocks.medians(corpus_to_blocks.tokenize_and_pack, config, self.rounds)
        original = corpus_to_blocks.medians(corpus_to_blocks.original, config, self.rounds)
        self.table.add("corpus to blocks, all", "s", {OURS: [built["build: all (s)"]]})
        self.table.add("corpus to blocks, all", "MB at most", {OURS: [built["build: peak memory (MB)"]]})
        plain = inner["tokenizing, plain (s)"] + inner["packing, plain, concatenate (s)"]
        self.table.add("tokenizing and packing", "s", {OURS: [plain], "datasets.map": list(original.values())})

    def starts(self) -> None:
        """From a command to its end, and to the first frame of the workbench."""
        rounds = 3 if self.quick else 10
        for arguments in COMMANDS:
            seconds, cpu = [], []
            for _ in range(rounds):
                before, began = resource.getrusage(resource.RUSAGE_CHILDREN), time.perf_counter()
                subprocess.run([*workbench.RECIPE_TUI, *arguments], check=True, capture_output=True)
                seconds.append(1000 * (time.perf_counter() - began))
                after = resource.getrusage(resource.RUSAGE_CHILDREN)
                cpu.append(1000 * (after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime))
            self.table.add(f"recipe-tui {' '.join(arguments)}", "ms", {OURS: seconds})
            self.table.add(f"recipe-tui {' '.join(arguments)}", "ms of processor time", {OURS: cpu})
        paints: dict[str, list[float]] = {OURS: [], "empty Textual": []}
        with tempfile.TemporaryDirectory() as folder:
            for _ in range(rounds):
                for name, command in ((OURS, workbench.RECIPE_TUI), ("empty Textual", workbench.EMPTY_APPLICATION)):
                    paints[name] += [1000 * one for one in workbench.first_paints(Path(folder), 1, command)]
        self.table.add("workbench, first paint", "ms", paints)


def training_flops(shape: Mapping[str, int], block_size: int) -> float:
    """Return the floating-point operations of training for a token, forward and backward.

    That is 6 for each weight of a matrix product and 12 · layers · width · block size for attention, as in appendix B
    of PaLM (Chowdhery et al., 2022).
    """
    layers, width = shape["n_layer"], shape["n_embd"]
    return 6 * matrix_weights(shape) + 12 * layers * width * block_size


def weight_bytes(shape: Mapping[str, int], bits: int) -> float:
    """Return the bytes of weights that are read for a token, if each has so many bits."""
    return matrix_weights(shape) * bits / 8


def matrix_weights(shape: Mapping[str, int]) -> int:
    """Return the number of weights of a GPT-2 that take part in matrix products, the head included."""
    return 12 * shape["n_layer"] * shape["n_embd"] ** 2 + shape["vocab_size"] * shape["n_embd"]


NAMES = ("machine", "training", "writing", "blocks", "starts")


def describe(peers: Mapping[str, str]) -> dict[str, Any]:
    """Return what the figures depend on: processor, versions, backend."""
    versions = {}
    for package in ("tensorflow", "tensorflow-cpu", "jax", "keras", "textual"):
        try:
            versions[package] = version(package)
        except PackageNotFoundError:
            continue
    return {
        "processor": processor(),
        "cores": os.cpu_count(),
        "load": round(os.getloadavg()[0], 1),
        "python": sys.version.split()[0],
        "backend": chosen_backend(),
        "kernels": describe_kernels(),
        "versions": versions,
        "absent": [name for name in PEERS if name not in peers],
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--quick", action="store_true", help="a tiny model and one round, to see that all of it works")
    parser.add_argument("--only", choices=NAMES, action="append", help="some of them alone; may be repeated")
    parser.add_argument("--rounds", type=int, help="how often each contestant takes its turn; 3 when left out")
    parser.add_argument("--torch-compile", action="store_true", help="also train with torch.compile")
    parser.add_argument("--peers-python", action="append", default=[], help="a Python that has some of the peers")
    parser.add_argument("--source", nargs="+", default=[str(paths.SAMPLE_RECIPES)], help="recipes for the blocks")
    parser.add_argument("--tokenizer", default=str(paths.SAMPLE_MODEL), help="folder or hub name")
    parser.add_argument("--to", type=Path, metavar="FILE.json", help="also write the figures there")
    options = parser.parse_args()
    peers = find_peers([sys.executable, *options.peers_python])
    about = describe(peers)
    print("\n".join(f"{name}: {value}" for name, value in about.items()), flush=True)
    table = Table(lambda figure: print(figure, file=sys.stderr, flush=True))
    measurements = Measurements(options, peers, table)
    for name in NAMES:
        if options.only is None or name in options.only:
            getattr(measurements, name)()
            if options.to is not None:
                figures = {"machine": about, "figures": table.to_json()}
                options.to.write_text(json.dumps(figures, indent=1) + "\n", encoding="utf-8")
    print(table)


if __name__ == "__main__":
    main()
