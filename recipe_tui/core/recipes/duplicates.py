"""Duplicates: which recipes are the same, word for word or nearly.

Exact duplicates have the same words in ingredients and steps, whatever their case, punctuation, spacing or title. Near
duplicates are found by MinHash and locality-sensitive hashing (rensa) over the sets of 3-word shingles and are then
verified on the sets themselves, so a hash never decides. Three words are long enough that kitchen phrases ("salt and
pepper") alone do not make two recipes alike, and short enough that a changed word costs three shingles, not a line.

Two recipes are as similar as their shingles in all (Jaccard), but no more than their ingredients: dozens of cocktails
share their generic directions word for word and are yet different drinks. Ingredient lists count as 1 - d / (2 (n - 8))
similar where d of n shingles differ, so that a long list may differ in an item or two and a cocktail's in none. And a
recipe for twice as many people is another recipe: of the ingredients with a quantity that both have, half must have the
same one. On Epicurious (17,757 recipes), 22 pairs are near duplicates; read by eye, two of them are different recipes.
"""

from __future__ import annotations

import math
import os
import tempfile
import weakref
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO

import numpy as np
from rensa import RMinHash

from recipe_tui.core.atomic_io import writing
from recipe_tui.core.errors import UsageError
from recipe_tui.core.recipes.shingles import INGREDIENTS, MEASURED, SETS, STEPS, UNMEASURED, Shingled, shingle_recipes

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from numpy.typing import NDArray

    from recipe_tui.core.recipes.recipe import Recipe

UNIQUE, EXACT, NEAR = 0, 1, 2
"""Values of `Duplicates.kind`."""

SHORT_LIST = 8  # shingles of ingredients, those of a cocktail: here one that differs makes another recipe
MOST_HASHES = 128  # in a signature
BATCH = 256  # recipes that are shingled together
RECALL = 0.99  # of pairs exactly at the threshold, by calculation; those above it are found more surely

_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)  # odd and without pattern: 2**64 divided by the golden ratio


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


class DuplicateFinder:
    """Finds duplicates among recipes that are added one by one.

    The first recipe of a cluster represents it, unless `find` is given priorities, so what is kept of a source does not
    depend on what follows. The result depends on the recipes, their order and the seed alone. Some 130 bytes a recipe
    stay in memory; the sets, about 1 kB, are written to a temporary file, in which candidates are looked up.

    Args:
        threshold: Similarity from which two recipes are near duplicates, above 0 and at most 1.
        seed: Seed of the hash functions.
        sets: File of the sets, open for reading and writing; a temporary one when None.

    Raises:
        UsageError: The threshold is out of range.
        OutputError: The temporary file cannot be written; so do `add` and `find`.
    """

    def __init__(self, threshold: float = 0.8, seed: int = 42, sets: BinaryIO | None = None) -> None:
        if not 0 < threshold <= 1:
            raise UsageError(
                f"near-duplicate threshold {threshold}: not above 0 and at most 1", "give 0.8, for example"
            )
        self._threshold = threshold
        self._seed = seed
        self._bands, self._rows = banding(threshold)
        self._pending: list[Recipe] = []  # recipes that are still to be shingled
        self._count = 0
        self._batches: list[Signatures] = []
        self._folder = Path(tempfile.gettempdir()) if sets is None else Path(sets.name).parent
        if sets is None:
            with writing(self._folder):
                sets = tempfile.TemporaryFile()  # noqa: SIM115 - it is closed with the finder
            weakref.finalize(self, sets.close)
        self._sets = sets

    def __len__(self) -> int:
        return self._count + len(self._pending)

    def add(self, recipe: Recipe) -> None:
        """Add a recipe; its index is the number of recipes added before it."""
        self._pending.append(recipe)
        if len(self._pending) == BATCH:
            self._shingle()

    def add_shingled(self, shingled: Shingled) -> Signatures:
        """Add recipes that have been shingled, all of them in this way; return what stays in memory."""
        signatures = Signatures(shingled.digests, shingled.sizes, self._band_keys(shingled))
        self.add_signatures(signatures)
        with writing(self._folder):
            self._sets.write(shingled.hashes.tobytes())
        return signatures

    def add_signatures(self, signatures: Signatures) -> None:
        """Add recipes whose sets are in the file already."""
        self._batches.append(signatures)
        self._count += len(signatures.sizes)

    def _shingle(self) -> None:
        if self._pending:
            self.add_shingled(shingle_recipes(self._pending))
            self._pending.clear()

    def _band_keys(self, shingled: Shingled) -> NDArray[np.uint64]:
        """Return a hash of each band of the signature of each recipe, [recipes, bands]."""
        ends = np.cumsum(shingled.sizes.reshape(-1)).reshape(-1, SETS)
        starts = ends - shingled.sizes
        hashes = shingled.hashes.astype("<u4")
        tokens = [
            _tokens(np.concatenate([hashes[start:middle], ~hashes[middle:end]]))  # apart, should they share a phrase
            for start, middle, end in zip(starts[:, INGREDIENTS], ends[:, INGREDIENTS], ends[:, STEPS], strict=True)
        ]
        signatures = RMinHash.digest_matrix_from_token_byte_sets(
            tokens, num_perm=self._bands * self._rows, seed=self._seed
        )
        values = np.array(signatures.to_rows(), np.uint64).reshape(-1, self._bands, self._rows)
        keys = np.zeros(values.shape[:2], np.uint64)
        for row in range(self._rows):
            keys = (keys ^ values[:, :, row]) * _MULTIPLIER
            keys ^= keys >> np.uint64(32)
        return keys

    def find(self, priority: Sequence[int] | None = None) -> Duplicates:
        """Return the clusters among all recipes added so far.

        Args:
            priority: Of each recipe, [n]; the first recipe of the highest one represents its cluster. None means the
                first recipe does.
        """
        self._shingle()
        n = self._count
        if not n:
            return Duplicates(np.zeros(0, np.int32), np.zeros(0, np.uint8), np.zeros(0, np.float32))
        with writing(self._folder):
            self._sets.flush()
        sizes = np.concatenate([batch.sizes for batch in self._batches])
        sets = _Sets(self._sets.fileno(), sizes)
        first = _first_with(np.concatenate([batch.digests for batch in self._batches]))
        different = np.flatnonzero((first == np.arange(n)) & (sizes[:, : STEPS + 1].sum(axis=1) > 0))
        parent: dict[int, int] = {}  # union-find; a root is the smallest index of its cluster, and is not in it
        for pair in self._candidates(different).tolist():
            one, other = _root(parent, pair >> 32), _root(parent, pair & 0xFFFFFFFF)
            if one != other and sets.similarity(pair >> 32, pair & 0xFFFFFFFF) >= self._threshold:
                parent[max(one, other)] = min(one, other)
        roots = np.arange(n, dtype=np.int32)
        for index in parent:
            roots[index] = _root(parent, index)
        cluster = roots[first]
        if priority is not None:
            best = np.lexsort((np.arange(n), -np.asarray(priority), cluster))
            unique, first_of = np.unique(cluster[best], return_index=True)
            cluster = best[first_of][np.searchsorted(unique, cluster)].astype(np.int32)
        kind = np.where(cluster == np.arange(n), UNIQUE, np.where(first[cluster] == first, EXACT, NEAR))
        similarity = np.ones(n, np.float32)
        for near in np.flatnonzero(kind == NEAR).tolist():
            similarity[near] = sets.similarity(int(first[cluster[near]]), int(first[near]))
        return Duplicates(cluster, kind.astype(np.uint8), similarity)

    def _candidates(self, rows: NDArray[np.int64]) -> NDArray[np.uint64]:
        """Return the pairs among rows that share a band, the smaller row in the upper half of each."""
        pairs = np.zeros(0, np.uint64)
        for band in range(self._bands):
            keys = np.concatenate([batch.keys[:, band] for batch in self._batches])[rows]
            order = np.argsort(keys, kind="stable")
            pairs = np.union1d(
                pairs, np.concatenate([pairs, *_equal_pairs(keys[order], rows[order].astype(np.uint64))])
            )
        return pairs


@dataclass(frozen=True, slots=True)
class Signatures:
    """What stays in memory of recipes that were added together.

    Attributes:
        digests: See `Shingled`.
        sizes: See `Shingled`.
        keys: A hash of each band of the signature of each recipe, [recipes, bands].
    """

    digests: NDArray[np.uint64]
    sizes: NDArray[np.int32]
    keys: NDArray[np.uint64]

    @classmethod
    def concatenate(cls, parts: Sequence[Signatures]) -> Signatures:
        """Return several of them as one."""
        return cls(
            np.concatenate([part.digests for part in parts]),
            np.concatenate([part.sizes for part in parts]),
            np.concatenate([part.keys for part in parts]),
        )


class _Sets:
    """The sets of all recipes, read from a file.

    Args:
        file: Its descriptor; it holds `Shingled.hashes`.
        sizes: Hashes in each set of each recipe, [recipes, `SETS`].
    """

    def __init__(self, file: int, sizes: NDArray[np.int32]) -> None:
        self._file = file
        self._sizes = sizes
        totals = sizes.sum(axis=1, dtype=np.int64)
        self._starts = np.cumsum(totals) - totals

    def similarity(self, one: int, other: int) -> float:
        """Return how similar two recipes are, from 0 to 1."""
        a, b = self._read(one), self._read(other)
        shared_ingredients, all_ingredients = _overlap(a[INGREDIENTS], b[INGREDIENTS])
        shared_steps, all_steps = _overlap(a[STEPS], b[STEPS])
        together = (shared_ingredients + shared_steps) / max(all_ingredients + all_steps, 1)
        if not all_ingredients:
            return together
        same_quantities = _overlap(a[MEASURED], b[MEASURED])[0]
        same_names = _overlap(a[UNMEASURED], b[UNMEASURED])[0]
        different = all_ingredients - shared_ingredients
        alike = 1 - different / max(2 * (all_ingredients - SHORT_LIST), 1)
        return min(together, max(alike, 0.0)) if 2 * same_quantities >= same_names else 0.0

    def _read(self, row: int) -> list[NDArray[np.uint32]]:
        sizes = self._sizes[row]
        data = os.pread(self._file, 4 * int(sizes.sum()), 4 * int(self._starts[row]))
        return np.split(np.frombuffer(data, np.uint32), np.cumsum(sizes[:-1]))


def banding(threshold: float) -> tuple[int, int]:
    """Return into how many bands of how many rows a signature is cut, so that `RECALL` is reached at the threshold.

    Of ``b`` bands of ``r`` rows, one agrees with probability ``1 - (1 - s**r)**b`` at similarity ``s`` (Leskovec,
    Rajaraman and Ullman, Mining of Massive Datasets, 3.4). Longer bands mean fewer pairs to verify and more bands, of
    which each costs 8 bytes a recipe.
    """
    for rows in (5, 4, 3, 2, 1):
        miss = 1 - threshold**rows
        bands = math.ceil(math.log(1 - RECALL) / math.log(miss)) if miss > 0 else 1
        if bands * rows <= MOST_HASHES:
            return bands, rows
    return MOST_HASHES, 1


def _first_with(digests: NDArray[np.uint64]) -> NDArray[np.int64]:
    """Return for each digest, [n, 2], the first row that is equal to it."""
    order = np.lexsort((digests[:, 1], digests[:, 0]))
    ordered = digests[order]
    begins = np.ones(len(order), np.bool_)
    begins[1:] = (ordered[1:] != ordered[:-1]).any(axis=1)
    first = np.empty(len(order), np.int64)
    first[order] = order[begins][np.cumsum(begins) - 1]
    return first


def _equal_pairs(keys: NDArray[np.uint64], rows: NDArray[np.uint64]) -> Iterator[NDArray[np.uint64]]:
    """Yield the pairs of rows with equal keys, as `DuplicateFinder._candidates` does.

    Args:
        keys: Sorted.
        rows: Those of the keys, ascending where keys are equal.
    """
    place = np.arange(len(keys))
    for distance in range(1, len(keys)):
        place = place[place + distance < len(keys)]
        place = place[keys[place] == keys[place + distance]]
        if not len(place):
            break
        yield (rows[place] << np.uint64(32)) | rows[place + distance]


def _root(parent: dict[int, int], index: int) -> int:
    root = index
    while root in parent:
        root = parent[root]
    while index != root:  # shortens the path for the next time
        parent[index], index = root, parent[index]
    return root


def _tokens(hashes: NDArray[np.uint32]) -> list[bytes]:
    """Turn numbers into what rensa hashes, at the speed of numpy."""
    tokens: list[bytes] = hashes.view("S4").tolist()
    return tokens


def _overlap(a: NDArray[np.uint32], b: NDArray[np.uint32]) -> tuple[int, int]:
    """Return the sizes of intersection and union."""
    shared = np.intersect1d(a, b, assume_unique=True).size
    return shared, a.size + b.size - shared
