"""The disk that runs, checkpoints, block stores and caches take."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar

from rich.filesize import decimal
from textual import work
from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from recipe_tui.core.browsing.disk_usage import disk_uses
from recipe_tui.core.errors import RecipeTuiError
from recipe_tui.tui.actions import bindings_of
from recipe_tui.tui.dialogs.confirm import ConfirmDialog
from recipe_tui.tui.dialogs.dialog import Dialog
from recipe_tui.tui.sanitize import sanitize_line

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from recipe_tui.core.browsing.disk_usage import DiskUse


class DiskDialog(Dialog["Path | None"]):
    """Shows what takes disk, the largest first. Returns the folder of a run that was chosen, or None.

    Args:
        output: Folder of the runs.
        read: Measures it; runs in a thread.
    """

    AUTO_FOCUS = "#options"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of("disk")]

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

    @work(group="delete", exclusive=True)
    async def action_delete_cache(self) -> None:
        """Delete the cache that is highlighted, if the user confirms it."""
        from recipe_tui.core.registry.cache import delete_cache

        index = self.query_one(OptionList).highlighted
        use = self._uses[index] if index is not None else None
        if use is None or use.kind != "cache":
            self.notify("Only caches are deleted here; Enter goes to a run.", markup=False)
            return
        question = ConfirmDialog(f"Delete {use.path.name}?", f"This frees {decimal(use.size)}. It is {use.note}.")
        if await self.app.push_screen_wait(question):
            try:
                await asyncio.to_thread(delete_cache, use.path)
            except RecipeTuiError as error:
                self.notify(sanitize_line(str(error), 300), severity="error", markup=False)
            self._measure()

    @work(group="disk", exclusive=True)
    async def _measure(self) -> None:
        self._uses = await asyncio.to_thread(self._read, self.output)
        options = self.query_one(OptionList)
        options.clear_options()
        options.add_options([Option(use_line(use)) for use in self._uses])
        total = decimal(sum(use.size for use in self._uses))
        self.query_one("#help", Static).update(f"{total} in all. Enter goes to a run, where D deletes it.")


def use_line(use: DiskUse) -> Content:
    """Return the line of a folder: size, kind, name and what one should know."""
    name = use.path.parent.name if use.kind == "checkpoints" else use.path.name
    line = sanitize_line(f"{decimal(use.size):>9}  {use.kind:<11}  {name}", 100)
    return Content.assemble(line, Content.styled(f"  {use.note}" if use.note else "", "$text-muted"))
