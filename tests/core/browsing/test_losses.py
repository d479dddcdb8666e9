"""The losses of recipes are kept beside the store, for the model whose weights they are of."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest

from recipe_tui.core.blocks.store import BlockStore
from recipe_tui.core.browsing.losses import (
    NO_TARGETS,
    RecipeLosses,
    latest_model,
    read_losses,
    recipes_in_splits,
    write_losses,
)
from recipe_tui.core.errors import OutputError
from tests.core.browsing.stores import make_store

VALUES = np.array([2.5, np.nan, np.nan, 0.5], np.float32)


@pytest.fixture
def store(tmp_path: Path) -> BlockStore:
    return BlockStore.open(make_store(tmp_path / "store"))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "run" / "model").mkdir(parents=True)
    (tmp_path / "run" / "model" / "model.safetensors").write_bytes(b"weights")
    return tmp_path / "run" / "model"


def losses(folder: Path, values: np.ndarray = VALUES) -> RecipeLosses:
    return RecipeLosses(str(folder), folder, values, 3)


def test_recipes_are_ranked_both_ways_without_those_that_have_no_loss(folder: Path) -> None:
    found = losses(folder, np.array([2.5, np.nan, NO_TARGETS, 0.5, 2.5], np.float32))
    assert found.ranked(highest=True).tolist() == [0, 4, 3]
    assert found.ranked(highest=False).tolist() == [3, 0, 4]
    assert found.done == 4


def test_recipes_that_were_dropped_are_not_counted(store: BlockStore) -> None:
    assert recipes_in_splits(store).tolist() == [0, 1, 3]


def test_what_was_written_is_read_again(store: BlockStore, folder: Path) -> None:
    assert read_losses(store, str(folder)) is None
    write_losses(store, losses(folder))
    found = read_losses(store, str(folder))
    assert found is not None
    np.testing.assert_array_equal(found.values, VALUES)
    assert (found.folder, found.done, found.total) == (folder, 2, 3)
    BlockStore.open(store.path)  # is still whole


def test_losses_of_other_weights_or_damaged_ones_are_none(store: BlockStore, folder: Path) -> None:
    write_losses(store, losses(folder))
    (folder / "model.safetensors").write_bytes(b"trained further")
    assert read_losses(store, str(folder)) is None
    write_losses(store, losses(folder))
    (file,) = (store.path / "losses").iterdir()
    file.write_bytes(file.read_bytes()[:100])
    assert read_losses(store, str(folder)) is None
    assert latest_model(store) is None


def test_the_model_that_was_scored_last_is_known(store: BlockStore, folder: Path) -> None:
    assert latest_model(store) is None
    write_losses(store, losses(folder))
    (first,) = (store.path / "losses").iterdir()
    os.utime(first, (1, 1))
    write_losses(store, RecipeLosses("other", folder, VALUES, 3))
    assert latest_model(store) == "other"


def test_a_store_that_cannot_be_written_to_is_an_error(store: BlockStore, folder: Path) -> None:
    (store.path / "losses").symlink_to("a disk that is not there")
    with pytest.raises(OutputError):
        write_losses(store, losses(folder))
