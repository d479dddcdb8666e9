"""Judging: which of the recipes that were taken in are kept, and in which split."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from recipe_tui.core.blocks.outcomes import EXACT_DUPLICATE, FATE, KEPT, NEAR_DUPLICATE, OVERLONG
from recipe_tui.core.errors import ConfigError, SourceError
from recipe_tui.core.recipes.recipe import SPLITS
from recipe_tui.core.recipes.split import assign_splits

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from recipe_tui.core.blocks.ingest import Intake
    from recipe_tui.core.config import DataConfig


def judge(intake: Intake, config: DataConfig) -> tuple[NDArray[np.void], tuple[str, ...]]:
    """Decide what becomes of each recipe.

    What is no recipe goes first, then exact and near duplicates, then, where the settings say so, what is longer than
    a block. The rest is kept, and duplicates that are kept stay together in one split.

    Args:
        intake: What was taken in.
        config: The settings.

    Returns:
        The fates, [recipes] structured as `FATE`, and the names of the outcomes in them.

    Raises:
        SourceError: No recipe is left.
        ConfigError: All recipes that are left are held out from training.
    """
    no_recipe = sorted({reason for reason in intake.reasons if reason})
    outcomes = (KEPT, *no_recipe, EXACT_DUPLICATE, NEAR_DUPLICATE, OVERLONG)
    code = {None: 0} | {name: i for i, name in enumerate(outcomes)}
    fates = np.zeros(len(intake.reasons), FATE)
    fates["outcome"] = [code[reason] for reason in intake.reasons]
    fates["split"] = fates["cluster"] = -1
    fates["section_tokens"] = intake.section_lengths
    _judge_duplicates(
        fates, intake, code[EXACT_DUPLICATE], code[NEAR_DUPLICATE] if config.near_duplicates == "drop" else 0
    )
    if config.packing == "best_fit" and config.overlong == "drop":
        overlong = fates["section_tokens"].sum(axis=1) > config.block_size
        fates["outcome"][overlong & (fates["outcome"] == 0)] = code[OVERLONG]
    kept = np.flatnonzero(fates["outcome"] == 0)
    if not len(kept):
        raise SourceError(
            f"{', '.join(config.source)}: none of the {len(fates):,} recipes is left after cleaning",
            "look at the sources: what is read must have a title, ingredients and directions",
        )
    hints = [intake.hints[row] for row in kept.tolist()]
    fates["split"][kept] = assign_splits(
        fates["cluster"][kept], hints, config.validation_fraction, config.test_fraction, config.seed
    )
    if not (fates["split"] == SPLITS.index("train")).any():
        raise ConfigError(
            f"none of the {len(kept):,} recipes is left to train on",
            "lower data.validation_fraction and data.test_fraction, or give more recipes",
        )
    return fates, outcomes


def _judge_duplicates(fates: NDArray[np.void], intake: Intake, exact: int, near: int) -> None:
    """Fill in the clusters, and the outcomes of exact and near duplicates."""
    rows = np.flatnonzero(fates["outcome"] == 0)
    found = intake.duplicates.find()
    fates["cluster"][rows] = rows[found.cluster]
    fates["similarity"][rows] = found.similarity
    fates["outcome"][rows] = np.array([0, exact, near])[found.kind]
