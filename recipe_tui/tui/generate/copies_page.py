"""The copied spans of a text beside the training recipes that they are from."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from rich.cells import set_cell_size
from textual import work
from textual.containers import Container, VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from recipe_tui.core.errors import RecipeTuiError
from recipe_tui.core.recipes.words import words_without_case
from recipe_tui.tui.actions import bindings_of
from recipe_tui.tui.app_messages import StoreChosen
from recipe_tui.tui.dialogs.dialog import DIALOG_CSS, Dialog
from recipe_tui.tui.generate.copies import BEGIN, END, by_improbability, needs_signs
from recipe_tui.tui.sanitize import sanitize, sanitize_line
from recipe_tui.tui.widgets.virtual_list import VirtualList

if TYPE_CHECKING:
    from textual.app import ComposeResult
    from textual.binding import BindingType

    from recipe_tui.core.recipes.recipe import Recipe
    from recipe_tui.workers.protocol import CopiedSpan, Traced


class CopiesPage(Dialog[None]):
    """The copied spans, the surest copy first; below them the text and the source of the selected one.

    Args:
        text: The text without its prompt.
        traced: Its copied spans, of which there is one at least.
    """

    AUTO_FOCUS = "#spans"
    CSS_PATH = [DIALOG_CSS, Path(__file__).with_name("copies_page.tcss")]  # noqa: RUF012 - declared by Textual
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of("copies")]
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]  # noqa: RUF012

    @dataclass
    class SourceRead(Message):
        """The recipe that a span is from is read, or an error says why not."""

        span: CopiedSpan
        content: Content

    def __init__(self, text: str, traced: Traced) -> None:
        super().__init__("Copied spans")
        self.text = text
        self.store = Path(traced.store)
        self.spans = by_improbability(traced.spans)

    def body(self) -> ComposeResult:
        """Return the spans, the text and the source."""
        yield VirtualList(self._row, len(self.spans), id="spans")
        with Container(id="sides"):
            with VerticalScroll(id="written"):
                yield Static(id="written-text", markup=False)
            with VerticalScroll(id="source"):
                yield Static(id="source-text", markup=False)

    def on_mount(self) -> None:
        """Show the first span."""
        super().on_mount()
        self._show_span()

    def on_virtual_list_highlighted(self) -> None:
        """Show another span."""
        self._show_span()

    def on_copies_page_source_read(self, event: SourceRead) -> None:
        """Show the source of the selected span."""
        if event.span is self.span:
            self.query_one("#source-text", Static).update(event.content)

    def action_go(self) -> None:
        """Show the recipe in the dataset browser; this page stays where it is."""
        self.app.post_message(StoreChosen(self.store, self.span.recipe))

    @property
    def span(self) -> CopiedSpan:
        """The selected span."""
        return self.spans[self.query_one(VirtualList).selected]

    def _row(self, index: int, width: int) -> Content:
        span = self.spans[index]
        times = "once" if span.occurrences == 1 else f"{span.occurrences:,} times"
        title = sanitize_line(span.title, 60) or "(no title)"
        words = sanitize_line(self.text[span.start : span.end].replace("\n", " "), 400)
        return Content(set_cell_size(f"{span.words:>3} words, {times}: {title}: {words}", width))

    def _show_span(self) -> None:
        span = self.span
        text = self._marked(self.text, span.start, span.end)
        self.query_one("#written-text", Static).update(Content.assemble(("As written\n\n", "bold"), text))
        self._read_source(span)

    @work(thread=True, group="source", exclusive=True)
    def _read_source(self, span: CopiedSpan) -> None:
        from recipe_tui.core.blocks.store import BlockStore

        try:
            recipe = BlockStore.open(self.store).recipe(span.recipe)
        except RecipeTuiError as error:
            content = Content(sanitize(f"{error.message}\n{error.hint}"))
        else:
            content = self._source(recipe, span)
        self.post_message(self.SourceRead(span, content))

    def _source(self, recipe: Recipe, span: CopiedSpan) -> Content:
        text = "\n".join([recipe.title, "", *recipe.ingredients, "", *recipe.steps])
        place = find_words(text, self.text[span.start : span.end])
        shown = self._marked(text, *place) if place else Content(sanitize(text))
        return Content.assemble((f"Recipe {span.recipe:,} of the training text\n\n", "bold"), shown)

    def _marked(self, text: str, start: int, end: int) -> Content:
        begin, stop = (BEGIN, END) if needs_signs(self) else ("", "")
        middle = f"{begin}{sanitize(text[start:end])}{stop}"
        return Content.assemble(sanitize(text[:start]), (middle, "underline $copied"), sanitize(text[end:]))


def find_words(text: str, sought: str) -> tuple[int, int] | None:
    """Return where the words of a span are in a text, whatever stands between them; None where they are not."""
    words, places = words_without_case(text)
    span, _ = words_without_case(sought)
    for first in range(len(words) - len(span) + 1):
        if span and words[first : first + len(span)] == span:
            return places[first][0], places[first + len(span) - 1][1]
    return None
