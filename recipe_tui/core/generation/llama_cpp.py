"""llama.cpp's library, of which a KV cache in slots is used: a thin layer over the functions of its C interface.

The only module that imports `llama_cpp`; written for llama-cpp-python 0.3.36.
"""

from __future__ import annotations

import os
import weakref
from functools import cache
from typing import TYPE_CHECKING, Any

import numpy as np

from recipe_tui.core.errors import CheckpointError, GenerationError, UsageError
from recipe_tui.core.generation.llama_cpp_decoder import LlamaCppDecoder
from recipe_tui.core.machine import available_cores

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from numpy.typing import NDArray

SLOTS = 64
"""Sequences that a cache can hold."""

BATCH = 512
"""Tokens that are read at once."""

SPINS = "1000"
"""Turns that a thread of OpenMP waits actively for the others, of GCC's 300,000: on a busy machine it takes the core
from the thread that it waits for. Threads that only sleep are slower where nothing else runs."""


class LlamaCppModel:
    """A model of a GGUF file.

    Args:
        path: The file, which is mapped into memory.

    Attributes:
        parameters: Number of its parameters.
        weights_size: Bytes of its weights.

    Raises:
        UsageError: llama-cpp-python is not installed.
        CheckpointError: llama.cpp cannot read the file.
    """

    def __init__(self, path: Path) -> None:
        self._library = library()
        self._model = self._library.llama_model_load_from_file(
            os.fsencode(path), self._library.llama_model_default_params()
        )
        if not self._model:
            raise CheckpointError(f"{path}: llama.cpp cannot read it", "remove the file, so that it is written again")
        weakref.finalize(self, self._library.llama_model_free, self._model)
        self.parameters: int = self._library.llama_model_n_params(self._model)
        self.weights_size: int = self._library.llama_model_size(self._model)
        vocabulary = self._library.llama_model_get_vocab(self._model)
        self.vocab_size: int = self._library.llama_vocab_n_tokens(vocabulary)
        self.context: int = self._library.llama_model_n_ctx_train(self._model)

    def decoder(self, position_cache: int) -> LlamaCppDecoder:
        """Return a decoder of this model, given the bytes of a position in its cache."""
        return LlamaCppDecoder(
            self.open_slots, SLOTS, self.context, self.vocab_size, self.parameters, self.weights_size, position_cache
        )

    def open_slots(self, capacity: int) -> LlamaCppSlots:
        """Allocate a KV cache for at least so many tokens."""
        return LlamaCppSlots(self._library, self, self._model, capacity)


class LlamaCppSlots:
    """A KV cache of llama.cpp; see `recipe_tui.core.generation.llama_cpp_decoder.Slots`.

    Args:
        library: The module of the C interface.
        owner: The model, which is kept.
        model: Its handle.
        capacity: Tokens that it has room for.

    Raises:
        GenerationError: The memory does not suffice.
    """

    def __init__(self, library: Any, owner: LlamaCppModel, model: Any, capacity: int) -> None:
        threads = available_cores()
        options = library.llama_context_default_params()
        options.n_ctx, options.n_seq_max, options.kv_unified = capacity, SLOTS, True
        options.n_batch = options.n_ubatch = BATCH
        options.n_threads = options.n_threads_batch = threads
        self._context = library.llama_init_from_model(model, options)
        if not self._context:
            raise GenerationError(f"llama.cpp has no memory for {capacity:,} tokens", "write fewer texts at once")
        self._library, self._owner, self._vocab_size = library, owner, owner.vocab_size
        self._batch = library.llama_batch_init(BATCH, 0, 1)
        self._memory = library.llama_get_memory(self._context)
        weakref.finalize(self, library.llama_batch_free, self._batch)
        weakref.finalize(self, library.llama_free, self._context)
        self.capacity: int = library.llama_n_ctx(self._context)

    def decode(
        self, tokens: Sequence[int], positions: Sequence[int], slots: Sequence[int], scored: Sequence[int]
    ) -> NDArray[np.float32]:
        """See `Slots.decode`."""
        wanted, found = set(scored), {}
        for begin in range(0, len(tokens), BATCH):
            batch = range(begin, min(begin + BATCH, len(tokens)))
            for place, index in enumerate(batch):
                self._batch.token[place] = tokens[index]
                self._batch.pos[place] = positions[index]
                self._batch.n_seq_id[place] = 1
                self._batch.seq_id[place][0] = slots[index]
                self._batch.logits[place] = index in wanted
            self._batch.n_tokens = len(batch)
            if status := self._library.llama_decode(self._context, self._batch):
                raise GenerationError(f"llama.cpp cannot decode (status {status})", "write fewer texts at once")
            for index in wanted.intersection(batch):
                row = self._library.llama_get_logits_ith(self._context, index - begin)
                found[index] = np.ctypeslib.as_array(row, (self._vocab_size,)).copy()
        return np.stack([found[index] for index in scored])

    def copy(self, source: int, target: int) -> None:
        """See `Slots.copy`."""
        self._library.llama_memory_seq_cp(self._memory, source, target, -1, -1)

    def clear(self, slot: int) -> None:
        """See `Slots.clear`."""
        self._library.llama_memory_seq_rm(self._memory, slot, -1, -1)


@cache
def library() -> Any:
    """Return the module of llama.cpp's C interface, silenced."""
    os.environ.setdefault("GOMP_SPINCOUNT", SPINS)  # read when the library is loaded
    try:
        from llama_cpp import llama_cpp
    except ImportError:
        raise UsageError(
            "f16 and q8_0 need llama-cpp-python, which is not installed", 'pip install "recipe-tui[llama-cpp]"'
        ) from None
    silence = llama_cpp.llama_log_callback(lambda *_: None)
    llama_cpp.llama_log_set(silence, None)
    llama_cpp.recipe_tui_silence = silence  # it is called as long as the library is
    llama_cpp.llama_backend_init()
    return llama_cpp
