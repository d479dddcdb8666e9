"""The list of blocks: all of a split, or those that a filter shows; hits of a search are marked."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from rich.cells import cell_len, set_cell_size
from textual.content import Content
from textual.message import Message

from recipe_tui.tui.dataset.row_reader import RowReader
from recipe_tui.tui.glyphs import glyphs_of
from recipe_tui.tui.sanitize import sanitize_line
from recipe_tui.tui.widgets.virtual_list import VirtualList

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from recipe_tui.core.recipes.recipe import Split
    from recipe_tui.tui.dataset.hits import Hits
    from recipe_tui.tui.dataset.opened import OpenedStore


class BlockList(VirtualList):
    """Blocks with the title of their first recipe, their tokens and padding, and marks."""

    @dataclass
    class RowsRead(Message):
        """Rows have come that were not there when they were drawn."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(self._content, id=id)
        self.split: Split = "train"
        self.shown: NDArray[np.int64] | None = None
        self.hits: Hits | None = None
        self._rows: RowReader | None = None
        self._number_width = self._used_width = 1

    @property
    def number(self) -> int | None:
        """Number of the selected block."""
        return self.number_at(self.selected) if self.count else None

    def number_at(self, index: int) -> int:
        """Return the number of the block in a row."""
        return index if self.shown is None else int(self.shown[index])

    def show_blocks(
        self, opened: OpenedStore, split: Split, shown: NDArray[np.int64] | None = None, number: int = 0
    ) -> None:
        """Show blocks.

        Args:
            opened: The store.
            split: The split.
            shown: Numbers of the blocks to show, ascending; None for all.
            number: The block to select, or else the next that is shown.
        """
        self.split, self.shown = split, shown
        self._rows = RowReader(opened, split, lambda: self.post_message(self.RowsRead()))
        self._number_width = len(f"{len(opened.blocks(split)):,}")
        self._used_width = len(str(opened.store.block_size)) + 4
        count = len(opened.blocks(split)) if shown is None else len(shown)
        nothing = f"The {split} split has no blocks." if shown is None else f"No block of {split} is like that."
        self.show(count, self._index_of(number), f"{nothing}\n\ns another split, f another filter.")

    def go_to(self, number: int) -> bool:
        """Select a block. Returns whether it is shown."""
        index = self._index_of(number)
        if index >= self.count or self.number_at(index) != number:
            return False
        self.selected = index
        return True

    def go_to_hit(self, step: int) -> bool:
        """Select the next hit of the search, or for -1 the previous one. Returns whether there is one."""
        number = None
        if self.hits is not None:
            number = self.hits.after(-1 if self.number is None else self.number, step, self.shown)
        return number is not None and self.go_to(number)

    def mark(self, hits: Hits | None) -> None:
        """Mark the hits of a search."""
        self.hits = hits
        self.refresh()

    def on_block_list_rows_read(self) -> None:
        """Draw the rows that have come."""
        self.refresh()

    def _seen(self) -> list[int]:
        """Return the numbers of the blocks that are in sight."""
        end = self.first_seen + self.scrollable_content_region.height
        return [self.number_at(index) for index in range(self.first_seen, min(end, self.count))]

    def _index_of(self, number: int) -> int:
        return number if self.shown is None else int(self.shown.searchsorted(number))

    def _content(self, index: int, width: int) -> Content:
        number = self.number_at(index)
        glyphs = glyphs_of(self)
        rows = self._rows
        if rows is None:
            return Content("")
        if not rows.is_read(number):
            rows.ask(self._seen())
        row = rows.row(number)
        if row is None:
            instead = "(cannot be read)" if rows.is_read(number) else glyphs.ellipsis
            return Content(f" {number:>{self._number_width},} {instead}")
        used = f"{row.used}+{row.padding}" if row.padding else str(row.used)
        marks = f"{'<' if row.continues_before else ' '}{'>' if row.continues_after else ' '}"
        others = f"+{row.recipes - 1}" if row.recipes > 1 else ""
        hit = glyphs.running if self.hits is not None and number in self.hits else " "
        right = f" {others:>3} {used:<{self._used_width}} {marks}"
        left = f"{hit}{number:>{self._number_width},} {sanitize_line(row.title, 200)}"
        room = max(width - cell_len(right), 12)
        if cell_len(left) > room:
            left = set_cell_size(left, room - 1) + glyphs.ellipsis
        return Content(set_cell_size(left, room) + right)
