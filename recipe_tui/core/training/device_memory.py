"""Memory of the training process: how much it uses, of the machine and of its accelerator."""

from __future__ import annotations

import threading
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

import keras

from recipe_tui.core.model.accelerator import has_gpu

if TYPE_CHECKING:
    from collections.abc import Iterator

LOOK_EVERY = 0.005
"""Seconds between looks at the process while its peak is measured."""


@dataclass(slots=True)
class Peak:
    """The most memory that was in use, in bytes."""

    bytes: int = 0


@contextmanager
def measured_peak() -> Iterator[Peak]:
    """Measure the most memory that is in use inside the block: of the accelerator, or else resident."""
    peak, done = Peak(resident_memory()), threading.Event()

    def look() -> None:
        while not done.wait(LOOK_EVERY):
            peak.bytes = max(peak.bytes, resident_memory())

    watcher = threading.Thread(target=look, daemon=True)
    watcher.start()
    try:
        yield peak
    finally:
        done.set()
        watcher.join()
        on_accelerator = peak_gpu_memory() if has_gpu() else None
        peak.bytes = max(peak.bytes, resident_memory()) if on_accelerator is None else on_accelerator


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
