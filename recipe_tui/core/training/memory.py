"""Memory of the training process: how much it uses, of the machine and of its accelerator."""

from __future__ import annotations

import keras


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
