"""The training screen: shows and controls runs that other processes train."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, ClassVar

from textual import work
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from recipe_tui.tui.actions import bindings_of
from recipe_tui.tui.app_messages import SettingsChanged, WorkspaceChosen
from recipe_tui.tui.glyphs import glyphs_of
from recipe_tui.tui.sanitize import sanitize_line
from recipe_tui.tui.settings import settings_of
from recipe_tui.tui.train.chart_panel import ChartPanel
from recipe_tui.tui.train.charts import MARKS
from recipe_tui.tui.train.details import Details
from recipe_tui.tui.train.formatting import explanation, figures, machine_figures, state_line, strip, table
from recipe_tui.tui.train.run_control import RunControl
from recipe_tui.tui.train.run_list import RunList
from recipe_tui.tui.train.watch import RunReader, Snapshot, Watcher
from recipe_tui.tui.widgets.key_footer import KeyFooter
from recipe_tui.tui.widgets.title_bar import TitleBar

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from recipe_tui.tui.train.watch import RunView, Watching

INNER = 22
"""Columns within the panels at the side."""

WELCOME = """Nothing has been trained here yet.

Press n for a new run. On a fresh machine the form is filled in with
the bundled sample of recipes: F5 starts it, and you watch it learn.

? shows all keys"""


@dataclass
class Seen(Message):
    """The watcher has seen something new."""

    snapshot: Snapshot


@dataclass
class WatchFailed(Message):
    """The watcher has ended by an error."""

    error: Exception


class TrainScreen(RunControl):
    """Runs, their curves, samples and logs.

    Args:
        output: Folder of the runs.
        watcher: Reads the runs; the watcher of the folder when None.
        resume: Resumes the run of a folder; in a process of its own when None.
    """

    CSS_PATH = "screen.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of("train")]
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]  # noqa: RUF012 - declared by Textual
    VERTICAL_BREAKPOINTS = [(0, "-short"), (30, "-tall")]  # noqa: RUF012
    AUTO_FOCUS = "#list"

    def __init__(
        self, output: Path, watcher: Watching | None = None, resume: Callable[[Path], object] | None = None
    ) -> None:
        super().__init__(resume)
        self.output = output
        self.snapshot = Snapshot()
        self._given = watcher
        self._watcher: Watching | None = None
        self._chosen: str | None = None
        self._overlaid: tuple[str, ...] = ()
        self._seen: set[str] = set()

    def compose(self) -> ComposeResult:
        """Return the panels."""
        yield TitleBar("train")
        with Horizontal(id="body"):
            yield RunList(id="runs")
            with Vertical(id="middle"):
                yield Static(WELCOME, id="welcome", markup=False)
                yield Static(id="strip", markup=False)
                yield ChartPanel()
                yield Details(id="details")
            with Vertical(id="side"):
                with Vertical(id="now-box"):  # the border stays as it is when the figures change
                    yield Static(id="now", markup=False)
                with Vertical(id="machine-box"):
                    yield Static(id="machine", markup=False)
        yield KeyFooter()

    def on_mount(self) -> None:
        """Begin to watch once the first frame is drawn."""
        settings = settings_of(self)
        self.chart.smoothing, self.chart.log_axis = settings.smoothing, settings.log_axis
        for name, title in (("runs", "Runs"), ("now-box", "Now"), ("machine-box", "Machine")):
            self.query_one(f"#{name}").border_title = title
        self.call_after_refresh(self._begin)

    def on_unmount(self) -> None:
        """Stop watching."""
        if self._watcher is not None:
            self._watcher.stop()

    def on_screen_suspend(self) -> None:
        """Stop polling while another screen is shown; behind a dialog this one stays in view."""
        if self._watcher is not None:
            stack = self.app.screen_stack
            above = stack[stack.index(self) + 1 :] if self in stack else stack  # of another tab
            self._watcher.sleep(not all(screen.is_modal for screen in above))

    def on_screen_resume(self) -> None:
        """Poll again."""
        if self._watcher is not None:
            self._watcher.sleep(False)

    def choose_run(self, name: str) -> None:
        """Show a run; one that is not there yet is shown when it comes."""
        self._chosen = name
        self._want()
        if self.is_mounted:
            self.show()

    def leave_run(self) -> None:
        """Show the run after the chosen one in the list, which was deleted, or the one before."""
        names = [run.path.name for run in self.snapshot.runs]
        place = names.index(self._chosen) if self._chosen in names else 0
        self._overlaid = tuple(name for name in self._overlaid if name != self._chosen)
        others = [*names[place + 1 :], *reversed(names[:place])]
        self.snapshot = replace(self.snapshot, runs=tuple(run for run in self.snapshot.runs if run.path.name in others))
        if others:
            self.choose_run(others[0])
        else:
            self._chosen = None
            self.show()

    @property
    def chart(self) -> ChartPanel:
        """The chart."""
        return self.query_one(ChartPanel)

    @property
    def view(self) -> RunView | None:
        """The chosen run, once it was seen."""
        return next((view for view in self.snapshot.shown if view.name == self._chosen), None)

    @property
    def overlaid(self) -> list[tuple[str, RunView]]:
        """The runs drawn beside it, and their marks."""
        views = {view.name: view for view in self.snapshot.shown}
        marked = zip(MARKS, self._overlaid, strict=False)
        return [(mark, views[name]) for mark, name in marked if name in views and name != self._chosen]

    def show(self) -> None:
        """Show the snapshot; each part sends only what has changed."""
        runs = self.snapshot.runs
        self.set_class(not runs and self._chosen is None, "-empty")
        self.query_one(RunList).show(runs, self._chosen, self._overlaid)
        self._show_now()
        overlaid = self.overlaid
        self.query_one(Details).show([self.view, *(view for _, view in overlaid)] if self.view else [])
        self.chart.show_runs(self.view, overlaid)

    def on_seen(self, message: Seen) -> None:
        """Show what is new."""
        self.snapshot = snapshot = message.snapshot
        names = [run.path.name for run in snapshot.runs]
        if self._chosen is None and names:
            self._chosen = names[0]
        self._overlaid = tuple(name for name in self._overlaid if name in names)
        states = {run.path.name: run.state for run in snapshot.runs}
        self._seen.update(names)
        self.forget_answered(states)
        self.show()

    def on_watch_failed(self, message: WatchFailed) -> None:
        """Say that the screen is no longer up to date."""
        raise message.error

    def on_run_list_chosen(self, message: RunList.Chosen) -> None:
        """Show the run."""
        self.choose_run(message.name)

    def action_overlay(self) -> None:
        """Draw the chosen run beside the others, or no longer."""
        if self._chosen is None:
            return
        if self._chosen in self._overlaid:
            self._overlaid = tuple(name for name in self._overlaid if name != self._chosen)
        elif len(self._overlaid) < len(MARKS):
            self._overlaid = (*self._overlaid, self._chosen)
        self._want()
        self.show()

    def action_new_run(self) -> None:
        """Fill in the form of a new run, and watch the run that is started."""
        from recipe_tui.tui.train.new_run import NewRunScreen

        def started(name: str | None) -> None:
            if name is not None:
                self.choose_run(name)

        self.app.push_screen(NewRunScreen(self.output), started)

    @work(group="dialog", exclusive=True)
    async def action_workspace(self) -> None:
        """Choose another output folder: one that was used before, or any."""
        from recipe_tui.tui.train.workspace_picker import pick_workspace

        output = await pick_workspace(self.app, self.output)
        if output is not None:
            self.app.post_message(WorkspaceChosen(output))

    def action_queue(self) -> None:
        """Show the queue, and watch the run that is chosen there."""
        from recipe_tui.tui.train.queue_dialog import QueueDialog

        def chosen(run: Path | None) -> None:
            if run is None:
                return
            if run.parent.absolute() != self.output.absolute():
                self.app.post_message(WorkspaceChosen(run.parent, run.name))
            else:
                self.choose_run(run.name)

        self.app.push_screen(QueueDialog(), chosen)

    def action_disk(self) -> None:
        """Show what takes disk, and the run that is chosen there."""
        from recipe_tui.tui.train.disk_dialog import DiskDialog

        def chosen(run: Path | None) -> None:
            if run is not None:
                self.choose_run(run.name)

        self.app.push_screen(DiskDialog(self.output), chosen)

    def action_filter(self) -> None:
        """Write what the listed runs must match."""
        if "-narrow" in self.classes:
            self.add_class("-drawer")
        self.query_one(RunList).filter()

    def action_runs(self) -> None:
        """Show or hide the list of runs."""
        self.toggle_class("-drawer")
        shown = self.query_one(RunList).display
        if shown:
            self.query_one("#list").focus()

    def action_difference(self) -> None:
        """Show how the configurations of the chosen and the overlaid runs differ."""
        self.query_one(Details).difference()

    def action_search_log(self) -> None:
        """Search the log."""
        self.query_one(Details).search()

    def action_next_tab(self) -> None:
        """Show samples, log and configuration in turn."""
        self.query_one(Details).next_tab()

    def action_maximize(self) -> None:
        """Give the whole screen to samples, log and configuration, or give it back."""
        self.toggle_class("-maximized")

    def action_chart(self) -> None:
        """Show the next chart."""
        self.chart.next_chart()

    def action_smooth(self) -> None:
        """Smooth the training loss more; after the most, not at all."""
        self.chart.next_smoothing()
        self.app.post_message(SettingsChanged({"smoothing": self.chart.smoothing}))

    def action_log_axis(self) -> None:
        """Change between a logarithmic and a linear axis."""
        self.chart.set_log_axis(not self.chart.log_axis)
        self.app.post_message(SettingsChanged({"log_axis": self.chart.log_axis}))

    def action_follow(self) -> None:
        """Follow the latest step, or stay where the chart is."""
        self.chart.follow(not self.chart.follows)

    def action_zoom_in(self) -> None:
        """Show fewer steps."""
        self.chart.zoom(0.5)

    def action_zoom_out(self) -> None:
        """Show more steps."""
        self.chart.zoom(2)

    def action_pan_left(self) -> None:
        """Show earlier steps."""
        self.chart.pan(-0.25)

    def action_pan_right(self) -> None:
        """Show later steps."""
        self.chart.pan(0.25)

    def _begin(self) -> None:
        self._watcher = self._given or Watcher(RunReader(self.output), lambda: 1 / settings_of(self).refresh_rate)
        self._want()
        self._watcher.start(
            lambda snapshot: self.post_message(Seen(snapshot)), lambda error: self.post_message(WatchFailed(error))
        )

    def _want(self) -> None:
        if self._watcher is not None and self._chosen is not None:
            others = (name for name in self._overlaid if name != self._chosen)
            self._watcher.want((self._chosen, *others))

    def _show_now(self) -> None:
        machine = machine_figures(self.snapshot.machine)
        self._update("machine", table(machine, INNER))
        view = self.view
        if view is None:
            text = Content(f"{sanitize_line(self._chosen, 60)} {self._absence}" if self._chosen else "")
            self._update("now", text)
            self._update("strip", text)
            return
        mark = glyphs_of(self).of_state(view.summary.state)
        state, found, why = state_line(view, mark, self.asked_of(view.name)), figures(view), explanation(view)
        name = Content.styled(sanitize_line(view.name, 60), "bold")
        parts = [name, state, *([Content.styled(why, "$text-warning")] if why else []), Content(), table(found, INNER)]
        self._update("now", Content("\n").join(parts))
        self._update("strip", strip(name, state, found, why))

    @property
    def _absence(self) -> str:
        run = next((run for run in self.snapshot.runs if run.path.name == self._chosen), None)
        if run is not None and run.state == "unreadable":
            return f"cannot be read: {sanitize_line(run.reason, 500)}"
        if run is not None:
            return "is being read."
        if self._chosen in self._seen:
            return "is no longer there; its folder was deleted or moved."
        return "is not there yet."

    def _update(self, panel: str, text: Content) -> None:
        widget = self.query_one(f"#{panel}", Static)
        before = widget.content if isinstance(widget.content, Content) else Content()
        if not before.is_same(text):
            # A new layout draws the whole screen, 20 kB; only the machine's panel is as high as its text.
            grows = panel == "machine" and before.plain.count("\n") != text.plain.count("\n")
            widget.update(text, layout=grows or not before)
