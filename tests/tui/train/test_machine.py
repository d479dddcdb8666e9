from __future__ import annotations

import sys
from types import SimpleNamespace

from recipe_tui.tui.train.machine import Gpu, MachineReader


class NvmlError(Exception):
    pass


def nvml(**changes: object) -> SimpleNamespace:
    library = {
        "NVMLError": NvmlError,
        "nvmlInit": lambda: None,
        "nvmlDeviceGetCount": lambda: 1,
        "nvmlDeviceGetHandleByIndex": lambda index: index,
        "nvmlDeviceGetMemoryInfo": lambda handle: SimpleNamespace(used=38, total=140),
        "nvmlDeviceGetUtilizationRates": lambda handle: SimpleNamespace(gpu=71),
    }
    return SimpleNamespace(**library | changes)


def fails(*arguments: object) -> None:
    raise NvmlError


def test_accelerators_are_read_by_nvml(monkeypatch):
    monkeypatch.setitem(sys.modules, "pynvml", nvml())
    assert MachineReader().read().gpus == (Gpu(71, 38, 140),)


def test_an_accelerator_that_does_not_tell_its_load_counts_as_idle(monkeypatch):
    monkeypatch.setitem(sys.modules, "pynvml", nvml(nvmlDeviceGetUtilizationRates=fails))
    assert MachineReader().read().gpus == (Gpu(0, 38, 140),)


def test_without_library_or_driver_there_are_none(monkeypatch):
    monkeypatch.setitem(sys.modules, "pynvml", None)
    assert MachineReader().read().gpus == ()
    monkeypatch.setitem(sys.modules, "pynvml", nvml(nvmlInit=fails))
    assert MachineReader().read().gpus == ()


def test_a_driver_that_goes_away_is_not_asked_again(monkeypatch):
    asked = []

    def count() -> int:
        asked.append(1)
        raise NvmlError

    monkeypatch.setitem(sys.modules, "pynvml", nvml(nvmlDeviceGetCount=count))
    reader = MachineReader()
    assert reader.read().gpus == reader.read().gpus == ()
    assert len(asked) == 1


def test_memory_is_that_of_this_machine(monkeypatch):
    monkeypatch.setitem(sys.modules, "pynvml", None)
    seen = MachineReader().read()
    assert 0 < seen.used < seen.total
    assert 0 <= seen.cpu <= 100
