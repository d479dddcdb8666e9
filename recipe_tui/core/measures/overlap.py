"""Verbatim overlap of a text with the training text, by the novelty index."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from recipe_tui.core.novelty.index import NoveltyIndex

SIZES = (13, 20)
"""Words of the n-grams: 8 are stock phrases of cooks, 13 and 20 show copying."""


@dataclass(frozen=True, slots=True)
class Overlap:
    """What a text has in common with the training text.

    Attributes:
        ngrams: Number of its n-grams of each of `SIZES`.
        copied: Number of those that occur in the training text.
        longest: Words of its longest span that occurs there.
    """

    ngrams: tuple[int, ...]
    copied: tuple[int, ...]
    longest: int

    def share(self, size: int) -> float:
        """Return the share of its n-grams that occur in the training text; 0 for a text that has none."""
        place = SIZES.index(size)
        return self.copied[place] / self.ngrams[place] if self.ngrams[place] else 0.0


def overlap(index: NoveltyIndex, text: str) -> Overlap:
    """Return what a text has in common with the training text."""
    lengths = index.match_lengths(text)
    return Overlap(
        ngrams=tuple(max(len(lengths) - size + 1, 0) for size in SIZES),
        copied=tuple(int((lengths >= size).sum()) for size in SIZES),
        longest=int(lengths.max(initial=0)),
    )
