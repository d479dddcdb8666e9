"""The small panels around the text: other tokens at a place, and the checklist of ingredients."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.widgets import Static

from recipe_tui.tui.glyphs import UNICODE, Glyphs
from recipe_tui.tui.sanitize import sanitize_line
from recipe_tui.tui.theme import probability_style

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recipe_tui.core.recipes.ingredients import Checklist
    from recipe_tui.workers.protocol import Alternative

BAR = 12
"""Cells of the bar of a token that is certain."""

LABEL = 16
"""Cells a token's text is given."""


class AlternativesPanel(Static):
    """The likeliest tokens at a place, one of them highlighted."""

    def __init__(self) -> None:
        super().__init__(id="next-token", markup=False)
        self.alternatives: tuple[Alternative, ...] = ()
        self.selected = 0

    def tell(self, text: str) -> None:
        """Say something in the place of tokens."""
        self.alternatives = ()
        self.update(Content.styled(sanitize_line(text), "$text-muted"))

    def show(self, alternatives: Sequence[Alternative], selected: int = 0) -> None:
        """Show tokens, the highlighted one marked."""
        self.alternatives = tuple(alternatives)
        self.selected = min(max(0, selected), len(self.alternatives) - 1)
        glyphs: Glyphs = getattr(self.app, "glyphs", UNICODE)
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


class IngredientPanel(Static):
    """A checklist; a line each where there is room, one line of all where there is none."""

    def __init__(self, name: str) -> None:
        super().__init__(classes=name, markup=False)
        self._shown: tuple[object, ...] = ()

    def show(self, checklist: Checklist) -> None:
        """Show which ingredients were mentioned; nothing is drawn when nothing has changed."""
        narrow = self.size.height == 1
        state = (checklist.ingredients, checklist.ticks, narrow)
        if state == self._shown:
            return
        self._shown = state
        glyphs: Glyphs = getattr(self.app, "glyphs", UNICODE)
        parts = [
            Content.styled(
                f"{glyphs.done if tick else glyphs.missing} {sanitize_line(_short(line) if narrow else line, 60)}",
                "$success" if tick else "$text-muted",
            )
            for line, tick in zip(checklist.ingredients, checklist.ticks, strict=True)
        ]
        self.border_title = f"Ingredients {sum(checklist.ticks)}/{len(checklist.ticks)}" if parts else "Ingredients"
        empty = Content.styled("listed ingredients are ticked as the directions mention them", "$text-muted")
        self.update(Content("  " if narrow else "\n").join(parts) if parts else empty)


def token_label(text: str, glyphs: Glyphs) -> str:
    """Return a token as it can be read: its spaces at the edges and line ends visible."""
    shown = text.replace("\r", "").replace("\n", glyphs.newline)
    if shown.startswith(" "):
        shown = glyphs.space + shown[1:]
    if shown.endswith(" "):
        shown = shown[:-1] + glyphs.space
    return sanitize_line(shown, LABEL)


def bar(share: float, glyphs: Glyphs, width: int = BAR) -> str:
    """Return a bar that fills a share (0 to 1) of its width, to an eighth of a cell."""
    eighths = round(share * width * 8)
    whole, rest = divmod(eighths, 8)
    return (glyphs.bar[8] * whole + (glyphs.bar[rest] if rest else "")).ljust(width)


def _alternative(one: Alternative, glyphs: Glyphs, selected: bool) -> Content:
    label = Content(token_label(one.label, glyphs)).pad_right(0)
    gap = " " * max(1, LABEL - label.cell_length)
    return Content.assemble(
        (glyphs.arrow if selected else " ", "bold"),
        " ",
        label.stylize("bold reverse") if selected else label,
        gap,
        (bar(one.probability, glyphs), probability_style(one.probability)),
        f" {one.probability:6.1%}",
    )


def _short(line: str) -> str:
    from recipe_tui.core.recipes.ingredients import name_words

    return " ".join(name_words(line)[-2:]) or line
