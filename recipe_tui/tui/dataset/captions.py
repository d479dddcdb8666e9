"""The captions of the dataset screen: frames, the welcome without a store, and the status line."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.content import Content

from recipe_tui.core.text.layout import FIELDS
from recipe_tui.tui.sanitize import sanitize_line

if TYPE_CHECKING:
    from textual.widget import Widget
    from textual.widgets import Static

    from recipe_tui.core.browsing.filters import Filter
    from recipe_tui.core.recipes.recipe import Split
    from recipe_tui.tui.dataset.hits import Hits
    from recipe_tui.tui.dataset.opened import BlockPicture, OpenedStore

LEGEND = "T title  I ingredients  S steps  E end"

FIELDS_LEGEND = "T title  G tags  V servings  M times  I ingr.  S steps  E end"
FIELD_SECTIONS = frozenset(map(int, FIELDS))

LIST_LEGEND = "+2 two more recipes   498+14 tokens and padding   < > continues elsewhere"

NO_STORE = """No blocks yet.

Blocks are made when a run is started: press 1, then n.
From the command line:
  recipe-tui data build --source recipes.jsonl

o opens a block store somewhere else."""


def list_frame(opened: OpenedStore, split: Split, count: int, which: Filter) -> tuple[str, str]:
    """Return the title and subtitle of the list: how many blocks a filter shows, and of which store."""
    filtered = "" if which == "all" else f" ({which})"
    return f"{split}: {count:,} blocks{filtered}", sanitize_line(opened.store.path.name, 40)


def block_frame(block: BlockPicture) -> tuple[str, str]:
    """Return the title and subtitle of a block: its size, and what the letters beside it stand for."""
    recipes = f"{len(block.parts)} recipe{'s' if len(block.parts) != 1 else ''}"
    has_fields = not FIELD_SECTIONS.isdisjoint(block.sections)
    legend = FIELDS_LEGEND if has_fields else LEGEND
    return f"Block {block.number:,}: {len(block.ids):,} tokens, {recipes}", legend


def write_frame(pane: Widget, frame: tuple[str, str] | None) -> None:
    """Update title and subtitle of a pane if they have changed: an update draws the whole pane."""
    title, subtitle = map(Content, frame or ("", ""))
    if pane.border_title != title.markup:
        pane.border_title = title
    if pane.border_subtitle != subtitle.markup:
        pane.border_subtitle = subtitle


def write_line(line: Static, content: Content) -> None:
    """Update a line if its content has changed, without a new layout."""
    if line.content != content:
        line.update(content, layout=False)


def search_status(hits: Hits, block: int | None) -> str:
    """Return the progress of a search, and which hit the selected block is."""
    done = "" if hits.share == 1 else f", {hits.share:.0%} searched"
    rank = None if block is None else hits.rank(block)
    here = f"hit {rank:,} of " if rank else ""
    text = sanitize_line(hits.query.text, 40)
    return f"{here}{len(hits):,} blocks with {text!r}{done}   n next  N previous  esc leave"


def status_text(hits: Hits | None, number: int | None, token: str, list_alone: bool, in_block: bool) -> str:
    """Return the status line.

    Args:
        hits: The search, if there is one.
        number: Number of the selected block.
        token: Describes the token under the cursor.
        list_alone: Whether only the list is shown.
        in_block: Whether the block has the focus.
    """
    if hits is None and list_alone:
        return LIST_LEGEND
    return token if hits is None or in_block else search_status(hits, number)
