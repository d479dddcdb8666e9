"""The novelty index: exact, memory-mapped search for the spans of a text that occur in the training text of a store.

For each word of a text, a binary search in the suffix array finds the longest span from there on that occurs in the
training text; all words of the text are searched at once. The spans that are not part of a longer one are the maximal
ones, as in OLMoTrace (Liu et al. 2025, arXiv:2504.07096), which also tells stock phrases from copying by the
probability of a span under the frequencies of its words.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from recipe_tui.core import paths
from recipe_tui.core.blocks.manifest import read_values
from recipe_tui.core.errors import StoreError
from recipe_tui.core.novelty.build import FORMAT, KEY_EVERY, SECTIONS, VERSION, IndexProgress, build_index
from recipe_tui.core.novelty.suffixes import END, key_bits
from recipe_tui.core.recipes.words import words_without_case

if TYPE_CHECKING:
    from collections.abc import Callable

    from numpy.typing import NDArray

    from recipe_tui.core.blocks.store import BlockStore

SHORTEST_SPAN = 8
"""Words of the shortest span that is reported by default; shorter ones are stock phrases nearly always."""

COPIED = -110.0
"""A span whose log-probability is below this is copied, one above it is a stock phrase.

Of the spans of eight words or more that held-out recipes of Epicurious share with 15,921 training recipes, one in
twenty is below it.
"""

SOURCES = 5
"""Recipes that are named for a span by default."""

MOST_OCCURRENCES = 1024
"""Occurrences of a span whose recipes are looked up, at most."""

WIDTH = 8
"""Words that are compared at once in a search."""

BELOW = -1
"""What follows a text that is searched: below every id, as `END` is."""

_OFFSETS = np.arange(WIDTH)


@dataclass(frozen=True, slots=True)
class Span:
    """A maximal span of a text that occurs word for word in the training text.

    Attributes:
        start: Index of its first character in the text.
        end: Index after its last character.
        words: Number of its words.
        log_probability: Summed over its words, by their frequencies in the training text; nats.
        occurrences: How often it occurs in the training text.
        recipes: Rows of the first recipes of the store that it occurs in, ascending.
    """

    start: int
    end: int
    words: int
    log_probability: float
    occurrences: int
    recipes: tuple[int, ...]

    @property
    def copied(self) -> bool:
        """Whether it is too improbable for a stock phrase."""
        return self.log_probability < COPIED


class NoveltyIndex:
    """The index of a store's training recipes; titles, ingredients and steps are searched. See `novelty_index`.

    Args:
        store: The store.

    Attributes:
        recipes: Number of training recipes.
        words: Number of words in them.

    Raises:
        StoreError: The store has no index, or it is of another store or version, or damaged.
    """

    def __init__(self, store: BlockStore) -> None:
        folder = store.path / paths.STORE_NOVELTY
        _check_manifest(store)
        try:
            self._text, self._counts, self._suffixes, self._keys, self._starts, self._rows = (
                np.load(folder / name, mmap_mode="r", allow_pickle=False).view(np.ndarray)
                for name in (
                    paths.NOVELTY_TEXT,
                    paths.NOVELTY_COUNTS,
                    paths.NOVELTY_SUFFIXES,
                    paths.NOVELTY_KEYS,
                    paths.NOVELTY_STARTS,
                    paths.NOVELTY_ROWS,
                )
            )
            words = (folder / paths.NOVELTY_VOCABULARY).read_text(encoding="utf-8").split("\n")[:-1]
        except (OSError, ValueError) as error:
            raise StoreError(f"{folder}: damaged ({error})", "remove the folder; it is built again") from error
        self._ids = {word: number for number, word in enumerate(words, 1)}
        self._unknown = len(words) + 1
        self._bits = key_bits(len(words))
        self.recipes = len(self._rows)
        self.words = len(self._suffixes)

    def spans(self, text: str, shortest: int = SHORTEST_SPAN, sources: int = SOURCES) -> tuple[Span, ...]:
        """Return the maximal spans of a text that occur in the training text, in the order of the text.

        Args:
            text: The text.
            shortest: Words of the shortest span.
            sources: Recipes that are named for each span, at most.
        """
        ids, places = self._read(text)
        lengths = self._longest(ids)
        maximal = lengths >= max(shortest, 1)
        maximal[1:] &= lengths[1:] >= lengths[:-1]
        starts = np.flatnonzero(maximal).tolist()
        if not starts:
            return ()
        longest = lengths[maximal].tolist()
        ranges = self._ranges(ids, starts, longest)
        before = np.concatenate([[0.0], np.cumsum(self._log_probabilities[ids])])
        return tuple(
            Span(
                start=places[start][0],
                end=places[start + length - 1][1],
                words=length,
                log_probability=float(before[start + length] - before[start]),
                occurrences=occurrences,
                recipes=recipes,
            )
            for start, length, occurrences, recipes in zip(
                starts, longest, (ranges[1] - ranges[0]).tolist(), self._recipes(ranges, sources), strict=True
            )
        )

    def match_lengths(self, text: str) -> NDArray[np.int64]:
        """Return for each word of a text how many words from there on occur together in the training text, [words]."""
        return self._longest(self._read(text)[0])

    def following(self, text: str, words: int) -> frozenset[str]:
        """Return the words that follow the last words of a text in the training text, without case.

        Args:
            text: The text.
            words: How many of its last words; with fewer in the text, nothing follows.
        """
        ids = self._read(text[-64 * (words + 1) :])[0][-words:] if words else np.zeros(0, np.int64)
        if not words or len(ids) < words:
            return frozenset()
        (low,), (high,) = self._ranges(ids, [0], [words]).tolist()
        after = np.unique(self._text[self._suffixes[low:high].astype(np.int64) + words])
        return frozenset(self._vocabulary[number - 1] for number in after.tolist() if number != END)

    @cached_property
    def _vocabulary(self) -> tuple[str, ...]:
        return tuple(self._ids)

    @cached_property
    def _log_probabilities(self) -> NDArray[np.float64]:
        """Of each id; an unknown word counts like a word that occurs once."""
        counts = np.append(np.maximum(self._counts, 1), 1)
        counts[END] = 1
        found: NDArray[np.float64] = np.log(counts) - np.log(max(self.words, 1))
        return found

    def _read(self, text: str) -> tuple[NDArray[np.int64], list[tuple[int, int]]]:
        """Return the ids of the words of a text and their places in it."""
        words, places = words_without_case(text)
        return np.array([self._ids.get(word, self._unknown) for word in words], np.int64), places

    def _longest(self, ids: NDArray[np.int64]) -> NDArray[np.int64]:
        """Return the length of the longest span from each word on that occurs in the training text."""
        _, common = self._search(np.append(ids, BELOW), np.arange(len(ids)))
        return common

    def _ranges(self, ids: NDArray[np.int64], starts: list[int], lengths: list[int]) -> NDArray[np.int64]:
        """Return the range of suffixes that begin with each span of a text: the first, and the one after the last."""
        above = self._unknown
        queries = [
            np.append(ids[start : start + length], after)
            for after in (BELOW, above)
            for start, length in zip(starts, lengths, strict=True)
        ]
        ends = np.cumsum([len(query) for query in queries])
        places, _ = self._search(np.concatenate(queries), np.append(0, ends[:-1]))
        return places.reshape(2, -1)

    def _search(
        self, words: NDArray[np.int64], starts: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Find where texts would be in the suffix array, by binary search for all of them at once.

        Args:
            words: Word ids. A text goes on to a word that is not in the index: `BELOW`, or one above all others.
            starts: Where each text begins, [texts].

        Returns:
            The places, and how many words each text has in common with the closer of the two suffixes there.
        """
        words = np.append(words, np.full(max(WIDTH, 64 // self._bits), BELOW))  # for reading past the end
        low, high = self._first_bounds(words, starts)
        left, right = np.zeros_like(low), np.zeros_like(low)  # words in common with the suffixes at both bounds
        active = np.flatnonzero(low < high)
        while len(active):
            middle = (low[active] + high[active]) >> 1
            smaller, common = self._compare(
                self._suffixes[middle].astype(np.int64), words, starts[active], np.minimum(left[active], right[active])
            )
            below, above = active[smaller], active[~smaller]
            low[below], left[below] = middle[smaller] + 1, common[smaller]
            high[above], right[above] = middle[~smaller], common[~smaller]
            active = active[low[active] < high[active]]
        return low, np.maximum(left, right)

    def _compare(
        self,
        suffixes: NDArray[np.int64],
        words: NDArray[np.int64],
        starts: NDArray[np.int64],
        common: NDArray[np.int64],
    ) -> tuple[NDArray[np.bool_], NDArray[np.int64]]:
        """Return which suffixes are smaller than texts, and how many words they have in common; see `_search`.

        Args:
            suffixes: Positions of the suffixes, [texts].
            words: Word ids.
            starts: Where each text begins, [texts].
            common: Words that are known to be the same, [texts].
        """
        places = common[:, None] + _OFFSETS
        theirs = self._text.take(suffixes[:, None] + places, mode="clip")
        ours = words.take(starts[:, None] + places, mode="clip")
        differs = theirs != ours
        first = differs.argmax(axis=1)
        rows = np.arange(len(starts))
        smaller = theirs[rows, first] < ours[rows, first]
        open_ = ~differs[rows, first]
        common = common + first
        if open_.any():
            smaller[open_], common[open_] = self._compare(suffixes[open_], words, starts[open_], common[open_] + WIDTH)
        return smaller, common

    def _first_bounds(
        self, words: NDArray[np.int64], starts: NDArray[np.int64]
    ) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """Return bounds of the places by the keys alone; the place is above the lower one and below the upper one."""
        key = np.zeros(len(starts), np.uint64)
        outside = np.zeros(len(starts), np.int64)
        for offset in range(64 // self._bits):
            ids = words.take(starts + offset, mode="clip")
            ids = np.where(outside, outside, ids)
            outside = np.where((ids == BELOW) | (ids == self._unknown), ids, 0)
            key = (key << np.uint64(self._bits)) | np.maximum(ids, END).astype(np.uint64)
        low = (np.searchsorted(self._keys, key, "left") - 1) * KEY_EVERY
        high = np.searchsorted(self._keys, key, "right") * KEY_EVERY + 1
        return np.maximum(low, 0), np.minimum(high, self.words)

    def _recipes(self, ranges: NDArray[np.int64], most: int) -> list[tuple[int, ...]]:
        """Return the rows of the first recipes of each range of suffixes, [2, ranges]."""
        low, high = ranges[0], np.minimum(ranges[1], ranges[0] + MOST_OCCURRENCES)
        places = np.concatenate([np.arange(*bounds) for bounds in zip(low, high, strict=True)])
        sections = np.searchsorted(self._starts, self._suffixes[places], "right") - 1
        rows = np.split(self._rows[sections // SECTIONS], np.cumsum(high - low)[:-1])
        return [tuple(sorted(set(some.tolist()))[:most]) for some in rows]


def novelty_index(store: BlockStore, progress: Callable[[IndexProgress], None] = lambda _: None) -> NoveltyIndex:
    """Open the index of a store, and build it where there is none, or an outdated one.

    Args:
        store: The store.
        progress: Receives the progress of building it.

    Raises:
        StoreError: The store has no training recipes.
        OutputError: The store's folder cannot be written to.
    """
    try:
        return NoveltyIndex(store)
    except StoreError:
        build_index(store, progress)
        return NoveltyIndex(store)


def _check_manifest(store: BlockStore) -> None:
    """Check that a store's folder has an index of this store.

    Raises:
        StoreError: There is none, or it is of another version or store, or damaged.
    """
    path = store.path / paths.STORE_NOVELTY / paths.NOVELTY_MANIFEST
    try:
        values = read_values(path)
        found = values["format"], values["version"], values["store"]
        changed = [name for name, size in values["files"].items() if (path.parent / name).stat().st_size != size]
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        if not path.exists():
            raise StoreError(f"{store.path}: no novelty index", "build it: recipe-tui evaluate does") from None
        raise StoreError(f"{path}: damaged ({error})", "remove the folder; it is built again") from error
    if found[:2] != (FORMAT, VERSION):
        raise StoreError(f"{path}: of another version", "remove the folder; it is built again")
    if changed:
        raise StoreError(f"{path.parent / changed[0]}: damaged (another size)", "remove the folder; it is built again")
    if found[2] != store.fingerprint:
        raise StoreError(f"{path}: the index of another block store", "remove the folder; it is built again")
