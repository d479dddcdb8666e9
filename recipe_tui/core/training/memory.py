"""Memory of the training process: how much it uses, and how TensorFlow on a CPU is kept from using too much."""

from __future__ import annotations

import ctypes
import sys

import keras

M_MMAP_THRESHOLD, M_ARENA_MAX = -3, -8  # of malloc.h
MAPPED_ALONE = 32 * 1024 * 1024  # bytes; a lower threshold saves more and costs up to half the speed
LARGE = 50_000_000  # parameters; below, memory is no concern and mapping costs more than it saves


def return_freed_memory(parameters: int) -> None:
    """Have large tensors mapped alone when a large model trains on a CPU, so that freeing one gives its pages back.

    TensorFlow takes its CPU memory from malloc (see `backend.LEAN`). The C library raises its threshold for mapping to
    the largest block it has seen freed and keeps everything below it on heaps, one for each thread, which go to pieces:
    GPT-2 then takes a third of a gigabyte more. Only the GNU C library knows these settings; elsewhere nothing is done.

    Args:
        parameters: Trainable parameters of the model.
    """
    if sys.platform == "linux" and parameters >= LARGE:
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
        if mallopt is not None:
            mallopt(M_MMAP_THRESHOLD, MAPPED_ALONE)
            mallopt(M_ARENA_MAX, 1)


def resident_memory() -> int:
    """Return the bytes of main memory that the process holds now."""
    import psutil

    return int(psutil.Process().memory_info().rss)


def peak_gpu_memory() -> int | None:
    """Return the most bytes that tensors took on the first accelerator, or None without one."""
    if keras.backend.backend() == "jax":
        import jax

        statistics = jax.local_devices()[0].memory_stats() or {}
        peak = statistics.get("peak_bytes_in_use")
        return None if peak is None else int(peak)
    import tensorflow as tf

    if not tf.config.list_logical_devices("GPU"):
        return None
    return int(tf.config.experimental.get_memory_info("GPU:0")["peak"])


def has_gpu() -> bool:
    """Tell whether Keras' backend computes on a GPU."""
    if keras.backend.backend() == "jax":
        import jax

        return bool(jax.default_backend() == "gpu")
    import tensorflow as tf

    return bool(tf.config.list_physical_devices("GPU"))
