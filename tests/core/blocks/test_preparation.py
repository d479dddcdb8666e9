from __future__ import annotations

import pickle

import numpy as np

from recipe_tui.core.blocks import preparation
from recipe_tui.core.blocks.preparation import Preparation, prepare_batches
from recipe_tui.core.recipes.recipe import Recipe
from tests.core.conftest import RECIPES

ODD = Recipe("<|step|> cake", ("1 egg",), ("Write <|endoftext|> on it, and bake it for as long as an hour. ",))


def test_batches_are_the_same_whatever_the_number_of_processes(tokenizers, monkeypatch) -> None:
    prepare = Preparation(tokenizers["sections"].encoder, tag_dropout=0.1)
    batches = [[*RECIPES, ODD], [ODD], RECIPES[:2]]
    alone = list(prepare_batches(batches, prepare))
    monkeypatch.setattr(preparation, "ALONE", 0)
    monkeypatch.setattr(preparation, "available_cores", lambda: 1)
    on_one_core = list(prepare_batches(batches, prepare))

    class Pool:
        """Hands everything over as to another process."""

        def __init__(self, function: Preparation, processes: int) -> None:
            assert processes == 3
            self.function = pickle.loads(pickle.dumps(function))

        def __enter__(self) -> Pool:
            return self

        def __exit__(self, *_: object) -> None: ...

        def map(self, items):
            return (pickle.loads(pickle.dumps(self.function(pickle.loads(pickle.dumps(item))))) for item in items)

    monkeypatch.setattr(preparation, "available_cores", lambda: 3)
    monkeypatch.setattr(preparation, "ProcessPool", Pool)
    on_three = list(prepare_batches(batches, prepare))
    for found in (on_one_core, on_three):
        assert [one.cleaned for one in found] == [one.cleaned for one in alone]
        for one, other in zip(found, alone, strict=True):
            np.testing.assert_array_equal(one.encoded.ids, other.encoded.ids)
            np.testing.assert_array_equal(one.encoded.section_lengths, other.encoded.section_lengths)
            np.testing.assert_array_equal(one.shingled.hashes, other.shingled.hashes)
            np.testing.assert_array_equal(one.shingled.digests, other.shingled.digests)
