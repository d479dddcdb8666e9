"""Samples: texts generated during a training, always from the same prompt and seed."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from recipe_tui.core.generation.decoder import Decoder
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
