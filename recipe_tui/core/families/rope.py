"""The frequencies of rotary position embeddings (RoPE), and the scalings of them that checkpoints use."""

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
    """Return the angles, in radians, by which each pair of a head rotates per position, [head_size / 2].

    Args:
        head_size: Width of a head.
        rope: ``rope_parameters`` of a configuration: ``rope_theta`` and ``rope_type``; for ``linear`` also ``factor``;
            for ``llama3`` also ``factor``, ``low_freq_factor``, ``high_freq_factor`` and
            ``original_max_position_embeddings``.
    """
    frequencies = float(rope["rope_theta"]) ** -(np.arange(0, head_size, 2) / head_size)
    kind = rope.get("rope_type", "default")
    if kind == "linear":
        frequencies = frequencies / rope["factor"]
    elif kind == "llama3":
        # Wavelengths beyond the original context are stretched by the factor, short ones kept, those between blended.
        rotations = rope["original_max_position_embeddings"] * frequencies / (2 * math.pi)
        low, high = rope["low_freq_factor"], rope["high_freq_factor"]
        kept = np.clip((rotations - low) / (high - low), 0, 1)
        frequencies = frequencies * (kept + (1 - kept) / rope["factor"])
    return frequencies.astype(np.float32)
