"""What covers a screen that has no room; everything behind it continues."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.screen import ModalScreen
from textual.widgets import Static

if TYPE_CHECKING:
    from textual import events
    from textual.app import ComposeResult
    from textual.geometry import Size

SMALLEST = (60, 16)
"""Columns and lines that the screens need."""


def is_too_small(size: Size) -> bool:
    """Tell whether a terminal has no room for the screens."""
    return size.width < SMALLEST[0] or size.height < SMALLEST[1]


class TooSmallScreen(ModalScreen[None]):
    """Say how much room is needed, and go away as soon as it is there."""

    DEFAULT_CSS = """
    TooSmallScreen {
        align: center middle;
        background: $background;

        Static {
            height: auto;
            width: 100%;
            text-align: center;
        }
    }
    """

    def compose(self) -> ComposeResult:
        """Return the text."""
        yield Static(id="too-small", markup=False)

    def on_mount(self) -> None:
        """Say how large the terminal is."""
        self._look()

    def on_resize(self, event: events.Resize) -> None:
        """Look whether there is room now."""
        self._look()

    def on_screen_resume(self) -> None:
        """Look again when what was in front has gone."""
        self._look()

    def _look(self) -> None:
        size = self.app.size
        if not is_too_small(size):
            if self.is_current:
                self.dismiss()
            return
        columns, lines = SMALLEST
        self.query_one("#too-small", Static).update(
            f"Terminal too small: {size.width}x{size.height}.\n"
            f"At least {columns}x{lines} is needed.\n"
            "Training goes on meanwhile."
        )
