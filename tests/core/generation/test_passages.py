"""Passages of blocks that a model knows by heart."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
import pytest

from recipe_tui.core import paths
from recipe_tui.core.blocks.build import build_store
from recipe_tui.core.blocks.packing import IGNORED_LABEL
from recipe_tui.core.config import DataConfig
from recipe_tui.core.generation.passages import continues, draw_passages, passage_tokens
from recipe_tui.core.text.tokenizer import load_tokenizer

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from recipe_tui.core.blocks.store import BlockStore


@pytest.fixture(scope="module")
def store(tmp_path_factory: pytest.TempPathFactory) -> BlockStore:
    """The sample in isolated blocks of 64 tokens."""
    config = DataConfig(source=(str(paths.SAMPLE_RECIPES),), block_size=64)
    tokenizer = load_tokenizer(paths.SAMPLE_MODEL, "sections")
    return build_store(config, tmp_path_factory.mktemp("blocks") / "store", tokenizer)


class KnowsBlocks:
    """A model whose likeliest next token is that of the training blocks it knows; after any other token it is 0."""

    def __init__(self, known: NDArray[np.int32], vocab_size: int) -> None:
        self.known, self.vocab_size, self.wrong = known, vocab_size, 0

    def __call__(self, input_ids: NDArray[np.int32], **_: NDArray[np.int32]) -> NDArray[np.float32]:
        """Return as hidden state the next token."""
        hidden = np.zeros((*input_ids.shape, 1), np.float32)
        for row, ids in enumerate(input_ids):
            for known in self.known:
                if (known[: len(ids)] == ids).all():
                    hidden[row, :-1, 0] = ids[1:]
        return hidden

    def logits(self, hidden: NDArray[np.float32]) -> NDArray[np.float32]:
        return np.eye(self.vocab_size, dtype=np.float32)[np.asarray(hidden)[..., 0].astype(int)]


@pytest.mark.parametrize(("every", "known"), [(1, 16), (2, 8), (None, 0)])
def test_a_passage_is_continued_where_the_model_knows_its_block(
    store: BlockStore, every: int | None, known: int
) -> None:
    passages = draw_passages(store, "train", 16, seed=3)
    blocks = np.array(store.blocks("train").input_ids, np.int32)
    chosen = [passage.block for passage in passages[::every]] if every else []
    model = KnowsBlocks(blocks[chosen], int(blocks.max()) + 1)
    assert len(passages) == 16
    found = continues(model, store, "train", passages)  # type: ignore[arg-type]
    assert sum(found) == known
    assert found == [passage.block in chosen for passage in passages]


def test_one_other_token_among_those_that_must_follow_is_enough(store: BlockStore) -> None:
    (passage,) = draw_passages(store, "train", 1, seed=0)
    last = passage.start + passage_tokens(store) - 1
    blocks = np.array(store.blocks("train").input_ids, np.int32)

    class Errs(KnowsBlocks):
        def __call__(self, input_ids: NDArray[np.int32], **more: NDArray[np.int32]) -> NDArray[np.float32]:
            hidden = super().__call__(input_ids, **more)
            hidden[:, self.wrong - 1] = 0
            return hidden

    for wrong, expected in ((last, [False]), (passage.start, [False]), (passage.start - 1, [True])):
        model = Errs(blocks, int(blocks.max()) + 1)
        model.wrong = wrong
        assert blocks[passage.block][wrong] != 0
        assert continues(model, store, "train", [passage]) == expected  # type: ignore[arg-type]


def test_a_passage_is_of_one_recipe_and_all_that_must_follow_is_learned(store: BlockStore) -> None:
    blocks, tokens = store.blocks("train"), passage_tokens(store)
    assert tokens == 32
    for block, start in draw_passages(store, "train", 20, seed=0):
        recipes, labels = blocks.recipe_of_tokens(block), blocks.batch([block]).labels[0]
        assert len(set(recipes[start - tokens : start + tokens].tolist())) == 1
        assert IGNORED_LABEL not in labels[start : start + tokens]


def test_passages_are_of_different_blocks_and_always_the_same(store: BlockStore) -> None:
    passages = draw_passages(store, "train", 20, seed=0)
    assert len({passage.block for passage in passages}) == 20
    assert draw_passages(store, "train", 20, seed=0) == passages != draw_passages(store, "train", 20, seed=1)
