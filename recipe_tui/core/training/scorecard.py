"""The scorecard of a training: what the model writes for held-out prompts at each validation, in one batch."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from recipe_tui.core.errors import UsageError
from recipe_tui.core.generation.decoder import Decoder
from recipe_tui.core.generation.generator import Generator, Prompt
from recipe_tui.core.generation.output import recipe_after
from recipe_tui.core.measures.scorecard import FEWEST_PROMPTS, overlap_13, scorecard
from recipe_tui.core.measures.written import Written
from recipe_tui.core.planning.scorecard import SCORECARD_TOKENS
from recipe_tui.core.recipes.ingredients import content_words
from recipe_tui.core.recipes.recipe import SPLITS, Recipe

if TYPE_CHECKING:
    from collections.abc import Callable

    from recipe_tui.core.blocks.store import BlockStore
    from recipe_tui.core.config import Config
    from recipe_tui.core.measures.scorecard import Scorecard
    from recipe_tui.core.model.decoder import LanguageModel
    from recipe_tui.core.novelty.index import NoveltyIndex
    from recipe_tui.core.text.tokenizer import Tokenizer


class ScorecardWriter:
    """Writes for the same held-out prompts with the present weights of a model, and scores what it writes.

    The prompts are recipes of the validation split: those of the test split must not choose a model that they judge.
    Nothing of the training changes, its random state included.

    Args:
        model: The model in training.
        tokenizer: Its tokenizer.
        config: Of the run: ``[generation]`` says how tokens are chosen.
        store: The block store.
        index: Its novelty index.

    Raises:
        UsageError: Too few held-out recipes can be prompts.
    """

    def __init__(
        self, model: LanguageModel, tokenizer: Tokenizer, config: Config, store: BlockStore, index: NoveltyIndex
    ) -> None:
        self._generator = Generator(Decoder(model, compile_step=False), tokenizer)
        given = config.generation
        seed = config.training.seed if given.seed is None else given.seed
        tokens = min(SCORECARD_TOKENS, given.max_new_tokens)
        self._config = given.model_copy(update={"max_new_tokens": tokens, "num_beams": 1})
        self._recipes = self._held_out(store, config.training.scorecard_prompts, config.training.seed)
        self._prompts = [Prompt(recipe.title, recipe.ingredients) for recipe in self._recipes]
        self._seeds = [seed + number for number in range(len(self._prompts))]
        self._index = index
        self._human_overlap = overlap_13(index, ["\n".join(recipe.steps) for recipe in self._recipes])

    def write(self, check: Callable[[], None] = lambda: None) -> Scorecard:
        """Return the scorecard of the present weights.

        Args:
            check: Called after each token; raises to abandon the scorecard.
        """
        generator, layout = self._generator, self._generator.tokenizer.layout.name
        generator.decoder.refresh()
        written: dict[int, Written] = {}
        texts = generator.generate_batch(self._prompts, self._config, self._seeds, len(self._prompts), check)
        for number, text in texts:
            given = generator.tokenizer.text(generator.encode(self._prompts[number]))
            recipe = recipe_after(self._prompts[number], given, text, layout)
            written[number] = Written(recipe, text.finish_reason == "stop")
        in_order = [written[number] for number in range(len(self._prompts))]
        return scorecard(in_order, self._recipes, self._index, self._human_overlap)

    def _held_out(self, store: BlockStore, count: int, seed: int) -> tuple[Recipe, ...]:
        """Return validation recipes whose title and ingredients fill at most half of the context."""
        room = self._generator.decoder.context // 2
        rows = np.flatnonzero(np.asarray(store.outcomes["split"]) == SPLITS.index("validation"))
        found: list[Recipe] = []
        for row in np.random.default_rng(seed).permutation(rows).tolist():
            recipe = store.recipe(row)
            is_prompt = recipe.steps and any(map(content_words, recipe.ingredients))
            if is_prompt and len(self._generator.encode(Prompt(recipe.title, recipe.ingredients))) <= room:
                found.append(recipe)
            if len(found) == count:
                break
        if len(found) < FEWEST_PROMPTS:
            raise UsageError(
                f"a scorecard needs {FEWEST_PROMPTS} validation recipes with ingredients, and there are {len(found)}",
                "raise data.validation_fraction, or set training.best_by to loss",
            )
        return tuple(found)
