"""The tokens of texts that are sampled side by side: drawn on the host after each step, or in a loop on the device."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from recipe_tui.core.errors import GenerationError
from recipe_tui.core.generation.candidates import softmax
from recipe_tui.core.generation.decoder import Decoder
from recipe_tui.core.generation.processors import NOT_NUMBERS
from recipe_tui.core.generation.sampling import candidates, draw

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping, Sequence

    from recipe_tui.core.config import GenerationConfig
    from recipe_tui.core.generation.device_loop import DeviceLoop
    from recipe_tui.core.generation.open_decoder import AnyDecoder
    from recipe_tui.core.generation.row import Row
    from recipe_tui.core.generation.task import Task

Draws = Iterator[list[tuple[int, float]]]
"""For each step the next token of each row, and the model's own probability of it. The caller appends them to the rows
before the next step; for rows that have ended they have no meaning."""


def device_loop(decoder: AnyDecoder, config: GenerationConfig) -> tuple[Decoder, DeviceLoop] | None:
    """Return the decoder with its loop on the device; None where steps are faster, or needed by the settings."""
    if not isinstance(decoder, Decoder) or (loop := decoder.device_loop(config)) is None:
        return None
    return decoder, loop


def draw_on_host(
    decoder: AnyDecoder,
    passes: Mapping[str, tuple[AnyDecoder, list[int]]],
    task: Task,
    rows: Sequence[Row],
    seconds: list[float],
    clock: Callable[[], float],
) -> Draws:
    """Yield tokens, a step at a time.

    Args:
        decoder: The decoder.
        passes: The decoders of second passes and what they begin with, by the field of the context that they fill.
        task: The task.
        rows: Its texts.
        seconds: Those of each step are appended.
        clock: Seconds of a monotonic clock.
    """
    logits = decoder.start(task.before, len(rows), task.limit)
    others = {name: one.start(ids, len(rows), task.limit) for name, (one, ids) in passes.items()}
    for remaining in range(task.limit, 0, -1):
        choices = [(0, 0.0)] * len(rows)
        for row, scores in zip(rows, logits, strict=True):
            if row.finish_reason is None:
                second = {name: found[row.number] for name, found in others.items()}
                now = replace(task.context, written=row.written, text=row.text, remaining=remaining, **second)
                token_id = draw(candidates(scores, now), row.random)
                choices[row.number] = token_id, float(softmax(scores)[token_id])
        yield choices
        began = clock()
        latest = [row.written[-1] for row in rows]
        logits = decoder.step(latest)
        others = {name: one.step(latest) for name, (one, _) in passes.items()}
        seconds.append(clock() - began)


def draw_on_device(
    decoder: Decoder,
    loop: DeviceLoop,
    task: Task,
    rows: Sequence[Row],
    end_ids: Collection[int],
    seconds: list[float],
    clock: Callable[[], float],
) -> Draws:
    """Yield the same tokens from a loop on the device, of which the host reads many at once.

    Args:
        decoder: The decoder.
        loop: Its loop.
        task: The task.
        rows: Its texts.
        end_ids: The tokens that end a text.
        seconds: Those of a step are appended, for each chunk.
        clock: Seconds of a monotonic clock.

    Raises:
        GenerationError: A score is not a number.
    """
    from recipe_tui.core.generation.device_sampling import sample

    uniforms = np.stack([row.random.random(task.limit) for row in rows])
    chunks = sample(decoder, loop, task.context, uniforms, end_ids)
    began = clock()
    for chunk in chunks:
        ended, steps = clock(), int(chunk.steps)
        seconds.append((ended - began) / max(steps, 1))
        began = ended
        for place in range(steps):
            token_ids, probabilities = chunk.token_ids[:, place].tolist(), chunk.probabilities[:, place].tolist()
            if any(row.finish_reason is None and math.isnan(probabilities[row.number]) for row in rows):
                raise GenerationError(*NOT_NUMBERS)
            yield list(zip(token_ids, probabilities, strict=True))
