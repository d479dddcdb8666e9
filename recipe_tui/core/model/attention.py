"""Causal attention: over a whole text at once, isolated by segment, or over a growing cache."""

from __future__ import annotations

import math
from typing import Any, NamedTuple

from keras import ops

from recipe_tui.core.model.recompute import recomputed

Tensor = Any


class Cache(NamedTuple):
    """Room for the keys and values of a text that is being written, in one layer.

    Both are float32 and laid out so that a step multiplies a row by a matrix that lies in memory as it is read: XLA
    would otherwise copy them at every step, and has no fast product in bfloat16 on a CPU.

    Attributes:
        key: [batch, heads, head_size, capacity].
        value: [batch, heads, capacity, head_size].
    """

    key: Tensor
    value: Tensor

    @classmethod
    def holding(cls, key: Tensor, value: Tensor, capacity: int) -> Cache:
        """Make a cache that begins with [batch, length, heads, head_size] keys and values."""
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


def attend(query: Tensor, key: Tensor, value: Tensor, mask: Tensor | None) -> Tensor:
    """Attend with [batch, length, heads, head_size] queries, keys and values; causal where there is no mask."""

    def attention(query: Tensor, key: Tensor, value: Tensor) -> Tensor:
        return ops.dot_product_attention(query, key, value, mask=mask, is_causal=mask is None)

    return recomputed(attention)(query, key, value)


def attend_to_cache(query: Tensor, key: Tensor, value: Tensor, cache: Cache, length: Tensor) -> Tensor:
    """Let one new position of each text attend to itself and to the ``length`` positions before it.

    Args:
        query: Float32 [batch, heads, head_size]; so are ``key`` and ``value``, which the cache does not hold yet.
        key: Key of the new position.
        value: Value of the new position.
        cache: Keys and values of the positions before it.
        length: How many those are, a scalar integer.

    Returns:
        Float32 [batch, heads * head_size].
    """
    _, heads, head_size = query.shape
    query = query * head_size**-0.5
    before = ops.matmul(query[:, :, None], cache.key)[:, :, 0]
    before = ops.where(ops.arange(cache.key.shape[-1]) < length, before, -math.inf)
    itself = ops.sum(query * key, axis=-1, keepdims=True)
    weights = ops.softmax(ops.concatenate([before, itself], axis=-1))
    from_before = ops.matmul(weights[:, :, None, :-1], cache.value)
    from_itself = weights[:, :, -1:] * value
    # Added flat: of a sum by heads XLA would make a part of the projection that comes next, and work it out anew for
    # each of its outputs.
    flat = (-1, heads * head_size)
    return ops.reshape(from_before, flat) + ops.reshape(from_itself, flat)
