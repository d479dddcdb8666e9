"""What a model writes for held-out prompts and from nothing, how likely human recipes are to it, and what it repeats.

Each function takes a function that loads the model, and calls it only where something is not in the records yet.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING, Any

import numpy as np

from recipe_tui.core.errors import GenerationError
from recipe_tui.core.evaluation.likelihood import recipe_likelihood
from recipe_tui.core.evaluation.scores import Likelihood, Written
from recipe_tui.core.recipes.recipe import Recipe
from recipe_tui.core.text.layout import parse_text

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from recipe_tui.core.blocks.store import BlockStore
    from recipe_tui.core.config import GenerationConfig
    from recipe_tui.core.evaluation.prompts import HeldOutPrompts
    from recipe_tui.core.evaluation.records import Records
    from recipe_tui.core.generation.generator import Generator
    from recipe_tui.core.generation.output import Generated
    from recipe_tui.core.text.prompt import Prompt

EXTRACTION_TOKENS = 50
"""Tokens of a recipe that are given, and that then must follow (Carlini et al. 2021, 2023)."""


def write_texts(
    load: Callable[[], Generator],
    prompts: Mapping[int, Prompt],
    config: GenerationConfig,
    records: Records,
    progress: Callable[[int, int], None],
) -> list[Written]:
    """Write a text for each prompt that has none in the records.

    Args:
        load: Loads the model.
        prompts: The prompts by the rows of their recipes; a text is kept by its row.
        config: The decoding settings; the seed of a prompt is that of the settings plus its number.
        records: Where the texts are kept.
        progress: Called with the number of texts done, and of all.
    """
    for number, (row, prompt) in enumerate(prompts.items()):
        if row not in records:
            seeded = config.model_copy(update={"seed": (config.seed or 0) + number})
            records.add(row, _generate(load(), prompt, seeded))
        progress(number + 1, len(prompts))
    return [written_of(records[row]) for row in prompts]


def likelihoods(
    load: Callable[[], Generator], prompts: HeldOutPrompts, records: Records, progress: Callable[[int, int], None]
) -> list[Likelihood]:
    """Compute the likelihood of each prompt's human recipe; see `recipe_likelihood`."""
    found = []
    for number, (row, recipe) in enumerate(zip(prompts.rows, prompts.recipes, strict=True)):
        if row not in records:
            generator = load()
            records.add(row, asdict(recipe_likelihood(generator.decoder.model, generator.tokenizer, recipe)))
        values = {name: value for name, value in records[row].items() if name != "key"}
        found.append(Likelihood(**values))
        progress(number + 1, len(prompts))
    return found


def extraction(
    load: Callable[[], Generator],
    store: BlockStore,
    rows: Sequence[int],
    records: Records,
    progress: Callable[[int, int], None],
) -> list[float | None]:
    """Give a model the first tokens of recipes, and tell whether it continues them word for word, greedily.

    Returns:
        1 or 0 for each recipe; None for one that is too short.
    """
    found: list[float | None] = []
    for number, row in enumerate(rows):
        if row not in records:
            generator = load()
            ids = generator.tokenizer.encode_recipes([store.recipe(row)]).ids.tolist()
            records.add(row, {"matched": _continues(generator, ids)})
        matched = records[row]["matched"]
        found.append(None if matched is None else float(matched))
        progress(number + 1, len(rows))
    return found


def written_of(record: dict[str, Any]) -> Written:
    """Return a text from its record."""
    recipe = Recipe(record["title"], tuple(record["ingredients"]), tuple(record["steps"]))
    return Written(recipe, record["finish_reason"] == "stop")


def _generate(generator: Generator, prompt: Prompt, config: GenerationConfig) -> dict[str, Any]:
    """Return the record of a text; an empty one where the prompt leaves no room for any."""
    settings = config.model_copy(update={"num_return_sequences": 1})
    try:
        (generated,) = generator.generate(prompt, settings)
    except GenerationError as error:
        empty: dict[str, Any] = {"text": "", "title": prompt.title, "ingredients": prompt.ingredients, "steps": ()}
        return {**empty, "finish_reason": "length", "tokens": 0, "seed": settings.seed, "notes": [error.message]}
    recipe = _recipe(generator, prompt, generated)
    return {
        "text": generated.text,
        "title": recipe.title,
        "ingredients": recipe.ingredients,
        "steps": recipe.steps,
        "finish_reason": generated.finish_reason,
        "tokens": generated.tokens,
        "seed": generated.seed,
        "notes": generated.notes,
    }


def _recipe(generator: Generator, prompt: Prompt, generated: Generated) -> Recipe:
    """Return the recipe of a text.

    Where lines alone delimit, the border between ingredients and steps is guessed when a text is parsed; after a prompt
    with ingredients it is known. Such a text is a recipe if parsing it finds ingredients and steps, too.
    """
    recipe = generated.recipe
    if generator.tokenizer.layout.name != "plain" or not prompt.ingredients:
        return recipe
    given = generator.tokenizer.text(generator.encode(prompt))
    steps = tuple(filter(None, map(str.strip, generated.text.removeprefix(given).split("\n"))))
    parsed = parse_text(generated.text)
    return Recipe(prompt.title, prompt.ingredients if parsed.ingredients and parsed.steps else (), steps)


def _continues(generator: Generator, ids: Sequence[int]) -> bool | None:
    """Tell whether the model continues the beginning of a text as it is; None for a text that is too short."""
    given, expected = ids[:EXTRACTION_TOKENS], ids[EXTRACTION_TOKENS : 2 * EXTRACTION_TOKENS]
    if len(expected) < EXTRACTION_TOKENS or generator.decoder.context < 2 * EXTRACTION_TOKENS:
        return None
    logits = generator.decoder.start(given, 1, EXTRACTION_TOKENS)
    for token_id in expected:
        if int(np.argmax(logits[0])) != token_id:
            return False
        logits = generator.decoder.step([token_id])
    return True
