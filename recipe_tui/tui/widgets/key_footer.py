"""The last line of a screen: its keys, as many as have room. Help is always among them, however narrow the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len
from textual.widgets import Footer

if TYPE_CHECKING:
    from textual import events
    from textual.app import ComposeResult
    from textual.widget import Widget

PADDING = 3
"""Cells around the key and after its label."""


class KeyFooter(Footer):
    """The keys of the focused widget, its screen and the application; that of the help stays on the right.

    What has no room is left out whole, and everything after it.
    """

    DEFAULT_CSS = """
    KeyFooter .-help {
        dock: right;
    }
    """

    def __init__(self) -> None:
        super().__init__(show_command_palette=False)  # it is in the table of actions like all others

    def compose(self) -> ComposeResult:
        """Make a label for each key that has room."""
        keys = list(super().compose())
        helps = [key for key in keys if str(getattr(key, "action", "")).endswith("show_help")]
        room = self.app.size.width - sum(map(_width, helps))
        for key in keys:
            if key in helps:
                key.add_class("-help")
                yield key
            else:
                room -= _width(key)
                if room >= 0:
                    yield key

    async def on_resize(self, event: events.Resize) -> None:
        """Leave out others where there is another width."""
        await self.recompose()


def _width(key: Widget) -> int:
    return cell_len(f"{getattr(key, 'key_display', '')}{getattr(key, 'description', '')}") + PADDING
