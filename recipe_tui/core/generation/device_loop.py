"""Decoding as one compiled loop on JAX: step, processors and draw, without the host between two tokens.

Returning the scores of a vocabulary to the host for every token costs a GPU more than the step itself. Here the host
reads a chunk of tokens with their probabilities while the next chunk is already running; streaming and cancelling work
at its end. Random numbers come from the host, a generator for each text, so that both ways give the same texts.
"""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TYPE_CHECKING, Any, NamedTuple

import jax
import jax.numpy as jnp
import numpy as np

from recipe_tui.core.generation.device_processors import Strengths, Texts, choose

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator, Sequence

    from numpy.typing import NDArray

    from recipe_tui.core.generation.candidates import Context
    from recipe_tui.core.model.attention import KVCache

Tensor = Any

CHUNK = 32
"""Tokens of each text that the host reads at once."""

UNCHECKED_STEPS = 8
"""Steps between two checks whether all texts have ended, for which a GPU waits; it divides `CHUNK`."""

BUCKET = 256
"""Token ids and random numbers are held in multiples of this, so that few shapes are compiled."""


class Request(NamedTuple):
    """What is the same for all texts, and does not change while they are written.

    Attributes:
        strengths: The settings of the processors.
        ends: The tokens that end a text, bool [vocab_size].
        protected: See `Texts`.
        breakers: See `Texts`.
    """

    strengths: Strengths
    ends: Tensor
    protected: Tensor
    breakers: Tensor

    @classmethod
    def of(cls, context: Context, end_ids: Collection[int], vocab_size: int) -> Request:
        """Return what the context of any of the texts says of all of them."""
        tokens = (_flags(vocab_size, some) for some in (end_ids, context.protected, context.breakers))
        return cls(Strengths.of(context.config), *tokens)


class Rows(NamedTuple):
    """The texts, each in a row.

    Attributes:
        scores: Scores of the next token, float32 [rows, vocab_size].
        written: See `Texts`.
        count: See `Texts`.
        prompt: See `Texts`.
        uniforms: Random numbers from 0 to 1, float32 [rows, capacity].
        drawn: Number of them that were used, int32 [rows].
        limit: Number of tokens at which each text ends, int32 [rows].
        ended: Which texts have ended; what is written after that has no meaning. bool [rows].
    """

    scores: Tensor
    written: Tensor
    count: Tensor
    prompt: Tensor
    uniforms: Tensor
    drawn: Tensor
    limit: Tensor
    ended: Tensor

    @classmethod
    def one(cls, scores: NDArray[np.float32], context: Context, uniforms: NDArray[np.float64], capacity: int) -> Rows:
        """Return a text that is to be continued, all attributes without the axis of rows.

        Args:
            scores: Scores of the next token, [vocab_size].
            context: The prompt, and what was written after it before.
            uniforms: Random numbers from 0 to 1, as many as new tokens at most.
            capacity: Tokens and random numbers to hold, at least.
        """
        before, size = len(context.written), -(-capacity // BUCKET) * BUCKET
        return cls(
            scores=scores,
            written=np.pad(np.array(context.written, np.int32), (0, size - before)),
            count=np.int32(before),
            prompt=_flags(len(scores), context.prompt),
            uniforms=np.pad(uniforms.astype(np.float32), (0, size - len(uniforms))),
            drawn=np.int32(0),
            limit=np.int32(before + len(uniforms)),
            ended=np.False_,
        )

    @classmethod
    def stacked(cls, rows: Sequence[Rows]) -> Rows:
        """Join texts that `one` returned."""
        return cls(*map(np.stack, zip(*rows, strict=True)))


class State(NamedTuple):
    """What the loop carries from one token to the next; its memory is used again by each chunk.

    Attributes:
        rows: The texts.
        kv_cache: Keys and values of each layer.
        length: Positions of the cache in use, int32.
        starts: Where each text begins in the cache, int32 [rows]; None: all at 0.
    """

    rows: Rows
    kv_cache: list[KVCache]
    length: Tensor
    starts: Tensor | None


class Chunk(NamedTuple):
    """What the host reads.

    Attributes:
        token_ids: int32 [rows, steps].
        probabilities: The model's own, before any processor; float32 [rows, steps].
        steps: Number of steps, int32; at most `CHUNK`.
    """

    token_ids: Tensor
    probabilities: Tensor
    steps: Tensor


class DeviceLoop:
    """The compiled loop of a model.

    Args:
        step: Returns the scores after one more token of each text, and the KV cache with it; given the weights, tokens,
            cache, its length and where texts begin in it.
        weights: The model's.

    Attributes:
        weights: The same; to be set again when they have changed.
    """

    def __init__(self, step: Callable[..., tuple[Tensor, list[KVCache]]], weights: list[Tensor]) -> None:
        self.weights = weights
        self._step = step
        self._run = jax.jit(self._chunk, static_argnames="on", donate_argnames="state")

    def chunks(self, state: State, request: Request, on: frozenset[str]) -> Iterator[Chunk]:
        """Continue texts until all have ended.

        Args:
            state: The texts; its memory is used again.
            request: The settings.
            on: See `processors_on`.

        Returns:
            Chunks as NumPy arrays. The loop is compiled when this returns.
        """
        most = int((state.rows.limit - state.rows.count).max())
        ended = state.rows.ended
        state, _ = self.run(_with_ended(state, np.ones_like(ended)), request, on)  # compiles, and writes nothing
        return _chunks(partial(self.run, request=request, on=on), _with_ended(state, ended), -(-most // CHUNK))

    def run(self, state: State, request: Request, on: frozenset[str]) -> tuple[State, Chunk]:
        """Continue texts by up to `CHUNK` tokens each; see `chunks`. The chunk is still on the device."""
        result: tuple[State, Chunk] = self._run(self.weights, state, request, on)
        return result

    def _chunk(self, weights: list[Tensor], state: State, request: Request, on: frozenset[str]) -> tuple[State, Chunk]:
        """Write up to `CHUNK` tokens of each text; none where all have ended."""
        every = jnp.arange(len(state.rows.ended))

        def write(_: Tensor, carried: tuple[State, Chunk]) -> tuple[State, Chunk]:
            (rows, kv_cache, length, starts), chunk = carried
            texts = Texts(rows.written, rows.count, rows.prompt, request.protected, request.breakers)
            token_ids, used = choose(rows.scores, texts, request.strengths, rows.uniforms[every, rows.drawn], on)
            probabilities = jax.nn.softmax(rows.scores)[every, token_ids]
            if starts is not None:  # positions after the end of a text could leave the context
                starts = jnp.where(rows.ended, length, starts)
            scores, kv_cache = self._step(weights, token_ids, kv_cache, length, starts)
            rows = rows._replace(
                scores=scores[:, : rows.scores.shape[1]],  # an embedding may have rows that are no tokens
                written=rows.written.at[every, rows.count].set(token_ids),
                count=rows.count + 1,
                drawn=rows.drawn + used,
                ended=rows.ended | request.ends[token_ids] | (rows.count + 1 >= rows.limit),
            )
            return State(rows, kv_cache, length + 1, starts), Chunk(
                chunk.token_ids.at[:, chunk.steps].set(token_ids),
                chunk.probabilities.at[:, chunk.steps].set(probabilities),
                chunk.steps + 1,
            )

        def unfinished(carried: tuple[State, Chunk]) -> Tensor:
            state, chunk = carried
            return (chunk.steps < CHUNK) & ~jnp.all(state.rows.ended)

        def write_several(carried: tuple[State, Chunk]) -> tuple[State, Chunk]:
            several: tuple[State, Chunk] = jax.lax.fori_loop(0, UNCHECKED_STEPS, write, carried)
            return several

        shape = (len(every), CHUNK)
        empty = Chunk(jnp.zeros(shape, jnp.int32), jnp.zeros(shape, jnp.float32), jnp.int32(0))
        result: tuple[State, Chunk] = jax.lax.while_loop(unfinished, write_several, (state, empty))
        return result


@partial(jax.jit, donate_argnames="rows")
def replaced(rows: Rows, row: int, text: Rows) -> Rows:
    """Return the texts with one of them replaced by a text that `Rows.one` returned."""
    result: Rows = jax.tree.map(lambda every, one: every.at[row].set(one), rows, text)
    return result


def _with_ended(state: State, ended: NDArray[np.bool_]) -> State:
    """Return a state in which given texts have ended."""
    return state._replace(rows=state.rows._replace(ended=ended))


def _chunks(run: Callable[[State], tuple[State, Chunk]], state: State, count: int) -> Iterator[Chunk]:
    """Yield chunks as NumPy arrays, while the next one is running.

    Calls come from a thread, since JAX returns from one on a GPU only when all conditions of its loop are known.
    """

    def next_chunk(state: State) -> tuple[State, Chunk]:
        state, chunk = run(state)
        return state, jax.device_get(chunk)

    with ThreadPoolExecutor(1) as thread:
        running = thread.submit(next_chunk, state)
        for _ in range(count - 1):
            state, chunk = running.result()
            running = thread.submit(next_chunk, state)
            yield chunk
        yield running.result()[1]


def _flags(size: int, token_ids: Collection[int]) -> NDArray[np.bool_]:
    """Return which tokens of a vocabulary are among some."""
    flags = np.zeros(size, np.bool_)
    flags[list(token_ids)] = True
    return flags
