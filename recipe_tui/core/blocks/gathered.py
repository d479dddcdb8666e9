"""What the first pass over the sources gathers, batch by batch, and saves in a partial build."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Any

import numpy as np

from recipe_tui.core.blocks.partial_build import Checkpoint
from recipe_tui.core.blocks.progress import BuildProgress
from recipe_tui.core.blocks.table import ROWS
from recipe_tui.core.recipes.duplicates import DuplicateFinder, Signatures
from recipe_tui.core.text.layout import Section

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from numpy.typing import NDArray

    from recipe_tui.core.blocks.partial_build import PartialBuild
    from recipe_tui.core.recipes.clean import Cleaned
    from recipe_tui.core.recipes.recipe import Recipe, Split
    from recipe_tui.core.recipes.shingles import Shingled


class Gathered:
    """What is gathered of the recipes; begins with that of the partial build. Its length is the number of recipes.

    Args:
        partial: Where it is saved.
        threshold: Of `DuplicateFinder`.

    Attributes:
        reasons: Why each recipe is to be dropped, or None, [recipes].
        given_splits: The split that the source gives each recipe, or None, [recipes].
        duplicates: The finder of duplicates; holds the recipes whose reason is None, in order.
    """

    def __init__(self, partial: PartialBuild, threshold: float) -> None:
        self.reasons: list[str | None] = []
        self.given_splits: list[Split | None] = []
        self.duplicates = DuplicateFinder(threshold, sets=partial.sets)
        self._lengths = [np.zeros((0, len(Section)), np.int32)]
        self._new: list[Signatures] = []  # since the last checkpoint, as many as the last of the lengths
        for checkpoint in partial.checkpoints:
            self.reasons += checkpoint.reasons
            self.given_splits += checkpoint.given_splits
            self._lengths.append(checkpoint.section_lengths)
            self.duplicates.add_signatures(checkpoint.signatures)
        self._saved = len(self.reasons)
        self._partial = partial

    def __len__(self) -> int:
        return len(self.reasons)

    @property
    def section_lengths(self) -> NDArray[np.int32]:
        """Tokens of each recipe in each section, [recipes, sections]."""
        return np.concatenate(self._lengths)

    def batches(self, recipes: Iterator[Recipe], report: Callable[[BuildProgress], None]) -> Iterator[list[Recipe]]:
        """Skip the recipes that were gathered before, and yield the others, `ROWS` at a time.

        Reading is a small part of the work, so those that are skipped are read again: a reader needs no state.
        """
        gathered = len(self)
        for first in range(0, gathered, ROWS):
            report(BuildProgress("resume", first, gathered, self._partial.note))
            for _ in islice(recipes, min(ROWS, gathered - first)):
                pass
        while batch := list(islice(recipes, ROWS)):
            yield batch

    def add(self, cleaned: Sequence[Cleaned], shingled: Shingled, section_lengths: NDArray[np.int32]) -> None:
        """Take a batch.

        Args:
            cleaned: Its recipes.
            shingled: Those whose reason is None.
            section_lengths: Tokens of each recipe in each section, [recipes, sections].
        """
        for one in cleaned:
            self.reasons.append(one.reason)
            self.given_splits.append(one.recipe.source.split if one.recipe.source else None)
        self._lengths.append(section_lengths)
        self._new.append(self.duplicates.add_shingled(shingled))

    def save(self, counts: Mapping[str, Any]) -> None:
        """Save a checkpoint.

        Args:
            counts: See `Checkpoint`.

        Raises:
            OutputError: It cannot be written.
        """
        self._partial.save(
            Checkpoint(
                first=self._saved,
                reasons=self.reasons[self._saved :],
                given_splits=self.given_splits[self._saved :],
                section_lengths=np.concatenate(self._lengths[-len(self._new) :]),
                signatures=Signatures.concatenate(self._new),
                counts=counts,
            )
        )
        self._saved = len(self)
        self._new.clear()
