"""A stand-in for a model, and experiments without a store."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from recipe_tui.core.config import GenerationConfig
from recipe_tui.core.evaluation.laboratory.experiment import Experiment, Variant, make_variants
from recipe_tui.core.evaluation.subject import Subject
from recipe_tui.core.generation.output import Generated
from recipe_tui.core.recipes.recipe import Recipe
from recipe_tui.core.text.prompt import Prompt

SOUPS = Subject("soups", Path("models/soups"), None, None, random_base=False)
CAKES = Subject("cakes", Path("models/cakes"), None, None, random_base=False)
PROMPTS = tuple(
    Recipe(f"{name} soup", (f"2 {name}s", f"1 {other}", "salt"), ())
    for name, other in (("leek", "onion"), ("carrot", "shallot"), ("bean", "tomato"), ("turnip", "apple"))
)


def experiment_of(
    *grids: str, models: Sequence[Subject] = (SOUPS,), sets: Sequence[str] = (), **config: Any
) -> Experiment:
    variants = make_variants(models, GenerationConfig(**{"seed": 3, "max_new_tokens": 9, **config}), grids, sets)
    return Experiment(variants, PROMPTS)


class Clock:
    """Goes on by a tenth of a second at each look."""

    def __init__(self) -> None:
        self.now = 0.0

    def __call__(self) -> float:
        self.now += 0.1
        return self.now


class Model:
    """Mentions all ingredients where there is an ingredient bonus, and the first one otherwise."""

    def __init__(self, loaded: list[str] | None = None) -> None:
        self.tokenizer = SimpleNamespace(layout=SimpleNamespace(name="sections"), text=str)
        self.decoder = SimpleNamespace(context=4096, position_cache=64, vocab_size=100, weights_size=0)
        self.loaded = [] if loaded is None else loaded
        self.asked: list[tuple[float, str, int]] = []
        self.training_text: object = None

    def load(self, variant: Variant) -> Any:
        self.loaded.append(variant.model.name)
        return self

    def encode(self, prompt: Prompt) -> str:
        return prompt.title

    def check(self, prompt: Prompt) -> None: ...

    def generate_batch(
        self,
        prompts: Sequence[Prompt],
        config: GenerationConfig,
        seeds: Sequence[int],
        check: Callable[[], None] = lambda: None,
    ) -> Iterator[tuple[int, Generated]]:
        for number, (prompt, seed) in enumerate(zip(prompts, seeds, strict=True)):
            self.asked.append((config.ingredient_bonus, prompt.title, seed))
            check()
            named = prompt.ingredients if config.ingredient_bonus else prompt.ingredients[:1]
            verbs = ("Boil", "Fry", "Add")
            steps = tuple(f"{verb} the {line.split()[-1]}." for verb, line in zip(verbs, named, strict=False))
            recipe = Recipe(prompt.title, prompt.ingredients, steps)
            yield number, Generated("\n".join([prompt.title, *steps]), recipe, "stop", 8, 20.0, seed)
