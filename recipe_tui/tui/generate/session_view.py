"""The texts of a session, one at a time: its tokens, and the alternatives to one of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual import on
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from recipe_tui.tui.generate.alternatives import AlternativesPanel
from recipe_tui.tui.generate.copies import copies_line
from recipe_tui.tui.generate.ingredient_panel import IngredientPanel
from recipe_tui.tui.generate.output_view import OutputView
from recipe_tui.tui.generate.status_lines import finished_line
from recipe_tui.tui.sanitize import sanitize_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult

    from recipe_tui.tui.generate.generation_session import GenerationRequest, GenerationSession
    from recipe_tui.workers.protocol import Text

HIDDEN = "-without-alternatives"
"""Class while the panel of alternatives is hidden."""


class SessionView(Vertical):
    """Shows a session, and a line about it.

    Args:
        is_busy: Returns whether a text is being generated, so that no alternatives can be computed.

    Attributes:
        session: What is shown.
    """

    @dataclass
    class Continued(Message):
        """Generation is to continue from another token."""

        request: GenerationRequest

    def __init__(self, is_busy: Callable[[], bool]) -> None:
        super().__init__(id="session")
        self.session: GenerationSession | None = None
        self.is_busy = is_busy
        self.output = OutputView()
        self.alternatives = AlternativesPanel()

    def compose(self) -> ComposeResult:
        """Return the text, and what is below it."""
        yield self.output
        yield Static(id="copies", markup=False)
        yield IngredientPanel("checks-line")
        yield self.alternatives
        yield Static(id="status", markup=False)

    def on_mount(self) -> None:
        """Say which keys show the alternatives."""
        self.output.border_title = "Output"
        self.alternatives.border_title = "Next token"
        self.alternatives.say("Ctrl+N, then left and right, shows what else could stand at a place.")
        self.set_class(self.app.size.width < 100, HIDDEN)

    def colour(self, coloured: bool) -> None:
        """Colour the text by probability, or no longer."""
        self.output.coloured = coloured
        self.output.border_subtitle = "sure … improbable underlined" if coloured else ""

    def say(self, text: str) -> None:
        """Show a line below the text."""
        self.query_one("#status", Static).update(Content(sanitize_line(text, 400)))

    def show(self, session: GenerationSession) -> None:
        """Show a session from its beginning."""
        self.session = session
        self.output.show(session.request.lead, session.draft.tokens)
        self.show_result()

    def show_more(self) -> None:
        """Show the tokens that have come since."""
        if self.session is not None:
            self.output.extend(self.session.draft.tokens[len(self.output.tokens) :])

    def show_result(self) -> None:
        """Show what there is to say about the text."""
        session = self.session
        if session is None:
            return
        several = len(session.drafts) > 1
        self.output.border_title = f"Output {session.number + 1}/{len(session.drafts)}" if several else "Output"
        result = session.draft.result
        if result is not None:
            self.output.ended = result.finish_reason == "stop"
            self.say(finished_line(result))
        self.show_copies()

    def show_copies(self) -> None:
        """Mark the copied spans of the text, and name their sources below it."""
        traced = self.session.draft.copies if self.session is not None else None
        copies = traced.spans if traced is not None else ()
        self.output.mark(copies)
        line = self.query_one("#copies", Static)
        line.update(Content(copies_line(copies)))
        line.display = bool(copies)

    def finished_text(self) -> Text | None:
        """Return the text that is shown, or say that it is not finished."""
        text = self.session.draft.result if self.session is not None else None
        if text is None:
            self.notify("There is no finished text yet.", markup=False)
        return text

    def toggle_alternatives(self) -> None:
        """Show the panel of alternatives and go to the text; once more, hide it."""
        output = self.output
        if not self.has_class(HIDDEN) and output.has_focus:
            self.add_class(HIDDEN)
            output.cursor = None
            return
        self.remove_class(HIDDEN)
        output.focus()
        output.cursor = output.last_place if output.cursor is None else output.cursor
        self.call_after_refresh(self._look_at_cursor)

    @on(OutputView.CursorMoved)
    def _look_at_cursor(self) -> None:
        place, session = self.output.cursor, self.session
        if place is None or self.has_class(HIDDEN):
            return
        if session is None:
            self.alternatives.say("Write a text first.")
        elif self.is_busy():
            self.alternatives.say("When the text is written, other tokens can be seen here.")
        else:
            tokens = self.output.tokens
            self.alternatives.look_at(session.number, place, tokens[place].id if place < len(tokens) else None)

    @on(OutputView.Chosen)
    def _on_chosen(self, event: OutputView.Chosen) -> None:
        self.alternatives.choose(event.step)

    @on(OutputView.Taken)
    def _on_taken(self, event: OutputView.Taken) -> None:
        chosen = self.alternatives.chosen
        if self.session is not None and chosen is not None:
            self.post_message(self.Continued(self.session.continued_from(event.place, chosen)))
