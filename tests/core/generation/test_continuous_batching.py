"""Continuous batching with a stand-in for the decoder: which prompt has which row, and when."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pytest
from numpy.typing import NDArray

from recipe_tui.core.generation.continuous_batching import decode_batches

END = 0


class Rows:
    """A decoder whose scores name the last token of each row; it keeps the rows, and what was asked of it."""

    def __init__(self) -> None:
        self.rows: list[list[int]] = []
        self.calls: list[tuple[Any, ...]] = []

    def start_batch(self, prompts: Sequence[Sequence[int]]) -> NDArray[np.float32]:
        self.calls.append(("start", len(prompts)))
        self.rows = [list(prompt) for prompt in prompts]
        return self._scores()

    def insert(self, row: int, prompt: Sequence[int]) -> NDArray[np.float32]:
        assert len(prompt) <= max(map(len, self.rows))
        self.calls.append(("insert", row))
        self.rows[row] = list(prompt)
        return self._scores()[row]

    def end(self, row: int) -> None:
        self.calls.append(("end", row))

    def keep(self, rows: Sequence[int]) -> None:
        self.calls.append(("keep", *rows))
        self.rows = [self.rows[row] for row in rows]

    def step(self, token_ids: Sequence[int]) -> NDArray[np.float32]:
        for row, token_id in zip(self.rows, token_ids, strict=True):
            row.append(token_id)
        return self._scores()

    def _scores(self) -> NDArray[np.float32]:
        return np.array([[row[-1]] for row in self.rows], np.float32)


def count_down(number: int, written: list[int], scores: NDArray[np.float32]) -> int:
    """Each token is one less than the one before: a prompt that ends with 3 is followed by 2, 1 and the end."""
    return int(scores[0]) - 1


def decoded(prompts: list[list[int]], limit: int = 100, rows: int = 16) -> tuple[dict[int, list[int]], Rows]:
    decoder = Rows()
    found = decode_batches(decoder, prompts, [limit] * len(prompts), count_down, {END}, rows)
    return dict(found), decoder


@pytest.mark.parametrize("rows", [1, 2, 3, 16])
def test_each_prompt_is_continued_to_its_own_end(rows: int) -> None:
    found, _ = decoded([[3], [9, 5], [1], [7, 7, 2], [4]], rows=rows)
    assert found == {0: [2, 1, 0], 1: [4, 3, 2, 1, 0], 2: [0], 3: [1, 0], 4: [3, 2, 1, 0]}


def test_a_text_stops_at_its_limit() -> None:
    assert decoded([[9], [2]], limit=2)[0] == {0: [8, 7], 1: [1, 0]}


def test_a_row_that_has_ended_takes_the_next_prompt() -> None:
    _, decoder = decoded([[2], [9], [3]], rows=2)
    assert decoder.calls == [("start", 2), ("insert", 0), ("end", 0), ("end", 1)]


def test_the_longest_prompts_come_first_so_that_all_others_fit() -> None:
    _, decoder = decoded([[2], [1, 1, 1, 4], [1, 1, 3], [5]], rows=2)
    assert ("insert", 1) in decoder.calls


def test_when_few_rows_have_not_ended_they_are_kept_alone() -> None:
    found, decoder = decoded([*[[2]] * 6, [6], [7]])
    assert decoder.calls[7:] == [("keep", 6, 7), ("end", 0), ("end", 1)]
    assert found[7] == [6, 5, 4, 3, 2, 1, 0]


def test_nothing_is_decoded_without_prompts() -> None:
    found, decoder = decoded([])
    assert (found, decoder.calls) == ({}, [])
