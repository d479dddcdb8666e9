"""The load of this machine: processor and memory, and NVIDIA's accelerators as NVML reports them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import Any

FIRST = 0.1
"""Seconds of the first measurement; each later one covers the time since the one before."""


@dataclass(frozen=True, slots=True)
class Gpu:
    """An accelerator.

    Attributes:
        busy: Utilization in percent.
        used: Bytes of memory in use.
        total: Bytes of memory in all.
    """

    busy: int
    used: int
    total: int


@dataclass(frozen=True, slots=True)
class Machine:
    """The load of a machine.

    Attributes:
        cpu: Utilization of all processors in percent.
        used: Bytes of memory in use.
        total: Bytes of memory in all; 0 before the first measurement.
    """

    cpu: int = 0
    used: int = 0
    total: int = 0
    gpus: tuple[Gpu, ...] = ()


class MachineReader:
    """Measures the load; that of the processor is the mean since the last measurement."""

    def __init__(self) -> None:
        self._measured = False

    def read(self) -> Machine:
        """Measure."""
        import psutil

        memory = psutil.virtual_memory()
        load = psutil.cpu_percent(interval=None if self._measured else FIRST)
        self._measured = True
        return Machine(round(load), memory.total - memory.available, memory.total, self._gpus())

    def _gpus(self) -> tuple[Gpu, ...]:
        nvml = self._nvml
        if nvml is None:
            return ()
        try:
            handles = [nvml.nvmlDeviceGetHandleByIndex(index) for index in range(nvml.nvmlDeviceGetCount())]
            return tuple(self._gpu(nvml, handle) for handle in handles)
        except nvml.NVMLError:
            self._nvml = None  # the driver is gone
            return ()

    def _gpu(self, nvml: Any, handle: Any) -> Gpu:
        memory = nvml.nvmlDeviceGetMemoryInfo(handle)
        try:
            busy = int(nvml.nvmlDeviceGetUtilizationRates(handle).gpu)
        except nvml.NVMLError:  # shared accelerators do not report it
            busy = 0
        return Gpu(busy, int(memory.used), int(memory.total))

    @cached_property
    def _nvml(self) -> Any:
        """The library, or None where it or its driver is missing."""
        try:
            import pynvml
        except ImportError:
            return None
        try:
            pynvml.nvmlInit()
        except pynvml.NVMLError:
            return None
        return pynvml
