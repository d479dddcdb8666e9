"""What the title bar says of the runs and the machine, read from the disk in a few milliseconds."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from recipe_tui.core import paths
from recipe_tui.core.errors import RunError
from recipe_tui.core.runs.events import Continued, Ended, Paused, Started, parse_event
from recipe_tui.core.runs.folder import RunManifest
from recipe_tui.tui.train.machine import MachineReader
from recipe_tui.tui.widgets.title_bar import Status

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from recipe_tui.tui.train.machine import Machine

GIB = 2**30

TAIL = 64 * 1024
"""Bytes at the end of an event log in which it is looked for whether the run is paused or has ended."""

EVERY = 2.0
"""Seconds between two looks."""


class StatusReader:
    """Reads the status. Belongs in a thread.

    The log of a long run is far too large to be read every two seconds: its end tells enough.

    Args:
        output: Folder of the runs.
        machine: Measures how busy the machine is.
    """

    def __init__(self, output: Path, machine: Callable[[], Machine] | None = None) -> None:
        self.output = output
        self.machine = machine or MachineReader().read

    def read(self) -> Status:
        """Return the latest active run and how busy the machine is.

        Without an active run nothing is said of the machine: an idle workbench sends nothing to the terminal.
        """
        for manifest in self._newest_first():
            state = _active_state(manifest.parent)
            if state:
                return Status(state, manifest.parent.name, in_words(self.machine()))
        return Status()

    def _newest_first(self) -> list[Path]:
        found: list[tuple[float, Path]] = []
        for manifest in self.output.glob(f"*/{paths.RUN_MANIFEST}"):
            try:
                found.append((manifest.stat().st_mtime, manifest))
            except OSError:  # deleted meanwhile
                continue
        return [manifest for _, manifest in sorted(found, reverse=True)]


def in_words(machine: Machine) -> str:
    """Say how busy a machine is: its GPUs where there are any, else processor and memory."""
    if not machine.gpus:
        return f"CPU {machine.cpu}% {machine.used / GIB:.0f}/{machine.total / GIB:.0f}G"
    busy = sum(gpu.busy for gpu in machine.gpus) / len(machine.gpus)
    used, total = sum(gpu.used for gpu in machine.gpus), sum(gpu.total for gpu in machine.gpus)
    number = f"{len(machine.gpus)} " if len(machine.gpus) > 1 else ""
    return f"{number}GPU {busy:.0f}% {used / GIB:.0f}/{total / GIB:.0f}G"


def _active_state(run: Path) -> str:
    """Return ``running`` or ``paused``, or nothing for a run that is not active."""
    try:
        process = RunManifest.read(run).process
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
