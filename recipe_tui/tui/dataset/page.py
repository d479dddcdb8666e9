"""A page of text in front of the dataset screen: a recipe, a line as read, the ledger, statistics."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.containers import VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Static
from textual.worker import get_current_worker

from recipe_tui.core.errors import RecipeTuiError
from recipe_tui.tui.dialogs.dialog import Dialog
from recipe_tui.tui.sanitize import sanitize

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import PurePath

    from textual.app import ComposeResult
    from textual.widget import Widget


class Page(Dialog[None]):
    """Text to scroll in, made in a thread.

    Args:
        title: What it is.
        make: Makes the text, harmless. It is given a function to tell which share is done, from 0 to 1, which returns
            False once the page has been closed; then it may return None.
    """

    CSS_PATH: ClassVar[str | list[str | PurePath]] = ["../dialogs/dialog.tcss", "page.tcss"]

    @dataclass
    class Made(Message):
        """There is something to show."""

        content: Content

    def __init__(self, title: str, make: Callable[[Callable[[float], bool]], Content | None]) -> None:
        super().__init__(title)
        self.content = Content("reading ...")
        self._make = make

    def body(self) -> ComposeResult:
        """Return the text."""
        with VerticalScroll(id="page"):
            yield Static(self.content, id="content", markup=False)

    def first(self) -> Widget:
        """Return what scrolls."""
        return self.query_one("#page")

    def on_mount(self) -> None:
        """Begin to make the text."""
        super().on_mount()
        self._read()

    def on_page_made(self, event: Made) -> None:
        """Show what was made."""
        self.content = event.content
        self.query_one("#content", Static).update(event.content)

    def action_copy(self) -> None:
        """Send the text to the terminal's clipboard, which never says whether it arrived."""
        self.app.copy_to_clipboard(self.content.plain)
        self.notify("Sent to the terminal's clipboard.", markup=False)

    @work(thread=True)
    def _read(self) -> None:
        worker = get_current_worker()

        def progress(share: float) -> bool:
            if not worker.is_cancelled:
                self.post_message(self.Made(Content(f"counting ... {share:.0%}")))
            return not worker.is_cancelled

        try:
            content = self._make(progress)
        except RecipeTuiError as error:
            content = Content.assemble(
                Content.styled(sanitize(error.message), "bold $error"), "\n\n", sanitize(error.hint)
            )
        if content is not None and not worker.is_cancelled:
            self.post_message(self.Made(content))
