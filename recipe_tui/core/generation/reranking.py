"""Best of N: the score by which texts of one prompt are ranked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipe_tui.core.measures.ingredients import coverage
from recipe_tui.core.measures.overlap import SIZES, overlap
from recipe_tui.core.measures.text import repetition
from recipe_tui.core.text.generated import TextScore

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recipe_tui.core.generation.training_text import TrainingText
    from recipe_tui.core.recipes.recipe import Recipe

WEIGHTS = {"coverage": 1.0, "extras": -0.1, "repetition": -1.0, "overlap": -1.0, "log_probability": 0.1}
"""What a unit of each part adds to the total: a share, an ingredient, two shares, and a nat a token."""


def text_score(
    recipe: Recipe, ingredients: Sequence[str], log_probability: float, training_text: TrainingText
) -> TextScore:
    """Score a text by its ingredients, its repetition, what it copies, and how likely it is to the model.

    Args:
        recipe: The recipe read from the text.
        ingredients: The listed ingredients.
        log_probability: The model's own, the mean over the tokens; nats.
        training_text: Has the lexicon of the extras and the index of the overlap, where they are known.
    """
    directions = "\n".join(recipe.steps)
    lexicon, index = training_text.lexicon, training_text.built_index
    parts = {
        "coverage": coverage(ingredients, directions),
        "extras": None if lexicon is None else len(lexicon.extras(ingredients, directions)),
        "repetition": repetition(directions),
        "overlap": None if index is None else overlap(index, directions).share(SIZES[0]),
        "log_probability": log_probability,
    }
    total = sum(WEIGHTS[name] * value for name, value in parts.items() if value is not None)
    return TextScore(total=total, **parts)  # type: ignore[arg-type]
