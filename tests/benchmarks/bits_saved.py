"""Bits a byte of directions that knowing title and ingredients saves a model that did not write them.

``python -m tests.benchmarks.bits_saved --model smollm2-135m --texts laboratory.jsonl --recipes epicurious.jsonl``
reads directions three times: after their own title and ingredients, after those of the next recipe, and after none.
Those that are about their prompt save about as much as human ones do; generic ones save no more with their own prompt
than with another's. ``--texts`` are files that ``recipe-tui laboratory --to`` wrote, ``--recipes`` files of human
recipes.
"""

from __future__ import annotations

import argparse
import json
import math
from collections.abc import Iterable, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path

import numpy as np

from recipe_tui.core import Generator, Recipe, read_recipes
from recipe_tui.core.backend import select_backend
from recipe_tui.core.evaluation.statistics import Summed, interval, resamples


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--model", required=True, help="the model that reads them")
    parser.add_argument("--texts", type=Path, action="append", default=[], help="a file that the laboratory wrote")
    parser.add_argument("--recipes", type=Path, action="append", default=[], help="human recipes")
    parser.add_argument("--count", type=int, default=100, help="recipes of a file and texts of a variant")
    arguments = parser.parse_args()
    groups: dict[str, list[Recipe]] = {}
    for path in arguments.texts:
        for line in map(json.loads, path.read_text(encoding="utf-8").splitlines()):
            recipe = Recipe(*(line["recipe"][name] for name in ("title", "ingredients", "steps")))
            groups.setdefault(f"{path.stem}, {line['variant']}", []).append(recipe)
    for path in arguments.recipes:
        groups[path.stem] = list(islice(_complete(read_recipes(str(path))), arguments.count))
    select_backend()  # with the kernels that were measured to be fastest
    generator = Generator.load(arguments.model)
    for name, recipes in groups.items():
        recipes = list(_complete(recipes))[: arguments.count]
        others = recipes[1:] + recipes[:1]
        own = _bits(generator, recipes)
        swapped = _bits(
            generator,
            [
                replace(recipe, title=other.title, ingredients=other.ingredients)
                for recipe, other in zip(recipes, others, strict=True)
            ],
        )
        alone = _bits(generator, [replace(recipe, title="", ingredients=()) for recipe in recipes])
        print(
            f"{name}: {own[:, 0].sum() / own[:, 1].sum():.3f} bits a byte; own title and ingredients save "
            f"{_saved(own, alone)}, another's {_saved(swapped, alone)}, {len(recipes)} recipes",
            flush=True,
        )


def _complete(recipes: Iterable[object]) -> Iterable[Recipe]:
    return (one for one in recipes if isinstance(one, Recipe) and one.title and one.ingredients and one.steps)


def _bits(generator: Generator, recipes: Sequence[Recipe]) -> np.ndarray:
    """Return the bits and the bytes of the directions of each recipe, [recipes, 2]."""
    from recipe_tui.core.evaluation.likelihood import recipe_likelihoods

    found = np.zeros((len(recipes), 2))
    for number, likelihood in recipe_likelihoods(generator.decoder.model, generator.tokenizer, recipes):
        found[number] = likelihood.directions_nats / math.log(2), likelihood.directions_size
    return found


def _saved(given: np.ndarray, alone: np.ndarray) -> str:
    saved = np.stack([alone[:, 0] - given[:, 0], alone[:, 1]], axis=1)
    found = interval(Summed(saved), resamples(len(saved), seed=0))
    return f"{found.value:.3f} ({found.low:.3f} to {found.high:.3f})"


if __name__ == "__main__":
    main()
