"""Clusters of duplicates, two recipes side by side."""

from __future__ import annotations

from dataclasses import dataclass
from difflib import SequenceMatcher
from typing import TYPE_CHECKING

from rich.cells import cell_len, set_cell_size
from textual import work
from textual.containers import VerticalScroll
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from recipe_tui.tui.dataset.page import PAGE_CSS
from recipe_tui.tui.dataset.page_formatting import outcome_line, recipe_lines
from recipe_tui.tui.dialogs.dialog import Dialog
from recipe_tui.tui.sanitize import sanitize_line
from recipe_tui.tui.widgets.virtual_list import VirtualList

if TYPE_CHECKING:
    from collections.abc import Iterator

    import numpy as np
    from numpy.typing import NDArray
    from textual.app import ComposeResult

    from recipe_tui.core.blocks.store import BlockStore

MOST_COMPARED = 400
"""Lines of a recipe that are compared; comparing takes the square of it."""


class ClustersPage(Dialog[None]):
    """The pairs of duplicates: the recipe that was kept, and one of its duplicates."""

    @dataclass
    class Found(Message):
        """The pairs are known.

        Attributes:
            pairs: Rows of the recipe that stands for a cluster, and of one of its duplicates, [pairs, 2].
        """

        pairs: NDArray[np.int32]

    AUTO_FOCUS = "#clusters"
    CSS_PATH = PAGE_CSS

    def __init__(self, store: BlockStore) -> None:
        super().__init__("Duplicates")
        self.store = store
        self.pairs: NDArray[np.int32] | None = None

    def body(self) -> ComposeResult:
        """Return the list of pairs and the two recipes."""
        yield VirtualList(self._row, 0, "looking ...", id="clusters")
        with VerticalScroll(id="sides"):
            yield Static(id="side_by_side", markup=False)

    def on_mount(self) -> None:
        """Find the pairs."""
        super().on_mount()
        self._find()

    def on_clusters_page_found(self, event: Found) -> None:
        """List the pairs."""
        self.pairs = event.pairs
        clusters = len(set(event.pairs[:, 0].tolist()))
        self.query_one("#box").border_title = Content(f"{clusters:,} clusters, {len(event.pairs):,} duplicates")
        self.query_one(VirtualList).show(len(event.pairs), empty="No recipe has a duplicate.")

    def on_resize(self) -> None:
        """Compare in columns of another width."""
        self.call_after_refresh(self._compare)

    def on_virtual_list_highlighted(self) -> None:
        """Compare another pair."""
        self._compare()

    @work(thread=True)
    def _find(self) -> None:
        from recipe_tui.core.browsing.clusters import Clusters

        self.post_message(self.Found(Clusters(self.store).pairs))

    def _row(self, index: int, width: int) -> Content:
        assert self.pairs is not None
        kept, duplicate = self.pairs[index].tolist()
        outcome = self.store.outcome(duplicate)
        right = f" {outcome.name.replace('_', ' ')} {outcome.similarity:.2f}"
        title = sanitize_line(self.store.title(kept), 200)
        left = f"{kept:>7,} = {duplicate:>7,}  {title}"
        return Content(set_cell_size(left, max(width - cell_len(right) - 1, 8)) + right)

    def _compare(self) -> None:
        if self.pairs is None or not len(self.pairs):
            return
        kept, duplicate = self.pairs[self.query_one(VirtualList).selected].tolist()
        width = max((self.query_one("#sides").scrollable_content_region.width - 3) // 2, 10)
        sides = [
            [f"recipe {row:,}: {outcome_line(self.store.outcome(row))}", *recipe_lines(self.store.recipe(row))]
            for row in (kept, duplicate)
        ]
        self.query_one("#side_by_side", Static).update(side_by_side(sides[0], sides[1], width))


def side_by_side(left: list[str], right: list[str], width: int) -> Content:
    """Return two texts in columns of a width in cells; lines that differ are bold and marked by ``!``."""
    words: list[Content | str] = []
    for one, other, differs in _aligned(left[:MOST_COMPARED], right[:MOST_COMPARED]):
        rows = [_wrapped(one, width), _wrapped(other, width)]
        for i in range(max(map(len, rows))):
            cells = [set_cell_size(row[i] if i < len(row) else "", width) for row in rows]
            line = f"{cells[0]} {'!' if differs else '|'} {cells[1]}"
            words += [Content.styled(line, "bold $section-cut") if differs else line, "\n"]
    return Content.assemble(*words)


def _aligned(left: list[str], right: list[str]) -> Iterator[tuple[str, str, bool]]:
    yield left[0], right[0], False  # the headings always differ
    for kind, a, b, c, d in SequenceMatcher(None, left[1:], right[1:], autojunk=False).get_opcodes():
        one, other = left[1 + a : 1 + b], right[1 + c : 1 + d]
        for i in range(max(len(one), len(other))):
            yield one[i] if i < len(one) else "", other[i] if i < len(other) else "", kind != "equal"


def _wrapped(text: str, width: int) -> list[str]:
    from textwrap import wrap

    lines = [part for line in text.split("\n") for part in (wrap(line, width) or [""])]
    return [set_cell_size(line, width) if cell_len(line) > width else line for line in lines]
