"""Asking for a key."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.widgets import Static

from recipe_tui.tui.dialogs.dialog import Dialog

if TYPE_CHECKING:
    from textual import events
    from textual.app import ComposeResult


class PressDialog(Dialog[str | None]):
    """Ask for a key. Returns Textual's name of it, an empty text for the usual key, or None."""

    def body(self) -> ComposeResult:
        """Return what to do."""
        yield Static("Press the new key.", id="question", markup=False)
        yield Static("Backspace gives the usual key back.", id="detail", markup=False)

    def on_key(self, event: events.Key) -> None:
        """Take the key, whatever it is."""
        event.stop()
        event.prevent_default()
        if event.key == "escape":
            self.dismiss(None)
        else:
            self.dismiss("" if event.key == "backspace" else event.key)
