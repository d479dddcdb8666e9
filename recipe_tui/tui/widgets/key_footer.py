"""The last line of a screen: its keys. Help is always among them, however narrow the terminal."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.widgets import Footer

if TYPE_CHECKING:
    from textual.app import ComposeResult


class KeyFooter(Footer):
    """The keys of the focused widget, its screen and the application; that of the help stays on the right."""

    DEFAULT_CSS = """
    KeyFooter .-help {
        dock: right;
    }
    """

    def __init__(self) -> None:
        super().__init__(show_command_palette=False)  # it is in the table of actions like all others

    def compose(self) -> ComposeResult:
        """Make a label for each key."""
        for widget in super().compose():
            widget.set_class(str(getattr(widget, "action", "")).endswith("show_help"), "-help")
            yield widget
