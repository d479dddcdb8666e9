"""What the dataset screen says around its lists: legends, what to do without a store, how a search stands."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipe_tui.tui.harmless import harmless_line

if TYPE_CHECKING:
    from recipe_tui.tui.dataset.hits import Hits

LEGEND = "T title  I ingredients  S steps  E end"

LIST_LEGEND = "+2 two more recipes   498+14 tokens and padding   < > goes on elsewhere"

NO_STORE = """No blocks yet.

Blocks are made when a run is started: press 1, then n.
From the command line:
  recipe-tui data build --source recipes.jsonl

o opens a block store somewhere else."""


def search_status(hits: Hits, block: int | None) -> str:
    """Say how a search stands.

    Args:
        hits: The search.
        block: The block that is selected.
    """
    done = "" if hits.share == 1 else f", {hits.share:.0%} searched"
    rank = None if block is None else hits.rank(block)
    here = f"hit {rank:,} of " if rank else ""
    text = harmless_line(hits.query.text, 40)
    return f"{here}{len(hits):,} blocks with {text!r}{done}   n next  N previous  esc leave"
