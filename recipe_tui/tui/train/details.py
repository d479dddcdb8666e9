"""Below the chart: samples, log and configuration of the chosen run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Vertical, VerticalScroll
from textual.content import Content
from textual.widgets import Input, Static, TabbedContent, TabPane

from recipe_tui.tui.train.formatting import (
    LINES,
    SEARCHED,
    config_text,
    difference_text,
    log_lines,
    log_text,
    samples_text,
)
from recipe_tui.tui.train.run_list import SearchInput

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from textual.app import ComposeResult

    from recipe_tui.tui.train.watch import RunView

TABS = ("samples", "log", "config")


class Details(Vertical):
    """Three tabs; only the visible one is rendered, and only when it changes."""

    def __init__(self, *, id: str) -> None:  # noqa: A002
        super().__init__(id=id)
        self._views: Sequence[RunView] = ()
        self._difference = False
        self._drawn: dict[str, object] = {}

    def compose(self) -> ComposeResult:
        """Return the tabs."""
        with TabbedContent(initial="samples"):
            with TabPane("Samples", id="samples"), VerticalScroll(id="samples-scroll"):
                yield Static(id="samples-text", markup=False)
            with TabPane("Log", id="log"):
                yield SearchInput("search the log", id="search")
                with VerticalScroll(id="log-scroll"):
                    yield Static(id="log-text", markup=False)
            with TabPane("Config", id="config"), VerticalScroll(id="config-scroll"):
                yield Static(id="config-text", markup=False)

    def show(self, views: Sequence[RunView]) -> None:
        """Show the first of these runs, and how the others differ from it."""
        self._views = views
        self._draw()

    def next_tab(self) -> None:
        """Go to the next tab."""
        tabs = self.query_one(TabbedContent)
        tabs.active = TABS[(TABS.index(tabs.active) + 1) % len(TABS)]

    def search(self) -> None:
        """Show the log and write what to search for."""
        self.query_one(TabbedContent).active = "log"
        self.query_one("#search", SearchInput).open()

    def difference(self) -> None:
        """Show how the configurations differ; the whole configuration if that was shown."""
        tabs = self.query_one(TabbedContent)
        self._difference = not (self._difference and tabs.active == "config")
        tabs.active = "config"
        self._draw()

    def on_tabbed_content_tab_activated(self, event: TabbedContent.TabActivated) -> None:
        """Render the tab."""
        event.stop()
        self._draw()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Search the log."""
        event.stop()
        self._draw()

    def on_search_input_left(self, event: SearchInput.Left) -> None:
        """Focus the log."""
        event.stop()
        self.query_one("#log-scroll").focus()

    def _draw(self) -> None:
        tab = self.query_one(TabbedContent).active
        if tab == "samples":
            self._update(tab, self._views and self._views[0].log.events, self._samples)
        elif tab == "log":
            view = self._views[0] if self._views else None
            search = self.query_one("#search", SearchInput).value
            self._update(tab, (view and (view.log.events, view.output), search), self._log)
        elif tab == "config":
            configs = tuple((view.name, view.config) for view in self._views)
            self._update(tab, (configs, self._difference), self._config)

    def _update(self, tab: str, source: object, content: Callable[[], Content]) -> None:
        """Render a tab if its source has changed."""
        if tab in self._drawn and self._drawn[tab] == source:
            return
        first = tab not in self._drawn
        self._drawn[tab] = source
        scroll = self.query_one(f"#{tab}-scroll", VerticalScroll)
        at_end = first or scroll.is_vertical_scroll_end
        self.query_one(f"#{tab}-text", Static).update(content())
        if tab == "log" and at_end:
            scroll.scroll_end(animate=False, immediate=False)

    def _samples(self) -> Content:
        return samples_text(self._views[0]) if self._views else Content()

    def _log(self) -> Content:
        if not self._views:
            return Content()
        search = self.query_one("#search", SearchInput).value
        return log_text(log_lines(self._views[0], SEARCHED if search else LINES), search)

    def _config(self) -> Content:
        if self._difference:
            return difference_text(self._views)
        return config_text(self._views[0]) if self._views else Content()
