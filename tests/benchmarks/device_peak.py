"""What the device itself reaches with JAX: the rate of a large matrix product, and of a copy in its memory.

``python -m tests.benchmarks.device_peak``; the shares that training and writing reach are measured against it.
"""

from __future__ import annotations

import argparse
import statistics
import time
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable

ROUNDS = 7


def median_seconds(compute: Callable[[], Any]) -> float:
    """Return the median time of a computation, after a first one that compiles."""
    import jax

    jax.block_until_ready(compute())
    seconds = []
    for _ in range(ROUNDS):
        start = time.perf_counter()
        jax.block_until_ready(compute())
        seconds.append(time.perf_counter() - start)
    return statistics.median(seconds)


def main() -> None:
    argparse.ArgumentParser(description=__doc__).parse_args()
    import jax
    import jax.numpy as jnp

    on_gpu = jax.default_backend() == "gpu"
    size, numbers = (8192, 2**28) if on_gpu else (1024, 2**22)
    print(f"device: {jax.devices()[0].device_kind}, {jax.device_count()}")
    product = jax.jit(lambda a, b: a @ b)
    for dtype in ("bfloat16", "float32"):
        matrix = jnp.ones((size, size), dtype)
        seconds = median_seconds(lambda matrix=matrix: product(matrix, matrix))
        print(f"matrix product {dtype}: {2 * size**3 / seconds / 1e12:.2f} TFLOP/s")
    vector = jnp.ones(numbers, "float32")
    copy = jax.jit(lambda values: values + 1)
    seconds = median_seconds(lambda: copy(vector))
    print(f"memory: {2 * vector.nbytes / seconds / 1e9:.1f} GB/s read and written")


if __name__ == "__main__":
    main()
