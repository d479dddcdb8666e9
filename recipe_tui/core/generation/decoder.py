"""Decoding with a model, a token at a time: several sequences from one prompt, or from a prompt each.

Sequences with prompts of their own end at the same position of the KV cache, and begin at different ones: shorter
prompts are padded on the left, with positions that are never attended to. So each step writes to one position of the
cache, and a sequence that has ended can be replaced by another one at any time.
"""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, Any

import numpy as np
from keras import ops

from recipe_tui.core.config import GenerationConfig, ModelConfig
from recipe_tui.core.families.table import shape_of
from recipe_tui.core.generation.compiled_model import CACHE_BUCKET, compiled
from recipe_tui.core.lora.adapter import parameters
from recipe_tui.core.model.accelerator import cache_dtype
from recipe_tui.core.model.attention import KVCache
from recipe_tui.core.model.weights import weights_size

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from recipe_tui.core.generation.compiled_model import KeysAndValues
    from recipe_tui.core.generation.device_loop import DeviceLoop
    from recipe_tui.core.model.decoder import LanguageModel

Tensor = Any


class Decoder:
    """Sequences that are decoded side by side.

    Args:
        model: The model; its weights are not changed.
        compile_step: See `compiled`.

    Attributes:
        context: Maximum number of tokens of prompt and text together.
        length: Number of positions of the KV cache in use.
        vocab_size: Number of tokens that are scored; the embedding may have more rows.
        model: The model.
    """

    def __init__(self, model: LanguageModel, compile_step: bool = True) -> None:
        self.context: int = model.config.max_position_embeddings
        self.length = 0
        self.vocab_size: int = model.config.vocab_size
        self.model = model
        self._compiled = compiled(model, compile_step)
        self._kv_cache: list[KVCache] = []
        self._starts: NDArray[np.int32] | None = None
        self._ended: set[int] = set()

    @property
    def parameters(self) -> int:
        """Number of the model's parameters without adapters; an integer kernel counts as its float one."""
        return parameters(self.model)

    @property
    def weights_size(self) -> int:
        """Bytes that the model's weights take in memory."""
        return weights_size(self.model)

    @property
    def position_cache(self) -> int:
        """Bytes of one position of a sequence in the KV cache."""
        in_float32 = shape_of(self.model.config.to_dict(), ModelConfig()).position_cache
        return in_float32 if cache_dtype(self.model.compute_dtype) == "float32" else in_float32 // 2

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
        self._starts = None
        capacity = min(-(-(self.length + new_tokens) // CACHE_BUCKET) * CACHE_BUCKET, self.context)
        logits, read = self._compiled.prefill(prompt)
        self._kv_cache = [KVCache.holding(key, value, capacity) for key, value in read]
        self.keep([0] * copies)
        return np.repeat(self._scores(logits), copies, axis=0)

    def start_batch(self, prompts: Sequence[Sequence[int]]) -> NDArray[np.float32]:
        """Prefill the KV cache with a prompt for each sequence.

        Args:
            prompts: Token ids, at least one and fewer than the context each.

        Returns:
            Scores of the next token, [prompts, vocab_size].
        """
        logits, read = zip(*map(self._prefill, prompts), strict=True)
        self.length = max(map(len, prompts))
        self._starts = np.array([self.length - len(prompt) for prompt in prompts], np.int32)
        self._ended = set()
        capacity = self._batch_capacity()

        def joined(layer: int, side: int) -> Tensor:
            """Join the keys (side 0) or values (side 1) of the prompts, padded on the left."""
            tensors = [of[layer][side] for of in read]
            missing = [self.length - tensor.shape[1] for tensor in tensors]
            return ops.concatenate(
                [ops.pad(one, [(0, 0), (left, 0), (0, 0), (0, 0)]) for one, left in zip(tensors, missing, strict=True)]
            )

        layers = range(len(read[0]))
        self._kv_cache = [KVCache.holding(joined(layer, 0), joined(layer, 1), capacity) for layer in layers]
        return np.concatenate(logits)

    def insert(self, row: int, prompt: Sequence[int]) -> NDArray[np.float32]:
        """Replace a sequence of a batch by another one.

        Args:
            row: The sequence.
            prompt: Token ids of the new one, not more than the longest sequence of the batch has.

        Returns:
            Scores of the next token, [vocab_size].
        """
        assert self._starts is not None, "start_batch comes first"
        logits, read = self._prefill(prompt)
        self._kv_cache = self._compiled.insert(self._kv_cache, row, self.length, read)
        self._starts[row] = self.length - len(prompt)
        self._ended.discard(row)
        scores: NDArray[np.float32] = logits[0]
        return scores

    def end(self, row: int) -> None:
        """Forget a sequence of a batch. Its row takes part in the steps until it is replaced, or not kept."""
        self._ended.add(row)

    def step(self, token_ids: Sequence[int]) -> NDArray[np.float32]:
        """Append a token to each sequence.

        Args:
            token_ids: A token for each sequence, [copies].

        Returns:
            Scores of the next token, [copies, vocab_size].
        """
        if self._starts is not None:
            self._starts[list(self._ended)] = self.length
            if self.length == self._kv_cache[0].key.shape[-1]:
                self._make_room(self._starts)
        logits, self._kv_cache = self._compiled.step(token_ids, self._kv_cache, self.length, self._starts)
        self.length += 1
        return self._scores(logits)

    def device_loop(self, config: GenerationConfig) -> DeviceLoop | None:
        """Return the loop that samples on the device; None where steps are faster, or needed by the settings."""
        return self._compiled.device_loop(config)

    def hand_over(self, new_tokens: int = 0) -> tuple[list[KVCache], np.int32, NDArray[np.int32] | None]:
        """Return the KV cache, its length and where sequences begin, for a loop that continues them on the device.

        Args:
            new_tokens: Number of steps for which the cache of a batch gets room; `start` has allocated its own.
        """
        if self._starts is not None:
            self._starts[list(self._ended)] = self.length
            if self.length + new_tokens > self._kv_cache[0].key.shape[-1]:
                self._make_room(self._starts)
        kv_cache, self._kv_cache = self._kv_cache, []
        return kv_cache, np.int32(self.length), self._starts

    def take_back(self, kv_cache: list[KVCache], steps: int) -> None:
        """Take the KV cache back from a loop that has made so many steps."""
        self._kv_cache = kv_cache
        self.length += steps

    def keep(self, rows: Sequence[int]) -> None:
        """Continue with these sequences alone, in this order; one may occur several times."""
        indices = np.asarray(rows, np.int32)
        if self._starts is not None:
            self._starts = self._starts[indices]
            self._ended = {place for place, row in enumerate(rows) if row in self._ended}
        self._kv_cache = [
            KVCache(ops.take(layer.key, indices, axis=0), ops.take(layer.value, indices, axis=0))
            for layer in self._kv_cache
        ]

    def _prefill(self, prompt: Sequence[int]) -> tuple[NDArray[np.float32], KeysAndValues]:
        logits, read = self._compiled.prefill(prompt)
        length = len(prompt)
        return self._scores(logits), [(key[:, :length], value[:, :length]) for key, value in read]

    def _make_room(self, starts: NDArray[np.int32]) -> None:
        """Drop the positions before the first sequence, and allocate room for more at the end."""
        first = int(starts.min())
        self.length -= first
        starts -= first
        added = self._batch_capacity() - self.length
        same = (0, 0)
        self._kv_cache = [
            KVCache(
                ops.pad(layer.key[..., first:], [same, same, same, (0, added)]),
                ops.pad(layer.value[:, :, first:], [same, same, (0, added), same]),
            )
            for layer in self._kv_cache
        ]

    def _batch_capacity(self) -> int:
        """Return the positions to allocate for sequences that have ``length``, and grow."""
        bucket = self._compiled.batch_cache_bucket
        return -(-(self.length + bucket // 2) // bucket) * bucket

    def _scores(self, logits: Tensor) -> NDArray[np.float32]:
        return np.asarray(ops.convert_to_numpy(logits), np.float32)[:, : self.vocab_size]
