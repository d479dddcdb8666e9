"""Beam search: extend the likeliest sequences step by step, and return the likeliest texts."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, NamedTuple, Protocol

import numpy as np

from recipe_tui.core.generation.candidates import log_softmax
from recipe_tui.core.generation.processors import PENALTIES, process

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

    from numpy.typing import NDArray

    from recipe_tui.core.generation.candidates import Context


class Decodes(Protocol):
    """What the search needs of a `Decoder`."""

    def start(self, prompt: Sequence[int], copies: int, new_tokens: int) -> NDArray[np.float32]: ...  # noqa: D102
    def step(self, token_ids: Sequence[int]) -> NDArray[np.float32]: ...  # noqa: D102
    def keep(self, rows: Sequence[int]) -> None: ...  # noqa: D102


class Beam(NamedTuple):
    """A text, without its end token.

    Attributes:
        token_ids: What was written after the prompt.
        log_probability: Summed over its tokens, the end token included.
        score: The same divided by the length to the power of the length penalty.
        ended: Whether it ended with the end token.
    """

    token_ids: tuple[int, ...]
    log_probability: float
    score: float
    ended: bool


def beam_search(
    decoder: Decodes,
    prompt: Sequence[int],
    limit: int,
    context_of: Callable[[Sequence[int]], Context],
    end_ids: Collection[int],
    cancelled: Callable[[], bool],
) -> list[Beam]:
    """Search for the likeliest texts.

    Scores are those of `transformers`: the summed log-probability divided by length ** length_penalty. The search
    stops when no open beam can still overtake the worst of ``num_beams`` finished ones.

    Args:
        decoder: Returns the scores of the next token.
        prompt: Token ids that the texts follow.
        limit: Maximum number of tokens to write.
        context_of: Returns the context of some token ids after the prompt; settings of sampling are not used.
        end_ids: The tokens that end a text.
        cancelled: Asked after each step; True ends the search with the texts so far.

    Returns:
        At most ``num_beams`` texts, the best first.
    """
    config = context_of(()).config

    def scored(log_probability: float, length: int) -> float:
        return log_probability / math.pow(max(1, length), config.length_penalty)

    width = config.num_beams
    logits = decoder.start(prompt, 1, limit)
    open_beams = [Beam((), 0.0, 0.0, ended=False)]
    finished: list[Beam] = []
    for written in range(1, limit + 1):
        contexts = [context_of(beam.token_ids) for beam in open_beams]
        totals = np.stack(
            [
                beam.log_probability + log_softmax(process(row, one, PENALTIES).values)
                for beam, row, one in zip(open_beams, logits, contexts, strict=True)
            ]
        )
        best = _largest(totals.ravel(), max(2, 1 + len(end_ids)) * width)  # so many may be ends
        rows, token_ids = np.divmod(best, totals.shape[1])
        continued: list[tuple[int, Beam]] = []
        for rank, (row, token_id) in enumerate(zip(rows.tolist(), token_ids.tolist(), strict=True)):
            total = float(totals[row, token_id])
            beam = open_beams[row]
            if token_id in end_ids:
                if rank < width:
                    finished.append(Beam(beam.token_ids, total, scored(total, written), ended=True))
            elif len(continued) < width and np.isfinite(total):
                longer = (*beam.token_ids, token_id)
                continued.append((row, Beam(longer, total, scored(total, written), ended=False)))
        finished = sorted(finished, key=lambda beam: -beam.score)[:width]
        open_beams = [beam for _, beam in continued]
        if not open_beams or written == limit or cancelled():
            break
        if len(finished) == width:
            longest = limit if config.length_penalty > 0 else written + 1
            if scored(open_beams[0].log_probability, longest) <= finished[-1].score:
                open_beams = []
                break
        decoder.keep([row for row, _ in continued])
        logits = decoder.step([beam.token_ids[-1] for beam in open_beams])
    return sorted([*finished, *open_beams], key=lambda beam: -beam.score)[:width]


def _largest(values: NDArray[np.float64], count: int) -> NDArray[np.int64]:
    """Return the indices of the largest values, the largest first."""
    count = min(count, len(values))
    indices = np.argpartition(values, -count)[-count:]
    return indices[np.argsort(-values[indices], kind="stable")]
