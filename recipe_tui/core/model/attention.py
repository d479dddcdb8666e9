"""Causal attention: over a whole text at once, isolated by segment, or over a growing cache."""

from __future__ import annotations

from typing import Any, NamedTuple

from keras import ops

from recipe_tui.core.model.recompute import recomputed

Tensor = Any


class Cache(NamedTuple):
    """Keys and values of the positions seen so far, in one layer.

    Attributes:
        key: [batch, capacity, heads, head_size]; rows from ``length`` on are unused.
        value: The same shape.
        length: Scalar integer, positions in use.
    """

    key: Tensor
    value: Tensor
    length: Tensor

    @classmethod
    def empty(cls, shape: tuple[int, int, int, int], dtype: str) -> Cache:
        """Return a cache of the given shape with nothing in it."""
        return cls(ops.zeros(shape, dtype), ops.zeros(shape, dtype), ops.convert_to_tensor(0, "int32"))

    def extend(self, key: Tensor, value: Tensor) -> Cache:
        """Append [batch, length, heads, head_size] keys and values."""
        start = (0, self.length, 0, 0)
        return Cache(
            ops.slice_update(self.key, start, ops.cast(key, self.key.dtype)),
            ops.slice_update(self.value, start, ops.cast(value, self.value.dtype)),
            self.length + ops.shape(key)[1],
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
