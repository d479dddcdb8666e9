"""Memory of the training process: how much it uses, and how TensorFlow on a CPU is kept from using too much."""

from __future__ import annotations

import ctypes
import sys

import keras

MALLOPT_MMAP_THRESHOLD = -3  # M_MMAP_THRESHOLD in malloc.h
MAPPED_ALONE = 256 * 1024  # bytes


def return_freed_memory() -> None:
    """Have tensors of 256 KiB and more mapped alone, so that freeing one gives its pages back.

    TensorFlow takes its CPU memory from malloc. The C library raises its threshold to the largest block it has seen
    freed, keeps everything below it on a heap, and the heap goes to pieces: GPT-2 then takes 1.5 GB more. Setting the
    threshold keeps it where it is. Only the GNU C library knows the setting; elsewhere nothing is done.
    """
    if sys.platform == "linux":
        mallopt = getattr(ctypes.CDLL(None), "mallopt", None)
        if mallopt is not None:
            mallopt(MALLOPT_MMAP_THRESHOLD, MAPPED_ALONE)


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
