"""Causal attention: over a whole text at once, isolated by segment, or over a growing key-value cache.

Several heads of queries may share one of keys and values ("GQA", Ainslie et al., 2023): ``heads / key_heads``
consecutive heads use the same one, and training never repeats it in memory.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, NamedTuple

import keras
from keras import ops

from recipe_tui.core.model.accelerator import cache_dtype
from recipe_tui.core.model.fused_ops import compiled, with_dependency
from recipe_tui.core.model.position_embeddings import rotate

if TYPE_CHECKING:
    from recipe_tui.core.model.position_embeddings import PositionEmbeddings

Tensor = Any
KeyAndValue = tuple[Tensor, Tensor]


class KVCache(NamedTuple):
    """The keys and values of texts that are being written, in one layer, with room for more.

    Their layout is the one that a step's products read: XLA would otherwise copy them at every step. For their dtype,
    in which the step's products are computed, see `cache_dtype`.

    Attributes:
        key: [batch, key_heads, head_size, capacity].
        value: [batch, key_heads, capacity, head_size].
    """

    key: Tensor
    value: Tensor

    @classmethod
    def holding(cls, key: Tensor, value: Tensor, capacity: int) -> KVCache:
        """Make a cache that starts with [batch, length, key_heads, head_size] keys and values."""
        free = capacity - key.shape[1]
        dtype = cache_dtype(keras.backend.standardize_dtype(key.dtype))
        return cls(
            ops.pad(ops.transpose(ops.cast(key, dtype), (0, 2, 3, 1)), [(0, 0), (0, 0), (0, 0), (0, free)]),
            ops.pad(ops.transpose(ops.cast(value, dtype), (0, 2, 1, 3)), [(0, 0), (0, 0), (0, free), (0, 0)]),
        )


class Attention(keras.layers.Layer):
    """Causal self-attention; a family adds its projections.

    Args:
        head_size: Width of a head.
    """

    def __init__(self, head_size: int, **kwargs: Any) -> None:
        super().__init__(autocast=False, **kwargs)  # angles stay float32; the projections cast their inputs
        self.head_size = head_size

    def project_qkv(self, x: Tensor, training: bool) -> tuple[Tensor, Tensor, Tensor]:
        """Map [..., hidden_size] to queries, keys and values, each [..., heads or key_heads, head_size]."""
        raise NotImplementedError

    def project_output(self, x: Tensor, training: bool) -> Tensor:
        """Map [..., heads * head_size] to [..., hidden_size]."""
        raise NotImplementedError

    def by_heads(self, projected: Tensor) -> Tensor:
        """Reshape [..., heads * head_size] to [..., heads, head_size]."""
        heads = projected.shape[-1] // self.head_size
        return ops.reshape(projected, (*ops.shape(projected)[:-1], heads, self.head_size))

    def call(
        self,
        x: Tensor,
        position_embeddings: PositionEmbeddings | None,
        attention_mask: Tensor | None,
        training: bool = False,
    ) -> tuple[Tensor, KeyAndValue]:
        """Attend from each position to those that it may see.

        Args:
            x: [batch, length, hidden_size].
            position_embeddings: Rotary embeddings of the positions, or None.
            attention_mask: Boolean [batch or 1, 1, length, length], True where attention is allowed; None means causal.
            training: Whether dropout is active, and gradients will be computed.

        Returns:
            [batch, length, hidden_size], and the keys and values, each [batch, length, key_heads, head_size].
        """
        query, key, value = self.project_qkv(x, training)
        if position_embeddings is not None:
            query, key = rotate(query, *position_embeddings), rotate(key, *position_embeddings)
        attended = attend(query, key, value, attention_mask, training)
        batch, length, heads, size = ops.shape(attended)
        return self.project_output(ops.reshape(attended, (batch, length, heads * size)), training), (key, value)

    def step(
        self, x: Tensor, position_embeddings: PositionEmbeddings | None, kv_cache: KVCache, attention_mask: Tensor
    ) -> tuple[Tensor, KeyAndValue]:
        """Attend from one new position of each text to itself and those before it.

        Args:
            x: [batch, hidden_size].
            position_embeddings: Rotary embeddings of the new positions, or None.
            kv_cache: Keys and values of the positions before.
            attention_mask: See `cache_mask`.

        Returns:
            [batch, hidden_size], and the new position's key and value, each [batch, key_heads, head_size] in the dtype
            of the cache.
        """
        query, key, value = (ops.cast(one, kv_cache.key.dtype) for one in self.project_qkv(x, False))
        if position_embeddings is not None:
            query, key = rotate(query, *position_embeddings), rotate(key, *position_embeddings)
        return self.project_output(attend_to_cache(query, key, value, kv_cache, attention_mask), False), (key, value)


def segment_mask(segment_ids: Tensor) -> Tensor:
    """Return the boolean mask [batch, 1, length, length]: a position sees itself and its own segment's past."""
    length = ops.shape(segment_ids)[1]
    same = segment_ids[:, :, None] == segment_ids[:, None, :]
    position = ops.arange(length)
    return (same & (position[:, None] >= position[None, :]))[:, None]


def attend(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None, training: bool = False) -> Tensor:
    """Attend with [batch, length, heads, head_size] queries, keys and values; causal where there is no mask.

    Keys and values may have fewer heads, of which that of the queries is a multiple.
    """
    if keras.backend.backend() == "jax":  # flash attention skips what is not causal, and reads a mask for the rest
        return ops.dot_product_attention(query, key, value, mask=mask, is_causal=True)
    if not training:
        if key.shape[2] == 1:  # Keras repeats any other number of heads on TensorFlow, but not one
            key, value = (ops.repeat(one, query.shape[2], axis=2) for one in (key, value))
        return ops.dot_product_attention(query, key, value, mask=mask, is_causal=mask is None)
    if mask is None:
        position = ops.arange(ops.shape(query)[1])
        mask = (position[:, None] >= position[None, :])[None, None]
    return _attend_recomputing(query, key, value, mask)


def _attend_recomputing(query: Tensor, key: Tensor, value: Tensor, mask: Tensor) -> Tensor:
    """Attend, and recompute the weights in the backward pass.

    TensorFlow has no flash attention. By itself it keeps the [length, length] weights of every layer and several copies
    of them; here only the inputs are kept (Dao et al., 2022, section 3.1, without the tiling). With ``P = softmax(S)``,
    ``S = Q K^T / sqrt(head_size)``, the output ``O = P V`` and its gradient ``dO``::

        dV = P^T dO    dP = dO V^T    dS = P * (dP - rowsum(P * dP)) / sqrt(head_size)    dQ = dS K    dK = dS^T Q

    Queries that share a key are rows of one matrix: Q is [batch, key_heads, groups * length, head_size], K and V are
    [batch, key_heads, length, head_size], and S is [batch, key_heads, groups * length, length].
    """
    import tensorflow as tf

    scale = query.shape[-1] ** -0.5
    batch, length, heads, size = ops.shape(query)
    key_heads = key.shape[2]

    def matrices(*tensors: Tensor) -> list[Tensor]:
        """Reshape [batch, length, heads or key_heads, size] to [batch, key_heads, rows, size]."""
        return [tf.reshape(tf.transpose(tensor, (0, 2, 1, 3)), (batch, key_heads, -1, size)) for tensor in tensors]

    def by_positions(tensor: Tensor, heads: int) -> Tensor:
        """Undo `matrices`."""
        return tf.transpose(tf.reshape(tensor, (batch, heads, length, size)), (0, 2, 1, 3))

    def softmax(scores: Tensor) -> Tensor:
        by_head = _weights(tf.reshape(scores, (batch, heads, length, length)), mask, scale)
        return tf.reshape(by_head, (batch, key_heads, -1, length))

    def attention(query: Tensor, key: Tensor, value: Tensor) -> tuple[Tensor, Any]:
        def gradients(upstream: Tensor) -> list[Tensor]:
            queries, keys, values, upstream = matrices(*with_dependency(upstream, query, key, value), upstream)
            weights = softmax(tf.matmul(queries, keys, transpose_b=True))
            scores = _scores_gradient(weights, tf.matmul(upstream, values, transpose_b=True), scale)
            return [
                by_positions(tf.matmul(scores, keys), heads),
                by_positions(tf.matmul(scores, queries, transpose_a=True), key_heads),
                by_positions(tf.matmul(weights, upstream, transpose_a=True), key_heads),
            ]

        queries, keys, values = matrices(query, key, value)
        weights = softmax(tf.matmul(queries, keys, transpose_b=True))
        return by_positions(tf.matmul(weights, values), heads), gradients

    attended: Tensor = tf.custom_gradient(attention)(query, key, value)
    return attended


@compiled
def _weights(scores: Tensor, mask: Tensor, scale: float) -> Tensor:
    """Return the softmax of [batch, heads, length, length] scores, computed in float32, in their dtype."""
    masked = ops.where(mask, ops.cast(scores, "float32") * scale, -1e30)
    return ops.cast(ops.softmax(masked), scores.dtype)


@compiled
def _scores_gradient(weights: Tensor, upstream: Tensor, scale: float) -> Tensor:
    """Return dS, given P and dP; see `_attend_recomputing`."""
    p, dp = ops.cast(weights, "float32"), ops.cast(upstream, "float32")
    return ops.cast(p * (dp - ops.sum(p * dp, axis=-1, keepdims=True)) * scale, weights.dtype)


def cache_mask(capacity: int, length: Tensor, starts: Tensor | None) -> Tensor:
    """Return which positions of a cache a new one attends to, boolean [batch or 1, 1, 1, capacity].

    Args:
        capacity: Positions in the cache.
        length: Those that are in use, a scalar integer.
        starts: Where each text begins in the cache, integer [batch]; None: all at 0.
    """
    position = ops.arange(capacity)[None, None, None]
    mask = position < length
    return mask if starts is None else mask & (position >= starts[:, None, None, None])


def attend_to_cache(query: Tensor, key: Tensor, value: Tensor, kv_cache: KVCache, mask: Tensor) -> Tensor:
    """Attend from one new position of each text to itself and to those before it.

    Args:
        query: [batch, heads, head_size], in the dtype of the cache.
        key: Key of the new position, likewise [batch, key_heads, head_size]; the cache does not hold it yet.
        value: Value of the new position, likewise.
        kv_cache: Keys and values of the positions before it.
        mask: See `cache_mask`.

    Returns:
        Float32 [batch, heads * head_size].
    """
    _, heads, head_size = query.shape
    query = ops.reshape(query, (-1, key.shape[1], heads // key.shape[1], head_size)) * head_size**-0.5
    before = ops.cast(ops.matmul(query, kv_cache.key), "float32")
    before = ops.where(mask, before, -math.inf)
    itself = ops.sum(ops.cast(query, "float32") * ops.cast(key, "float32")[:, :, None], axis=-1, keepdims=True)
    weights = ops.softmax(ops.concatenate([before, itself], axis=-1))
    from_before = ops.matmul(ops.cast(weights[..., :-1], kv_cache.value.dtype), kv_cache.value)
    from_before = ops.cast(from_before, "float32")
    from_itself = weights[..., -1:] * ops.cast(value, "float32")[:, :, None]
    # Added flat: XLA would fuse a sum by heads into the projection that follows, and recompute it for each output.
    flat = (-1, heads * head_size)
    return ops.reshape(from_before, flat) + ops.reshape(from_itself, flat)
