"""Samples: what a model in training writes, always from the same prompt and seed, and what it knows by heart."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from recipe_tui.core.generation.decoder import Decoder
from recipe_tui.core.generation.extraction import EXTRACTION_TOKENS, continued
from recipe_tui.core.generation.generator import Generator, Prompt
from recipe_tui.core.recipes.recipe import SPLITS

if TYPE_CHECKING:
    from collections.abc import Callable

    from recipe_tui.core.blocks.store import BlockStore
    from recipe_tui.core.config import Config, TrainingConfig
    from recipe_tui.core.generation.output import Piece
    from recipe_tui.core.model.decoder import LanguageModel
    from recipe_tui.core.text.tokenizer import Tokenizer

SAMPLE_TOKENS = 80
"""Tokens of a sample: enough to see what the model has learnt, and a few seconds for GPT-2 on a CPU."""

EXTRACTED_RECIPES = 16
"""Training recipes whose beginning is given to the model at each sample: a second or two for GPT-2 on a CPU."""

CANDIDATES = 4
"""Recipes that are drawn for each of those, since some are too short."""


def sample_prompt(config: TrainingConfig, store: BlockStore) -> Prompt:
    """Return the prompt of the samples: the configured title and ingredients, or else those of a held-out recipe."""
    if config.sample_title or config.sample_ingredients:
        return Prompt(config.sample_title or "", config.sample_ingredients)
    splits = np.asarray(store.outcomes["split"])
    for split in ("validation", "test", "train"):
        rows = np.flatnonzero(splits == SPLITS.index(split))
        if len(rows):
            recipe = store.recipe(int(rows[0]))
            return Prompt(recipe.title, recipe.ingredients)
    return Prompt()


class Sampler:
    """Generates with the present weights of a model. Nothing of the training changes, its random state included.

    Args:
        model: The model in training.
        tokenizer: Its tokenizer.
        config: Of the run: ``[generation]`` says how tokens are chosen.
        prompt: What each sample begins with; ingredients that leave no room in the context are left out.
    """

    def __init__(self, model: LanguageModel, tokenizer: Tokenizer, config: Config, prompt: Prompt) -> None:
        # Compiling the generation step takes seconds, more than it saves over the tokens of all samples.
        self._generator = Generator(Decoder(model, compile_step=False), tokenizer)
        self._prompt = self._fitting(prompt)
        given = config.generation
        seed = config.training.seed if given.seed is None else given.seed
        tokens = min(SAMPLE_TOKENS, given.max_new_tokens)
        alone = {"num_beams": 1, "num_return_sequences": 1, "best_of": 1, "verbatim_guard": 0}
        changes = {"seed": seed, "max_new_tokens": tokens, **alone}
        self._config = given.model_copy(update=changes)

    def write(self, check: Callable[[], None] = lambda: None) -> tuple[str, str] | None:
        """Return the prompt's text and the text generated after it; None where the prompt fills the context.

        Args:
            check: Called after each token; raises to abandon the sample.
        """
        read = self._generator.encode(self._prompt)
        if len(read) >= self._generator.decoder.context:
            return None
        self._generator.decoder.refresh()
        pieces: list[str] = []

        def observe(piece: Piece) -> None:
            check()
            pieces.append(piece.text)

        self._generator.generate(self._prompt, self._config, observe)
        return self._generator.tokenizer.text(read), "".join(pieces)

    def _fitting(self, prompt: Prompt) -> Prompt:
        room = self._generator.decoder.context - SAMPLE_TOKENS
        while prompt.ingredients and len(self._generator.encode(prompt)) > room:
            prompt = replace(prompt, ingredients=prompt.ingredients[:-1])
        return prompt


class Extraction:
    """Measures memorization: the share of some training recipes that the present weights continue word for word.

    The recipes are always the same. The overlap of a sample shows only what is copied for a held-out prompt, which a
    model that knows all its training recipes by heart may answer with words of its own.

    Args:
        model: The model in training.
        tokenizer: Its tokenizer.
        store: The block store.
        seed: Chooses the recipes.
    """

    def __init__(self, model: LanguageModel, tokenizer: Tokenizer, store: BlockStore, seed: int) -> None:
        self._model = model
        self._tokenizer = tokenizer
        rows = np.flatnonzero(np.asarray(store.outcomes["split"]) == SPLITS.index("train"))
        drawn = np.random.default_rng(seed).permutation(rows)[: CANDIDATES * EXTRACTED_RECIPES].tolist()
        recipes = [store.recipe(row) for row in drawn]
        lengths = tokenizer.encode_recipes(recipes).lengths.tolist() if recipes else []
        long = [recipe for recipe, length in zip(recipes, lengths, strict=True) if length >= 2 * EXTRACTION_TOKENS]
        self._recipes = long[:EXTRACTED_RECIPES]

    def share(self) -> float | None:
        """Return the share of the recipes that are continued; None where no recipe is long enough."""
        found = [matched for _, matched in continued(self._model, self._tokenizer, self._recipes)]
        told = [matched for matched in found if matched is not None]
        return sum(told) / len(told) if told else None
