"""Asking for one line of text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.widgets import Input, Static

from recipe_tui.tui.dialogs.dialog import Dialog
from recipe_tui.tui.sanitize import sanitize, sanitize_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult


class AskDialog(Dialog[str | None]):
    """Ask for a line of text. Returns it, or None.

    Args:
        title: What is asked for.
        value: What stands there at first.
        help: What to write, in a sentence.
        validate: Given the line, says what is wrong with it; None means nothing.
    """

    def __init__(
        self,
        title: str,
        value: str = "",
        help: str = "",  # noqa: A002
        validate: Callable[[str], str | None] | None = None,
    ) -> None:
        super().__init__(title)
        self.value = sanitize_line(value)
        self.help = help
        self.validate = validate

    def body(self) -> ComposeResult:
        """Return the help, the line, and room for what is wrong with it."""
        if self.help:
            yield Static(sanitize(self.help), id="help", markup=False)
        yield Input(self.value, compact=True, id="line")
        yield Static(id="complaint", markup=False)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Remove the message about the previous value."""
        self.query_one("#complaint", Static).update("")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Return the line if it is valid, else show what is wrong with it."""
        complaint = self.validate(event.value) if self.validate else None
        if complaint is None:
            self.dismiss(event.value)
        else:
            self.query_one("#complaint", Static).update(sanitize(complaint))
