"""The checklist of ingredients: which of those listed the directions have mentioned."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content
from textual.widgets import Static

from recipe_tui.tui.glyphs import glyphs_of
from recipe_tui.tui.sanitize import sanitize_line

if TYPE_CHECKING:
    from recipe_tui.core.recipes.ingredients import Checklist


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
        glyphs = glyphs_of(self)
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


def _short(line: str) -> str:
    from recipe_tui.core.recipes.ingredients import name_words

    return " ".join(name_words(line)[-2:]) or line
