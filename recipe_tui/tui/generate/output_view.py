"""The text as it is written: streamed, coloured by probability on request, with a cursor that moves over tokens."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from rich.segment import Segment
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from recipe_tui.tui.actions import bindings_of
from recipe_tui.tui.generate.copies import needs_signs, tokens_of, with_signs
from recipe_tui.tui.generate.token_layout import LEAD, TokenLayout
from recipe_tui.tui.glyphs import glyphs_of
from recipe_tui.tui.theme import probability_style

if TYPE_CHECKING:
    from collections.abc import Sequence

    from rich.style import Style
    from textual import events
    from textual.binding import BindingType

    from recipe_tui.tui.generate.generation_session import Token
    from recipe_tui.workers.protocol import CopiedSpan


class OutputView(ScrollView, can_focus=True):
    """The tokens of a text.

    Attributes:
        cursor: The number of a token; the number of all tokens for what comes next.
        coloured: Whether tokens are styled by their probability.
        lead: What stands before the first token.
        tokens: What was written.
        ended: Whether the last token ends the text, so that nothing can come after it.
    """

    DEFAULT_CSS = """
    OutputView {
        scrollbar-gutter: stable;
        overflow-x: hidden;

        & > .output--lead { color: $text-muted; }
        & > .output--copied { color: $copied; text-style: underline; }
        & > .output--cursor { text-style: reverse; }
        & > .output--probability-1 { color: $probability-1; text-style: bold underline; }
        & > .output--probability-2 { color: $probability-2; text-style: underline; }
        & > .output--probability-3 { color: $probability-3; text-style: italic; }
        & > .output--probability-4 { color: $probability-4; }
        & > .output--probability-5 { color: $probability-5; }
    }
    """
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "output--lead",
        "output--copied",
        "output--cursor",
        *(f"output--probability-{level}" for level in range(1, 6)),
    }
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of("output")]

    # Textual lays out the whole screen when this changes; here it changes with every line that is written.
    virtual_size = reactive(Size(0, 0), layout=False, repaint=False)
    cursor: reactive[int | None] = reactive(None)
    coloured: reactive[bool] = reactive(False)

    @dataclass
    class CursorMoved(Message):
        """The cursor is at another place."""

        place: int

    @dataclass
    class Chosen(Message):
        """Another alternative is highlighted: `step` further down."""

        step: int

    @dataclass
    class Taken(Message):
        """Generation is to continue from the highlighted alternative at a place."""

        place: int

    def __init__(self) -> None:
        super().__init__(id="output")
        self.lead = ""
        self.ended = False
        self.tokens: list[Token] = []
        self._copies: Sequence[CopiedSpan] = ()
        self._copied: frozenset[int] = frozenset()
        self._token_layout = TokenLayout(1)

    @property
    def last_place(self) -> int:
        """The last place of the cursor: that of the next token, or of the one that ended the text."""
        return max(0, len(self.tokens) - self.ended)

    def show(self, lead: str, tokens: Sequence[Token]) -> None:
        """Show the text before the first token, and the tokens written so far."""
        self.lead = lead
        self.tokens = list(tokens)
        self._copies, self._copied = (), frozenset()
        self.ended = False
        self.cursor = None
        self._lay_out()
        self.scroll_end(animate=False)

    def extend(self, tokens: Sequence[Token]) -> None:
        """Append what was written since."""
        if not tokens:
            return
        at_end = self.scroll_offset.y >= self.max_scroll_y
        before = len(self._token_layout)
        start = len(self.tokens)
        self.tokens += tokens
        self._token_layout.extend((token.text, number) for number, token in enumerate(tokens, start))
        self._measure()
        if len(self._token_layout) != before and at_end:
            self.scroll_end(animate=False, immediate=self.show_vertical_scrollbar)  # no bar yet: once there is
        self.refresh_lines(max(0, before - 2), len(self._token_layout) - before + 2)

    def mark(self, copies: Sequence[CopiedSpan]) -> None:
        """Mark the copied spans of the text."""
        if not copies and not self._copies:
            return
        texts = [token.text for token in self.tokens]
        self._copies, self._copied = copies, tokens_of(copies, texts)
        self._lay_out()

    def watch_cursor(self) -> None:
        """Keep the cursor in sight."""
        if self.cursor is not None:
            line = self._token_layout.line_of(self.cursor)
            top = self.scroll_offset.y
            height = self.scrollable_content_region.height
            if not top <= line < top + height:
                self.scroll_to(y=max(0, line - height // 2), animate=False)

    def on_resize(self, event: events.Resize) -> None:
        """Wrap for the new width."""
        if self.scrollable_content_region.width != self._token_layout.width:
            self._lay_out()

    def render_line(self, y: int) -> Strip:
        """Draw a line of what is in sight."""
        width = self.scrollable_content_region.width
        number = self.scroll_offset.y + y
        base = self.rich_style
        if number >= len(self._token_layout):
            return Strip.blank(width, base)
        line = self._token_layout[number]
        segments = [Segment(span.text, base + self._style(span.token)) for span in line.spans]
        cursor = self.get_component_rich_style("output--cursor", partial=True)
        place = self.cursor
        if place is not None and line.ended_by == place:
            segments.append(Segment(glyphs_of(self).newline, base + cursor))
        if place is not None and place >= self.last_place and number == len(self._token_layout) - 1:
            segments.append(Segment(" ", base + cursor))
        return Strip(segments).adjust_cell_length(width, base)

    def action_left(self) -> None:
        """Go to the previous token."""
        self._move(-1)

    def action_right(self) -> None:
        """Go to the next token."""
        self._move(1)

    def action_first(self) -> None:
        """Go to the first token."""
        self._move(-len(self.tokens))

    def action_last(self) -> None:
        """Go behind the last token."""
        self._move(len(self.tokens))

    def action_up(self) -> None:
        """Highlight the alternative above."""
        self.post_message(self.Chosen(-1))

    def action_down(self) -> None:
        """Highlight the alternative below."""
        self.post_message(self.Chosen(1))

    def action_take(self) -> None:
        """Continue from the highlighted alternative."""
        if self.cursor is not None:
            self.post_message(self.Taken(self.cursor))

    def _move(self, step: int) -> None:
        place = self.last_place if self.cursor is None else self.cursor
        self.cursor = min(max(0, place + step), self.last_place)
        self.post_message(self.CursorMoved(self.cursor))

    def _style(self, number: int) -> Style:
        if number == LEAD:
            return self.get_component_rich_style("output--lead", partial=True)
        style = self._probability_style(self.tokens[number].probability)
        if number in self._copied:
            style += self.get_component_rich_style("output--copied", partial=True)
        if number == self.cursor:
            style += self.get_component_rich_style("output--cursor", partial=True)
        return style

    def _probability_style(self, probability: float | None) -> Style:
        from rich.style import Style

        if not self.coloured or probability is None:
            return Style.null()
        name = probability_style(probability).removeprefix("$")
        return self.get_component_rich_style(f"output--{name}", partial=True)

    def _lay_out(self) -> None:
        self._token_layout = TokenLayout(self.scrollable_content_region.width)
        self._token_layout.extend([(self.lead, LEAD)])
        texts = [token.text for token in self.tokens]
        if self._copies and needs_signs(self):
            texts = with_signs(self._copies, texts)
        self._token_layout.extend((text, number) for number, text in enumerate(texts))
        self._measure()
        self.refresh()

    def _measure(self) -> None:
        """Take the text's height; the screen is laid out only where a scroll bar comes or goes."""
        region = self.scrollable_content_region
        self.virtual_size = Size(region.width, len(self._token_layout))
        if self.show_vertical_scrollbar != (len(self._token_layout) > region.height):
            self.refresh(layout=True)
        elif self.show_vertical_scrollbar:
            self.vertical_scrollbar.window_virtual_size = len(self._token_layout)
