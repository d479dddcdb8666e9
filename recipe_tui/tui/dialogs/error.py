"""An error with what to do about it, and a traceback that can be copied or saved when it is a bug."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

from textual.widgets import Static, TextArea

from recipe_tui.core.atomic_io import write_text
from recipe_tui.core.errors import OutputError
from recipe_tui.core.paths import state_folder
from recipe_tui.tui.dialogs.dialog import Dialog
from recipe_tui.tui.sanitize import sanitize, sanitize_line

if TYPE_CHECKING:
    from pathlib import Path

    from textual.app import ComposeResult


class ErrorDialog(Dialog[None]):
    """Show an error.

    Args:
        message: What went wrong.
        hint: What to do next.
        traceback: Where it happened, if that is of use.
        folder: Where a saved report goes; the state folder when None.
    """

    def __init__(self, message: str, hint: str = "", traceback: str = "", folder: Path | None = None) -> None:
        super().__init__("Error")
        self.message = message
        self.hint = hint
        self.traceback = traceback
        self.folder = folder

    @property
    def report(self) -> str:
        """Everything there is to know, as text."""
        return "\n".join(part for part in (self.message, self.hint, self.traceback) if part) + "\n"

    def body(self) -> ComposeResult:
        """Return message, hint and traceback."""
        yield Static(sanitize(self.message), id="message", markup=False)
        if self.hint:
            yield Static(sanitize(self.hint), id="hint", markup=False)
        if self.traceback:
            area = TextArea(sanitize(self.traceback), read_only=True, soft_wrap=False, id="traceback")
            area.move_cursor(area.document.end)
            yield area

    def action_copy(self) -> None:
        """Send the report to the terminal's clipboard, which never says whether it arrived."""
        self.app.copy_to_clipboard(self.report)
        self.notify("Sent to the terminal's clipboard.", markup=False)

    def action_save(self) -> None:
        """Save the report as a file."""
        path = (self.folder or state_folder()) / time.strftime("error-%Y%m%d-%H%M%S.txt")
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            write_text(path, self.report)
        except (OSError, OutputError) as error:
            self.notify(sanitize_line(str(error)), title="Not saved", severity="error", markup=False)
        else:
            self.notify(sanitize_line(str(path)), title="Saved", markup=False)
