"""Causal attention: over a whole text at once, isolated by segment, or over a growing cache.

Several heads of queries may share one of keys and values ("GQA", Ainslie et al., 2023): then ``groups`` heads that
follow each other ask the same one, and nothing is ever repeated for it in memory.
"""

from __future__ import annotations

import math
from typing import Any, NamedTuple

import keras
from keras import ops

from recipe_tui.core.model.fused_ops import compiled

Tensor = Any


class Cache(NamedTuple):
    """Room for the keys and values of a text that is being written, in one layer.

    Both are float32 and laid out so that a step multiplies a row by a matrix that lies in memory as it is read: XLA
    would otherwise copy them at every step, and has no fast product in bfloat16 on a CPU.

    Attributes:
        key: [batch, key_heads, head_size, capacity].
        value: [batch, key_heads, capacity, head_size].
    """

    key: Tensor
    value: Tensor

    @classmethod
    def holding(cls, key: Tensor, value: Tensor, capacity: int) -> Cache:
        """Make a cache that begins with [batch, length, key_heads, head_size] keys and values."""
        free = capacity - key.shape[1]
        return cls(
            ops.pad(ops.transpose(ops.cast(key, "float32"), (0, 2, 3, 1)), [(0, 0), (0, 0), (0, 0), (0, free)]),
            ops.pad(ops.transpose(ops.cast(value, "float32"), (0, 2, 1, 3)), [(0, 0), (0, 0), (0, free), (0, 0)]),
        )


def segment_mask(segment_ids: Tensor) -> Tensor:
    """Return the boolean mask [batch, 1, length, length] under which a position sees its own segment's past."""
    length = ops.shape(segment_ids)[1]
    same = segment_ids[:, :, None] == segment_ids[:, None, :]
    position = ops.arange(length)
    return (same & (position[:, None] >= position[None, :]))[:, None]


def attend(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None, training: bool = False) -> Tensor:
    """Attend with [batch, length, heads, head_size] queries, keys and values; causal where there is no mask.

    Keys and values may have fewer heads, of which that of the queries is a multiple.
    """
    if not training or keras.backend.backend() != "tensorflow":
        if key.shape[2] == 1:  # which Keras does not repeat on TensorFlow, as it does any other number
            key, value = (ops.repeat(one, query.shape[2], axis=2) for one in (key, value))
        return ops.dot_product_attention(query, key, value, mask=mask, is_causal=mask is None)
    if mask is None:
        position = ops.arange(ops.shape(query)[1])
        mask = (position[:, None] >= position[None, :])[None, None]
    return _attend_again(query, key, value, mask)


def _attend_again(query: Tensor, key: Tensor, value: Tensor, mask: Tensor) -> Tensor:
    """Attend, and work the weights out again in the backward pass.

    TensorFlow has no flash attention. Left to itself it keeps the [length, length] weights of every layer and several
    copies of them; here the inputs alone are kept (Dao et al., 2022, section 3.1, without the tiling).
    """
    import tensorflow as tf

    scale = query.shape[-1] ** -0.5
    batch, length, heads, size = ops.shape(query)
    key_heads = key.shape[2]

    def by_heads(*tensors: Tensor) -> list[Tensor]:
        """Bring the heads to the front; those that share a key stand below each other, as rows of one matrix."""
        return [tf.reshape(tf.transpose(tensor, (0, 2, 1, 3)), (batch, key_heads, -1, size)) for tensor in tensors]

    def by_places(tensor: Tensor, heads: int) -> Tensor:
        return tf.transpose(tf.reshape(tensor, (batch, heads, length, size)), (0, 2, 1, 3))

    def softmax(scores: Tensor) -> Tensor:
        return _weights(tf.reshape(scores, (batch, heads, length, length)), mask, scale)

    def rows(weights: Tensor) -> Tensor:
        return tf.reshape(weights, (batch, key_heads, -1, length))

    def attention(query: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, Any]:
        def gradients(upstream: Tensor) -> list[Tensor]:
            with tf.control_dependencies([upstream]):  # not before it is needed
                again = [tf.identity(tensor) for tensor in (query, key, value)]
            queries, keys, values, upstream = by_heads(*again, upstream)
            weights = rows(softmax(tf.matmul(queries, keys, transpose_b=True)))
            scores = _scores_gradient(weights, tf.matmul(upstream, values, transpose_b=True), scale)
            return [
                by_places(tf.matmul(scores, keys), heads),
                by_places(tf.matmul(scores, queries, transpose_a=True), key_heads),
                by_places(tf.matmul(weights, upstream, transpose_a=True), key_heads),
            ]

        queries, keys, values = by_heads(query, key, value)
        weights = rows(softmax(tf.matmul(queries, keys, transpose_b=True)))
        return by_places(tf.matmul(weights, values), heads), gradients

    attended: Tensor = tf.custom_gradient(attention)(query, key, value)
    return attended


@compiled
def _weights(scores: Tensor, mask: Tensor, scale: float) -> Tensor:
    """Softmax in float32 of [batch, heads, length, length] scores, in their dtype."""
    masked = ops.where(mask, ops.cast(scores, "float32") * scale, -1e30)
    return ops.cast(ops.softmax(masked), scores.dtype)


@compiled
def _scores_gradient(weights: Tensor, upstream: Tensor, scale: float) -> Tensor:
    """Return the gradient of the scores under `_weights`, given that of the weights."""
    share, given = ops.cast(weights, "float32"), ops.cast(upstream, "float32")
    return ops.cast(share * (given - ops.sum(share * given, axis=-1, keepdims=True)) * scale, weights.dtype)


def attend_to_cache(query: Tensor, key: Tensor, value: Tensor, cache: Cache, length: Tensor) -> Tensor:
    """Let one new position of each text attend to itself and to the ``length`` positions before it.

    Args:
        query: Float32 [batch, heads, head_size].
        key: Key of the new position, float32 [batch, key_heads, head_size]; the cache does not hold it yet.
        value: Value of the new position, likewise.
        cache: Keys and values of the positions before it.
        length: How many those are, a scalar integer.

    Returns:
        Float32 [batch, heads * head_size].
    """
    _, heads, head_size = query.shape
    query = ops.reshape(query, (-1, key.shape[1], heads // key.shape[1], head_size)) * head_size**-0.5
    before = ops.matmul(query, cache.key)
    before = ops.where(ops.arange(cache.key.shape[-1]) < length, before, -math.inf)
    itself = ops.sum(query * key[:, :, None], axis=-1, keepdims=True)
    weights = ops.softmax(ops.concatenate([before, itself], axis=-1))
    from_before = ops.matmul(weights[..., :-1], cache.value)
    from_itself = weights[..., -1:] * value[:, :, None]
    # Added flat: of a sum by heads XLA would make a part of the projection that comes next, and work it out anew for
    # each of its outputs.
    flat = (-1, heads * head_size)
    return ops.reshape(from_before, flat) + ops.reshape(from_itself, flat)
