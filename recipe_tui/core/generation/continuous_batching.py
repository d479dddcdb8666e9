"""Continuous batching: many prompts, a fixed number of rows, and a row that has ended takes the next prompt.

"Orca: A Distributed Serving System for Transformer-Based Generative Models" (Yu et al., 2022). A step reads all weights
once for all rows, so that many rows take little longer than a few.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    import numpy as np
    from numpy.typing import NDArray

MOST_ROWS = 32
"""Sequences that are decoded side by side."""

KEPT_SHARE = 4
"""When one in so many rows has not ended, the others are dropped. Each number of rows is traced once."""

FEWEST_ROWS = 2
"""Rows that are kept at the end. XLA would compile a step for a single row, longer than the last texts take."""


class DecodesBatches(Protocol):
    """What continuous batching needs of a `Decoder`."""

    def start_batch(self, prompts: Sequence[Sequence[int]]) -> NDArray[np.float32]: ...  # noqa: D102
    def insert(self, row: int, prompt: Sequence[int]) -> NDArray[np.float32]: ...  # noqa: D102
    def end(self, row: int) -> None: ...  # noqa: D102
    def keep(self, rows: Sequence[int]) -> None: ...  # noqa: D102
    def step(self, token_ids: Sequence[int]) -> NDArray[np.float32]: ...  # noqa: D102


def decode_batches(
    decoder: DecodesBatches,
    prompts: Sequence[Sequence[int]],
    limits: Sequence[int],
    choose: Callable[[int, list[int], NDArray[np.float32]], int],
    end_ids: Collection[int],
    rows: int = MOST_ROWS,
) -> Iterator[tuple[int, list[int]]]:
    """Continue prompts, and yield the number of each with the tokens written after it, as soon as it has ended.

    The longest prompts come first: each that follows then fits before the common end of the sequences.

    Args:
        decoder: Returns the scores of the next token of each row.
        prompts: Token ids.
        limits: Maximum number of tokens after each prompt, at least 1.
        choose: Returns the next token, given a prompt's number, the tokens after it and the scores, [vocab_size].
        end_ids: The tokens that end a text.
        rows: Sequences that are decoded side by side.
    """
    waiting = sorted(range(len(prompts)), key=lambda number: (-len(prompts[number]), number))
    first, waiting = waiting[:rows], waiting[rows:]
    if not first:
        return
    open_numbers: list[int | None] = [*first]
    written: dict[int, list[int]] = {number: [] for number in range(len(prompts))}

    def ends_with(number: int, scores: NDArray[np.float32]) -> bool:
        """Append the next token, and tell whether the text ends with it."""
        tokens = written[number]
        tokens.append(choose(number, tokens, scores))
        return tokens[-1] in end_ids or len(tokens) == limits[number]

    logits = decoder.start_batch([prompts[number] for number in first])
    while True:
        for row, number in enumerate(open_numbers):
            scores = logits[row]
            while number is not None and ends_with(number, scores):
                yield number, written.pop(number)
                number = open_numbers[row] = waiting.pop(0) if waiting else None
                if number is None:
                    decoder.end(row)
                else:
                    scores = decoder.insert(row, prompts[number])
        left = [row for row, number in enumerate(open_numbers) if number is not None]
        if not left:
            return
        if FEWEST_ROWS <= len(left) <= len(open_numbers) // KEPT_SHARE:
            decoder.keep(left)
            open_numbers = [open_numbers[row] for row in left]
        logits = decoder.step([0 if number is None else written[number][-1] for number in open_numbers])
