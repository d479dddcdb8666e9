"""Perplexity of written directions under a model that did not write them, for each variant of the laboratory.

``python -m tests.benchmarks.independent_perplexity --texts laboratory.jsonl --model smollm2-135m`` reads a file that
``recipe-tui laboratory --to`` wrote. A decoding aid that bends texts away from ordinary language raises it. It measures
an inner part, the likelihood of recipes.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

import numpy as np

from recipe_tui.core import Generator, Recipe
from recipe_tui.core.backend import select_backend
from recipe_tui.core.evaluation.statistics import Summed, exp_ratio, interval, resamples


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--texts", type=Path, required=True, help="a file that the laboratory wrote")
    parser.add_argument("--model", required=True, help="the model that reads them")
    arguments = parser.parse_args()
    select_backend()  # with the kernels that were measured to be fastest
    from recipe_tui.core.evaluation.likelihood import recipe_likelihoods

    generator = Generator.load(arguments.model)
    found: dict[str, dict[int, tuple[float, int]]] = {}
    lines = [json.loads(line) for line in arguments.texts.read_text(encoding="utf-8").splitlines()]
    recipes = [Recipe(*(one["recipe"][name] for name in ("title", "ingredients", "steps"))) for one in lines]
    for number, likelihood in recipe_likelihoods(generator.decoder.model, generator.tokenizer, recipes):
        line = lines[number]
        found.setdefault(line["variant"], {})[line["line"]] = (likelihood.directions_nats, likelihood.directions_tokens)
    first: dict[int, tuple[float, int]] | None = None
    for variant in dict.fromkeys(line["variant"] for line in lines):
        own, first = found[variant], first or found[variant]
        both = sorted(own.keys() & first.keys())
        counts = resamples(len(both), seed=0)
        score, other = (Summed(np.array([of[key] for key in both], float), exp_ratio) for of in (own, first))
        value = interval(score, counts)
        ratios = score.resampled(counts) / other.resampled(counts)
        low, high = np.percentile(ratios, [2.5, 97.5])
        print(
            f"{variant}: {value.value:.2f} ({value.low:.2f} - {value.high:.2f}), "
            f"{score.value / other.value:.3f} times the first ({low:.3f} - {high:.3f}), {len(both)} prompts"
        )


if __name__ == "__main__":
    main()
