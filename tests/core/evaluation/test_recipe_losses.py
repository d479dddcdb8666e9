"""The loss per recipe against sums by hand, of a model whose scores are those of a table of pairs of tokens."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from recipe_tui.core.blocks.store import BlockStore
from recipe_tui.core.browsing.losses import NO_TARGETS, read_losses
from recipe_tui.core.evaluation import recipe_losses
from recipe_tui.core.evaluation.recipe_losses import compute_losses, mean_losses
from recipe_tui.core.text.layout import Section
from tests.core.browsing.stores import make_store

VOCABULARY = 11
TABLE = np.random.default_rng(5).normal(size=(VOCABULARY, VOCABULARY)).astype(np.float32)


class Bigrams:
    """Scores the next token by the present one."""

    config = SimpleNamespace(max_position_embeddings=16)
    calls = 0

    def __call__(self, ids: Any) -> Any:
        self.calls += 1
        return np.asarray(ids)

    def logits(self, hidden: Any) -> Any:
        return TABLE[hidden]


class Letters:
    """Writes a recipe as the letters of its title, in two sections."""

    layout = SimpleNamespace(name="plain")

    def encode_recipes(self, recipes: Any) -> Any:
        texts = [[ord(letter) % VOCABULARY for letter in recipe.title] for recipe in recipes]
        lengths = np.zeros((len(texts), len(Section)), np.int32)
        lengths[:, Section.TITLE] = 3
        lengths[:, Section.STEPS] = [len(text) - 3 for text in texts]
        return SimpleNamespace(
            ids=np.array([letter for text in texts for letter in text], np.uint32),
            section_lengths=lengths,
            lengths=lengths.sum(axis=1),
        )


def by_hand(ids: list[int], start: int = 0) -> float:
    log_probabilities = TABLE - np.log(np.exp(TABLE).sum(axis=1, keepdims=True))
    pairs = list(pairwise(ids))[max(start - 1, 0) :]
    return float(-np.mean([log_probabilities[pair] for pair in pairs]))


@pytest.fixture
def store(tmp_path: Path) -> BlockStore:
    return BlockStore.open(make_store(tmp_path / "store"))


@pytest.fixture
def model(tmp_path: Path) -> str:
    (tmp_path / "model").mkdir()
    (tmp_path / "model" / "config.json").write_text("{}")
    return str(tmp_path / "model")


def generator(model: Any = None) -> Any:
    return SimpleNamespace(decoder=SimpleNamespace(model=model or Bigrams()), tokenizer=Letters())


def ids_of(title: str) -> list[int]:
    return [ord(letter) % VOCABULARY for letter in title]


def test_the_loss_is_the_mean_over_the_targets_whatever_is_in_the_batch() -> None:
    texts = [np.array(text, np.int32) for text in ([1, 2, 3, 4], [5, 6], [7], [1, 2, 3, 4])]
    found = mean_losses(Bigrams(), texts, [0, 0, 0, 2])  # type: ignore[arg-type]
    expected = [by_hand([1, 2, 3, 4]), by_hand([5, 6]), NO_TARGETS, by_hand([1, 2, 3, 4], 2)]
    np.testing.assert_allclose(found, expected, rtol=1e-5)


def test_the_losses_of_all_recipes_in_a_split_are_computed_and_kept(store: BlockStore, model: str) -> None:
    reports: list[tuple[int, int]] = []
    found = compute_losses(model, store, lambda *done: reports.append(done), lambda _: generator())
    expected = [by_hand(ids_of(title)) for title in ("Leek Soup", "Apple Pie")]
    np.testing.assert_allclose(found.values[:2], expected, rtol=1e-5)
    assert np.isnan(found.values[2])  # it was dropped
    assert found.values[3] == pytest.approx(by_hand(ids_of("Tea")))
    assert (reports[0], reports[-1]) == ((0, 3), (3, 3))
    kept = read_losses(store, model)
    assert kept is not None
    np.testing.assert_array_equal(kept.values, found.values)


def test_losses_that_are_kept_are_not_computed_again(store: BlockStore, model: str) -> None:
    compute_losses(model, store, load=lambda _: generator())

    def load(_: str) -> Any:
        raise AssertionError("nothing is left to compute")

    assert compute_losses(model, store, load=load).done == 3


def test_what_was_computed_before_a_cancellation_is_kept(
    store: BlockStore, model: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Cancelled(Bigrams):
        def __call__(self, ids: Any) -> Any:
            if self.calls == 1:
                raise KeyboardInterrupt
            return super().__call__(ids)

    monkeypatch.setattr(recipe_losses, "CHUNK", 1)
    with pytest.raises(KeyboardInterrupt):
        compute_losses(model, store, load=lambda _: generator(Cancelled()))
    kept = read_losses(store, model)
    assert kept is not None and kept.done == 1
    assert compute_losses(model, store, load=lambda _: generator()).done == 3


def test_the_question_of_a_chat_is_no_target(store: BlockStore, model: str) -> None:
    chat = generator()
    chat.tokenizer.layout = SimpleNamespace(name="chat")
    found = compute_losses(model, store, load=lambda _: chat)
    assert found.values[0] == pytest.approx(by_hand(ids_of("Leek Soup"), 3), rel=1e-5)
    assert found.values[3] == NO_TARGETS  # its three tokens are the question
