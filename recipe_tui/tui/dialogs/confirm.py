"""A question that is answered by yes or no."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Horizontal
from textual.widgets import Button, Static

from recipe_tui.tui.dialogs.dialog import Dialog
from recipe_tui.tui.sanitize import sanitize

if TYPE_CHECKING:
    from textual.app import ComposeResult


class ConfirmDialog(Dialog[bool]):
    """Ask before something that cannot be undone. Returns True for yes, False for anything else."""

    AUTO_FOCUS = "#no"

    def __init__(self, question: str, detail: str = "") -> None:
        super().__init__("Sure?")
        self.question = question
        self.detail = detail

    def body(self) -> ComposeResult:
        """Return the question and two buttons."""
        yield Static(sanitize(self.question), id="question", markup=False)
        if self.detail:
            yield Static(sanitize(self.detail), id="detail", markup=False)
        with Horizontal(id="buttons"):
            yield Button("Yes", id="yes", variant="warning", compact=True)
            yield Button("No", id="no", compact=True)

    def on_button_pressed(self, event: Button.Pressed) -> None:
        """Answer as the button says."""
        self.dismiss(event.button.id == "yes")

    def action_yes(self) -> None:
        """Answer yes."""
        self.dismiss(True)

    def action_cancel(self) -> None:
        """Answer no."""
        self.dismiss(False)
