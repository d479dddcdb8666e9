"""Splits: which recipes train, which validate, which are kept for the final test."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from recipe_tui.core.recipes.recipe import SPLITS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from recipe_tui.core.recipes.recipe import Split

TRAIN, VALIDATION, TEST = range(len(SPLITS))

_NOT_GIVEN = -1


def assign_splits(
    cluster: NDArray[np.int32],
    given: Sequence[Split | None],
    validation_fraction: float,
    test_fraction: float,
    seed: int,
) -> NDArray[np.int8]:
    """Give every recipe a split such that no cluster of duplicates straddles two.

    A cluster with given splits goes to the most held-out of them (test before validation before train), so that nothing
    held out leaks into training. The other clusters are drawn in a random order until validation and test have their
    share of all recipes, to within a cluster; what is left trains. Training gets the first claim on a cluster, then
    validation, then test, so that three clusters are enough for one each. A split that the source does not name is
    drawn from the recipes without a given one and, where these do not suffice, from those that the source would train
    on.

    Args:
        cluster: ``[n]`` numbers; recipes with the same one stay together.
        given: ``[n]``, the split that the source itself assigns, or None.
        validation_fraction: Share of recipes wanted for validation, from 0; 0 means none but the given ones.
        test_fraction: The same for the test; together they stay below 1.
        seed: Seed of the order in which clusters are drawn.

    Returns:
        ``[n]`` indices into `SPLITS`. The same arguments give the same splits.
    """
    names, member = np.unique(cluster, return_inverse=True)
    size: list[int] = np.bincount(member, minlength=len(names)).tolist()
    split = _most_held_out(member, given, len(names))
    named = set(split)
    missing = {VALIDATION: _share(validation_fraction, len(cluster)), TEST: _share(test_fraction, len(cluster))}
    for number, given_split in enumerate(split):
        if given_split in missing:
            missing[given_split] -= size[number]

    order: list[int] = np.random.default_rng(seed).permutation(len(names)).tolist()
    free = [number for number in order if split[number] == _NOT_GIVEN]
    spare = [number for number in order if split[number] == TRAIN]
    if claimed := spare or free:
        largest = max(claimed, key=size.__getitem__)
        claimed.remove(largest)
        split[largest] = TRAIN

    pool = {held_out: free if held_out in named else free + spare for held_out in missing}
    taken: set[int] = set()

    def take(number: int, held_out: int) -> None:
        taken.add(number)
        split[number] = held_out
        missing[held_out] -= size[number]

    for held_out in missing:  # at least one cluster each, a small one
        available = [number for number in pool[held_out] if number not in taken]
        if available and missing[held_out] > 0:
            take(min(available, key=size.__getitem__), held_out)
    for held_out in missing:
        for number in pool[held_out]:
            if number not in taken and size[number] <= missing[held_out]:
                take(number, held_out)
    return np.array([TRAIN if chosen == _NOT_GIVEN else chosen for chosen in split], np.int8)[member]


def _most_held_out(member: NDArray[np.intp], given: Sequence[Split | None], clusters: int) -> list[int]:
    """Return each cluster's most held-out given split; `SPLITS` are in that order."""
    codes_of_clusters = np.full(clusters, _NOT_GIVEN, np.int8)
    codes = np.fromiter((_NOT_GIVEN if one is None else SPLITS.index(one) for one in given), np.int8, len(given))
    np.maximum.at(codes_of_clusters, member, codes)
    most_held_out: list[int] = codes_of_clusters.tolist()
    return most_held_out


def _share(fraction: float, recipes: int) -> int:
    return max(1, round(fraction * recipes)) if fraction > 0 else 0
