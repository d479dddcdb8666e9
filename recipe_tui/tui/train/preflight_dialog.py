"""The dialog of a worker that checks a configuration before training, and its reports in words."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from textual import work
from textual.containers import VerticalScroll
from textual.content import Content
from textual.widgets import Static

from recipe_tui.core.planning.batch import with_batch_size
from recipe_tui.core.planning.plan import Plan
from recipe_tui.core.runs.formatting import duration
from recipe_tui.tui.dialogs.dialog import Dialog
from recipe_tui.tui.glyphs import Glyphs, glyphs_of
from recipe_tui.tui.sanitize import sanitize_line
from recipe_tui.workers.reports import Building, Built, Estimated, Failed, Found

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from recipe_tui.core.config import Config
    from recipe_tui.tui.train.worker_process import StreamReports, WorkerName
    from recipe_tui.workers.reports import Report

TITLES: dict[WorkerName, str] = {"preflight": "Check before the start", "preview": "What will be read"}

LEVELS = {"ok": ("done", "$success"), "warning": ("unreadable", "$warning"), "error": ("failed", "$error")}
"""Glyph and colour of what was found."""


class PreflightDialog(Dialog[tuple["Report", ...]]):
    """Shows what a worker reports, as it does. Closing it ends the worker; it answers with the reports.

    Args:
        worker: Which one runs.
        config: The configuration it checks.
        stream: Starts it.
        built: The block store that these settings lead to, where that is known.
    """

    AUTO_FOCUS = "#reports"

    def __init__(self, worker: WorkerName, config: Config, stream: StreamReports, built: Built | None = None) -> None:
        super().__init__(TITLES[worker])
        self.worker: WorkerName = worker
        self.config = config
        self.stream = stream
        self.built = built
        self.reports: list[Report] = []

    def body(self) -> ComposeResult:
        """Return room for the reports, and a line about the progress."""
        with VerticalScroll(id="reports"):
            yield Static(id="lines", markup=False)
        yield Static("starting", id="doing", markup=False)

    def on_mount(self) -> None:
        """Start the worker."""
        super().on_mount()
        self.follow()

    @work(group="preflight", exclusive=True)
    async def follow(self) -> None:
        """Take the reports as they come."""
        doing = self.query_one("#doing", Static)
        shown: str | None = None
        async for report in self.stream(self.worker, self.config):
            if isinstance(report, Building):
                if report.summary != shown:
                    shown = report.summary
                    doing.update(shown)
                continue
            self.reports.append(report)
            self.query_one("#lines", Static).update(self._lines())
        doing.update(self._conclusion())

    def action_cancel(self) -> None:
        """Close; what was reported so far counts."""
        self.dismiss(tuple(self.reports))

    def action_copy(self) -> None:
        """Copy what is shown."""
        self.app.copy_to_clipboard(self._lines().plain)

    def _lines(self) -> Content:
        glyphs = glyphs_of(self)
        lines: list[Content] = []
        for report in self.reports:
            lines += report_lines(report, glyphs, self.config, self.built)
        return Content("\n").join(lines)

    def _conclusion(self) -> str:
        if any(isinstance(report, Failed) for report in self.reports):
            return "This would fail."
        if self.worker == "preview":
            return "Training takes these blocks; nothing is read twice."
        wrong = sum(isinstance(report, Found) and report.level == "error" for report in self.reports)
        if wrong:
            return f"This would fail: {wrong} {'thing' if wrong == 1 else 'things'} to mend."
        return "Nothing stands in the way: close this, and F5 starts the run."


def report_lines(report: Report, glyphs: Glyphs, config: Config, built: Built | None) -> list[Content]:
    """Say what was reported, in lines for people."""
    if isinstance(report, Failed):
        return _marked("error", report.message, report.hint, glyphs)
    if isinstance(report, Found):
        return _marked(report.level, report.message, report.hint, glyphs)
    if isinstance(report, Estimated):
        return [Content(f"  time: {time_text(report, config, built)}")]
    if isinstance(report, Built):
        width = max((len(name) for name, _ in report.rows), default=0)
        state = "there already" if report.reused else "built"
        store = sanitize_line(f"{state}: {Path(report.store)}", longest_line=200)
        warnings = (Content.styled(sanitize_line(f"warning: {warning}"), "$warning") for warning in report.warnings)
        return [*(Content(f"{name:<{width}}  {count:>12,}") for name, count in report.rows), *warnings, Content(store)]
    return []


def time_text(estimated: Estimated, config: Config, built: Built | None) -> str:
    """Say how long a training will take, as far as anything is known."""
    if estimated.tokens_per_second is None:
        if config.training.max_minutes:
            return f"{config.training.max_minutes:g} minutes in all"
        return "unknown: no run of this size was here before"
    speed = f"{estimated.tokens_per_second:,.0f} tokens/s, {sanitize_line(estimated.basis)}"
    training = with_batch_size(config.training, config.data.block_size)
    if training.max_minutes:
        tokens = training.batch_size * training.gradient_accumulation_steps * config.data.block_size
        steps = 60 * training.max_minutes * estimated.tokens_per_second / tokens
        return f"{training.max_minutes:g} minutes in all, at most {steps:,.0f} steps ({speed})"
    if built is None:
        return f"unknown until the recipes are read; {speed}"
    plan = Plan.of(training, built.training_blocks, config.data.block_size, built.validation_blocks > 0)
    tokens = plan.total_steps * plan.tokens_per_step
    return f"about {duration(tokens / estimated.tokens_per_second)} for {plan.total_steps:,} steps ({speed})"


def _marked(level: str, message: str, hint: str, glyphs: Glyphs) -> list[Content]:
    glyph, colour = LEVELS[level]
    mark = Content.styled(getattr(glyphs, glyph), f"bold {colour}")
    lines = [Content.assemble(mark, " ", sanitize_line(message, longest_line=400))]
    if hint:
        lines.append(Content.styled(f"  {sanitize_line(hint, longest_line=400)}", "$text-muted"))
    return lines
