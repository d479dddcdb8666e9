"""The jobs of the dataset screen that run in threads: they post what they find, and can be cancelled."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from recipe_tui.core.errors import RecipeTuiError, StoreError, UsageError
from recipe_tui.tui.dataset.messages import BlockRead, BlocksFiltered, Failed, SearchStep, StoreOpened
from recipe_tui.tui.dataset.opened import OpenedStore

if TYPE_CHECKING:
    from collections.abc import Callable

    import numpy as np
    from numpy.typing import NDArray
    from textual.message import Message

    from recipe_tui.core.browsing.filters import Filter
    from recipe_tui.core.recipes.recipe import Split
    from recipe_tui.tui.dataset.hits import Hits

_REPORTS = 64
"""Reports of a long search; the first hits are reported at once."""


def open_store(
    post: Callable[[Message], object], output: Path, path: Path | None, last: str | None, block: int
) -> None:
    """Open a store.

    Args:
        post: Receives `StoreOpened` or `Failed`.
        output: Folder of the runs.
        path: The store; when None the one that was opened last, or else the newest under the output folder.
        last: The store that was opened last.
        block: The block to go to.
    """
    from recipe_tui.core.blocks.manifest import is_store
    from recipe_tui.core.browsing.stores import newest_store

    if path is None and last is not None and is_store(Path(last)):
        path = Path(last)
    path = path or newest_store(output)
    try:
        post(StoreOpened(OpenedStore.open(path) if path else None, block))
    except RecipeTuiError as error:
        post(Failed(error))


def read_block(post: Callable[[Message], object], opened: OpenedStore, split: Split, number: int) -> None:
    """Read a block with everything that is drawn of it."""
    try:
        picture = opened.picture(split, number)
        post(BlockRead(opened, picture, opened.take_problem()))
    except StoreError as error:
        post(Failed(error))
    except (IndexError, ValueError, OSError) as error:
        post(Failed(StoreError(f"{opened.store.path}: damaged ({error})", "build the store again")))


def filter_blocks(post: Callable[[Message], object], opened: OpenedStore, split: Split, which: Filter) -> None:
    """Find the blocks that a filter shows."""
    from recipe_tui.core.browsing.filters import filtered

    try:
        opened.check()
        post(BlocksFiltered(opened, split, which, filtered(opened.blocks(split), which)))
    except StoreError as error:
        post(Failed(error))


def search(
    post: Callable[[Message], object], opened: OpenedStore, split: Split, hits: Hits, cancelled: Callable[[], bool]
) -> None:
    """Search the blocks of a split: the first hits are posted at once, the others in steps.

    Args:
        post: Receives `SearchStep` and `Failed`.
        opened: The store.
        split: The split.
        hits: The search.
        cancelled: Whether to stop.
    """
    import numpy as np

    from recipe_tui.core.browsing.search import search_recipes, search_tokens

    try:
        opened.check()
        if hits.query.where == "token":
            ids = opened.tokens.find(hits.query.text)
            if not ids:
                hint = "search in recipes, or give an id such as #464"
                post(Failed(UsageError(f"no token says {hits.query.text!r}", hint), store_is_lost=False))
            found = search_tokens(opened.blocks(split), ids)
        else:
            found = search_recipes(opened.store, opened.recipe_index(split), hits.query.text, hits.query.where)
        waiting: list[NDArray[np.int64]] = []
        reported, any_hit = 0.0, False
        for step in found:
            if cancelled():
                return
            waiting.append(step.blocks)
            first_hit = not any_hit and len(step.blocks) > 0
            if first_hit or step.share >= reported + 1 / _REPORTS:
                post(SearchStep(hits, np.unique(np.concatenate(waiting)), step.share))
                any_hit, reported = any_hit or first_hit, step.share
                waiting.clear()
        rest = np.unique(np.concatenate(waiting)) if waiting else np.zeros(0, np.int64)
        post(SearchStep(hits, rest, 1.0))
    except StoreError as error:
        post(Failed(error))
