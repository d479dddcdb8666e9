"""Rotary positions: queries and keys turned by angles that grow with their place in the text.

"RoFormer" (Su et al., 2021). How fast they turn is worked out in `recipe_tui.core.families.rope`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from keras import ops

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

Tensor = Any


def angles(position_ids: Tensor, frequencies: NDArray[np.float32]) -> tuple[Tensor, Tensor]:
    """Return the cosines and sines of positions, each float32 [..., 1, head_size / 2]; the 1 stands for all heads."""
    turned = ops.cast(position_ids, "float32")[..., None, None] * frequencies
    return ops.cos(turned), ops.sin(turned)


def rotate(x: Tensor, cosines: Tensor, sines: Tensor) -> Tensor:
    """Turn [..., heads, head_size] queries or keys by the `angles` of their positions.

    A pair is a value of the first half and its like in the second half, as in Hugging Face's checkpoints.
    """
    first, second = ops.split(ops.cast(x, "float32"), 2, axis=-1)
    turned = ops.concatenate([first * cosines - second * sines, second * cosines + first * sines], axis=-1)
    return ops.cast(turned, x.dtype)
