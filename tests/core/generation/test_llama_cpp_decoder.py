"""The bookkeeping of slots, over a stand-in for llama.cpp whose scores tell which text a slot holds."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from recipe_tui.core.errors import GenerationError
from recipe_tui.core.generation.llama_cpp_decoder import CACHE_BUCKET, LlamaCppDecoder

VOCAB_SIZE = 1000
WIDER = 7
"""Rows of the embedding beyond the vocabulary."""


def scores_after(text: Sequence[int]) -> np.ndarray:
    """Scores that no other text has."""
    return np.random.default_rng(list(text)).normal(size=VOCAB_SIZE + WIDER).astype(np.float32)


class FakeSlots:
    """Refuses what llama.cpp refuses: a gap in the positions, a slot in use as a copy's target, too many tokens."""

    def __init__(self, capacity: int) -> None:
        self.capacity = capacity
        self.texts: dict[int, list[int]] = {}

    def decode(
        self, tokens: Sequence[int], positions: Sequence[int], slots: Sequence[int], scored: Sequence[int]
    ) -> np.ndarray:
        found = {}
        for index, (token, position, slot) in enumerate(zip(tokens, positions, slots, strict=True)):
            text = self.texts.setdefault(slot, [])
            assert position == len(text)
            text.append(token)
            if index in scored:
                found[index] = scores_after(text)
        assert sum(map(len, self.texts.values())) <= self.capacity
        return np.stack([found[index] for index in scored])

    def copy(self, source: int, target: int) -> None:
        assert not self.texts.get(target)
        self.texts[target] = [*self.texts[source]]

    def clear(self, slot: int) -> None:
        self.texts.pop(slot, None)


@pytest.fixture
def opened() -> list[FakeSlots]:
    return []


@pytest.fixture
def decoder(opened: list[FakeSlots]) -> LlamaCppDecoder:
    def open_slots(capacity: int) -> FakeSlots:
        opened.append(FakeSlots(capacity))
        return opened[-1]

    return LlamaCppDecoder(open_slots, slots=4, context=5000, vocab_size=VOCAB_SIZE)


def same(scores: np.ndarray, *texts: Sequence[int]) -> None:
    np.testing.assert_array_equal(scores, [scores_after(text)[:VOCAB_SIZE] for text in texts])


def test_copies_of_a_prompt_go_on_by_themselves(decoder):
    same(decoder.start([5, 6, 7], 3, 10), *[[5, 6, 7]] * 3)
    same(decoder.step([1, 2, 1]), [5, 6, 7, 1], [5, 6, 7, 2], [5, 6, 7, 1])
    same(decoder.step([8, 8, 9]), [5, 6, 7, 1, 8], [5, 6, 7, 2, 8], [5, 6, 7, 1, 9])


def test_kept_sequences_are_reordered_and_duplicated_as_a_beam_search_does(decoder):
    decoder.start([5], 3, 10)
    decoder.step([1, 2, 3])
    decoder.keep([2, 0, 2])
    same(decoder.step([7, 8, 9]), [5, 3, 7], [5, 1, 8], [5, 3, 9])
    decoder.keep([1])
    same(decoder.step([4]), [5, 1, 8, 4])
    decoder.keep([0, 0, 0, 0])
    same(decoder.step([1, 2, 3, 4]), *[[5, 1, 8, 4, last] for last in (1, 2, 3, 4)])


def test_prompts_of_their_own_are_continued_replaced_and_ended(decoder):
    same(decoder.start_batch([[1, 2, 3], [4]]), [1, 2, 3], [4])
    same(decoder.step([9, 9]), [1, 2, 3, 9], [4, 9])
    same(decoder.insert(0, [6, 6])[None], [6, 6])
    decoder.end(1)
    scores = decoder.step([7, 0])
    same(scores[:1], [6, 6, 7])
    assert not scores[1].any()
    same(decoder.insert(1, [3])[None], [3])
    same(decoder.step([1, 2]), [6, 6, 7, 1], [3, 2])


def test_a_full_cache_is_replaced_by_a_larger_one_with_the_same_texts(decoder, opened):
    texts = [[1] * 100, [2] * 100]
    decoder.start_batch(texts)
    first = opened[0].capacity
    for token in range(first // 2):
        texts = [[*text, token] for text in texts]
        scores = decoder.step([token, token])
    same(scores, *texts)
    assert len(opened) == 2
    assert opened[1].capacity > first
    assert opened[1].capacity % CACHE_BUCKET == 0


def test_a_cache_that_is_large_enough_is_used_again(decoder, opened):
    decoder.start([1, 2], 2, 50)
    decoder.step([3, 4])
    same(decoder.start([9], 1, 50), [9])
    same(decoder.step([8]), [9, 8])
    assert len(opened) == 1


def test_a_fork_has_sequences_of_its_own(decoder):
    decoder.start([1, 2], 1, 50)
    other = decoder.fork()
    same(other.start([3], 1, 50), [3])
    same(decoder.step([7]), [1, 2, 7])
    same(other.step([7]), [3, 7])


def test_more_sequences_than_llama_cpp_holds_are_refused(decoder):
    with pytest.raises(GenerationError, match="at most 4 sequences"):
        decoder.start([1], 5, 10)
