"""The model, one token at a time: texts that are being written side by side from one prompt."""

from __future__ import annotations

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
    """Texts being written side by side from one prompt.

    Args:
        model: The model, whose weights stay as they are.
        compile_step: See `compiled`.

    Attributes:
        context: How many tokens prompt and text may have together.
        length: How many tokens were read.
        vocab_size: Tokens that are scored; the embedding may have rows for more than there are at the moment.
    """

    def __init__(self, model: LanguageModel, compile_step: bool = True) -> None:
        self.context: int = model.config.max_position_embeddings
        self.length = 0
        self.vocab_size: int = model.config.vocab_size
        self.model = model
        self._compiled = compiled(model, compile_step)
        self._caches: list[KVCache] = []

    def refresh(self) -> None:
        """Go on with the weights that the model has now; needed only when they have changed."""
        self._compiled.refresh()

    def start(self, prompt: Sequence[int], copies: int, new_tokens: int) -> NDArray[np.float32]:
        """Read a prompt once, and make ready to write several texts after it.

        Args:
            prompt: Token ids, at least one and fewer than the context holds.
            copies: How many texts.
            new_tokens: How many tokens will be written at most, so that the caches need not grow.

        Returns:
            Scores of the next token, [copies, vocab_size].
        """
        self.length = len(prompt)
        capacity = min(-(-(self.length + new_tokens) // CACHE_BUCKET) * CACHE_BUCKET, self.context)
        logits, read = self._compiled.prefill(prompt)
        self._caches = [KVCache.holding(key, value, capacity) for key, value in read]
        self.keep([0] * copies)
        return np.repeat(self._scores(logits), copies, axis=0)

    def step(self, token_ids: Sequence[int]) -> NDArray[np.float32]:
        """Append a token to each text.

        Args:
            token_ids: One token a text, [copies].

        Returns:
            Scores of the token after it, [copies, vocab_size].
        """
        logits, self._caches = self._compiled.step(token_ids, self._caches, self.length)
        self.length += 1
        return self._scores(logits)

    def keep(self, rows: Sequence[int]) -> None:
        """Go on with these texts alone, in this order; one may stand several times."""
        places = np.asarray(rows, np.int32)
        self._caches = self._compiled.hold(
            [
                KVCache(ops.take(cache.key, places, axis=0), ops.take(cache.value, places, axis=0))
                for cache in self._caches
            ]
        )

    def _scores(self, logits: Tensor) -> NDArray[np.float32]:
        return np.asarray(ops.convert_to_numpy(logits), np.float32)[:, : self.vocab_size]
