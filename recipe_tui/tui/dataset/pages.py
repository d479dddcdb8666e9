"""The pages of the dataset screen, each made in its own thread."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipe_tui.tui.dataset.page import Page
from recipe_tui.tui.dataset.page_formatting import ledger_text, loss_text, origin_text, recipe_text, statistics_text

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.content import Content

    from recipe_tui.core.browsing.losses import RecipeLosses
    from recipe_tui.core.recipes.recipe import Split
    from recipe_tui.tui.dataset.opened import OpenedStore
    from recipe_tui.tui.glyphs import Glyphs


def recipe_page(opened: OpenedStore, recipe: int, losses: RecipeLosses | None = None) -> Page:
    """Return a page with a recipe as cleaned and its outcome, with its loss if the losses are known."""

    def make(_: Callable[[float], bool]) -> Content:
        opened.check()
        store = opened.store
        loss = loss_text(losses, recipe) if losses else ""
        return recipe_text(store.recipe(recipe), store.repairs(recipe), store.outcome(recipe), loss)

    return Page(f"Recipe {recipe:,} as cleaned", make)


def source_page(opened: OpenedStore, recipe: int) -> Page:
    """Return a page with the line that a recipe was read from."""

    def make(_: Callable[[float], bool]) -> Content:
        from recipe_tui.core.browsing.origin import read_origin

        opened.check()
        return origin_text(read_origin(opened.store, recipe))

    return Page(f"Recipe {recipe:,} as read", make)


def statistics_page(opened: OpenedStore, split: Split, glyphs: Glyphs) -> Page:
    """Return a page with the statistics of a split."""

    def make(progress: Callable[[float], bool]) -> Content | None:
        from recipe_tui.core.browsing.statistics import count_statistics

        opened.check()
        statistics = count_statistics(opened.store, split, progress)
        return None if statistics is None else statistics_text(statistics, opened.tokens, glyphs)

    return Page(f"Statistics of {split}", make)


def ledger_page(opened: OpenedStore) -> Page:
    """Return a page with the ledger."""

    def make(_: Callable[[float], bool]) -> Content:
        return ledger_text(opened.store.ledger)

    return Page("Ledger: where every recipe and token went", make)
