"""Selection: which of the recipes that were read are kept, and in which split."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from recipe_tui.core.blocks.outcomes import EXACT_DUPLICATE, KEPT, NEAR_DUPLICATE, OUTCOME, OVERLONG
from recipe_tui.core.errors import ConfigError, SourceError
from recipe_tui.core.recipes.recipe import SPLITS
from recipe_tui.core.recipes.split import assign_splits

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from recipe_tui.core.blocks.ingest import Candidates
    from recipe_tui.core.config import DataConfig


def select_recipes(candidates: Candidates, config: DataConfig) -> tuple[NDArray[np.void], tuple[str, ...]]:
    """Decide the outcome of each recipe.

    What is no recipe is dropped first, then exact and near duplicates, then, where the settings say so, recipes longer
    than a block. The rest is kept. Duplicates that are kept share a split; of those that are not, the first one of the
    most held-out split is kept, so that a copy in the training data never takes a recipe out of the test.

    Args:
        candidates: The recipes that were read.
        config: The settings.

    Returns:
        The outcomes, [recipes] structured as `OUTCOME`, and the names of their codes.

    Raises:
        SourceError: No recipe is left.
        ConfigError: All recipes that are left are held out from training.
    """
    no_recipe = sorted({reason for reason in candidates.reasons if reason})
    outcome_names = (KEPT, *no_recipe, EXACT_DUPLICATE, NEAR_DUPLICATE, OVERLONG)
    code = {None: 0} | {name: i for i, name in enumerate(outcome_names)}
    outcomes = np.zeros(len(candidates.reasons), OUTCOME)
    outcomes["outcome"] = [code[reason] for reason in candidates.reasons]
    outcomes["split"] = outcomes["cluster"] = -1
    outcomes["section_tokens"] = candidates.section_lengths
    _mark_duplicates(
        outcomes, candidates, code[EXACT_DUPLICATE], code[NEAR_DUPLICATE] if config.near_duplicates == "drop" else 0
    )
    if config.packing == "best_fit" and config.overlong == "drop":
        overlong = outcomes["section_tokens"].sum(axis=1) > config.block_size
        outcomes["outcome"][overlong & (outcomes["outcome"] == 0)] = code[OVERLONG]
    kept = np.flatnonzero(outcomes["outcome"] == 0)
    if not len(kept):
        raise SourceError(
            f"{', '.join(config.source)}: none of the {len(outcomes):,} recipes is left after cleaning",
            "check the sources: a recipe needs a title, ingredients and directions",
        )
    given = [candidates.given_splits[row] for row in kept.tolist()]
    if not {None, "train"} & set(given):  # all are held out: it is no split, but how a file is called, as test.jsonl
        given = [None] * len(given)
    outcomes["split"][kept] = assign_splits(
        outcomes["cluster"][kept], given, config.validation_fraction, config.test_fraction, config.seed
    )
    if not (outcomes["split"] == SPLITS.index("train")).any():
        raise ConfigError(
            f"none of the {len(kept):,} recipes is left to train on",
            "lower data.validation_fraction and data.test_fraction, or give more recipes",
        )
    return outcomes, outcome_names


def _mark_duplicates(outcomes: NDArray[np.void], candidates: Candidates, exact: int, near: int) -> None:
    """Fill in the clusters, and the outcomes of exact and near duplicates."""
    rows = np.flatnonzero(outcomes["outcome"] == 0)
    held_out = [-1 if given is None else SPLITS.index(given) for given in candidates.given_splits]
    found = candidates.duplicates.find([held_out[row] for row in rows.tolist()])
    outcomes["cluster"][rows] = rows[found.cluster]
    outcomes["similarity"][rows] = found.similarity
    outcomes["outcome"][rows] = np.array([0, exact, near])[found.kind]
