"""Sampling in loops on the device: texts side by side after one prompt, or batches of texts after many."""

from __future__ import annotations

from typing import TYPE_CHECKING

import jax
import numpy as np

from recipe_tui.core.errors import GenerationError
from recipe_tui.core.generation.continuous_batching import MOST_ROWS
from recipe_tui.core.generation.device_loop import CHUNK, Request, Rows, State, replaced
from recipe_tui.core.generation.device_processors import processors_on
from recipe_tui.core.generation.processors import NOT_NUMBERS

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from numpy.typing import NDArray

    from recipe_tui.core.generation.candidates import Context
    from recipe_tui.core.generation.decoder import Decoder
    from recipe_tui.core.generation.device_loop import Chunk, DeviceLoop


def sample(
    decoder: Decoder, loop: DeviceLoop, context: Context, uniforms: NDArray[np.float64], end_ids: Collection[int]
) -> Iterator[Chunk]:
    """Sample texts side by side after one prompt.

    Args:
        decoder: The decoder.
        loop: Its loop.
        context: The settings, the prompt, and what was written after it before.
        uniforms: Random numbers from 0 to 1 for each text, [texts, max_new_tokens].
        end_ids: The tokens that end a text.

    Returns:
        See `DeviceLoop.chunks`.
    """
    scores = decoder.start([*context.prompt, *context.written], *uniforms.shape)
    capacity = len(context.written) + uniforms.shape[1]
    rows = [Rows.one(one, context, numbers, capacity) for one, numbers in zip(scores, uniforms, strict=True)]
    request = Request.of(context, end_ids, scores.shape[1])
    return loop.chunks(State(Rows.stacked(rows), *decoder.hand_over()), request, processors_on(context.config))


def sample_batches(
    decoder: Decoder,
    loop: DeviceLoop,
    contexts: Sequence[Context],
    uniforms: Sequence[NDArray[np.float64]],
    end_ids: Collection[int],
    rows: int = MOST_ROWS,
    check: Callable[[], None] = lambda: None,
) -> Iterator[tuple[int, list[int]]]:
    """Sample a text after each of many prompts, and yield the number of each with its tokens as soon as it has ended.

    As in `decode_batches`, a row whose text has ended takes the next prompt; here that is after a chunk.

    Args:
        decoder: The decoder.
        loop: Its loop.
        contexts: The prompts, all with the same settings.
        uniforms: Random numbers from 0 to 1 for each, as many as new tokens at most.
        end_ids: The tokens that end a text.
        rows: Texts that are sampled side by side.
        check: Called after each chunk; raises to abandon the texts.

    Raises:
        GenerationError: A score is not a number.
    """
    prompts = [[*context.prompt, *context.written] for context in contexts]
    waiting = sorted(range(len(prompts)), key=lambda number: (-len(prompts[number]), number))
    first, waiting = waiting[:rows], waiting[rows:]
    if not first:
        return
    capacity = max(len(one.written) + len(numbers) for one, numbers in zip(contexts, uniforms, strict=True))
    request, on = Request.of(contexts[0], end_ids, decoder.vocab_size), processors_on(contexts[0].config)
    open_numbers: dict[int, int] = dict(enumerate(first))
    written: dict[int, list[int]] = {number: [] for number in range(len(prompts))}

    def row(number: int, scores: NDArray[np.float32]) -> Rows:
        return Rows.one(scores, contexts[number], uniforms[number], capacity)

    texts = Rows.stacked([*map(row, first, decoder.start_batch([prompts[number] for number in first]))])
    while open_numbers:
        (texts, kv_cache, *_), chunk = loop.run(State(texts, *decoder.hand_over(CHUNK)), request, on)
        token_ids, probabilities, steps = jax.device_get(chunk)
        decoder.take_back(kv_cache, int(steps))
        check()
        for place, number in [*open_numbers.items()]:
            tokens, limit = written[number], len(uniforms[number])
            new = token_ids[place, : min(int(steps), limit - len(tokens))]
            ends = np.flatnonzero(np.isin(new, [*end_ids]))
            new = new[: ends[0] + 1] if len(ends) else new
            if np.isnan(probabilities[place, : len(new)]).any():
                raise GenerationError(*NOT_NUMBERS)
            tokens += new.tolist()
            if not len(ends) and len(tokens) < limit:
                continue
            yield number, written.pop(number)
            if waiting:
                following = open_numbers[place] = waiting.pop(0)
                texts = replaced(texts, place, row(following, decoder.insert(place, prompts[following])))
            else:
                del open_numbers[place]
                decoder.end(place)
