"""Comparing two evaluations on the same prompts and seeds, pair by pair."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipe_tui.core.errors import UsageError
from recipe_tui.core.evaluation.result import Comparison, DifferingPrompt
from recipe_tui.core.evaluation.scores import MEASURES
from recipe_tui.core.evaluation.statistics import difference, resamples
from recipe_tui.core.measures.ingredients import coverage

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recipe_tui.core.evaluation.result import Evaluation
    from recipe_tui.core.recipes.recipe import Recipe

MOST_PROMPTS = 20
"""Differing prompts that are kept."""


def compare(first: Evaluation, second: Evaluation, prompts: Sequence[Recipe], seed: int) -> Comparison:
    """Compare two models.

    Args:
        first: The evaluation of the one.
        second: The evaluation of the other.
        prompts: The prompts of both.
        seed: Seed of the resamples and tests.

    Raises:
        UsageError: They were evaluated on different prompts or seeds.
    """
    for key in ("store", "rows", "seed"):
        if first.settings[key] != second.settings[key]:
            raise UsageError(
                f"{first.name} and {second.name} were evaluated on different prompts ({key})",
                "evaluate them in one command",
            )
    counts = resamples(len(prompts), seed)
    ours, theirs = first.scores["model"], second.scores["model"]
    return Comparison(
        first.name,
        second.name,
        {
            one.name: difference(ours[one.name], theirs[one.name], counts, seed)
            for one in MEASURES
            if one.of != "free" and one.name in ours and one.name in theirs and not one.name.startswith("extraction")
        },
        _differing(first, second, prompts),
    )


def _differing(first: Evaluation, second: Evaluation, prompts: Sequence[Recipe]) -> tuple[DifferingPrompt, ...]:
    found = []
    for number, recipe in enumerate(prompts):
        texts = (first.written["model"][number].directions, second.written["model"][number].directions)
        shares = [coverage(recipe.ingredients, text) or 0.0 for text in texts]
        found.append(DifferingPrompt(number, recipe.title, (shares[0], shares[1]), texts))
    found.sort(key=lambda one: (-abs(one.change), one.number))
    return tuple(one for one in found[:MOST_PROMPTS] if one.change)
