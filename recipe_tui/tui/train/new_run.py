"""The form of a new run: made from the configuration's schema, filled in by presets, validated while typing."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import TYPE_CHECKING, ClassVar, cast

from textual import on, work
from textual.containers import Horizontal, Vertical
from textual.screen import Screen
from textual.widgets import Label, Static

from recipe_tui.core.atomic_io import write_text
from recipe_tui.core.config import problems, validated
from recipe_tui.core.config.presets import PRESETS
from recipe_tui.core.errors import RecipeTuiError
from recipe_tui.core.runs.launch import start
from recipe_tui.tui.actions import bindings_of
from recipe_tui.tui.dialogs.ask import AskDialog
from recipe_tui.tui.dialogs.confirm import ConfirmDialog
from recipe_tui.tui.sanitize import sanitize_line
from recipe_tui.tui.train.field_row import ChoiceLine, FieldRow, More
from recipe_tui.tui.train.fields import ESSENTIALS, GROUPS, form_fields, texts_of, values_of
from recipe_tui.tui.train.form_presets import draft_path, first_preset, load_draft, save_draft
from recipe_tui.tui.train.preflight_dialog import PreflightDialog
from recipe_tui.tui.train.worker_process import stream_reports
from recipe_tui.tui.widgets.key_footer import KeyFooter
from recipe_tui.tui.widgets.title_bar import TitleBar
from recipe_tui.workers.reports import Built, Failed, Found

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual import events
    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.widget import Widget

    from recipe_tui.core.config import Config
    from recipe_tui.core.queue.file import QueueFile
    from recipe_tui.core.runs.launch import Launched
    from recipe_tui.tui.app import Workbench
    from recipe_tui.tui.train.tokenizer_job import TokenizerJob
    from recipe_tui.tui.train.worker_process import StreamReports, WorkerName

OUTPUT = "output"
"""The one setting that is not in the form: the workbench shows the runs of one folder."""

OWN = "your own"
"""Stands for the preset when the settings are those of none."""


class NewRunScreen(Screen[str | None]):
    """Fill in the form of a new run, and start it. Returns the name of the run that was started, or None.

    Args:
        output: Folder of the runs.
        config: The first values of the form; when None those it was left with, or the first preset.
        launch: Starts the training.
        stream: Starts the workers that check the configuration.
        queue: The queue that a run can be put into; that of this user and machine when None.
        start_queue: Starts what launches the entries of the queue, if need be.
    """

    CSS_PATH = "new_run.tcss"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of("new_run")]

    def __init__(
        self,
        output: Path,
        config: Config | None = None,
        *,
        launch: Callable[[Config], Launched] = start,
        stream: StreamReports = stream_reports,
        queue: QueueFile | None = None,
        start_queue: Callable[[QueueFile], object] | None = None,
    ) -> None:
        super().__init__()
        self.queue = queue
        self._start_queue = start_queue or _ensure_supervisor
        self.output = output
        self.launch = launch
        self.stream = stream
        self.fields = {field.name: field for field in form_fields() if field.name != OUTPUT}
        preset = first_preset(output)
        draft = None if config is not None else load_draft(draft_path())
        texts = texts_of(config or preset.config(output))
        self.texts = {name: text for name, text in texts.items() if name in self.fields}
        if draft is not None:
            self.texts |= {name: text for name, text in draft.items() if name in self.fields}
        self.preset = preset.name if config is None and draft is None else OWN
        self._source = "" if preset.is_sample and self.preset == preset.name else self.texts["data.source"]
        self._built: tuple[object, Built] | None = None
        self._starting = False

    def compose(self) -> ComposeResult:
        """Return the preset, the essential settings, the line for all others, and the help."""
        yield TitleBar("train")
        with Vertical(id="preset"), Horizontal(classes="line"):
            yield Label("start from", markup=False)
            yield ChoiceLine((*(preset.name for preset in PRESETS), OWN), self.preset, id="presets")
        with Vertical(id="form"):
            for name in ESSENTIALS:
                yield FieldRow(self.fields[name], self.texts[name])
            yield More(len(self.fields) - len(ESSENTIALS))
        yield Static(id="help", markup=False)
        yield KeyFooter()

    def on_mount(self) -> None:
        """Begin at the preset."""
        self.query_one("#presets").focus()

    @property
    def rows(self) -> dict[str, FieldRow]:
        """The rows in view, by the names of their settings."""
        return {row.field.name: row for row in self.query(FieldRow)}

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Explain the setting that has the focus."""
        self._help(event.widget)

    def on_key(self, event: events.Key) -> None:
        """Move between the lines by the arrows, and scroll by pages."""
        if (event.key in ("down", "enter") and not isinstance(self.focused, More)) or event.key == "down":
            self.focus_next()
        elif event.key == "up":
            self.focus_previous()
        elif event.key in ("enter", "space"):
            self.run_worker(self._show_all())
        elif event.key in ("pagedown", "pageup"):
            form = self.query_one("#form")
            form.scroll_page_down(animate=False) if event.key == "pagedown" else form.scroll_page_up(animate=False)
        else:
            return
        event.stop()

    def on_click(self, event: events.Click) -> None:
        """Show all settings when their line is clicked."""
        if isinstance(event.widget, More):
            self.run_worker(self._show_all())

    @on(ChoiceLine.Changed, "#presets")
    def fill_in(self, event: ChoiceLine.Changed) -> None:
        """Apply a preset; the recipes stay unless the preset has its own."""
        self.preset = event.value
        chosen = next((preset for preset in PRESETS if preset.name == event.value), None)
        if chosen is not None:
            texts = texts_of(chosen.config(self.output))
            own = {"run": self.texts["run"]} | ({} if chosen.is_sample else {"data.source": self._source})
            self.texts = {name: texts[name] for name in self.fields} | own
            for name, row in self.rows.items():
                row.fill(self.texts[name])
            self._complain(problems(self._values()))
        self._help(event.line)

    @on(FieldRow.Changed)
    def take_over(self, event: FieldRow.Changed) -> None:
        """Store a value and validate the form."""
        self.texts[event.row.field.name] = event.row.text
        self._source = self.texts["data.source"]
        if self.preset != OWN:
            self.preset = OWN
            with self.prevent(ChoiceLine.Changed):
                self.query_one("#presets", ChoiceLine).value = OWN
        self._complain(problems(self._values()))

    def action_start(self) -> None:
        """Start the run."""
        config = self._config()
        if config is not None and not self._starting:
            self._starting = True
            self._start(config)

    def action_queue(self) -> None:
        """Put the run into the queue."""
        from recipe_tui.core.queue.add import entry_of
        from recipe_tui.core.queue.file import QueueFile

        config = self._config()
        if config is None:
            return
        file = self.queue or QueueFile()
        with file.changing() as change:
            change.queue = change.queue.add(entry_of(config, time.time()))
        self._start_queue(file)
        self.texts["run"] = ""  # the next one needs another
        self._keep()
        self.notify("In the queue; q on the training screen shows it.", title="Queue", markup=False)
        self.dismiss(None)

    def action_check(self) -> None:
        """Check what would fail."""
        self._run_worker("preflight")

    def action_preview(self) -> None:
        """Read the recipes and show the ledger."""
        self._run_worker("preview")

    @work
    async def action_tokenizer(self) -> None:
        """Train a tokenizer on the recipes of the form, and take it over."""
        from recipe_tui.tui.train.tokenizer_dialog import TokenizerDialog
        from recipe_tui.tui.train.tokenizer_job import TokenizerJob

        config = self._config()
        if config is None:
            return
        jobs = cast("Workbench", self.app).jobs
        job = jobs.get("tokenizer")
        if job is None:
            job = jobs["tokenizer"] = TokenizerJob(self.output, self.stream)
        folder = await self.app.push_screen_wait(TokenizerDialog(cast("TokenizerJob", job), config.data))
        if folder is not None:
            del jobs["tokenizer"]  # the next one is another
            await self._show_all()
            editor = self.rows["data.tokenizer"].editor
            editor.value = folder
            editor.focus()

    @work
    async def action_save(self) -> None:
        """Save the configuration as a TOML file."""
        config = self._config()
        if config is None:
            return
        name = f"{config.run or 'run'}.toml"
        chosen = await self.app.push_screen_wait(AskDialog("Save the configuration as", name, "A TOML file.", _no_toml))
        if chosen is None:
            return
        path = Path(chosen).expanduser()
        if path.exists() and not await self.app.push_screen_wait(ConfirmDialog(f"Replace {path}?", "It is there.")):
            return
        write_text(path, config.to_toml())
        self.notify(sanitize_line(f"the same run: recipe-tui train {path}"), title="Saved", markup=False, timeout=15)

    def action_close(self) -> None:
        """Go back to the runs."""
        self._keep()
        self.dismiss(None)

    @work
    async def _start(self, config: Config) -> None:
        try:
            launched = await asyncio.to_thread(self.launch, config)
        finally:
            self._starting = False
        self.texts["run"] = ""  # the next one needs another
        self._keep()
        self.dismiss(launched.name)

    @work
    async def _run_worker(self, worker: WorkerName) -> None:
        config = self._config()
        if config is None:
            return
        key = (config.data, config.model)
        built = self._built[1] if self._built is not None and self._built[0] == key else None
        reports = await self.app.push_screen_wait(PreflightDialog(worker, config, self.stream, built))
        wrong: dict[str, str] = {}
        for report in reports or ():
            if isinstance(report, Built):
                self._built = (key, report)
            elif isinstance(report, Found) and report.level == "error" and report.setting:
                wrong[report.setting] = f"{report.message}; {report.hint}" if report.hint else report.message
        if wrong:
            await self._show_wrong(wrong)
        elif worker == "preview" and any(isinstance(report, Failed) for report in reports or ()):
            self.rows["data.source"].editor.focus()

    def _values(self) -> dict[str, object]:
        return values_of({**self.texts, OUTPUT: str(self.output)})

    def _config(self) -> Config | None:
        """Return the configuration, or None after showing what is wrong with it."""
        values = self._values()
        wrong = problems(values)
        if not self.texts["data.source"].strip() and not self.texts["data.store"].strip():
            wrong.setdefault("data.source", "name the recipes to learn from")
        if not wrong:
            return validated(values, origin="the form")
        self.run_worker(self._show_wrong(wrong))
        return None

    async def _show_wrong(self, wrong: dict[str, str]) -> None:
        """Show each problem at its field, and focus the first."""
        if not set(wrong) <= set(self.rows):
            await self._show_all()
        self._complain(wrong)
        for name, row in self.rows.items():
            if name in wrong:
                row.editor.focus()
                break
        beside = [f"{name}: {text}" for name, text in wrong.items() if name not in self.rows]
        if beside:
            self.notify(sanitize_line("; ".join(beside)), title="Cannot start", severity="error", markup=False)

    def _complain(self, wrong: dict[str, str]) -> None:
        for name, row in self.rows.items():
            row.complain(wrong.get(name, ""))

    async def _show_all(self) -> None:
        """Show all settings, by group."""
        more = self.query("#more")
        if not more:
            return
        rest = [field for name, field in self.fields.items() if name not in ESSENTIALS]
        widgets: list[Widget] = []
        for group, title in GROUPS.items():
            rows = [FieldRow(field, self.texts[field.name]) for field in rest if field.group == group]
            widgets += [Label(title, classes="group", markup=False), *rows] if rows else []
        had_focus = isinstance(self.focused, More)
        await more.remove()
        await self.query_one("#form").mount(*widgets)
        if had_focus:
            self.rows[rest[0].name].editor.focus()
        self._complain(problems(self._values()))

    def _help(self, widget: Widget) -> None:
        row = next((node for node in widget.ancestors_with_self if isinstance(node, FieldRow)), None)
        text = ""
        if row is not None:
            text = row.field.explanation
        elif widget.id == "presets":
            notes = {preset.name: preset.note for preset in PRESETS}
            text = notes.get(self.preset, "As it was filled in.") + " F5 starts it; the arrows choose another."
        elif widget.id == "more":
            text = "Everything else has a default that does. What is written here is in the saved configuration, too."
        self.query_one("#help", Static).update(sanitize_line(text))

    def _keep(self) -> None:
        try:
            save_draft(self.texts, draft_path())
        except RecipeTuiError as error:
            self.notify(sanitize_line(str(error)), title="Not kept", severity="warning", markup=False)


def _ensure_supervisor(file: QueueFile) -> object:
    from recipe_tui.core.queue.supervisor import ensure_supervisor

    return ensure_supervisor(file)


def _no_toml(path: str) -> str | None:
    if not path.strip().endswith(".toml"):
        return "the name must end in .toml"
    return None if Path(path).expanduser().parent.is_dir() else "there is no such folder"
