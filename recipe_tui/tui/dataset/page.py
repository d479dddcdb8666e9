"""A page of text in front of the dataset screen: a recipe, a line as read, the ledger, statistics."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path, PurePath
from typing import TYPE_CHECKING

from textual import work
from textual.containers import VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Static
from textual.worker import get_current_worker

from recipe_tui.core.errors import RecipeTuiError
from recipe_tui.tui.dialogs.dialog import DIALOG_CSS, Dialog
from recipe_tui.tui.sanitize import sanitize

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult


PAGE_CSS: list[str | PurePath] = [DIALOG_CSS, Path(__file__).with_name("page.tcss")]


class Page(Dialog[None]):
    """Text to scroll in, made in a thread.

    Args:
        title: What it is.
        make: Returns the text, sanitized. It is given a function to report which share is done, from 0 to 1, which
            returns False once the page has been closed; then it may return None.
    """

    AUTO_FOCUS = "#page"
    CSS_PATH = PAGE_CSS

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

    def on_mount(self) -> None:
        """Start the thread."""
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
