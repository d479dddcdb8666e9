"""The list of blocks: all of a split, or those that a filter shows; hits of a search are marked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.cells import cell_len, set_cell_size
from textual.content import Content

from recipe_tui.core.errors import StoreError
from recipe_tui.tui.glyphs import UNICODE
from recipe_tui.tui.harmless import harmless_line
from recipe_tui.tui.widgets.virtual_list import VirtualList

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from recipe_tui.core.recipes.recipe import Split
    from recipe_tui.tui.dataset.hits import Hits
    from recipe_tui.tui.dataset.opened import OpenedStore, RowPicture

_MOST_KNOWN = 4_096
"""Rows that are kept, so that moving the selection reads nothing."""


class BlockList(VirtualList):
    """Blocks with the title of their first recipe, their tokens and padding, and marks."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002 - Textual's name
        super().__init__(self._content, id=id)
        self.opened: OpenedStore | None = None
        self.split: Split = "train"
        self.shown: NDArray[np.int64] | None = None
        self.hits: Hits | None = None
        self._known: dict[int, RowPicture] = {}
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
        self.opened, self.split, self.shown = opened, split, shown
        self._known.clear()
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

    def mark(self, hits: Hits | None) -> None:
        """Mark the hits of a search."""
        self.hits = hits
        self.refresh()

    def _index_of(self, number: int) -> int:
        return number if self.shown is None else int(self.shown.searchsorted(number))

    def _content(self, index: int, width: int) -> Content:
        number = self.number_at(index)
        glyphs = getattr(self.app, "glyphs", UNICODE)
        row = self._row_of(number)
        if row is None:
            return Content(f" {number:>{self._number_width},} (cannot be read)")
        used = f"{row.used}+{row.padding}" if row.padding else str(row.used)
        marks = f"{'<' if row.continues_before else ' '}{'>' if row.continues_after else ' '}"
        others = f"+{row.recipes - 1}" if row.recipes > 1 else ""
        hit = glyphs.running if self.hits is not None and number in self.hits else " "
        right = f" {others:>3} {used:<{self._used_width}} {marks}"
        left = f"{hit}{number:>{self._number_width},} {harmless_line(row.title, 200)}"
        room = max(width - cell_len(right), 12)
        if cell_len(left) > room:
            left = set_cell_size(left, room - 1) + glyphs.ellipsis
        return Content(set_cell_size(left, room) + right)

    def _row_of(self, number: int) -> RowPicture | None:
        row = self._known.get(number)
        if row is None and self.opened is not None:
            try:
                row = self.opened.row(self.split, number)
            except (StoreError, IndexError, ValueError, OSError):
                return None  # the screen's own check says what is wrong with the store
            if len(self._known) >= _MOST_KNOWN:
                self._known.clear()
            self._known[number] = row
        return row
