"""How time and memory grow with the corpus, with duplicates planted that must be found.

    python -m tests.benchmarks.large_corpus --source epicurious.jsonl --tokenizer gpt2 --recipes 20000 200000 2000000

Each corpus is synthesised from the lines of the source: a recipe takes its title, its ingredients and its steps from
as many different recipes, so no two are alike. One in fifty repeats an earlier one: half of these word for word, the
others with the order of their ingredients changed. Each corpus becomes blocks in a process of its own, so that its peak
memory is its own, that of the processes which it starts included; the file is written beforehand, and its size is
printed too.
"""

from __future__ import annotations

import argparse
import json
import sys
import tempfile
import time
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import psutil

from recipe_tui import core
from tests.benchmarks.corpus_to_blocks import in_a_process, peak_memory

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

REPEATED_EVERY = 50
"""One in so many recipes repeats an earlier one."""

REMEMBERED = 1000
"""Recipes that a later one can repeat: so many of the latest, spread over the last hundred thousand."""

HEADER = ("recipes", "MB", "time", "processor", "peak memory", "planted", "duplicates", "other")


def synthetic(source: Sequence[core.Recipe], count: int, seed: int) -> Iterator[dict[str, object]]:
    """Yield recipes that are mixed from the lines of a corpus, with duplicates planted.

    Args:
        source: The recipes whose titles, ingredients and steps are mixed.
        count: Number of recipes to yield.
        seed: Of the mixture.
    """
    random = Random(seed)
    titles = [recipe.title for recipe in source]
    ingredients = [line for recipe in source for line in recipe.ingredients]
    steps = [line for recipe in source for line in recipe.steps]
    shapes = [(len(recipe.ingredients), len(recipe.steps)) for recipe in source]
    kept: list[dict[str, object]] = []
    repeated = 0
    for number in range(count):
        if number % REPEATED_EVERY == REPEATED_EVERY - 1:
            # The earlier one is taken out, so that no cluster has three: each planted recipe is one to be dropped.
            recipe = kept.pop(random.randrange(len(kept)))
            lines = list(recipe["ingredients"])  # type: ignore[call-overload]
            if repeated % 2:
                random.shuffle(lines)
            repeated += 1
            yield {**recipe, "ingredients": lines}
            continue
        lines, directions = random.choice(shapes)
        recipe = {
            "title": random.choice(titles),
            "ingredients": random.choices(ingredients, k=lines),
            "directions": random.choices(steps, k=directions),
        }
        if len(kept) < REMEMBERED:
            kept.append(recipe)
        elif random.random() < REMEMBERED / 100_000:
            kept[random.randrange(REMEMBERED)] = recipe
        yield recipe


def build(path: Path, tokenizer: str, block_size: int) -> dict[str, float]:
    """Build the blocks of a file, and return the time, the peak memory and what the ledger says of duplicates."""
    config = core.load_config(data={"source": [str(path)], "tokenizer": tokenizer, "block_size": block_size}).data
    together = 0.0

    def look(_: object) -> None:
        nonlocal together
        process = psutil.Process()
        together = max(together, sum(one.memory_info().rss for one in (process, *process.children())) / (1 << 20))

    start = time.perf_counter()
    loaded = core.load_tokenizer(tokenizer, config.layout)
    ledger = core.build_store(config, path.with_suffix(".store"), loaded, look).ledger
    seconds = time.perf_counter() - start
    times = psutil.Process().cpu_times()
    return {
        "seconds": seconds,
        "processor": times.user + times.system + times.children_user + times.children_system,
        "memory": max(peak_memory(), together),
        "dropped": sum(count for reason, count in ledger.dropped.items() if "duplicate" in reason),
        "other": sum(count for reason, count in ledger.dropped.items() if "duplicate" not in reason),
    }


def main() -> None:
    """Measure and print a row for each size."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--source", nargs="+", required=True, help="files or folders of recipes")
    parser.add_argument("--tokenizer", default="gpt2", help="folder or hub name of the tokenizer")
    parser.add_argument("--block-size", type=int, default=512, help="tokens in a block")
    parser.add_argument("--recipes", type=int, nargs="+", default=[20_000, 200_000, 2_000_000], help="sizes")
    options = parser.parse_args()
    source = [item for item in core.read_recipes(options.source) if isinstance(item, core.Recipe)]
    source = [recipe for recipe in source if recipe.title and len(recipe.ingredients) > 2 and recipe.steps]
    write = sys.stdout.write
    write("".join(f"{name:>12}" for name in HEADER) + "\n")
    for count in options.recipes:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "recipes.jsonl"
            with path.open("w", encoding="utf-8") as file:
                file.writelines(json.dumps(recipe) + "\n" for recipe in synthetic(source, count, count))
            found = in_a_process(build, path, options.tokenizer, options.block_size)
            size = path.stat().st_size / 1e6
        planted, seconds = count // REPEATED_EVERY, found["seconds"]
        row = (
            *(f"{count:,}", f"{size:,.0f}", f"{seconds:,.0f} s", f"{found['processor']:,.0f} s"),
            *(f"{found['memory']:,.0f} MB", f"{planted:,}", f"{found['dropped']:,.0f}", f"{found['other']:,.0f}"),
        )
        write("".join(f"{figure:>12}" for figure in row) + "\n")
        sys.stdout.flush()


if __name__ == "__main__":
    main()
