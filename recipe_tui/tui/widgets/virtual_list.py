"""A list of millions of rows: only the rows that are seen are ever made."""

from __future__ import annotations

from dataclasses import dataclass
from textwrap import wrap
from typing import TYPE_CHECKING, ClassVar

from textual.content import Content
from textual.geometry import Size
from textual.message import Message
from textual.reactive import reactive
from textual.scroll_view import ScrollView
from textual.strip import Strip

from recipe_tui.tui.actions import bindings_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual import events
    from textual.binding import BindingType
    from textual.style import Style


class VirtualList(ScrollView, can_focus=True):
    """A list with one selected row, moved by keys or mouse.

    Args:
        row: Given the number of a row from 0 and its width in cells, returns what it shows.
        count: Number of rows.
        empty: What is shown when there is no row.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of("list")]
    COMPONENT_CLASSES: ClassVar[set[str]] = {"virtual-list--selected", "virtual-list--empty"}
    DEFAULT_CSS = """
    VirtualList {
        overflow-x: hidden;
        overflow-y: auto;
        scrollbar-size-vertical: 1;
    }
    VirtualList > .virtual-list--selected {
        text-style: bold underline;
    }
    VirtualList:focus > .virtual-list--selected {
        text-style: bold reverse;
    }
    VirtualList > .virtual-list--empty {
        color: $text-muted;
    }
    """

    selected: reactive[int] = reactive(0, repaint=False)

    @dataclass
    class Highlighted(Message):
        """Another row was selected."""

        index: int

    @dataclass
    class Chosen(Message):
        """The selected row was clicked once more."""

        index: int

    def __init__(
        self,
        row: Callable[[int, int], Content],
        count: int = 0,
        empty: str = "",
        *,
        id: str | None = None,  # noqa: A002 - Textual's name
    ) -> None:
        super().__init__(id=id)
        self._row = row
        self.count = count
        self.empty = empty

    def show(self, count: int, selected: int = 0, empty: str | None = None) -> None:
        """Show other rows.

        Args:
            count: How many there are now.
            selected: The row to select.
            empty: What is shown when there is none; as before when None.
        """
        self.count = count
        self.empty = self.empty if empty is None else empty
        self._fit()
        before, self.selected = self.selected, selected
        if before == self.selected and count:
            self.post_message(self.Highlighted(self.selected))  # the same place, but another row
        self._reveal()
        self.refresh()

    @property
    def first_seen(self) -> int:
        """The row on the first line."""
        return self.scroll_offset.y

    def validate_selected(self, selected: int) -> int:
        """Keep the selection on a row."""
        return max(0, min(selected, self.count - 1))

    def watch_selected(self, before: int, selected: int) -> None:
        """Show the selected row, and post that it is."""
        self.refresh_line(before)
        self.refresh_line(selected)
        self._reveal()
        if self.count:
            self.post_message(self.Highlighted(selected))

    def on_mount(self) -> None:
        """Take the rows' height."""
        self._fit()

    def on_resize(self) -> None:
        """Keep the selected row in sight."""
        self._fit()
        self._reveal()

    def render_line(self, y: int) -> Strip:
        """Make one line of what is seen."""
        width = self.scrollable_content_region.width
        index = y + self.scroll_offset.y
        style = self.visual_style
        if index < self.count:
            content = self._row(index, width)
            if index == self.selected:
                style = style + self.get_visual_style("virtual-list--selected", partial=True)
        else:
            lines = [part for line in self.empty.split("\n") for part in wrap(line, max(width, 1)) or [""]]
            content = Content(lines[y] if not self.count and y < len(lines) else "")
            style = style + self.get_visual_style("virtual-list--empty", partial=True)
        return strip_of(content, width, style)

    def on_click(self, event: events.Click) -> None:
        """Select the row, or choose it when it is selected."""
        index = event.y + self.scroll_offset.y
        if index == self.selected and index < self.count:
            self.post_message(self.Chosen(index))
        elif index < self.count:
            self.selected = index

    def action_up(self) -> None:
        """Select the row above."""
        self.selected -= 1

    def action_down(self) -> None:
        """Select the row below."""
        self.selected += 1

    def action_page_up(self) -> None:
        """Select a row a page above."""
        self.selected -= max(1, self.size.height - 1)

    def action_page_down(self) -> None:
        """Select a row a page below."""
        self.selected += max(1, self.size.height - 1)

    def action_first(self) -> None:
        """Select the first row."""
        self.selected = 0

    def action_last(self) -> None:
        """Select the last row."""
        self.selected = self.count - 1

    def _fit(self) -> None:
        self.virtual_size = Size(self.scrollable_content_region.width, self.count)

    def _reveal(self) -> None:
        height = max(1, self.scrollable_content_region.height)
        top = self.scroll_offset.y
        if not top <= self.selected < top + height:
            near = abs(self.selected - top) <= 2 * height
            target = self.selected - height // 2
            if near:
                target = self.selected if self.selected < top else self.selected - height + 1
            self.scroll_to(y=max(0, target), animate=False, immediate=True)


def strip_of(content: Content, width: int, style: Style) -> Strip:
    """Render one line of content, cut or filled up to a width in cells."""
    if content.cell_length > width:
        content = content.truncate(width, ellipsis=True)
    strip = Strip(content.render_segments(style), content.cell_length)
    return strip.adjust_cell_length(width, style.rich_style)
