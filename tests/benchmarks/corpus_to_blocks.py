"""How long a corpus takes to become blocks, beside `datasets.map` as the original workflow uses it.

    python -m tests.benchmarks.corpus_to_blocks --source recipes.jsonl --tokenizer gpt2

Every figure is the median of three runs, each in a process of its own so that its peak memory is its own. Cleaning and
packing are inner parts, timed alone here, so they are imported from their modules; all else is the library.
"""

from __future__ import annotations

import argparse
import multiprocessing
import resource
import statistics
import sys
import tempfile
import time
from concurrent.futures import ProcessPoolExecutor
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING

from recipe_tui import core

if TYPE_CHECKING:
    from collections.abc import Callable

    from recipe_tui.core.blocks.progress import BuildProgress
    from recipe_tui.core.config import DataConfig

RUNS = 3


def build(config: DataConfig) -> dict[str, float]:
    """The whole chain, by stage, and opening what it built."""
    tokenizer = core.load_tokenizer(config.tokenizer, config.layout)
    times: dict[str, float] = {}
    with tempfile.TemporaryDirectory() as folder:
        stage, since = "", time.perf_counter()

        def note(progress: BuildProgress) -> None:
            nonlocal stage, since
            if progress.stage != stage:
                now = time.perf_counter()
                times[f"build: {stage or 'read'} (s)"] = times.get(f"build: {stage or 'read'} (s)", 0) + now - since
                stage, since = progress.stage, now

        start = time.perf_counter()
        core.build_store(config, Path(folder) / "store", tokenizer, note)
        times[f"build: {stage} (s)"] = time.perf_counter() - since
        times["build: all (s)"] = time.perf_counter() - start
        start = time.perf_counter()
        blocks = core.BlockStore.open(Path(folder) / "store").blocks("train")
        blocks.batch([len(blocks) - 1])
        times["opening it and reading a block (s)"] = time.perf_counter() - start
        start = time.perf_counter()
        core.build_store(config, Path(folder) / "store", tokenizer)
        times["building it again, unchanged (s)"] = time.perf_counter() - start
    times["build: peak memory (MB)"] = peak_memory()
    return times


def tokenize_and_pack(config: DataConfig) -> dict[str, float]:
    """Tokenizing and packing alone, from recipes in memory to blocks in memory."""
    import numpy as np

    from recipe_tui.core.blocks.packing import best_fit, concatenate

    recipes = read(config)
    batches = [recipes[first : first + 1024] for first in range(0, len(recipes), 1024)]
    times = {}
    for layout in ("plain", "sections"):
        tokenizer = core.load_tokenizer(config.tokenizer, layout)
        start = time.perf_counter()
        encoded = [tokenizer.encode_recipes(batch) for batch in batches]
        lengths = np.concatenate([one.lengths for one in encoded])
        np.concatenate([one.ids for one in encoded])
        times[f"tokenizing, {layout} (s)"] = time.perf_counter() - start
        for pack in (best_fit, concatenate):
            start = time.perf_counter()
            pack(np.arange(len(lengths)), lengths, config.block_size, np.random.default_rng(config.seed))
            times[f"packing, {layout}, {pack.__name__} (s)"] = time.perf_counter() - start
    return times


def original(config: DataConfig) -> dict[str, float]:
    """The original workflow: lines as examples, the newline restored, concatenated and cut, with two processes."""
    import datasets
    from transformers import AutoTokenizer

    datasets.disable_progress_bars()
    tokenizer = AutoTokenizer.from_pretrained(config.tokenizer)
    lines = [line for recipe in read(config) for line in (recipe.title, *recipe.ingredients, *recipe.steps)]
    data = datasets.Dataset.from_dict({"text": lines})

    def tokenize(examples: dict[str, list[str]]) -> dict[str, list[list[int]]]:
        return dict(tokenizer([line + "\n" for line in examples["text"]]))

    def group(examples: dict[str, list[list[int]]]) -> dict[str, list[list[int]]]:
        joined = {name: list(chain.from_iterable(rows)) for name, rows in examples.items()}
        whole = len(joined["input_ids"]) // config.block_size * config.block_size
        cut = {
            name: [row[i : i + config.block_size] for i in range(0, whole, config.block_size)]
            for name, row in joined.items()
        }
        return cut | {"labels": cut["input_ids"]}

    start = time.perf_counter()
    data = data.map(tokenize, batched=True, num_proc=2, remove_columns=["text"])
    data.map(group, batched=True, num_proc=2)
    return {"datasets.map, tokenizing and packing (s)": time.perf_counter() - start}


def read(config: DataConfig) -> list[core.Recipe]:
    """Read and clean the corpus."""
    from recipe_tui.core.recipes.clean import clean

    cleaned = (clean(item) for item in core.read_recipes(config.source, config.format) if isinstance(item, core.Recipe))
    return [one.recipe for one in cleaned if one.reason is None]


def peak_memory() -> float:
    """Peak resident memory of this process in MB."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1 << 20 if sys.platform == "darwin" else 1 << 10)


def in_a_process(measure: Callable[..., dict[str, float]], *arguments: object) -> dict[str, float]:
    """Return the figures of a measurement in a new process."""
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(1, mp_context=context) as processes:
        return processes.submit(measure, *arguments).result()


def medians(
    measure: Callable[[DataConfig], dict[str, float]], config: DataConfig, rounds: int = RUNS
) -> dict[str, float]:
    """Run a measurement in new processes and take the median of each figure."""
    runs = [in_a_process(measure, config) for _ in range(rounds)]
    return {name: statistics.median(run[name] for run in runs) for name in runs[0]}


def main() -> None:
    """Measure and print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--source", nargs="+", required=True, help="files or folders of recipes")
    parser.add_argument("--tokenizer", default="gpt2", help="folder or hub name of the tokenizer")
    parser.add_argument("--block-size", type=int, default=512, help="tokens in a block")
    options = parser.parse_args()
    data = {"source": options.source, "tokenizer": options.tokenizer, "block_size": options.block_size}
    config = core.load_config(data=data | {"layout": "sections"}).data
    for measure in (build, tokenize_and_pack, original):
        for name, figure in medians(measure, config).items():
            sys.stdout.write(f"{name:<42} {figure:>9.{0 if 'MB' in name else 3}f}\n")


if __name__ == "__main__":
    main()
