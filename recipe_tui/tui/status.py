"""The contents of the title bar: the active run and the machine, read from the disk in a few milliseconds."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipe_tui.core.runs.status import ACTIVE, active_run, run_state
from recipe_tui.tui.train.machine import MachineReader
from recipe_tui.tui.widgets.title_bar import Status

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from recipe_tui.tui.train.machine import Machine

GIB = 2**30

EVERY = 2.0
"""Seconds between two reads."""


class StatusReader:
    """Reads the status; to be called in a thread."""

    def __init__(self, output: Path, machine: Callable[[], Machine] | None = None) -> None:
        self.output = output
        self.machine = machine or MachineReader().read
        self._active: Path | None = None
        self._ended: tuple[int, str] = (0, "")

    def read(self) -> Status:
        """Return the latest active run and the load of the machine.

        Without an active run the load is left out, so that an idle workbench sends nothing to the terminal.
        """
        active = active_run(self.output)
        before, self._active = self._active, None if active is None else active[0]
        if before is not None and before != self._active and (ended := run_state(before)) not in ACTIVE:
            self._ended = self._ended[0] + 1, f"{before.name} {ended}"
        if active is None:
            return Status(ended=self._ended)
        run, state = active
        return Status(state, run.name, load_summary(self.machine()), self._ended)


def load_summary(machine: Machine) -> str:
    """Return the load of a machine in a few words: of its GPUs where there are any, else of processor and memory."""
    if not machine.gpus:
        return f"CPU {machine.cpu}% {machine.used / GIB:.0f}/{machine.total / GIB:.0f}G"
    busy = sum(gpu.busy for gpu in machine.gpus) / len(machine.gpus)
    used, total = sum(gpu.used for gpu in machine.gpus), sum(gpu.total for gpu in machine.gpus)
    number = f"{len(machine.gpus)} " if len(machine.gpus) > 1 else ""
    return f"{number}GPU {busy:.0f}% {used / GIB:.0f}/{total / GIB:.0f}G"
