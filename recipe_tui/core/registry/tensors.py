"""Opening files of weights whose header is of a possible size."""

from __future__ import annotations

import math
import struct
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray

LARGEST_HEADER = 16 << 20
"""Bytes of a header, which names every tensor; published ones have a tenth."""


@contextmanager
def open_tensors(path: Path) -> Iterator[Any]:
    """Open a ``.safetensors`` file, as `safetensors.safe_open` does.

    Raises:
        OSError, SafetensorError: It cannot be read, or is damaged.
        ValueError: Its header is larger than any.
    """
    from safetensors import safe_open

    with path.open("rb") as file:
        length = file.read(8)
    if len(length) == 8 and struct.unpack("<Q", length)[0] > LARGEST_HEADER:
        raise ValueError(f"a header of more than {LARGEST_HEADER >> 20} MB")
    with safe_open(path, framework="np") as tensors:
        yield tensors


def is_finite(tensor: NDArray[np.float32]) -> bool:
    """Return whether a tensor holds neither NaN nor infinity; their sum shows it, without a second array."""
    return math.isfinite(tensor.sum(dtype="float64"))
