"""Asking what to search for, and where."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.widgets import Input, OptionList, Static
from textual.widgets.option_list import Option

from recipe_tui.tui.dataset.hits import Query
from recipe_tui.tui.dialogs.dialog import Dialog

if TYPE_CHECKING:
    from textual import events
    from textual.app import ComposeResult

    from recipe_tui.core.browsing.search import SearchIn

PLACES: dict[SearchIn, tuple[str, str]] = {
    "title": ("titles", "recipes whose title holds these characters"),
    "text": ("recipes", "titles, ingredients and directions, as cleaned"),
    "token": ("tokens", "one token, by its text, by its name such as <|step|>, or by its id: #464"),
}
"""What each place is called and what it means."""


class SearchDialog(Dialog[Query | None]):
    """Ask what to search for, beginning with the last query. Returns the query, or None."""

    def __init__(self, query: Query | None = None) -> None:
        super().__init__("Search")
        self.query_before = query or Query("title", "")

    def body(self) -> ComposeResult:
        """Return the line, and the places to search in."""
        yield Input(self.query_before.text, placeholder="what to look for", compact=True, id="text")
        yield Static("Up and down choose where; Enter searches.", id="help", markup=False)
        yield OptionList(
            *(
                Option(Content.assemble(f"in {name:<8} ", Content.styled(note, "$text-muted")), id=place)
                for place, (name, note) in PLACES.items()
            ),
            id="options",
            compact=True,
            markup=False,
        )

    def on_mount(self) -> None:
        """Begin with what was searched for last."""
        super().on_mount()
        self.query_one(OptionList).highlighted = list(PLACES).index(self.query_before.where)

    def on_key(self, event: events.Key) -> None:
        """Choose where while the line is written in."""
        options = self.query_one(OptionList)
        if event.key in ("up", "down") and self.focused is not options:
            (options.action_cursor_up if event.key == "up" else options.action_cursor_down)()
            event.stop()

    def on_input_submitted(self) -> None:
        """Search."""
        self._submit()

    def on_option_list_option_selected(self) -> None:
        """Search in what was chosen."""
        self._submit()

    def _submit(self) -> None:
        text = self.query_one(Input).value
        where = list(PLACES)[self.query_one(OptionList).highlighted or 0]
        if text:
            self.dismiss(Query(where, text))
