"""What the title bar says of the runs and the machine, read from the disk in a few milliseconds."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from recipe_tui.core import paths
from recipe_tui.core.errors import RunError
from recipe_tui.tui.widgets.title_bar import Status

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

TAIL = 64 * 1024
"""Bytes at the end of an event log in which it is looked for whether the run is paused or has ended."""

EVERY = 2.0
"""Seconds between two looks."""


class StatusReader:
    """Reads the status. Belongs in a thread.

    The log of a long run is far too large to be read every two seconds: its end tells enough.

    Args:
        output: Folder of the runs.
        machine: Says how busy the machine is, in a few words.
    """

    def __init__(self, output: Path, machine: Callable[[], str] | None = None) -> None:
        self.output = output
        self.machine = machine or machine_load

    def read(self) -> Status:
        """Return the latest active run and how busy the machine is.

        Without an active run nothing is said of the machine: an idle workbench sends nothing to the terminal.
        """
        for manifest in self._newest_first():
            state = _active_state(manifest.parent)
            if state:
                return Status(state, manifest.parent.name, self.machine())
        return Status()

    def _newest_first(self) -> list[Path]:
        found: list[tuple[float, Path]] = []
        for manifest in self.output.glob(f"*/{paths.RUN_MANIFEST}"):
            try:
                found.append((manifest.stat().st_mtime, manifest))
            except OSError:  # deleted meanwhile
                continue
        return [manifest for _, manifest in sorted(found, reverse=True)]


def machine_load() -> str:
    """Say how busy the machine is: its first GPU where there is one, else processor and memory."""
    import psutil

    memory = psutil.virtual_memory()
    return _gpu_load() or f"CPU {psutil.cpu_percent():.0f}% {memory.used / 2**30:.0f}/{memory.total / 2**30:.0f}G"


def _gpu_load() -> str | None:
    try:
        import pynvml

        pynvml.nvmlInit()
        handle = pynvml.nvmlDeviceGetHandleByIndex(0)
        memory = pynvml.nvmlDeviceGetMemoryInfo(handle)
        busy = pynvml.nvmlDeviceGetUtilizationRates(handle).gpu
    except ImportError:
        return None
    except pynvml.NVMLError:  # no driver, or a card that does not tell
        return None
    return f"GPU {busy}% {memory.used / 2**30:.0f}/{memory.total / 2**30:.0f}G"


def _active_state(run: Path) -> str:
    """Return ``running`` or ``paused``, or nothing for a run that is not active."""
    from recipe_tui.core.training.events import Continued, Ended, Paused, Started, parse_event
    from recipe_tui.core.training.runs import Manifest

    try:
        process = Manifest.read(run).process
        if process is None or process.is_gone():
            return ""
        with (run / paths.EVENTS).open("rb") as file:
            file.seek(max(0, file.seek(0, os.SEEK_END) - TAIL))
            lines = file.read().splitlines()
    except (OSError, RunError):
        return ""
    for event in map(parse_event, reversed(lines)):
        if isinstance(event, Ended):
            return ""
        if isinstance(event, Paused):
            return "paused"
        if isinstance(event, Started | Continued):
            break
    return "running"
