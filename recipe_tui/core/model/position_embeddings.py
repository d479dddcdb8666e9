"""Rotary position embeddings (RoPE): queries and keys are rotated by angles proportional to their position.

"RoFormer" (Su et al., 2021). The frequencies come from `recipe_tui.core.families.rope`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from keras import ops

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Tensor = Any

PositionEmbeddings = tuple[Tensor, Tensor]
"""Cosines and sines, each float32 [..., 1, head_size / 2]; the axis of size 1 broadcasts over the heads."""


def rotary_embeddings(position_ids: Tensor, frequencies: NDArray[np.float32]) -> PositionEmbeddings:
    """Return the cosines and sines of integer [...] positions.

    Args:
        position_ids: Integer [...].
        frequencies: Radians per position, [head_size / 2].
    """
    angles = ops.cast(position_ids, "float32")[..., None, None] * frequencies
    return ops.cos(angles), ops.sin(angles)


def rotate(x: Tensor, cosines: Tensor, sines: Tensor) -> Tensor:
    """Rotate [..., heads, head_size] queries or keys by the `rotary_embeddings` of their positions.

    A pair is value i of the first half and value i of the second half, as in Hugging Face's checkpoints.
    """
    first, second = ops.split(ops.cast(x, "float32"), 2, axis=-1)
    rotated = ops.concatenate([first * cosines - second * sines, second * cosines + first * sines], axis=-1)
    return ops.cast(rotated, x.dtype)
