"""The model's two compiled functions: one reads a prompt, the other a token more of each text.

Writing one text, a step reads every weight for a single row, so it is memory that limits it, and whatever else the step
does shows. XLA compiles it to little more than that reading. For several rows at once, XLA's products on a CPU are slow
and TensorFlow's own are good.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Protocol

import keras
import numpy as np
from keras import ops

from recipe_tui.core.model.attention import KVCache

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recipe_tui.core.model.decoder import LanguageModel

Tensor = Any
KeysAndValues = list[tuple[Tensor, Tensor]]

CACHE_BUCKET = 256
"""Caches have room for multiples of this: a step is compiled for each, and reads all of it."""

PROMPT_BUCKET = 64
"""On JAX, prompts are padded to multiples of this, so that few lengths are compiled; it divides `CACHE_BUCKET`."""


class CompiledModel(Protocol):
    """A model ready to write."""

    def refresh(self) -> None:
        """Take up the weights that the model has now, if they have changed."""

    def prefill(self, prompt: Sequence[int]) -> tuple[Tensor, KeysAndValues]:
        """Return the scores after a prompt, [1, vocab_size], and each layer's [1, length or more, heads, head_size]."""

    def hold(self, caches: Sequence[KVCache]) -> list[KVCache]:
        """Return caches that `step` can write to."""

    def step(self, token_ids: Sequence[int], caches: list[KVCache], length: int) -> tuple[Tensor, list[KVCache]]:
        """Read a token of each text at place ``length``; return scores, [texts, vocab_size], and the caches."""


def compiled(model: LanguageModel, compile_step: bool = True) -> CompiledModel:
    """Make a model ready to write with the backend that Keras runs on.

    Args:
        model: The model.
        compile_step: Whether a step for a single text is compiled by XLA, which takes seconds and pays over hundreds of
            tokens. JAX compiles always.
    """
    return JaxModel(model) if keras.backend.backend() == "jax" else TensorFlowModel(model, compile_step)


class TensorFlowModel:
    """On TensorFlow the caches are variables, which are written to where they are."""

    def __init__(self, model: LanguageModel, compile_step: bool) -> None:
        import tensorflow as tf

        on_gpu = bool(tf.config.list_physical_devices("GPU"))
        weights = StepWeights(model, on_cpu=not on_gpu)

        def read(token_ids: Tensor, caches: list[KVCache], length: Tensor) -> tuple[Tensor, KeysAndValues]:
            with weights.bound(weights.values):
                hidden, read = model.step(token_ids, caches, length)
                return model.logits(hidden), read

        by_xla, by_operations = tf.function(read, jit_compile=True), tf.function(read)

        def step(token_ids: Tensor, caches: list[KVCache], length: Tensor) -> Tensor:
            pays = compile_step and (on_gpu or token_ids.shape[0] == 1)
            logits, read = (by_xla if pays else by_operations)(token_ids, caches, length)
            for cache, (key, value) in zip(caches, read, strict=True):
                cache.key[..., length].assign(key)
                cache.value[:, :, length].assign(value)
            return logits

        def prefill(input_ids: Tensor) -> tuple[Tensor, KeysAndValues]:
            hidden, read = model.prefill(input_ids)
            return model.logits(hidden[:, -1]), read

        self._tf = tf
        self._step = tf.function(step)
        self._prefill = tf.function(prefill, input_signature=[tf.TensorSpec((1, None), tf.int32)])

    def refresh(self) -> None:
        """See `CompiledModel.refresh`; here the weights are the model's own variables, as long as they are float32."""

    def prefill(self, prompt: Sequence[int]) -> tuple[Tensor, KeysAndValues]:
        """See `CompiledModel.prefill`."""
        scores: tuple[Tensor, KeysAndValues] = self._prefill(np.asarray([prompt], np.int32))
        return scores

    def hold(self, caches: Sequence[KVCache]) -> list[KVCache]:
        """See `CompiledModel.hold`."""
        return [KVCache(self._tf.Variable(cache.key), self._tf.Variable(cache.value)) for cache in caches]

    def step(self, token_ids: Sequence[int], caches: list[KVCache], length: int) -> tuple[Tensor, list[KVCache]]:
        """See `CompiledModel.step`."""
        constant = self._tf.constant
        return self._step(constant(token_ids, "int32"), caches, constant(length, "int32")), caches


class JaxModel:
    """On JAX the caches are given away to each step, which returns them with one place written to."""

    def __init__(self, model: LanguageModel) -> None:
        import jax

        weights = StepWeights(model, on_cpu=jax.default_backend() == "cpu")

        def step(
            values: list[Tensor], token_ids: Tensor, caches: list[KVCache], length: Tensor
        ) -> tuple[Tensor, list[KVCache]]:
            with weights.bound(values):
                hidden, read = model.step(token_ids, caches, length)
                logits = model.logits(hidden)
            return logits, [
                KVCache(
                    ops.slice_update(cache.key, (0, 0, 0, length), key[..., None]),
                    ops.slice_update(cache.value, (0, 0, length, 0), value[:, :, None]),
                )
                for cache, (key, value) in zip(caches, read, strict=True)
            ]

        def prefill(values: list[Tensor], input_ids: Tensor, last: Tensor) -> tuple[Tensor, KeysAndValues]:
            with weights.bound(values):
                hidden, read = model.prefill(input_ids)
                return model.logits(ops.take(hidden, last, axis=1)), read

        self._context: int = model.config.max_position_embeddings
        self._weights, self._values = weights, weights.values
        self._step = jax.jit(step, donate_argnums=2)
        self._prefill = jax.jit(prefill)

    def refresh(self) -> None:
        """See `CompiledModel.refresh`."""
        self._values = self._weights.read()

    def prefill(self, prompt: Sequence[int]) -> tuple[Tensor, KeysAndValues]:
        """See `CompiledModel.prefill`."""
        length = len(prompt)
        input_ids = np.zeros((1, min(-(-length // PROMPT_BUCKET) * PROMPT_BUCKET, self._context)), np.int32)
        input_ids[0, :length] = prompt
        # What the padding leaves in the caches lies behind the text: it is never seen, and written over.
        result: tuple[Tensor, KeysAndValues] = self._prefill(self._values, input_ids, length - 1)
        return result

    def hold(self, caches: Sequence[KVCache]) -> list[KVCache]:
        """See `CompiledModel.hold`."""
        return list(caches)

    def step(self, token_ids: Sequence[int], caches: list[KVCache], length: int) -> tuple[Tensor, list[KVCache]]:
        """See `CompiledModel.step`."""
        result: tuple[Tensor, list[KVCache]] = self._step(self._values, np.asarray(token_ids, np.int32), caches, length)
        return result


class StepWeights:
    """A model's weights, laid out as a step reads them fastest.

    On a CPU, XLA's product of one bfloat16 row and a matrix runs at the speed of memory when the row meets rows of the
    matrix, and fifty times slower when it meets columns: so bfloat16 kernels are kept transposed there, besides the
    model's own.
    """

    def __init__(self, model: LanguageModel, on_cpu: bool) -> None:
        self._variables = model.weights
        self._transposed = [
            on_cpu and variable.path.endswith("/kernel") and variable.dtype == "bfloat16"
            for variable in self._variables
        ]
        self.values = self.read()

    def read(self) -> list[Tensor]:
        """Return the values that the model's weights have now."""
        return [
            ops.transpose(variable.value) if transposed else variable.value
            for variable, transposed in zip(self._variables, self._transposed, strict=True)
        ]

    def bound(self, values: Sequence[Tensor]) -> keras.StatelessScope:
        """Return a scope in which the model computes with `values`, which may stand for others while compiling."""
        straight = [
            ops.transpose(value) if transposed else value
            for value, transposed in zip(values, self._transposed, strict=True)
        ]
        return keras.StatelessScope(state_mapping=list(zip(self._variables, straight, strict=True)))
