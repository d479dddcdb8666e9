"""How busy this machine is: accelerators by NVML where there are any, processor and memory everywhere."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

FIRST = 0.1
"""Seconds that the first measurement takes: there is none before it to compare with."""


@dataclass(frozen=True, slots=True)
class Gpu:
    """An accelerator.

    Attributes:
        busy: Percent of the time it computes.
        used: Bytes in use.
        total: Bytes in all.
    """

    busy: int
    used: int
    total: int


@dataclass(frozen=True, slots=True)
class Machine:
    """A machine at a moment.

    Attributes:
        cpu: Percent of all processors.
        used: Bytes of memory in use.
        total: Bytes of memory in all; 0 before the first measurement.
        gpus: Its accelerators.
    """

    cpu: int = 0
    used: int = 0
    total: int = 0
    gpus: tuple[Gpu, ...] = ()


class MachineReader:
    """Measures; between two measurements the processor's load is averaged."""

    def __init__(self) -> None:
        self._measured = False
        self._nvml: Any = None
        self._looked = False

    def read(self) -> Machine:
        """Measure."""
        import psutil

        memory = psutil.virtual_memory()
        load = psutil.cpu_percent(interval=None if self._measured else FIRST)
        self._measured = True
        return Machine(round(load), memory.total - memory.available, memory.total, self._gpus())

    def _gpus(self) -> tuple[Gpu, ...]:
        nvml = self._opened()
        if nvml is None:
            return ()
        try:
            handles = [nvml.nvmlDeviceGetHandleByIndex(index) for index in range(nvml.nvmlDeviceGetCount())]
            return tuple(self._gpu(nvml, handle) for handle in handles)
        except nvml.NVMLError:
            self._nvml = None  # the driver went away; it is not asked again
            return ()

    def _gpu(self, nvml: Any, handle: Any) -> Gpu:
        memory = nvml.nvmlDeviceGetMemoryInfo(handle)
        try:
            busy = int(nvml.nvmlDeviceGetUtilizationRates(handle).gpu)
        except nvml.NVMLError:  # shared accelerators do not tell
            busy = 0
        return Gpu(busy, int(memory.used), int(memory.total))

    def _opened(self) -> Any:
        if not self._looked:
            self._looked = True
            try:
                import pynvml
            except ImportError:
                return None
            try:
                pynvml.nvmlInit()
                self._nvml = pynvml
            except pynvml.NVMLError:
                self._nvml = None
        return self._nvml
