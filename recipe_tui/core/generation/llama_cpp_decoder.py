"""Decoding by llama.cpp, whose products read weights of 16 or 8 bits as they are.

llama.cpp keeps a KV cache for all sequences together, each with positions of its own from 0 on. A sequence has a number
there, its slot; several rows that begin alike share the positions that they have in common.
"""

from __future__ import annotations

from copy import copy
from typing import TYPE_CHECKING, Protocol

import numpy as np

from recipe_tui.core.errors import GenerationError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from numpy.typing import NDArray

    from recipe_tui.core.model.decoder import LanguageModel

CACHE_BUCKET = 256
"""Positions of the cache are allocated in multiples of this, as llama.cpp itself does."""

GROWTH = 2
"""A full cache is replaced by one of so many times its size."""


class Slots(Protocol):
    """A KV cache with room for a number of tokens, in slots that are independent of each other."""

    capacity: int

    def decode(
        self, tokens: Sequence[int], positions: Sequence[int], slots: Sequence[int], scored: Sequence[int]
    ) -> NDArray[np.float32]:
        """Read tokens, and return the scores after those whose indices are `scored`, [scored, vocabulary]."""

    def copy(self, source: int, target: int) -> None:
        """Let a slot that is empty share all positions of another."""

    def clear(self, slot: int) -> None:
        """Forget a slot's positions."""


class LlamaCppDecoder:
    """Sequences that are decoded side by side; see `Decoder`, whose methods it has.

    Args:
        open_slots: Allocates a cache for at least so many tokens in all.
        slots: Sequences that a cache can hold.
        context: Maximum number of tokens of prompt and text together.
        vocab_size: Number of tokens that are scored.
        parameters: Number of the model's parameters.
        weights_size: Bytes of its weights.
        position_cache: Bytes of one position of a sequence in the KV cache.
    """

    def __init__(
        self,
        open_slots: Callable[[int], Slots],
        slots: int,
        context: int,
        vocab_size: int,
        parameters: int = 0,
        weights_size: int = 0,
        position_cache: int = 0,
    ) -> None:
        self.context = context
        self.vocab_size = vocab_size
        self.parameters = parameters
        self.weights_size = weights_size
        self.position_cache = position_cache
        self._open, self._slots = open_slots, slots
        self._cache: Slots | None = None
        self._rows: list[int | None] = []
        self._texts: dict[int, list[int]] = {}

    @property
    def model(self) -> LanguageModel:
        """None: llama.cpp gives neither hidden states nor the scores of a whole text.

        Raises:
            GenerationError: Always.
        """
        raise GenerationError("llama.cpp only writes texts", "take the precision float32 or bfloat16")

    def fork(self) -> LlamaCppDecoder:
        """See `Decoder.fork`."""
        other = copy(self)
        other._cache, other._rows, other._texts = None, [], {}
        return other

    def refresh(self) -> None:
        """See `Decoder.refresh`; the weights never change."""

    def start(self, prompt: Sequence[int], copies: int, new_tokens: int) -> NDArray[np.float32]:
        """See `Decoder.start`."""
        self._begin(copies * (len(prompt) + new_tokens))
        scores = self._read({0: prompt})
        self._rows = [0]
        self.keep([0] * copies)
        return np.repeat(scores, copies, axis=0)

    def start_batch(self, prompts: Sequence[Sequence[int]]) -> NDArray[np.float32]:
        """See `Decoder.start_batch`."""
        self._begin(GROWTH * sum(map(len, prompts)))
        self._rows = list(range(len(prompts)))
        return self._read(dict(enumerate(prompts)))

    def insert(self, row: int, prompt: Sequence[int]) -> NDArray[np.float32]:
        """See `Decoder.insert`."""
        self.end(row)
        self._rows[row] = slot = self._free_slot()
        scores: NDArray[np.float32] = self._read({slot: prompt})[0]
        return scores

    def end(self, row: int) -> None:
        """Forget a sequence of a batch. Its scores are 0 until it is replaced, or not kept."""
        slot, self._rows[row] = self._rows[row], None
        if slot is not None and slot not in self._rows:
            self._forget(slot)

    def step(self, token_ids: Sequence[int]) -> NDArray[np.float32]:
        """See `Decoder.step`."""
        given = {slot: [token] for slot, token in zip(self._rows, token_ids, strict=True) if slot is not None}
        scores = np.zeros((len(self._rows), self.vocab_size), np.float32)
        scores[[slot is not None for slot in self._rows]] = self._read(given)
        return scores

    def keep(self, rows: Sequence[int]) -> None:
        """See `Decoder.keep`."""
        kept = [self._rows[row] for row in rows]
        for unused in set(self._texts) - set(kept):
            self._forget(unused)
        self._rows = []
        for slot in kept:
            self._rows.append(self._copied(slot) if slot is not None and slot in self._rows else slot)

    def _copied(self, slot: int) -> int:
        """Return another slot with the same text."""
        target = self._free_slot()
        self._opened.copy(slot, target)
        self._texts[target] = [*self._texts[slot]]
        return target

    @property
    def _opened(self) -> Slots:
        assert self._cache is not None, "start comes first"
        return self._cache

    def _begin(self, tokens: int) -> None:
        """Forget all sequences, and have room for a number of tokens."""
        self._rows = []
        for slot in list(self._texts):
            self._forget(slot)
        if self._cache is None or self._cache.capacity < tokens:
            self._allocate(tokens)

    def _allocate(self, tokens: int) -> None:
        self._cache = None  # two at once may not fit into memory
        self._cache = self._open(-(-tokens // CACHE_BUCKET) * CACHE_BUCKET)

    def _forget(self, slot: int) -> None:
        del self._texts[slot]
        self._opened.clear(slot)

    def _free_slot(self) -> int:
        free = next((slot for slot in range(self._slots) if slot not in self._texts), None)
        if free is None:
            raise GenerationError(
                f"llama.cpp decodes at most {self._slots} sequences side by side", "lower num_beams or best_of"
            )
        return free

    def _read(self, given: dict[int, Sequence[int]] | dict[int, list[int]]) -> NDArray[np.float32]:
        """Append tokens to slots, and return the scores after each slot's last one, [slots, vocab_size]."""
        used = sum(map(len, self._texts.values())) + sum(map(len, given.values()))
        if used > self._opened.capacity:
            self._allocate(GROWTH * used)
            if self._texts:
                self._decode({slot: (0, text) for slot, text in self._texts.items()})
        begins = {slot: (len(self._texts.get(slot, ())), tokens) for slot, tokens in given.items()}
        scores = self._decode(begins)
        for slot, tokens in given.items():
            self._texts.setdefault(slot, []).extend(tokens)
        return scores[:, : self.vocab_size]

    def _decode(self, given: dict[int, tuple[int, Sequence[int]]]) -> NDArray[np.float32]:
        tokens: list[int] = []
        positions: list[int] = []
        slots: list[int] = []
        last: list[int] = []
        for slot, (begin, more) in given.items():
            tokens += more
            positions += range(begin, begin + len(more))
            slots += [slot] * len(more)
            last.append(len(tokens) - 1)
        return self._opened.decode(tokens, positions, slots, last)
