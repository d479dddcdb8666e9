"""Looking at what else could stand at a place of the text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipe_tui.tui.generate.client import WriterError
from recipe_tui.tui.generate.panels import AlternativesPanel

if TYPE_CHECKING:
    from textual.timer import Timer

    from recipe_tui.tui.generate.screen import GenerateScreen
    from recipe_tui.workers.protocol import Alternative

REST = 0.15
"""Seconds the cursor rests at a place until its alternatives are looked for."""

ALTERNATIVES = 12
"""How many are looked for."""

HIDDEN = "-without-alternatives"
"""The screen's class while the panel is hidden."""


class Looking:
    """Finds and shows the alternatives at a place, for the generation screen.

    Args:
        screen: The screen.
    """

    def __init__(self, screen: GenerateScreen) -> None:
        self.screen = screen
        self._found: dict[tuple[int, int], tuple[Alternative, ...]] = {}
        self._timer: Timer | None = None

    @property
    def panel(self) -> AlternativesPanel:
        """Where they are shown."""
        return self.screen.query_one(AlternativesPanel)

    def forget(self) -> None:
        """Forget what was found: there is another text."""
        self._found.clear()
        self._stop_waiting()
        self.screen.workers.cancel_group(self.screen, "alternatives")

    def toggle(self) -> None:
        """Show the panel and go to the text; once more, hide it."""
        screen, view = self.screen, self.screen.output_view
        if not screen.has_class(HIDDEN) and view.has_focus:
            screen.add_class(HIDDEN)
            view.cursor = None
            return
        screen.remove_class(HIDDEN)
        view.focus()
        if view.cursor is None:
            view.cursor = view.last_place
        screen.call_after_refresh(self._look_at_cursor)

    def look(self, place: int) -> None:
        """Show the alternatives at a place, once the cursor has rested there."""
        writing = self.screen.writing
        self._stop_waiting()
        if self.screen.has_class(HIDDEN):
            return
        if writing is None:
            self.panel.tell("Write a text first.")
        elif self.screen.is_busy:
            self.panel.tell("When the text is written, other tokens can be seen here.")
        elif (found := self._found.get((writing.number, place))) is not None:
            self._show(found, place)
        else:
            self.panel.tell("…")
            self._timer = self.screen.set_timer(REST, lambda: self._find_soon(place))

    def _look_at_cursor(self) -> None:
        cursor = self.screen.output_view.cursor
        if cursor is not None:
            self.look(cursor)

    def _find_soon(self, place: int) -> None:
        self.screen.run_worker(self._find(place), group="alternatives", exclusive=True)

    async def _find(self, place: int) -> None:
        screen = self.screen
        writing = screen.writing
        if writing is None or screen.is_busy:
            return
        number = writing.number
        written = [token.id for token in writing.draft.tokens[:place]]
        try:
            await screen.author.load(writing.asked)
            found = await screen.author.client.alternatives(writing.asked.prompt, written, ALTERNATIVES)
        except WriterError as error:
            self.panel.tell(error.message)
            return
        self._found[(number, place)] = found
        if screen.writing is writing and screen.output_view.cursor == place:
            self._show(found, place)
        screen.show_writing(anew=False)

    def _show(self, found: tuple[Alternative, ...], place: int) -> None:
        tokens = self.screen.output_view.tokens
        present = tokens[place].id if place < len(tokens) else None
        selected = next((number for number, one in enumerate(found) if one.token_id == present), 0)
        self.panel.show(found, selected)

    def _stop_waiting(self) -> None:
        if self._timer is not None:
            self._timer.stop()
            self._timer = None
