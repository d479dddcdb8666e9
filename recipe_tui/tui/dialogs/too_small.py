"""The screen that covers the others while the terminal is too small."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import events, on
from textual.screen import ModalScreen
from textual.widgets import Static

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.geometry import Size

SMALLEST = (60, 16)
"""Columns and lines that the screens need."""


def is_too_small(size: Size) -> bool:
    """Return whether a terminal has no room for the screens."""
    return size.width < SMALLEST[0] or size.height < SMALLEST[1]


class TooSmallScreen(ModalScreen[None]):
    """Say how much room is needed; closes as soon as there is enough."""

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

    @on(events.Resize)
    @on(events.ScreenResume)
    def _update(self) -> None:
        size = self.app.size
        if not is_too_small(size):
            if self.is_current:
                self.dismiss()
            return
        columns, lines = SMALLEST
        self.query_one("#too-small", Static).update(
            f"Terminal too small: {size.width}x{size.height}.\n"
            f"At least {columns}x{lines} is needed.\n"
            "Training continues."
        )
