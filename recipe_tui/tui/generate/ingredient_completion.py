"""Completion of ingredients from those of the corpus that a model was trained on."""

from __future__ import annotations

from bisect import bisect_left
from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from recipe_tui.core import paths
from recipe_tui.core.recipes.ingredients import name_words

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

MOST_BATCHES = 12
"""Batches of a thousand recipes that are read, spread over the corpus: enough for every common ingredient."""

MOST_NAMES = 20_000
LONGEST_NAME = 5
"""Words of the longest name that is completed."""

SHORTEST = 2
"""Letters that must stand before anything is proposed."""


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """Names of ingredients in alphabetical order, with the count of each."""

    names: tuple[str, ...] = ()
    counts: tuple[int, ...] = ()

    @classmethod
    def of(cls, lines: Iterable[str]) -> Vocabulary:
        """Count the names in ingredient lines."""
        counts: Counter[str] = Counter()
        for line in lines:
            if words := name_words(line)[:LONGEST_NAME]:
                counts[" ".join(words).lower()] += 1
        kept = sorted(counts.most_common(MOST_NAMES))
        return cls(tuple(name for name, _ in kept), tuple(count for _, count in kept))

    def completion(self, line: str) -> str:
        """Return what may follow a line that was begun; empty when nothing is known.

        The longest end of the line that begins a known name counts; of several names, the commonest.
        """
        words = line.split(" ")
        for start in range(max(0, len(words) - LONGEST_NAME), len(words)):
            begun = " ".join(words[start:]).lower()
            if len(begun.strip()) < SHORTEST or begun.startswith(" "):
                continue
            best, most = "", 0
            for place in range(bisect_left(self.names, begun), len(self.names)):
                name = self.names[place]
                if not name.startswith(begun):
                    break
                if self.counts[place] > most and len(name) > len(begun):
                    best, most = name, self.counts[place]
            if best:
                return best[len(begun) :]
        return ""


def read_vocabulary(store: Path) -> Vocabulary:
    """Count the ingredients of a block store's recipes. Slow: call it in a thread.

    Raises:
        StoreError: There is no such store, or its table of recipes is damaged.
    """
    from recipe_tui.core.blocks.table import RecipeTable

    batches = list(RecipeTable(store / paths.STORE_RECIPES).batches())
    every = max(1, -(-len(batches) // MOST_BATCHES))
    return Vocabulary.of(
        line for batch in batches[::every] for line in batch.column("ingredients").flatten().to_pylist() if line
    )
