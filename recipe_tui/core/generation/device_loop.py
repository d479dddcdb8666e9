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

from recipe_tui.core.generation.device_processors import Strengths, Texts, choose, processors_on

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Iterator

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
    """What does not change while texts are written.

    Attributes:
        strengths: The settings of the processors.
        uniforms: Random numbers from 0 to 1, float32 [rows, max_new_tokens or more].
        ends: The tokens that end a text, bool [vocab_size].
        limit: Number of tokens at which each text ends, int32 [rows].
    """

    strengths: Strengths
    uniforms: Tensor
    ends: Tensor
    limit: Tensor


class State(NamedTuple):
    """What the loop carries from one token to the next; its memory is used again by each chunk.

    Attributes:
        scores: Scores of the next token, float32 [rows, vocab_size].
        kv_cache: Keys and values of each layer.
        length: Positions of the cache in use, int32.
        texts: The texts so far.
        drawn: Random numbers used, int32 [rows].
        ended: Which texts have ended; what is written after that has no meaning. bool [rows].
    """

    scores: Tensor
    kv_cache: list[KVCache]
    length: Tensor
    texts: Texts
    drawn: Tensor
    ended: Tensor


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
    """

    def __init__(self, step: Callable[..., tuple[Tensor, list[KVCache]]]) -> None:
        self._step = step
        self._run = jax.jit(self._chunk, static_argnames="on", donate_argnames="state")

    def decode(
        self,
        weights: list[Tensor],
        scores: NDArray[np.float32],
        kv_cache: list[KVCache],
        length: int,
        context: Context,
        uniforms: NDArray[np.float64],
        end_ids: Collection[int],
    ) -> Iterator[Chunk]:
        """Continue texts side by side until all have ended, a chunk at a time.

        Args:
            weights: The model's.
            scores: Scores of the next token, [rows, vocab_size].
            kv_cache: Keys and values of what precedes it. It can no longer be used.
            length: Number of positions of the cache in use.
            context: The settings, the prompt and what was written after it before, by each text.
            uniforms: Random numbers from 0 to 1 for each text, [rows, max_new_tokens].
            end_ids: The tokens that end a text.

        Returns:
            Chunks as NumPy arrays. The loop is compiled when this returns, and the first chunk has begun.
        """
        rows, vocab_size = scores.shape
        before, count = len(context.written), len(context.written) + uniforms.shape[1]
        request = Request(
            Strengths.of(context.config),
            _padded(uniforms.astype(np.float32)),
            _flags(vocab_size, end_ids),
            np.full(rows, count, np.int32),
        )
        texts = Texts(
            written=np.tile(_padded(np.array([[*context.written, *([0] * uniforms.shape[1])]], np.int32)), (rows, 1)),
            count=np.full(rows, before, np.int32),
            prompt=np.tile(_flags(vocab_size, context.prompt), (rows, 1)),
            protected=_flags(vocab_size, context.protected),
            breakers=_flags(vocab_size, context.breakers),
        )
        state = State(scores, kv_cache, np.int32(length), texts, np.zeros(rows, np.int32), np.zeros(rows, bool))
        run = partial(self._run, weights, request=request, on=processors_on(context.config))
        state, _ = run(state._replace(ended=np.ones(rows, bool)))  # compiles, and writes nothing
        return _chunks(run, state._replace(ended=np.zeros(rows, bool)), -(-uniforms.shape[1] // CHUNK))

    def _chunk(self, weights: list[Tensor], state: State, request: Request, on: frozenset[str]) -> tuple[State, Chunk]:
        """Write up to `CHUNK` tokens of each text; none where all have ended."""
        rows = jnp.arange(len(state.ended))

        def write(_: Tensor, carried: tuple[State, Chunk]) -> tuple[State, Chunk]:
            state, chunk = carried
            uniform = request.uniforms[rows, state.drawn]
            token_ids, used = choose(state.scores, state.texts, request.strengths, uniform, on)
            probabilities = jax.nn.softmax(state.scores)[rows, token_ids]
            texts = state.texts.appended(token_ids)
            ended = state.ended | request.ends[token_ids] | (texts.count >= request.limit)
            scores, kv_cache = self._step(weights, token_ids, state.kv_cache, state.length, None)
            scores = scores[:, : state.scores.shape[1]]  # an embedding may have rows that are no tokens
            return State(scores, kv_cache, state.length + 1, texts, state.drawn + used, ended), Chunk(
                chunk.token_ids.at[:, chunk.steps].set(token_ids),
                chunk.probabilities.at[:, chunk.steps].set(probabilities),
                chunk.steps + 1,
            )

        def unfinished(carried: tuple[State, Chunk]) -> Tensor:
            state, chunk = carried
            return (chunk.steps < CHUNK) & ~jnp.all(state.ended)

        def write_several(carried: tuple[State, Chunk]) -> tuple[State, Chunk]:
            several: tuple[State, Chunk] = jax.lax.fori_loop(0, UNCHECKED_STEPS, write, carried)
            return several

        shape = (len(state.ended), CHUNK)
        empty = Chunk(jnp.zeros(shape, jnp.int32), jnp.zeros(shape, jnp.float32), jnp.int32(0))
        result: tuple[State, Chunk] = jax.lax.while_loop(unfinished, write_several, (state, empty))
        return result


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


def _padded(array: NDArray[Any]) -> NDArray[Any]:
    """Append zeros to rows, up to a multiple of `BUCKET`."""
    return np.pad(array, [(0, 0), (0, -array.shape[1] % BUCKET)])


def _flags(size: int, token_ids: Collection[int]) -> NDArray[np.bool_]:
    """Return which tokens of a vocabulary are among some."""
    flags = np.zeros(size, np.bool_)
    flags[list(token_ids)] = True
    return flags
