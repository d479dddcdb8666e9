"""The panel of alternatives: the likeliest tokens at a place of the text, one of them highlighted."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from recipe_tui.tui.glyphs import Glyphs, glyphs_of
from recipe_tui.tui.sanitize import sanitize_line
from recipe_tui.tui.theme import probability_style

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.timer import Timer

    from recipe_tui.workers.protocol import Alternative

REST = 0.15
"""Seconds the cursor rests at a place until its alternatives are computed."""

BAR = 12
"""Cells of the bar of a token that is certain."""

LABEL = 16
"""Cells a token's text is given."""


class AlternativesPanel(Static):
    """The likeliest tokens at a place.

    Attributes:
        alternatives: The tokens that are shown.
        selected: Which of them is highlighted.
    """

    @dataclass
    class Wanted(Message):
        """The cursor rests at a token of a text whose alternatives are not known."""

        text: int
        place: int

    def __init__(self) -> None:
        super().__init__(id="next-token", markup=False)
        self.alternatives: tuple[Alternative, ...] = ()
        self.selected = 0
        self._known: dict[tuple[int, int], tuple[Alternative, ...]] = {}
        self._place: tuple[int, int] | None = None
        self._present: int | None = None
        self._timer: Timer | None = None

    def say(self, text: str) -> None:
        """Show a line in the place of tokens."""
        self._leave()
        self.alternatives = ()
        self.update(Content.styled(sanitize_line(text), "$text-muted"))

    def forget(self) -> None:
        """Forget all alternatives: there is another text."""
        self._leave()
        self._known.clear()

    def look_at(self, text: int, place: int, present: int | None) -> None:
        """Show the alternatives at a place; unknown ones are asked for once the cursor has rested there.

        Args:
            text: Number of the text.
            place: Number of the token.
            present: The token that stands there, which is highlighted.
        """
        known = self._known.get((text, place))
        self._leave() if known else self.say("…")
        self._place, self._present = (text, place), present
        if known:
            self._show_known(known)
        else:
            self._timer = self.set_timer(REST, lambda: self.post_message(self.Wanted(text, place)))

    def add(self, text: int, place: int, alternatives: tuple[Alternative, ...]) -> None:
        """Add the alternatives at a place; they are shown if the cursor is still there."""
        self._known[text, place] = alternatives
        if self._place == (text, place):
            self._show_known(alternatives)

    def show(self, alternatives: Sequence[Alternative], selected: int = 0) -> None:
        """Show tokens, the highlighted one marked."""
        self.alternatives = tuple(alternatives)
        self.selected = min(max(0, selected), len(self.alternatives) - 1)
        glyphs = glyphs_of(self)
        height = max(1, self.content_size.height or 5)
        top = max(0, self.selected - height + 1)
        lines = [
            _alternative(one, glyphs, top + number == self.selected)
            for number, one in enumerate(self.alternatives[top : top + height])
        ]
        self.update(Content("\n").join(lines))

    def choose(self, step: int) -> None:
        """Highlight another."""
        if self.alternatives:
            self.show(self.alternatives, self.selected + step)

    @property
    def chosen(self) -> Alternative | None:
        """The token that is highlighted."""
        return self.alternatives[self.selected] if self.alternatives else None

    def _show_known(self, alternatives: tuple[Alternative, ...]) -> None:
        present = (number for number, one in enumerate(alternatives) if one.token_id == self._present)
        self.show(alternatives, next(present, 0))

    def _leave(self) -> None:
        self._place = None
        if self._timer is not None:
            self._timer.stop()
            self._timer = None


def token_label(text: str, glyphs: Glyphs) -> str:
    """Return a token as it can be read: its spaces at the edges and line ends visible."""
    shown = text.replace("\r", "").replace("\n", glyphs.newline)
    if shown.startswith(" "):
        shown = glyphs.space + shown[1:]
    if shown.endswith(" "):
        shown = shown[:-1] + glyphs.space
    return sanitize_line(shown, LABEL)


def _alternative(one: Alternative, glyphs: Glyphs, selected: bool) -> Content:
    label = Content(token_label(one.label, glyphs)).pad_right(0)
    gap = " " * max(1, LABEL - label.cell_length)
    return Content.assemble(
        (glyphs.arrow if selected else " ", "bold"),
        " ",
        label.stylize("bold reverse") if selected else label,
        gap,
        (glyphs.filled(one.probability, BAR).ljust(BAR), probability_style(one.probability)),
        f" {one.probability:6.1%}",
    )
