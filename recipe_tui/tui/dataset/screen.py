"""The dataset screen: the blocks a model learns from, what is in them, and where it comes from."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.screen import Screen
from textual.widgets import Static

from recipe_tui.core.recipes.recipe import SPLITS
from recipe_tui.tui.actions import bindings_of
from recipe_tui.tui.app_messages import SettingsChanged
from recipe_tui.tui.dataset.block_list import BlockList
from recipe_tui.tui.dataset.block_view import BlockView
from recipe_tui.tui.dataset.captions import NO_STORE, block_frame, list_frame, status_text, write_frame, write_line
from recipe_tui.tui.dataset.clusters_page import ClustersPage
from recipe_tui.tui.dataset.hits import Hits
from recipe_tui.tui.dataset.jobs import filter_blocks, open_store, read_block, search
from recipe_tui.tui.dataset.pages import ledger_page, recipe_page, source_page, statistics_page
from recipe_tui.tui.dataset.pickers import ask_block, choose_filter, choose_store
from recipe_tui.tui.dataset.ranking import Ranking
from recipe_tui.tui.dataset.search_dialog import SearchDialog
from recipe_tui.tui.glyphs import glyphs_of
from recipe_tui.tui.sanitize import sanitize
from recipe_tui.tui.settings import settings_of
from recipe_tui.tui.widgets.key_footer import KeyFooter
from recipe_tui.tui.widgets.title_bar import TitleBar

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray
    from textual import events
    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.notifications import SeverityLevel

    from recipe_tui.core.browsing.filters import Filter
    from recipe_tui.core.errors import RecipeTuiError
    from recipe_tui.core.recipes.recipe import Split
    from recipe_tui.tui.dataset.messages import BlockRead, BlocksFiltered, Failed, SearchStep, StoreOpened
    from recipe_tui.tui.dataset.opened import OpenedStore
    from recipe_tui.tui.dataset.page import Page

WIDE = 100
"""Cells from which on list and block are side by side."""


class DatasetScreen(Screen[None]):
    """Blocks, what is in them, and where it comes from.

    Args:
        output: Folder of the runs.
        store: The store to open first; when None the one that was opened last, or else the newest.
    """

    CSS_PATH = "screen.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [
        *bindings_of("dataset"),
        *(binding for binding in bindings_of("block") if not binding.action.startswith("token_")),
    ]

    def __init__(self, output: Path, store: Path | None = None) -> None:
        super().__init__()
        self.output = output
        self.opened: OpenedStore | None = None
        self.filter: Filter = "all"
        self.blocks = BlockList(id="blocks")
        self.view = BlockView(id="block")
        self.ranking = Ranking()
        self._recipe: int | None = None
        self._wanted = (store, 0)
        self._is_reading = False
        self._token_status = ""

    def compose(self) -> ComposeResult:
        """Return the list, the block and the status line."""
        yield TitleBar("dataset")
        with Horizontal(id="panes"):
            with Vertical(id="list_pane"):
                yield self.blocks
            with Vertical(id="block_pane"):
                yield Static(id="views", markup=False)
                yield self.view
        yield Static(id="status", markup=False)
        yield KeyFooter()

    def on_mount(self) -> None:
        """Open the store that was asked for."""
        self._show_nothing("opening ...")
        self._open(*self._wanted)

    def on_resize(self, event: events.Resize) -> None:
        """Show list and block side by side where there is room."""
        self.set_class(event.size.width >= WIDE, "wide")

    def open(self, store: Path, block: int | None = None, recipe: int | None = None) -> None:
        """Open a block store, at a block of its training split, or at the block of a recipe."""
        if recipe is not None and self.opened is not None and self.opened.store.path.resolve() == store.resolve():
            self._show_recipe(recipe)
            return
        self._wanted, self._recipe = (store, block or 0), recipe
        if self.is_mounted:
            self._open(*self._wanted)

    # Messages of threads.

    def on_store_opened(self, event: StoreOpened) -> None:
        """Show a store from its first block, or what to do without one."""
        if event.opened is None:
            self._show_nothing(NO_STORE)
            return
        self.opened = event.opened
        self.ranking = Ranking()
        if self._recipe is None:
            self._show_split("train", event.block)
        else:
            self._show_recipe(self._recipe)
        if not self.has_class("block"):
            self.blocks.focus()
        store = str(event.opened.store.path.resolve())
        if settings_of(self).last_store != store:
            self.app.post_message(SettingsChanged({"last_store": store}))

    def on_block_read(self, event: BlockRead) -> None:
        """Show a block, unless another one has been selected since."""
        self._is_reading = False
        if event.problem is not None:
            self._notify_error(event.problem, "warning")
        selected = (self.opened, self.blocks.number, self.blocks.split)
        if (event.opened, event.block.number, event.block.split) == selected:
            self.view.show(event.block)
            if self._recipe is not None:
                self.view.go_to_recipe(self._recipe)
                self._recipe = None
        else:
            self._read_block()

    def on_blocks_filtered(self, event: BlocksFiltered) -> None:
        """Show the blocks that a filter has found."""
        if (event.opened, event.split) == (self.opened, self.blocks.split):
            self.filter = event.which
            self._show_blocks(event.opened, event.split, event.shown, self.blocks.number or 0)

    def on_search_step(self, event: SearchStep) -> None:
        """Mark what a search has found; go to the first hit at once."""
        hits = event.hits
        if hits is not self.blocks.hits:
            return
        first = not len(hits)
        hits.add(event.blocks, event.share)
        self.blocks.mark(hits)
        if first and len(hits) and (self.blocks.number is None or self.blocks.number not in hits):
            self._go_to_hit(1)
        self._update_captions()

    def on_failed(self, event: Failed) -> None:
        """Report what went wrong."""
        self._is_reading = False
        if event.store_is_lost:
            self._show_nothing(f"{event.error.message}\n\n{event.error.hint}\n\no opens another store.")
        self._notify_error(event.error, "error")

    def on_virtual_list_highlighted(self) -> None:
        """Read the selected block as soon as the list shows which one that is."""
        self.call_after_refresh(self._read_block)

    def on_virtual_list_chosen(self) -> None:
        """Open a block by a second click."""
        self.action_open_block()

    def on_block_view_moved(self, event: BlockView.Moved) -> None:
        """Describe the token under the cursor."""
        self._token_status = event.status
        self._update_captions()

    def on_descendant_focus(self) -> None:
        """Show the status of what has the focus."""
        self._update_captions()

    # Actions.

    def action_open_block(self) -> None:
        """Give the block the whole screen."""
        if self.blocks.count:
            self.add_class("block")
            self.view.focus()

    def action_back(self) -> None:
        """Go back to the list; there, leave the search."""
        if self.has_class("block") or not self.blocks.has_focus:
            self.remove_class("block")
            self.blocks.focus()
        else:
            self.blocks.mark(None)
        self._update_captions()

    def action_view(self) -> None:
        """Show the next view of the block."""
        self.view.next_view()
        self._update_captions()

    def action_next_segment(self) -> None:
        """Go to the next recipe in the block."""
        self.view.go_to_part(1, self.blocks.split, self.blocks.number)

    def action_previous_segment(self) -> None:
        """Go to the recipe before."""
        self.view.go_to_part(-1, self.blocks.split, self.blocks.number)

    def action_split(self) -> None:
        """Show the next split."""
        if self.opened is not None:
            split = self.blocks.split
            self._show_split(SPLITS[(SPLITS.index(split) + 1) % len(SPLITS)])

    @work
    async def action_go_to(self) -> None:
        """Go to a block by its number."""
        opened, split = self.opened, self.blocks.split
        if opened is None or not len(opened.blocks(split)):
            return
        number = await ask_block(self.app, len(opened.blocks(split)))
        if number is not None and not self.blocks.go_to(number):
            self.filter = "all"  # or else it would not be there
            self._show_blocks(opened, split, None, number)

    @work
    async def action_filter(self) -> None:
        """Choose which blocks are shown."""
        opened, split = self.opened, self.blocks.split
        if opened is None:
            return
        which = await choose_filter(self.app, self.filter)
        if which is not None:
            self._in_thread("filter", lambda: filter_blocks(self.post_message, opened, split, which))

    @work
    async def action_search(self) -> None:
        """Ask what to search for, and search."""
        opened, split = self.opened, self.blocks.split
        if opened is None:
            return
        query = await self.app.push_screen_wait(SearchDialog(self.blocks.hits.query if self.blocks.hits else None))
        if query is not None:
            hits = Hits(query)
            self.blocks.mark(hits)
            self._in_thread(
                "search", lambda: search(self.post_message, opened, split, hits, lambda: self.blocks.hits is not hits)
            )
            self._update_captions()

    def action_search_next(self) -> None:
        """Go to the next hit."""
        self._go_to_hit(1)

    def action_search_previous(self) -> None:
        """Go to the hit before."""
        self._go_to_hit(-1)

    @work
    async def action_open_store(self) -> None:
        """Choose another store."""
        path = await choose_store(self.app, self.output, self.opened.store.path if self.opened else None)
        if path is not None:
            self.open(path)

    def action_recipe(self) -> None:
        """Show the recipe under the cursor as cleaned."""
        self._push(lambda opened, recipe: recipe_page(opened, recipe, self.ranking.losses))

    def action_source(self) -> None:
        """Show the line that the recipe under the cursor was read from."""
        self._push(source_page)

    def action_statistics(self) -> None:
        """Show the statistics of the split."""
        if self.opened is not None:
            self.app.push_screen(statistics_page(self.opened, self.blocks.split, glyphs_of(self)))

    def action_ledger(self) -> None:
        """Show the ledger."""
        if self.opened is not None:
            self.app.push_screen(ledger_page(self.opened))

    def action_clusters(self) -> None:
        """Show the clusters of duplicates."""
        if self.opened is not None:
            self.app.push_screen(ClustersPage(self.opened.store))

    @work
    async def action_losses(self) -> None:
        """List the recipes by their loss, and go to the block of the one that is chosen there."""
        from recipe_tui.tui.dataset.losses_page import LossesPage

        if (opened := self.opened) is None:
            return
        recipe = await self.app.push_screen_wait(LossesPage(opened, self.output, self.ranking))
        if recipe is not None and opened is self.opened:
            self._show_recipe(recipe)

    def use_output(self, output: Path) -> None:
        """Offer the stores of another folder of runs; the store that is open stays."""
        self.output = output

    async def action_text(self) -> None:
        """Show the generation screen, as it was left."""
        await self.app.run_action("show_generate")

    # What these share.

    def _open(self, path: Path | None, block: int) -> None:

        last = settings_of(self).last_store
        self._in_thread("open", lambda: open_store(self.post_message, self.output, path, last, block))

    def _read_block(self) -> None:
        """Read the selected block, one at a time: a key that is held goes past many that nobody waits for."""
        opened, split, number = self.opened, self.blocks.split, self.blocks.number
        if opened is not None and number is not None and not self._is_reading:
            self._is_reading = True
            self._in_thread("block", lambda: read_block(self.post_message, opened, split, number))

    def _in_thread(self, group: str, job: Callable[[], object]) -> None:
        """Run a job in a thread; an earlier job of the same group is cancelled."""
        self.run_worker(job, group=group, thread=True, exclusive=True)

    def _push(self, page: Callable[[OpenedStore, int], Page]) -> None:
        """Show a page on the recipe under the cursor."""
        part = self.view.part
        if self.opened is not None and part is not None:
            self.app.push_screen(page(self.opened, part.recipe))

    def _show_split(self, split: Split, number: int = 0) -> None:
        assert self.opened is not None
        self.filter = "all"
        self.blocks.mark(None)
        self._show_blocks(self.opened, split, None, number)

    def _show_recipe(self, recipe: int) -> None:
        """Show the first block of a recipe, with the cursor on the recipe."""
        assert self.opened is not None
        split = self.opened.store.outcome(recipe).split
        parts = self.opened.recipe_index(split).parts_of(recipe) if split else []
        if split is None or not parts:
            self._recipe = None
            self.notify("This recipe is in no block.", markup=False)
            return
        self._recipe = recipe
        self._show_split(split, parts[0][0])
        self.action_open_block()

    def _show_blocks(self, opened: OpenedStore, split: Split, shown: NDArray[np.int64] | None, number: int) -> None:
        self.blocks.show_blocks(opened, split, shown, number)
        if not self.blocks.count:
            self.view.show(None)
        self._update_captions()

    def _show_nothing(self, why: str) -> None:
        self.opened = None
        self.remove_class("block")
        self.blocks.mark(None)
        self.blocks.show(0, empty=sanitize(why))
        self.view.show(None)
        self._update_captions()

    def _go_to_hit(self, step: int) -> None:
        hits = self.blocks.hits
        if hits is None:
            self.notify("Search first: press /.", markup=False)
        elif not self.blocks.go_to_hit(step) and hits.share == 1:
            self.notify("No block that is shown has a hit.", markup=False)
        self._update_captions()

    def _notify_error(self, error: RecipeTuiError, severity: SeverityLevel) -> None:
        self.notify(sanitize(f"{error.message}\n{error.hint}"), severity=severity, markup=False)

    def _update_captions(self) -> None:
        """Update titles and status line."""
        blocks, view = self.blocks, self.view
        place = None if self.opened is None else list_frame(self.opened, blocks.split, blocks.count, self.filter)
        write_frame(self.query_one("#list_pane"), place)
        write_frame(self.query_one("#block_pane"), None if view.block is None else block_frame(view.block))
        write_line(self.query_one("#views", Static), view.tabs())
        status = ""
        if self.opened is not None:
            list_alone = not (self.has_class("wide") or self.has_class("block"))
            status = status_text(blocks.hits, blocks.number, self._token_status, list_alone, view.has_focus)
        write_line(self.query_one("#status", Static), Content(status))
