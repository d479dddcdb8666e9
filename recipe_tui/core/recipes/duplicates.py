"""Duplicates: which recipes are the same, word for word or nearly.

Exact duplicates have the same words in ingredients and steps, whatever their case, punctuation, spacing or title. Near
duplicates are found by MinHash and locality-sensitive hashing (rensa) over the sets of 3-word shingles and are then
verified on the sets themselves, so a hash never decides. Three words are long enough that kitchen phrases ("salt and
pepper") alone do not make two recipes alike, and short enough that a changed word costs three shingles, not a line.

Two recipes are as similar as their shingles in all, but no more than their ingredients: dozens of cocktails share
their generic directions word for word and are yet different drinks.
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

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from recipe_tui.core.recipes.recipe import Recipe

UNIQUE, EXACT, NEAR = 0, 1, 2
"""Values of `Duplicates.kind`."""

SHINGLE_WORDS = 3
MOST_HASHES = 128  # in a signature
RECALL = 0.99  # of pairs exactly at the threshold, by calculation; those above it are found more surely

_WORD = re.compile(r"\w+")


@dataclass(frozen=True, slots=True)
class Duplicates:
    """The clusters among ``n`` recipes, in the order in which they were added.

    Attributes:
        cluster: int32 ``[n]``: recipes with the same number are duplicates, through others perhaps; the number is the
            index of the cluster's first recipe, its representative.
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
    """Sorted hashes of a recipe's shingles, uint32."""

    ingredients: NDArray[np.uint32]
    steps: NDArray[np.uint32]


class DuplicateFinder:
    """Finds duplicates among recipes that are added one by one.

    The first recipe of a cluster represents it, so what is kept of a source does not depend on what follows. Of a
    recipe only hashes are kept, about 2 kB; the result depends on the recipes, their order and the seed alone.

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

    def __len__(self) -> int:
        return len(self._first)

    def add(self, recipe: Recipe) -> None:
        """Add a recipe; its index is the number of recipes added before it."""
        index = len(self._first)
        ingredients, steps = _words(recipe.ingredients), _words(recipe.steps)
        text = f"{' '.join(ingredients)}\n{' '.join(steps)}"
        digest = blake2b(text.encode(errors="surrogatepass"), digest_size=16).digest()
        first = self._first_with.setdefault(digest, index)
        self._first.append(first)
        self._parent.append(first)
        if first == index:
            self._add_first(index, _Shingles(self._shingle(ingredients), self._shingle(steps)))

    def _add_first(self, index: int, shingles: _Shingles) -> None:
        self._shingles[index] = shingles
        hashes = np.concatenate([shingles.ingredients, ~shingles.steps])  # apart, should the lists share a phrase
        (minhash,) = RMinHash.from_token_sets([_tokens(hashes)], num_perm=self._permutations, seed=self._seed)
        for candidate in sorted(self._lsh.query(minhash)):
            one, other = self._root(candidate), self._root(index)
            if one != other and self._similarity(candidate, index) >= self._threshold:
                self._parent[max(one, other)] = min(one, other)
        self._lsh.insert(index, minhash)

    def find(self) -> Duplicates:
        """Return the clusters among all recipes added so far."""
        n = len(self._first)
        cluster = np.fromiter(map(self._root, range(n)), np.int32, n)
        kind = np.where(cluster == np.arange(n), UNIQUE, np.where(cluster == self._first, EXACT, NEAR)).astype(np.uint8)
        similarity = np.ones(n, np.float32)
        for index in np.flatnonzero(kind == NEAR):
            similarity[index] = self._similarity(int(cluster[index]), self._first[index])
        return Duplicates(cluster, kind, similarity)

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
        return min(together, shared_ingredients / all_ingredients if all_ingredients else 1.0)

    def _shingle(self, words: Sequence[str]) -> NDArray[np.uint32]:
        hashes = np.fromiter(map(self._word_hashes.__getitem__, words), np.uint64, len(words))
        count = max(len(words) - SHINGLE_WORDS + 1, min(len(words), 1))
        shingles = np.zeros(count, np.uint64)
        for offset in range(min(SHINGLE_WORDS, len(words))):
            shingles = (shingles ^ hashes[offset : offset + count]) * _MULTIPLIER
        return np.unique((shingles >> np.uint64(32)).astype(np.uint32))


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
    """64-bit hash of each word, computed once."""

    def __missing__(self, word: str) -> int:
        digest = blake2b(word.encode(errors="surrogatepass"), digest_size=8).digest()
        value = self[word] = int.from_bytes(digest, "little")
        return value


def _words(lines: Sequence[str]) -> list[str]:
    return _WORD.findall("\n".join(lines).casefold())


def _tokens(hashes: NDArray[np.uint32]) -> list[bytes]:
    """Turn numbers into what rensa hashes, at the speed of numpy."""
    tokens: list[bytes] = hashes.astype("<u4").view("S4").tolist()
    return tokens


def _overlap(a: NDArray[np.uint32], b: NDArray[np.uint32]) -> tuple[int, int]:
    """Return the sizes of intersection and union."""
    shared = np.intersect1d(a, b, assume_unique=True).size
    return shared, a.size + b.size - shared
