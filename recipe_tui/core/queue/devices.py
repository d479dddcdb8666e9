"""The devices of this machine that trainings run on, one at a time each."""

from __future__ import annotations

import os


def devices() -> tuple[str, ...]:
    """Return the indices of the GPUs that may be used; ``("",)``, the machine itself, where there are none.

    ``CUDA_VISIBLE_DEVICES`` restricts them, as it does for every program.
    """
    visible = os.environ.get("CUDA_VISIBLE_DEVICES")
    if visible is not None:
        return tuple(filter(None, map(str.strip, visible.split(",")))) or ("",)
    try:
        import pynvml

        pynvml.nvmlInit()
        count = pynvml.nvmlDeviceGetCount()
        pynvml.nvmlShutdown()
    except Exception:  # no driver, no library, or one of another version: then the machine is the device
        return ("",)
    return tuple(map(str, range(count))) or ("",)


def device_variables(device: str) -> dict[str, str]:
    """Return the environment variables that have a process use a device."""
    return {"CUDA_VISIBLE_DEVICES": device} if device else {}
