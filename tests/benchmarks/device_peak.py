"""What the device itself reaches: the rate of a large matrix product, and of its memory.

``python -m tests.benchmarks.device_peak`` measures with JAX; the shares that training and writing reach are measured
against it. `processor_limits` measures a processor with NumPy, which needs neither backend.
"""

from __future__ import annotations

import argparse
import os
import statistics
import time
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any

import numpy as np

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


def processor_limits(size: int = 2048, numbers: int = 2**25) -> dict[str, float]:
    """Return the largest rates of all cores that a few rounds reach with NumPy, in float32.

    Args:
        size: Rows and columns of the matrices that are multiplied.
        numbers: Length of the vectors that are read; they must not fit the caches.

    Returns:
        ``gflops`` of a matrix product, and ``gb_per_second`` read from memory.
    """
    cores = os.cpu_count() or 1
    matrix = np.ones((size, size), np.float32)
    product = np.empty_like(matrix)
    parts = np.array_split(np.ones(numbers, np.float32), cores)

    def fastest(compute: Callable[[], object]) -> float:
        times = [time.perf_counter()]
        for _ in range(ROUNDS):
            compute()
            times.append(time.perf_counter())
        return float(np.diff(times).min())

    with ThreadPoolExecutor(cores) as threads:
        reading = fastest(lambda: list(threads.map(np.max, parts)))
    multiplying = fastest(lambda: np.matmul(matrix, matrix, out=product))
    return {"gflops": 2 * size**3 / multiplying / 1e9, "gb_per_second": 4 * numbers / reading / 1e9}


def gpu_limits(dtype: str = "float32") -> dict[str, float]:
    """Return what the first GPU, or the processor where there is none, reaches with JAX; as `processor_limits` does.

    Args:
        dtype: Type of the matrices that are multiplied.
    """
    import jax

    size, numbers = (8192, 2**28) if jax.default_backend() == "gpu" else (1024, 2**22)
    product, copy = jax.jit(lambda a, b: a @ b), jax.jit(lambda values: values + 1)
    # Random numbers: a GPU multiplies ones faster than any numbers that occur.
    matrix = jax.random.normal(jax.random.key(0), (size, size), "float32").astype(dtype)
    vector = jax.random.normal(jax.random.key(1), (numbers,), "float32")
    multiplying = median_seconds(lambda: product(matrix, matrix))
    copying = median_seconds(lambda: copy(vector))
    return {"gflops": 2 * size**3 / multiplying / 1e9, "gb_per_second": 2 * vector.nbytes / copying / 1e9}


def main() -> None:
    argparse.ArgumentParser(description=__doc__).parse_args()
    import jax

    print(f"device: {jax.devices()[0].device_kind}, {jax.device_count()}")
    for dtype in ("bfloat16", "float32"):
        limits = gpu_limits(dtype)
        print(f"matrix product {dtype}: {limits['gflops'] / 1000:.2f} TFLOP/s")
    print(f"memory: {limits['gb_per_second']:.1f} GB/s read and written")


if __name__ == "__main__":
    main()
