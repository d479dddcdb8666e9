from __future__ import annotations

from recipe_tui.core.blocks.store import BlockStore
from recipe_tui.core.browsing.clusters import Clusters


def test_a_cluster_begins_with_the_recipe_that_stands_for_it(store: BlockStore) -> None:
    clusters = Clusters(store)
    assert len(clusters) == 1
    kept, duplicate = clusters[0]
    assert (kept.recipe, kept.outcome.name, kept.outcome.split) == (0, "kept", "train")
    assert (duplicate.recipe, duplicate.outcome.name, duplicate.outcome.duplicate_of) == (2, "near_duplicate", 0)
    assert duplicate.outcome.similarity == 0.875


def test_pairs_are_each_duplicate_with_the_recipe_that_stands_for_it(store: BlockStore) -> None:
    assert Clusters(store).pairs.tolist() == [[0, 2]]
