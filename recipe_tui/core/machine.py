"""The memory and the cores of the machine. Imports no backend."""

from __future__ import annotations

import os
from dataclasses import dataclass
from pathlib import Path

BUSY = 1.5
"""Load for each core above which times say more about other programs than about the machine."""


def processor_load() -> float:
    """Return how many processes have wanted to run in the last minute, for each core; 0 where it is not known."""
    load = os.getloadavg()[0] if hasattr(os, "getloadavg") else 0.0
    return load / (os.cpu_count() or 1)


@dataclass(frozen=True, slots=True)
class Available:
    """The memory that a model would use, in bytes.

    Attributes:
        what: ``main memory``, or the name of a GPU.
        free: Not in use.
        total: In all.
        on_gpu: Whether it is a GPU's.
    """

    what: str
    free: int
    total: int
    on_gpu: bool = False


def available_cores() -> int:
    """Return the number of cores that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def available_memory() -> Available:
    """Return the memory that a model would use: a GPU's if the installed backend can use one."""
    return (_gpu_memory() if _backend_uses_gpus() else None) or main_memory()


def _backend_uses_gpus() -> bool:
    from importlib.metadata import PackageNotFoundError, version

    def installed(name: str) -> bool:
        try:
            version(name)
        except PackageNotFoundError:
            return False
        return True

    if os.environ.get("KERAS_BACKEND") == "jax" or not (installed("tensorflow") or installed("tensorflow-cpu")):
        return installed("jax-cuda12-plugin") or installed("jax-cuda13-plugin")
    return installed("tensorflow")


def _gpu_memory() -> Available | None:
    try:
        import pynvml
    except ImportError:
        return None
    try:
        pynvml.nvmlInit()
        handle = pynvml.nvmlDeviceGetHandleByIndex(0)
        name, memory = pynvml.nvmlDeviceGetName(handle), pynvml.nvmlDeviceGetMemoryInfo(handle)
        pynvml.nvmlShutdown()
    except pynvml.NVMLError:
        return None
    return Available(str(name), int(memory.free), int(memory.total), on_gpu=True)


def main_memory(limit: Path | None = None) -> Available:
    """Return the main memory, or what a container may use of it.

    Args:
        limit: The container's ``memory.max`` of cgroup v2; ``memory.current`` and ``memory.stat`` lie beside it.
    """
    import psutil

    limit = limit or Path("/sys/fs/cgroup/memory.max")
    memory = psutil.virtual_memory()
    free, total = int(memory.available), int(memory.total)
    if limit.is_file() and (text := limit.read_text().strip()).isdigit() and int(text) < total:
        total = int(text)
        used = int(limit.with_name("memory.current").read_text()) - _reclaimable(limit.with_name("memory.stat"))
        free = min(free, total - used)
    return Available("main memory", free, total)


def _reclaimable(statistics: Path) -> int:
    """Return the bytes of the page cache that the system frees when memory is needed."""
    lines = statistics.read_text().splitlines() if statistics.is_file() else []
    return sum(int(line.split()[1]) for line in lines if line.startswith("inactive_file "))
