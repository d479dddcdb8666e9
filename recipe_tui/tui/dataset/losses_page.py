"""The recipes of a store in the order of their loss under a model: dirt at one end, memorized ones at the other."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, ClassVar

from rich.cells import set_cell_size
from textual import work
from textual.containers import Container, VerticalScroll
from textual.content import Content
from textual.widgets import Static

from recipe_tui.core.browsing.losses import latest_model, read_losses
from recipe_tui.core.config import load_config
from recipe_tui.core.recipes.recipe import SPLITS
from recipe_tui.core.registry.catalog import short_name
from recipe_tui.tui.actions import bindings_of
from recipe_tui.tui.dataset.page import PAGE_CSS
from recipe_tui.tui.dataset.page_formatting import loss_text, recipe_text
from recipe_tui.tui.dataset.pages import source_page
from recipe_tui.tui.dialogs.dialog import Dialog
from recipe_tui.tui.generate.model_picker import pick_model
from recipe_tui.tui.sanitize import sanitize, sanitize_line
from recipe_tui.tui.train.worker_process import stream_reports
from recipe_tui.tui.widgets.virtual_list import VirtualList
from recipe_tui.workers.reports import Failed, Scored

if TYPE_CHECKING:
    from pathlib import Path

    import numpy as np
    from numpy.typing import NDArray
    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.worker import Worker

    from recipe_tui.tui.dataset.opened import OpenedStore
    from recipe_tui.tui.dataset.ranking import Ranking
    from recipe_tui.tui.train.worker_process import StreamReports


class LossesPage(Dialog[int]):
    """Recipes by their loss; the result is the row of the recipe whose block is to be shown.

    Args:
        opened: The store.
        output: Folder of the runs, whose models can be chosen.
        ranking: What is shown; updated while the page is open.
        stream: Computes losses; in a process of its own when None.
    """

    AUTO_FOCUS = "#losses"
    CSS_PATH = PAGE_CSS
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of("losses")]
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]  # noqa: RUF012 - declared by Textual

    def __init__(
        self, opened: OpenedStore, output: Path, ranking: Ranking, stream: StreamReports | None = None
    ) -> None:
        super().__init__("Loss per recipe")
        self.opened = opened
        self.output = output
        self.ranking = ranking
        self.rows: NDArray[np.int64] | None = None
        self._model = ranking.losses.model if ranking.losses else None
        self._stream = stream or stream_reports
        self._computing: Worker[None] | None = None

    def body(self) -> ComposeResult:
        """Return the list and the selected recipe."""
        with Container(id="recipes"):
            yield VirtualList(self._row, 0, "reading ...", id="losses")
            with VerticalScroll(id="text"):
                yield Static(id="recipe", markup=False)

    def on_mount(self) -> None:
        """Show what is kept, and compute the rest."""
        super().on_mount()
        self._begin()

    def on_virtual_list_highlighted(self) -> None:
        """Show another recipe."""
        self._show_recipe()

    def action_order(self) -> None:
        """Turn the list around; it begins at its first recipe."""
        self.ranking.highest = not self.ranking.highest
        self.ranking.recipe = None
        self._show_losses()

    def action_go(self) -> None:
        """Close, and show the block of the recipe."""
        if self.ranking.recipe is not None:
            self.dismiss(self.ranking.recipe)

    def action_source(self) -> None:
        """Show the line that the recipe was read from."""
        if self.ranking.recipe is not None:
            self.app.push_screen(source_page(self.opened, self.ranking.recipe))

    @work
    async def action_model(self) -> None:
        """Choose another model."""
        model = await pick_model(self.app, self.output, self._model)
        if model is not None and model != self._model:
            self._stop()
            self._use(model)

    def action_compute(self) -> None:
        """Stop computing, or continue."""
        if self._computing is not None:
            self._stop()
        elif self._model is not None:
            self._computing = self._compute(self._model)
        self._show_losses()

    @work
    async def _begin(self) -> None:
        """Take the model whose losses were computed last, or ask for one."""
        model = self._model or await asyncio.to_thread(latest_model, self.opened.store)
        model = model or await pick_model(self.app, self.output, None)
        if model is None:
            self.dismiss(None)
        else:
            self._use(model)

    def _use(self, model: str) -> None:
        self._model = model
        self.ranking.losses = None
        self.query_one(VirtualList).show(0, empty="loading the model ...")
        self._computing = self._compute(model)

    def _stop(self) -> None:
        if self._computing is not None:
            self._computing.cancel()
            self._computing = None

    @work(group="losses", exclusive=True)
    async def _compute(self, model: str) -> None:
        """Show the losses that are kept, and compute those that are missing."""
        await self._read(model)
        losses = self.ranking.losses
        if losses is None or losses.done < losses.total:
            config = load_config(model={"name": model}, data={"store": str(self.opened.store.path.resolve())})
            async for report in self._stream("losses", config):
                if isinstance(report, Scored):
                    await self._read(model)
                elif isinstance(report, Failed):
                    self.notify(sanitize(f"{report.message}\n{report.hint}"), severity="error", markup=False)
                    self.query_one(VirtualList).empty = "No losses. o chooses another model, c tries again."
        self._computing = None
        self._show_losses()

    async def _read(self, model: str) -> None:
        losses = await asyncio.to_thread(read_losses, self.opened.store, model)
        if losses is not None and model == self._model:
            self.ranking.losses = losses
            self._show_losses()

    def _show_losses(self) -> None:
        """Show the list anew; the selected recipe stays selected."""
        losses, ranking = self.ranking.losses, self.ranking
        box = self.query_one("#box")
        order = "highest" if ranking.highest else "lowest"
        box.border_title = Content(
            f"Loss per recipe under {sanitize_line(short_name(self._model or ''), 40)}, {order} first"
        )
        box.border_subtitle = Content(self._standing)
        recipes = self.query_one(VirtualList)
        if losses is None:
            recipes.refresh()
            return
        self.rows = losses.ranked(ranking.highest)
        place = 0
        if ranking.recipe is not None and len(found := (self.rows == ranking.recipe).nonzero()[0]):
            place = int(found[0])
        recipes.show(len(self.rows), place)

    @property
    def _standing(self) -> str:
        losses = self.ranking.losses
        if losses is None:
            return "computing" if self._computing else ""
        counted = f"{losses.done:,} of {losses.total:,} recipes"
        if losses.done == losses.total:
            return f"{losses.total:,} recipes"
        return f"{counted}, computing" if self._computing else f"{counted}; c computes the rest"

    def _row(self, index: int, width: int) -> Content:
        assert self.rows is not None and self.ranking.losses is not None
        store, row = self.opened.store, int(self.rows[index])
        split = SPLITS[store.outcomes["split"][row]]
        number = len(f"{len(store):,}")
        left = f" {self.ranking.losses.values[row]:7.3f} {row:>{number},} {split:<10} "
        return Content(set_cell_size(left + sanitize_line(store.title(row), 200), width))

    def _show_recipe(self) -> None:
        losses, recipes = self.ranking.losses, self.query_one(VirtualList)
        if losses is None or self.rows is None or not recipes.count:
            return
        row = self.ranking.recipe = int(self.rows[recipes.selected])
        order = "highest" if self.ranking.highest else "lowest"
        rank = f"number {recipes.selected + 1:,} of {len(self.rows):,}, {order} first"
        store = self.opened.store
        facts = f"{loss_text(losses, row)}\n{rank}"
        text = recipe_text(store.recipe(row), store.repairs(row), store.outcome(row), facts)
        self.query_one("#recipe", Static).update(text)
        self.query_one("#text", VerticalScroll).scroll_home(animate=False)
