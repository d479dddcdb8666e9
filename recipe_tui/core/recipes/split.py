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

_NO_HINT = -1


def assign_splits(
    cluster: NDArray[np.int32],
    hints: Sequence[Split | None],
    validation_fraction: float,
    test_fraction: float,
    seed: int,
) -> NDArray[np.int8]:
    """Give every recipe a split such that no cluster of duplicates straddles two.

    A cluster with hints goes to the most held-out of them (test before validation before train), so that nothing held
    out leaks into training. The other clusters are drawn in a random order until validation and test have their share
    of all recipes, to within a cluster; what is left trains. Training gets the first claim on a cluster, then
    validation, then test, so that three clusters are enough for one each. A split that no hint names is drawn from
    the recipes without a hint and, where these do not suffice, from those that the source would train on.

    Args:
        cluster: ``[n]`` numbers; recipes with the same one stay together.
        hints: ``[n]``, the split that the source itself assigns, or None.
        validation_fraction: Share of recipes wanted for validation, from 0; 0 means none but the hinted ones.
        test_fraction: The same for the test; together they stay below 1.
        seed: Seed of the order in which clusters are drawn.

    Returns:
        ``[n]`` indices into `SPLITS`. The same arguments give the same splits.
    """
    names, member = np.unique(cluster, return_inverse=True)
    size: list[int] = np.bincount(member, minlength=len(names)).tolist()
    split = _hinted(member, hints, len(names))
    named = set(split)
    missing = {VALIDATION: _share(validation_fraction, len(cluster)), TEST: _share(test_fraction, len(cluster))}
    for number, hint in enumerate(split):
        if hint in missing:
            missing[hint] -= size[number]

    order: list[int] = np.random.default_rng(seed).permutation(len(names)).tolist()
    free = [number for number in order if split[number] == _NO_HINT]
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
    return np.array([TRAIN if chosen == _NO_HINT else chosen for chosen in split], np.int8)[member]


def _hinted(member: NDArray[np.intp], hints: Sequence[Split | None], clusters: int) -> list[int]:
    """Return each cluster's most held-out hint; `SPLITS` are in that order."""
    hinted = np.full(clusters, _NO_HINT, np.int8)
    codes = np.fromiter((_NO_HINT if hint is None else SPLITS.index(hint) for hint in hints), np.int8, len(hints))
    np.maximum.at(hinted, member, codes)
    most_held_out: list[int] = hinted.tolist()
    return most_held_out


def _share(fraction: float, recipes: int) -> int:
    return max(1, round(fraction * recipes)) if fraction > 0 else 0
