"""What a model in training knows by heart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from recipe_tui.core.blocks.packing import IGNORED_LABEL
from recipe_tui.core.training import extraction
from recipe_tui.core.training.extraction import Extraction

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from recipe_tui.core.blocks.store import BlockStore


class KnowsBlocks:
    """A model whose likeliest next token is that of the training blocks it knows; after any other token it is 0."""

    def __init__(self, known: NDArray[np.int32], vocab_size: int) -> None:
        self.known, self.vocab_size = known, vocab_size
        self.asked: list[NDArray[np.int32]] = []

    def __call__(self, input_ids: NDArray[np.int32], **_: NDArray[np.int32]) -> NDArray[np.float32]:
        """Return as hidden state the next token."""
        self.asked.append(input_ids)
        hidden = np.zeros((*input_ids.shape, 1), np.float32)
        for row, ids in enumerate(input_ids):
            for known in self.known:
                if (known[: len(ids)] == ids).all():
                    hidden[row, :-1, 0] = ids[1:]
        return hidden

    def logits(self, hidden: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.eye(self.vocab_size, dtype=np.float32)[np.asarray(hidden)[..., 0].astype(int)]


@pytest.fixture
def blocks(store: BlockStore) -> NDArray[np.int32]:
    return np.array(store.blocks("train").input_ids, np.int32)


@pytest.mark.parametrize(("known", "share"), [(1, 1.0), (2, 0.5), (None, 0.0)])
def test_the_share_of_the_passages_that_are_known_by_heart(
    store: BlockStore, blocks: NDArray[np.int32], known: int | None, share: float
) -> None:
    model = KnowsBlocks(blocks[:0], int(blocks.max()) + 1)
    found = Extraction(model, store, seed=3)  # type: ignore[arg-type]
    found.share()
    (asked,) = model.asked
    assert len(asked) == extraction.PASSAGES
    model.known = asked[::known] if known else asked[:0]
    assert found.share() == share


def test_a_passage_is_of_one_recipe_and_all_that_must_follow_is_learned(store: BlockStore) -> None:
    blocks = store.blocks("train")
    found = Extraction(None, store, seed=0)  # type: ignore[arg-type]
    for block in range(20):
        start = found._start(blocks, block)
        if start is not None:
            recipes, labels = blocks.recipe_of_tokens(block), blocks.batch([block]).labels[0]
            assert len(set(recipes[start - 32 : start + 32].tolist())) == 1
            assert IGNORED_LABEL not in labels[start : start + 32]


def test_a_store_whose_recipes_are_too_short_has_no_passages(
    store: BlockStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Extraction, "_start", lambda *_: None)
    assert Extraction(None, store, seed=0).share() is None  # type: ignore[arg-type]
