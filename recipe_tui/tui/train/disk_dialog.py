"""The disk that runs, checkpoints, block stores and caches take."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from rich.filesize import decimal
from textual import work
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from recipe_tui.core.browsing.disk_usage import disk_uses
from recipe_tui.tui.dialogs.dialog import Dialog
from recipe_tui.tui.sanitize import sanitize_line

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from textual.app import ComposeResult

    from recipe_tui.core.browsing.disk_usage import DiskUse


class DiskDialog(Dialog["Path | None"]):
    """Shows what takes disk, the largest first. Returns the folder of a run that was chosen, or None.

    Args:
        output: Folder of the runs.
        read: Measures it; runs in a thread.
    """

    AUTO_FOCUS = "#options"

    def __init__(self, output: Path, read: Callable[[Path], list[DiskUse]] = disk_uses) -> None:
        super().__init__("Disk used")
        self.output = output
        self._read = read
        self._uses: Sequence[DiskUse] = ()

    def body(self) -> ComposeResult:
        """Return the list, and its sum."""
        yield OptionList(id="options", compact=True, markup=False)
        yield Static("measuring ...", id="help", markup=False)

    def on_mount(self) -> None:
        """Measure the folders."""
        super().on_mount()
        self._measure()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Return the run that was chosen."""
        use = self._uses[event.option_index]
        if use.kind in ("run", "checkpoints"):
            self.dismiss(use.path if use.kind == "run" else use.path.parent)

    @work(group="disk")
    async def _measure(self) -> None:
        self._uses = await asyncio.to_thread(self._read, self.output)
        self.query_one(OptionList).add_options([Option(use_line(use)) for use in self._uses])
        total = decimal(sum(use.size for use in self._uses))
        self.query_one("#help", Static).update(f"{total} in all. Enter goes to a run, and D deletes it there.")


def use_line(use: DiskUse) -> Content:
    """Return the line of a folder: size, kind, name and what one should know."""
    name = use.path.parent.name if use.kind == "checkpoints" else use.path.name
    line = sanitize_line(f"{decimal(use.size):>9}  {use.kind:<11}  {name}", 100)
    return Content.assemble(line, Content.styled(f"  {use.note}" if use.note else "", "$text-muted"))
