"""Extraction: whether a model that is given the beginning of a recipe continues it word for word.

The protocol of "Extracting Training Data from Large Language Models" (Carlini et al., 2021) and "Quantifying
Memorization Across Neural Language Models" (Carlini et al., 2023), with 50 tokens given and 50 to follow.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from recipe_tui.core.model.token_scores import batches, token_scores
from recipe_tui.core.text.layout import Section

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from recipe_tui.core.model.decoder import LanguageModel
    from recipe_tui.core.recipes.recipe import Recipe
    from recipe_tui.core.text.tokenizer import Tokenizer

EXTRACTION_TOKENS = 50
"""Tokens of a recipe that are given, and that then must follow."""


def continued(
    model: LanguageModel, tokenizer: Tokenizer, recipes: Sequence[Recipe]
) -> Iterator[tuple[int, bool | None]]:
    """Compute whether a model continues the beginning of each recipe as the recipe does, greedily.

    A chat begins with a question, which a model does not learn to write: there all of it is given. The greedy
    continuation is the recipe's own if each of its tokens is the likeliest one after those before it. So one forward
    pass is enough, and nothing needs to be decoded.

    Args:
        model: The model.
        tokenizer: Its tokenizer.
        recipes: The recipes.

    Yields:
        The number of a recipe, and whether it is continued; None for one that is too short, or too long a question.
    """
    if not recipes:
        return
    encoded = tokenizer.encode_recipes(recipes)
    texts = np.split(encoded.ids.astype(np.int32), np.cumsum(encoded.lengths)[:-1])
    questions = encoded.section_lengths[:, : Section.STEPS].sum(axis=1).tolist()
    given = [max(EXTRACTION_TOKENS, one) if tokenizer.layout.name == "chat" else EXTRACTION_TOKENS for one in questions]
    ends = [one + EXTRACTION_TOKENS for one in given]
    context = model.config.max_position_embeddings
    long = [number for number, end in enumerate(ends) if end <= min(len(texts[number]), context)]
    yield from ((number, None) for number in sorted({*range(len(texts))} - {*long}))
    for batch in batches([ends[number] for number in long]):
        numbers = [long[place] for place in batch]
        found = token_scores(model, [texts[number][: ends[number]] for number in numbers])
        for number, (_, likeliest) in zip(numbers, found, strict=True):
            yield number, bool(likeliest[given[number] - 1 :].all())
