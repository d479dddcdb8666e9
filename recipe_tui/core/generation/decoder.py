"""The model, one token at a time: a compiled prefill and a compiled step over the key/value cache."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import keras
import numpy as np
from keras import ops

from recipe_tui.core.model.attention import Cache

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from recipe_tui.core.model.gpt2 import GPT2

Tensor = Any

PROMPT_BUCKET = 64
"""Prompts are padded to multiples of this, so that few lengths are compiled."""

CACHE_BUCKET = 128
"""The cache grows by this many positions: one of the whole context from the start would halve the speed."""


class Decoder:
    """Texts being written side by side from one prompt.

    Args:
        model: The model.
    """

    def __init__(self, model: GPT2) -> None:
        self.context: int = model.config.n_positions
        self.length = 0
        self._model = model
        self._advance = _compiled(model)
        self._caches: list[Cache] = []

    def start(self, prompt: Sequence[int], copies: int) -> NDArray[np.float32]:
        """Read a prompt once, and make ready to write several texts after it.

        Args:
            prompt: Token ids, at least one and fewer than the context holds.
            copies: How many texts.

        Returns:
            Scores of the next token, [copies, vocab_size].
        """
        self.length = len(prompt)
        padded = min(_rounded(self.length, PROMPT_BUCKET), self.context)
        input_ids = np.zeros((1, padded), np.int32)
        input_ids[0, : self.length] = prompt
        caches = self._model.empty_caches(1, min(_rounded(padded + 1, CACHE_BUCKET), self.context))
        logits, caches = self._advance(ops.convert_to_tensor(input_ids), caches, self.length - 1)
        # What the padding left in the cache lies behind its length: it is never seen, and written over.
        self._caches = [self._with_length(cache, lambda rows: ops.repeat(rows, copies, axis=0)) for cache in caches]
        return np.repeat(_numbers(logits), copies, axis=0)

    def step(self, token_ids: Sequence[int]) -> NDArray[np.float32]:
        """Append a token to each text.

        Args:
            token_ids: One token a text, [copies].

        Returns:
            Scores of the token after it, [copies, vocab_size].
        """
        capacity = self._caches[0].key.shape[1]
        if self.length == capacity:
            more = min(CACHE_BUCKET, self.context - capacity)
            room = [(0, 0), (0, more), (0, 0), (0, 0)]
            self._caches = [self._with_length(cache, lambda rows: ops.pad(rows, room)) for cache in self._caches]
        input_ids = ops.convert_to_tensor(np.asarray(token_ids, np.int32)[:, None])
        logits, self._caches = self._advance(input_ids, self._caches, 0)
        self.length += 1
        return _numbers(logits)

    def keep(self, rows: Sequence[int]) -> None:
        """Go on with these texts alone, in this order; one may stand several times."""
        self._caches = [
            self._with_length(cache, lambda values: ops.take(values, np.asarray(rows, np.int32), axis=0))
            for cache in self._caches
        ]

    def _with_length(self, cache: Cache, change: Callable[[Tensor], Tensor]) -> Cache:
        return Cache(change(cache.key), change(cache.value), ops.convert_to_tensor(self.length, "int32"))


def _compiled(model: GPT2) -> Any:
    """Compile reading some tokens: ids [batch, length], caches, the place whose scores are wanted -> scores, caches."""

    def advance(input_ids: Tensor, caches: list[Cache], place: Tensor) -> tuple[Tensor, list[Cache]]:
        hidden, caches = model.decode(input_ids, caches)
        return model.logits(ops.take(hidden, place, axis=1)), caches

    if keras.backend.backend() == "jax":
        import jax

        variables = model.variables

        def stateless(values: list[Tensor], *arguments: Any) -> tuple[Tensor, list[Cache]]:
            with keras.StatelessScope(state_mapping=list(zip(variables, values, strict=True))):
                return advance(*arguments)

        jitted = jax.jit(stateless, donate_argnums=2)
        return lambda *arguments: jitted([variable.value for variable in variables], *arguments)
    import tensorflow as tf

    function = tf.function(advance, jit_compile=bool(tf.config.list_physical_devices("GPU")), reduce_retracing=False)
    return lambda input_ids, caches, place: function(input_ids, caches, tf.constant(place, tf.int32))


def _rounded(count: int, bucket: int) -> int:
    return -(-count // bucket) * bucket


def _numbers(logits: Tensor) -> NDArray[np.float32]:
    return np.asarray(ops.convert_to_numpy(logits), np.float32)
