"""The model's two compiled functions: prefill reads a prompt, step a token of each sequence.

With one sequence, a step reads every weight for a single row: memory bandwidth limits it, and any other work shows. XLA
compiles it to little more than that reading. For several rows, XLA's matrix products on a CPU are slow and TensorFlow's
own are fast.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import keras
import numpy as np
from keras import ops

from recipe_tui.core.model.accelerator import has_gpu
from recipe_tui.core.model.attention import KVCache

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from recipe_tui.core.config import GenerationConfig
    from recipe_tui.core.generation.device_loop import DeviceLoop
    from recipe_tui.core.model.decoder import LanguageModel

Tensor = Any
KeysAndValues = list[tuple[Tensor, Tensor]]

CACHE_BUCKET = 256
"""Caches are allocated in multiples of this: a step is compiled for each size, and reads all of it."""

SMALL_CACHE_BUCKET = 64
"""The same for several sequences on TensorFlow, where one step serves all sizes."""

PROMPT_BUCKET = 64
"""On JAX, prompts are padded to multiples of this, so that few lengths are compiled; it divides `CACHE_BUCKET`."""


class CompiledModel(Protocol):
    """A model compiled for decoding.

    Attributes:
        batch_cache_bucket: Caches of several prompts are allocated in multiples of this.
    """

    batch_cache_bucket: int

    def refresh(self) -> None:
        """Use the model's current weights."""

    def prefill(self, prompt: Sequence[int]) -> tuple[Tensor, KeysAndValues]:
        """Return the scores after a prompt, [1, vocab_size], and each layer's [1, length or more, heads, head_size]."""

    def insert(self, kv_cache: list[KVCache], row: int, end: int, read: KeysAndValues) -> list[KVCache]:
        """Return the cache with the prompt that `prefill` read in a sequence's positions before ``end``.

        The cache that is given can no longer be used.
        """

    def device_loop(self, config: GenerationConfig) -> DeviceLoop | None:
        """Return the loop that samples on the device; None where steps are faster, or needed by the settings."""

    def step(
        self, token_ids: Sequence[int], kv_cache: list[KVCache], length: int, starts: NDArray[np.int32] | None
    ) -> tuple[Tensor, list[KVCache]]:
        """Read a token of each sequence at position ``length``; return scores, [sequences, vocab_size], and cache.

        Where the sequences do not begin at position 0 of the cache, ``starts`` says where, [sequences]. The cache that
        is given can no longer be used.
        """


def compiled(model: LanguageModel, compile_step: bool = True) -> CompiledModel:
    """Compile a model for decoding with the backend that Keras runs on.

    Args:
        model: The model.
        compile_step: Whether a step for a single sequence is compiled by XLA, which takes seconds and pays over
            hundreds of tokens. JAX always compiles.
    """
    return JaxModel(model) if keras.backend.backend() == "jax" else TensorFlowModel(model, compile_step)


class TensorFlowModel:
    """On TensorFlow the KV cache is tensors that are updated in place.

    As variables they would be copied at every step: once a variable was assigned in part, each reading copies it.
    """

    batch_cache_bucket = SMALL_CACHE_BUCKET

    def __init__(self, model: LanguageModel, compile_step: bool) -> None:
        import tensorflow as tf

        on_gpu = has_gpu()
        weights = StepWeights(model)

        def read(
            token_ids: Tensor, kv_cache: list[KVCache], length: Tensor, starts: Tensor | None
        ) -> tuple[Tensor, KeysAndValues]:
            with weights.bound(weights.values):
                hidden, read = model.step(token_ids, kv_cache, length, starts)
                return model.logits(hidden), read

        def step_with(read: Any, **options: Any) -> Any:
            def step(
                token_ids: Tensor, kv_cache: list[KVCache], length: Tensor, starts: Tensor | None
            ) -> tuple[Tensor, list[KVCache]]:
                logits, keys_and_values = read(token_ids, kv_cache, length, starts)
                with tf.control_dependencies([logits]):  # all layers have read their cache by then
                    return logits, [
                        KVCache(_with_position(old_key, key, length, 3), _with_position(old_value, value, length, 2))
                        for (old_key, old_value), (key, value) in zip(kv_cache, keys_and_values, strict=True)
                    ]

            return tf.function(step, autograph=False, **options)

        def prefill(input_ids: Tensor) -> tuple[Tensor, KeysAndValues]:
            hidden, read = model.prefill(input_ids)
            return model.logits(hidden[:, -1]), read

        by_operations = step_with(read, reduce_retracing=True)
        by_xla = step_with(tf.function(read, autograph=False, jit_compile=True))
        self._tf = tf
        self._step_of_one = by_xla if compile_step else by_operations
        self._step_of_many = by_xla if compile_step and on_gpu else by_operations
        self._prefill = tf.function(prefill, [tf.TensorSpec((1, None), tf.int32)], autograph=False)

    def refresh(self) -> None:
        """See `CompiledModel.refresh`; float32 weights are the model's own variables already."""

    def prefill(self, prompt: Sequence[int]) -> tuple[Tensor, KeysAndValues]:
        """See `CompiledModel.prefill`."""
        scores: tuple[Tensor, KeysAndValues] = self._prefill(np.asarray([prompt], np.int32))
        return scores

    def insert(self, kv_cache: list[KVCache], row: int, end: int, read: KeysAndValues) -> list[KVCache]:
        """See `CompiledModel.insert`."""
        held = []
        for layer, (key, value) in zip(kv_cache, read, strict=True):
            prompt = KVCache.holding(key, value, key.shape[1])
            before, after = end - key.shape[1], layer.key.shape[-1] - end
            whole_key = ops.pad(prompt.key, [(0, 0), (0, 0), (0, 0), (before, after)])
            whole_value = ops.pad(prompt.value, [(0, 0), (0, 0), (before, after), (0, 0)])
            held.append(KVCache(_updated(layer.key, [row], whole_key), _updated(layer.value, [row], whole_value)))
        return held

    def step(
        self, token_ids: Sequence[int], kv_cache: list[KVCache], length: int, starts: NDArray[np.int32] | None
    ) -> tuple[Tensor, list[KVCache]]:
        """See `CompiledModel.step`."""
        constant = self._tf.constant
        begins = None if starts is None else constant(starts, "int32")
        step = self._step_of_one if len(token_ids) == 1 else self._step_of_many
        result: tuple[Tensor, list[KVCache]] = step(
            constant(token_ids, "int32"), kv_cache, constant(length, "int32"), begins
        )
        return result

    def device_loop(self, config: GenerationConfig) -> None:
        """See `CompiledModel.device_loop`; TensorFlow has none."""


def _with_position(tensor: Tensor, new: Tensor, position: Tensor, axis: int) -> Tensor:
    """Write one position of a cache in place.

    Args:
        tensor: The keys or values of a layer, four axes.
        new: Those of the position, the same without `axis`.
        position: The position.
        axis: The axis of positions.
    """
    shape = ops.shape(tensor)
    rows, inside = ops.prod(ops.convert_to_tensor(shape[:axis])), shape[axis + 1 :]
    indices = ops.arange(rows) * shape[axis] + position
    updated = _updated(ops.reshape(tensor, (-1, *inside)), indices, ops.reshape(new, (-1, *inside)))
    return ops.reshape(updated, shape)


def _updated(tensor: Tensor, indices: Any, rows: Tensor) -> Tensor:
    """Overwrite rows of a tensor in place, which no other operation of TensorFlow does without a variable."""
    import tensorflow as tf

    return tf.raw_ops.InplaceUpdate(x=tensor, i=indices, v=rows)


class JaxModel:
    """On JAX the KV cache is donated to each step, which returns it with one position written.

    On a GPU a `DeviceLoop` samples: it saves the transfer of the scores to the host, which takes longer there than the
    step. On a CPU there is no transfer, and XLA sorts a vocabulary in 30 ms, where NumPy chooses a token in 1.3 ms.
    """

    batch_cache_bucket = CACHE_BUCKET

    def __init__(self, model: LanguageModel) -> None:
        import jax

        from recipe_tui.core.generation.device_loop import DeviceLoop

        weights = StepWeights(model)

        def step(
            values: list[Tensor], token_ids: Tensor, kv_cache: list[KVCache], length: Tensor, starts: Tensor | None
        ) -> tuple[Tensor, list[KVCache]]:
            with weights.bound(values):
                hidden, read = model.step(token_ids, kv_cache, length, starts)
                logits = model.logits(hidden)
            # After it, every layer has read its cache. XLA would otherwise copy what it is to write in place.
            logits, kv_cache = jax.lax.optimization_barrier((logits, kv_cache))
            return logits, [
                KVCache(
                    ops.slice_update(layer.key, (0, 0, 0, length), key[..., None]),
                    ops.slice_update(layer.value, (0, 0, length, 0), value[:, :, None]),
                )
                for layer, (key, value) in zip(kv_cache, read, strict=True)
            ]

        def prefill(values: list[Tensor], input_ids: Tensor, last: Tensor) -> tuple[Tensor, KeysAndValues]:
            with weights.bound(values):
                hidden, read = model.prefill(input_ids)
                return model.logits(ops.take(hidden, last, axis=1)), read

        self._context: int = model.config.max_position_embeddings
        self._weights, self._values = weights, weights.values
        self._step = jax.jit(step, donate_argnums=2)
        self._prefill = jax.jit(prefill)
        self._device_loop = DeviceLoop(step, weights.values)

    def refresh(self) -> None:
        """See `CompiledModel.refresh`."""
        self._values = self._device_loop.weights = self._weights.read()

    def prefill(self, prompt: Sequence[int]) -> tuple[Tensor, KeysAndValues]:
        """See `CompiledModel.prefill`."""
        length = len(prompt)
        input_ids = np.zeros((1, min(-(-length // PROMPT_BUCKET) * PROMPT_BUCKET, self._context)), np.int32)
        input_ids[0, :length] = prompt
        # The padding's keys and values lie behind the text: they are never attended to, and are overwritten.
        result: tuple[Tensor, KeysAndValues] = self._prefill(self._values, input_ids, length - 1)
        return result

    def insert(self, kv_cache: list[KVCache], row: int, end: int, read: KeysAndValues) -> list[KVCache]:
        """See `CompiledModel.insert`."""
        held = []
        for layer, (key, value) in zip(kv_cache, read, strict=True):
            prompt = KVCache.holding(key, value, key.shape[1])
            begin = end - key.shape[1]
            held.append(
                KVCache(
                    ops.slice_update(layer.key, (row, 0, 0, begin), prompt.key),
                    ops.slice_update(layer.value, (row, 0, begin, 0), prompt.value),
                )
            )
        return held

    def step(
        self, token_ids: Sequence[int], kv_cache: list[KVCache], length: int, starts: NDArray[np.int32] | None
    ) -> tuple[Tensor, list[KVCache]]:
        """See `CompiledModel.step`."""
        result: tuple[Tensor, list[KVCache]] = self._step(
            self._values, np.asarray(token_ids, np.int32), kv_cache, length, starts
        )
        return result

    def device_loop(self, config: GenerationConfig) -> DeviceLoop | None:
        """See `CompiledModel.device_loop`."""
        from recipe_tui.core.generation.device_processors import can_run

        return self._device_loop if has_gpu() and can_run(config) else None


class StepWeights:
    """A model's weights, in the layout that a step reads fastest.

    On a CPU, XLA's product of one bfloat16 row with a matrix runs at memory bandwidth along the rows of the matrix, and
    fifty times slower along its columns: so transposed copies of bfloat16 kernels are kept there.
    """

    def __init__(self, model: LanguageModel) -> None:
        self._variables = model.weights
        on_cpu = not has_gpu()
        self._transposed = [
            on_cpu and variable.path.endswith("/kernel") and variable.dtype == "bfloat16"
            for variable in self._variables
        ]
        self.values = self.read()

    def read(self) -> list[Tensor]:
        """Return the current values of the model's weights."""
        return [
            ops.transpose(variable.value) if transposed else variable.value
            for variable, transposed in zip(self._variables, self._transposed, strict=True)
        ]

    def bound(self, values: Sequence[Tensor]) -> keras.StatelessScope:
        """Return a scope in which the model computes with `values`, which are symbolic during compilation."""
        straight = [
            ops.transpose(value) if transposed else value
            for value, transposed in zip(values, self._transposed, strict=True)
        ]
        return keras.StatelessScope(state_mapping=list(zip(self._variables, straight, strict=True)))
