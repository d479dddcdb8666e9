"""Decoding with a model, a token at a time: several sequences from one prompt."""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, Any

import numpy as np
from keras import ops

from recipe_tui.core.generation.compiled_model import CACHE_BUCKET, compiled
from recipe_tui.core.model.attention import KVCache

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from recipe_tui.core.model.decoder import LanguageModel

Tensor = Any


class Decoder:
    """Sequences that are decoded side by side from one prompt.

    Args:
        model: The model; its weights are not changed.
        compile_step: See `compiled`.

    Attributes:
        context: Maximum number of tokens of prompt and text together.
        length: Number of tokens in the KV cache.
        vocab_size: Number of tokens that are scored; the embedding may have more rows.
    """

    def __init__(self, model: LanguageModel, compile_step: bool = True) -> None:
        self.context: int = model.config.max_position_embeddings
        self.length = 0
        self.vocab_size: int = model.config.vocab_size
        self.model = model
        self._compiled = compiled(model, compile_step)
        self._kv_cache: list[KVCache] = []

    def fork(self) -> Decoder:
        """Return a decoder of the same compiled model, for other sequences."""
        other = copy(self)
        other.length, other._kv_cache = 0, []
        return other

    def refresh(self) -> None:
        """Use the model's current weights; needed only after they have changed."""
        self._compiled.refresh()

    def start(self, prompt: Sequence[int], copies: int, new_tokens: int) -> NDArray[np.float32]:
        """Prefill the KV cache with a prompt, for several sequences.

        Args:
            prompt: Token ids, at least one and fewer than the context.
            copies: Number of sequences.
            new_tokens: Maximum number of steps, for which the cache is allocated.

        Returns:
            Scores of the next token, [copies, vocab_size].
        """
        self.length = len(prompt)
        capacity = min(-(-(self.length + new_tokens) // CACHE_BUCKET) * CACHE_BUCKET, self.context)
        logits, read = self._compiled.prefill(prompt)
        self._kv_cache = [KVCache.holding(key, value, capacity) for key, value in read]
        self.keep([0] * copies)
        return np.repeat(self._scores(logits), copies, axis=0)

    def step(self, token_ids: Sequence[int]) -> NDArray[np.float32]:
        """Append a token to each sequence.

        Args:
            token_ids: A token for each sequence, [copies].

        Returns:
            Scores of the next token, [copies, vocab_size].
        """
        logits, self._kv_cache = self._compiled.step(token_ids, self._kv_cache, self.length)
        self.length += 1
        return self._scores(logits)

    def keep(self, rows: Sequence[int]) -> None:
        """Continue with these sequences alone, in this order; one may occur several times."""
        indices = np.asarray(rows, np.int32)
        self._kv_cache = self._compiled.hold(
            [
                KVCache(ops.take(layer.key, indices, axis=0), ops.take(layer.value, indices, axis=0))
                for layer in self._kv_cache
            ]
        )

    def _scores(self, logits: Tensor) -> NDArray[np.float32]:
        return np.asarray(ops.convert_to_numpy(logits), np.float32)[:, : self.vocab_size]
