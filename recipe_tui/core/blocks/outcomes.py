"""Outcomes: whether each recipe is kept, in which split, or why it was dropped."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from recipe_tui.core.recipes.recipe import SPLITS, Split
from recipe_tui.core.text.layout import Section

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

OUTCOME = np.dtype(
    [
        ("outcome", np.uint8),  # index into the manifest's outcome_names
        ("split", np.int8),  # row of SPLITS; -1 for a recipe that was dropped
        ("cluster", np.int32),  # row of the representative of its duplicates; -1 for what is no recipe
        ("similarity", np.float32),  # to the recipe that it is a duplicate of
        ("section_tokens", np.int32, (len(Section),)),  # tokens of each section
    ]
)

KEPT = "kept"
EXACT_DUPLICATE = "exact_duplicate"
NEAR_DUPLICATE = "near_duplicate"
OVERLONG = "overlong"
UNREADABLE = "unreadable"  # in ledgers only: what could not be read has no row


OLDER_SECTIONS = (Section.TITLE, Section.INGREDIENTS, Section.STEPS, Section.END)
"""The sections of stores that were made before tags, servings and times were written."""


def with_all_sections(outcomes: NDArray[np.void]) -> NDArray[np.void]:
    """Return outcomes as `OUTCOME`, also those of an older store."""
    if outcomes.dtype == OUTCOME:
        return outcomes
    converted = np.zeros(outcomes.shape, OUTCOME)
    for name in outcomes.dtype.names or ():
        if name != "section_tokens":
            converted[name] = outcomes[name]
    converted["section_tokens"][:, OLDER_SECTIONS] = outcomes["section_tokens"]
    return converted


@dataclass(frozen=True, slots=True)
class RecipeOutcome:
    """The outcome of one recipe.

    Attributes:
        name: "kept", or the reason why it was dropped.
        split: The split it is in; None when it was dropped.
        duplicate_of: Row of the representative of its cluster of duplicates; None when it has no duplicates or is the
            representative itself.
        similarity: Jaccard similarity to that recipe.
        section_tokens: Tokens in each `Section`.
    """

    name: str
    split: Split | None
    duplicate_of: int | None
    similarity: float
    section_tokens: tuple[int, ...]

    @property
    def tokens(self) -> int:
        """Tokens in the whole recipe."""
        return sum(self.section_tokens)

    @classmethod
    def of(cls, outcomes: NDArray[np.void], row: int, outcome_names: Sequence[str]) -> RecipeOutcome:
        """Read one row of an `OUTCOME` array."""
        outcome, split, cluster, similarity, section_tokens = outcomes[row].tolist()
        return cls(
            name=outcome_names[outcome],
            split=SPLITS[split] if split >= 0 else None,
            duplicate_of=cluster if cluster not in (row, -1) else None,
            similarity=similarity,
            section_tokens=tuple(section_tokens.tolist()),
        )
