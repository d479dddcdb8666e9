"""How fast rotary positions turn: the base angles, and the scalings of them that Llama's checkpoints use."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Mapping

    from numpy.typing import NDArray

SCALINGS = ("default", "linear", "llama3")
"""Values of ``rope_type`` that are supported."""


def inverse_frequencies(head_size: int, rope: Mapping[str, Any]) -> NDArray[np.float32]:
    """Return the radians by which each pair of a head's values turns from one position to the next, [head_size / 2].

    Args:
        head_size: Values in a head.
        rope: ``rope_parameters`` of a configuration: ``rope_theta`` and ``rope_type``, with ``factor`` in ``linear``,
            and in ``llama3`` with ``low_freq_factor``, ``high_freq_factor`` and ``original_max_position_embeddings``
            besides.
    """
    frequencies = float(rope["rope_theta"]) ** -(np.arange(0, head_size, 2) / head_size)
    kind = rope.get("rope_type", "default")
    if kind == "linear":
        frequencies = frequencies / rope["factor"]
    elif kind == "llama3":
        # Slow turns, longer than the context that was trained first, become slower; fast ones stay; between, by share.
        turns = rope["original_max_position_embeddings"] * frequencies / (2 * math.pi)
        low, high = rope["low_freq_factor"], rope["high_freq_factor"]
        stays = np.clip((turns - low) / (high - low), 0, 1)
        frequencies = frequencies * (stays + (1 - stays) / rope["factor"])
    return frequencies.astype(np.float32)
