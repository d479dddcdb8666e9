"""Duplicates: which recipes are the same, word for word or nearly.

Exact duplicates have the same words in ingredients and steps, whatever their case, punctuation, spacing or title. Near
duplicates are found by MinHash and locality-sensitive hashing (rensa) over the sets of 3-word shingles and are then
verified on the sets themselves, so a hash never decides. Three words are long enough that kitchen phrases ("salt and
pepper") alone do not make two recipes alike, and short enough that a changed word costs three shingles, not a line.

For shingles, spellings are folded: fractions and decimals, names of units, accents, list numbers. Ingredients are
shingled line by line, so that their order does not matter; steps as one text, so that line breaks do not.

Two recipes are as similar as their shingles in all (Jaccard), but no more than their ingredients: dozens of cocktails
share their generic directions word for word and are yet different drinks. Ingredient lists count as 1 - d / (2 (n - 8))
similar where d of n shingles differ, so that a long list may differ in an item or two and a cocktail's in none. And a
recipe for twice as many people is another recipe: of the ingredients with a quantity that both have, half must have the
same one. On Epicurious (17,757 recipes), 22 pairs are near duplicates; read by eye, two of them are different recipes.
"""

from __future__ import annotations

import math
import re
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING

import numpy as np
from rensa import RMinHash, RMinHashLSH

from recipe_tui.core.errors import UsageError
from recipe_tui.core.recipes.words import fold_numbers, fold_word, split_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from recipe_tui.core.recipes.recipe import Recipe

UNIQUE, EXACT, NEAR = 0, 1, 2
"""Values of `Duplicates.kind`."""

SHORT_LIST = 8  # shingles of ingredients, those of a cocktail: here one that differs makes another recipe
MOST_HASHES = 128  # in a signature
BATCH = 256  # recipes whose signatures are computed together
RECALL = 0.99  # of pairs exactly at the threshold, by calculation; those above it are found more surely

_WORD = re.compile(r"\w+")
_LIST_NUMBER = re.compile(r"\s*(?:step\s+)?\d{1,2}[.):]\s", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Duplicates:
    """The clusters among ``n`` recipes, in the order in which they were added.

    Attributes:
        cluster: int32 ``[n]``: recipes with the same number are duplicates, through others perhaps; the number is the
            index of the recipe that represents the cluster.
        kind: uint8 ``[n]``: `UNIQUE` for a representative or a recipe without duplicates, `EXACT` for an exact
            duplicate of its representative, `NEAR` for any other member.
        similarity: float32 ``[n]``: verified similarity with the representative, 1 for itself. A member that is near
            to another member only may lie below the threshold.
    """

    cluster: NDArray[np.int32]
    kind: NDArray[np.uint8]
    similarity: NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class _Shingles:
    """What similarity is computed from: sorted hashes, uint32.

    Attributes:
        ingredients: The shingles of the ingredients.
        steps: The shingles of the steps.
        measured: The ingredient lines that hold a number.
        unmeasured: The same lines without their numbers.
    """

    ingredients: NDArray[np.uint32]
    steps: NDArray[np.uint32]
    measured: NDArray[np.uint32]
    unmeasured: NDArray[np.uint32]


class DuplicateFinder:
    """Finds duplicates among recipes that are added one by one.

    The first recipe of a cluster represents it, unless `find` is given priorities, so what is kept of a source does not
    depend on what follows. Of a recipe only hashes are kept, about 2 kB; the result depends on the recipes, their order
    and the seed alone.

    Args:
        threshold: Similarity from which two recipes are near duplicates, above 0 and at most 1.
        seed: Seed of the hash functions.

    Raises:
        UsageError: The threshold is out of range.
    """

    def __init__(self, threshold: float = 0.8, seed: int = 42) -> None:
        if not 0 < threshold <= 1:
            raise UsageError(
                f"near-duplicate threshold {threshold}: not above 0 and at most 1", "give 0.8, for example"
            )
        self._threshold = threshold
        self._seed = seed
        bands, rows = banding(threshold)
        self._permutations = bands * rows
        self._lsh = RMinHashLSH(threshold=threshold, num_perm=self._permutations, num_bands=bands)
        self._word_hashes = _WordHashes()
        self._first_with: dict[bytes, int] = {}  # digest of the words -> first recipe with exactly these
        self._first: list[int] = []  # of each recipe, the first one with its words
        self._shingles: dict[int, _Shingles] = {}  # of every recipe that is the first with its words
        self._parent: list[int] = []  # union-find; a root is the smallest index of its cluster
        self._pending: list[int] = []  # recipes whose near duplicates are still to be looked up

    def __len__(self) -> int:
        return len(self._first)

    def add(self, recipe: Recipe) -> None:
        """Add a recipe; its index is the number of recipes added before it."""
        index = len(self._first)
        text = f"{' '.join(_words(recipe.ingredients))}\n{' '.join(_words(recipe.steps))}"
        digest = blake2b(text.encode(errors="surrogatepass"), digest_size=16).digest()
        first = self._first_with.setdefault(digest, index)
        self._first.append(first)
        self._parent.append(first)
        if first == index:
            self._shingles[index] = self._shingles_of(recipe)
            self._pending.append(index)
            if len(self._pending) == BATCH:
                self._look_up()

    def _look_up(self) -> None:
        """Find the near duplicates of the pending recipes, whose signatures are computed together."""
        hashes = ([self._shingles[index].ingredients, ~self._shingles[index].steps] for index in self._pending)
        tokens = [_tokens(np.concatenate(pair)) for pair in hashes]  # apart, should the lists share a phrase
        signatures = RMinHash.from_token_sets(tokens, num_perm=self._permutations, seed=self._seed)
        for index, signature in zip(self._pending, signatures, strict=True):
            for candidate in sorted(self._lsh.query(signature)):
                one, other = self._root(candidate), self._root(index)
                if one != other and self._similarity(candidate, index) >= self._threshold:
                    self._parent[max(one, other)] = min(one, other)
            self._lsh.insert(index, signature)
        self._pending.clear()

    def find(self, priority: Sequence[int] | None = None) -> Duplicates:
        """Return the clusters among all recipes added so far.

        Args:
            priority: Of each recipe, [n]; the first recipe of the highest one represents its cluster. None means the
                first recipe does.
        """
        self._look_up()
        n = len(self._first)
        cluster = np.fromiter(map(self._root, range(n)), np.int32, n)
        if priority is not None:
            best = np.lexsort((np.arange(n), -np.asarray(priority), cluster))
            roots, first_of = np.unique(cluster[best], return_index=True)
            cluster = best[first_of][np.searchsorted(roots, cluster)].astype(np.int32)
        first = np.array(self._first, np.int32)
        kind = np.where(cluster == np.arange(n), UNIQUE, np.where(first[cluster] == first, EXACT, NEAR))
        similarity = np.ones(n, np.float32)
        for index in np.flatnonzero(kind == NEAR):
            similarity[index] = self._similarity(int(first[cluster[index]]), int(first[index]))
        return Duplicates(cluster, kind.astype(np.uint8), similarity)

    def _root(self, index: int) -> int:
        while (parent := self._parent[index]) != index:
            self._parent[index] = self._parent[parent]  # halves the path for the next time
            index = parent
        return index

    def _similarity(self, one: int, other: int) -> float:
        a, b = self._shingles[one], self._shingles[other]
        shared_ingredients, all_ingredients = _overlap(a.ingredients, b.ingredients)
        shared_steps, all_steps = _overlap(a.steps, b.steps)
        together = (shared_ingredients + shared_steps) / max(all_ingredients + all_steps, 1)
        if not all_ingredients:
            return together
        same_quantities, same_names = _overlap(a.measured, b.measured)[0], _overlap(a.unmeasured, b.unmeasured)[0]
        different = all_ingredients - shared_ingredients
        alike = 1 - different / max(2 * (all_ingredients - SHORT_LIST), 1)
        return min(together, max(alike, 0.0)) if 2 * same_quantities >= same_names else 0.0

    def _shingles_of(self, recipe: Recipe) -> _Shingles:
        lines = self._hashed("\n\n".join(_without_numbers(recipe.ingredients)))
        starts = np.flatnonzero((lines[:-1] == 0) & (lines[1:] != 0)) + 1
        if len(starts):
            totals = np.add.reduceat(lines, starts)
            numbers = np.add.reduceat(lines * (lines & np.uint64(1)), starts)
            totals, numbers = totals[numbers != 0], numbers[numbers != 0]
        else:
            totals = numbers = lines[:0]
        return _Shingles(
            ingredients=_shingle(lines),
            steps=_shingle(self._hashed(" ".join(_without_numbers(recipe.steps)))),
            measured=_sorted_set(totals),
            unmeasured=_sorted_set(totals - numbers),
        )

    def _hashed(self, text: str) -> NDArray[np.uint64]:
        """Return the hashes of a text's words, 0 for a line break, with one 0 before and two after them."""
        words = split_words(fold_numbers(text))
        return np.array([0, *map(self._word_hashes.__getitem__, words), 0, 0], np.uint64)


def banding(threshold: float) -> tuple[int, int]:
    """Return into how many bands of how many rows a signature is cut, so that `RECALL` is reached at the threshold.

    Of ``b`` bands of ``r`` rows, one agrees with probability ``1 - (1 - s**r)**b`` at similarity ``s`` (Leskovec,
    Rajaraman and Ullman, Mining of Massive Datasets, 3.4). Longer bands mean fewer pairs to verify and more bands, of
    which each costs about 100 bytes a recipe.
    """
    for rows in (5, 4, 3, 2, 1):
        miss = 1 - threshold**rows
        bands = math.ceil(math.log(1 - RECALL) / math.log(miss)) if miss > 0 else 1
        if bands * rows <= MOST_HASHES:
            return bands, rows
    return MOST_HASHES, 1


_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)  # odd and without pattern: 2**64 divided by the golden ratio


class _WordHashes(dict[str, int]):
    """64-bit hash of each word as folded, computed once: odd for a number, even for a word, 0 for a line break."""

    def __missing__(self, word: str) -> int:
        digest = blake2b(fold_word(word).encode(errors="surrogatepass"), digest_size=8).digest()
        value = int.from_bytes(digest, "little") & ~1
        self[word] = value = 0 if word == "\n" else value | 1 if word[0].isdecimal() else value or 2
        return value


def _words(lines: Sequence[str]) -> list[str]:
    return _WORD.findall("\n".join(lines).casefold())


def _without_numbers(lines: Sequence[str]) -> list[str]:
    """Return lines without list numbers, ``1.`` or ``Step 1:``."""
    return [line[match.end() :] if (match := _LIST_NUMBER.match(line)) else line for line in lines]


def _shingle(hashes: NDArray[np.uint64]) -> NDArray[np.uint32]:
    """Hash all runs of three words within a line; a shorter line is a run by itself.

    Args:
        hashes: Those of the words; at least one 0 before and two after each line.
    """
    before, one, two, three = hashes[:-3], hashes[1:-2], hashes[2:-1], hashes[3:]
    runs = (one != 0) & (((two != 0) & (three != 0)) | (before == 0))
    shingles = one * _MULTIPLIER
    for word in (two, three):
        shingles = (shingles ^ word) * _MULTIPLIER
    return _sorted_set(shingles[runs])


def _sorted_set(hashes: NDArray[np.uint64]) -> NDArray[np.uint32]:
    """Return the upper halves of hashes, each once."""
    unique = (hashes >> np.uint64(32)).astype(np.uint32)
    unique.sort()
    first: NDArray[np.bool_] = np.diff(unique, prepend=~unique[:1]) != 0
    return unique[first]


def _tokens(hashes: NDArray[np.uint32]) -> list[bytes]:
    """Turn numbers into what rensa hashes, at the speed of numpy."""
    tokens: list[bytes] = hashes.astype("<u4").view("S4").tolist()
    return tokens


def _overlap(a: NDArray[np.uint32], b: NDArray[np.uint32]) -> tuple[int, int]:
    """Return the sizes of intersection and union."""
    shared = np.intersect1d(a, b, assume_unique=True).size
    return shared, a.size + b.size - shared
