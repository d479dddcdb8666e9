"""The dialog of a job: its fields, its progress and its result."""

from __future__ import annotations

from abc import abstractmethod
from typing import TYPE_CHECKING, ClassVar, Generic

from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import Input, Label, ProgressBar, Static

from recipe_tui.tui.dialogs.dialog import Dialog, Result
from recipe_tui.tui.sanitize import sanitize, sanitize_line
from recipe_tui.tui.train.field_row import ChoiceLine
from recipe_tui.tui.train.job import Done, Job, JobRequest, Progress

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.app import ComposeResult


class JobDialog(Dialog[Result], Generic[Result, JobRequest, Progress, Done]):
    """Shows a job. Closing it leaves the job running. A subclass has the fields, and the keys of its area.

    Args:
        title: The title.
        job: The job.
    """

    HELP: ClassVar[str]
    """Shown before the first start."""

    STOPPED: ClassVar[str] = "Stopped; F5 starts it again."
    """Shown after a stop."""

    DEFAULT_CSS = """
    JobDialog {
        & .field { height: 1; }
        & .field Label { width: 16; }
        & .field Input { width: 1fr; }
        & ChoiceLine { width: 1fr; height: 1; }
        & ChoiceLine:focus { background: $boost; }
        & #progress { height: auto; }
        & #bar { width: 100%; }
        & #bar Bar { width: 1fr; }
        & #results { height: auto; max-height: 16; }
        & #result { height: auto; }
    }
    """

    def __init__(self, title: str, job: Job[JobRequest, Progress, Done]) -> None:
        super().__init__(title)
        self.job = job

    @abstractmethod
    def fields(self) -> Iterable[tuple[str, Input | ChoiceLine]]:
        """Return the fields with their labels."""

    @abstractmethod
    def request(self) -> JobRequest | str:
        """Return what the fields ask for, or what is wrong with them."""

    @abstractmethod
    def progress_text(self, at: Progress) -> str:
        """Return the progress in a line."""

    @abstractmethod
    def result_text(self, done: Done) -> Content:
        """Return the result."""

    def bar_of(self, at: Progress) -> tuple[int, int] | None:
        """Return what is done, and of how much; None where that is not known."""
        return None

    def body(self) -> ComposeResult:
        """Return the fields, and room for the progress and the result."""
        for label, field in self.fields():
            with Horizontal(classes="field"):
                yield Label(label)
                yield field
        yield Static(self.HELP, id="help", markup=False)
        yield Static(id="complaint", markup=False)
        yield ProgressBar(show_eta=False, show_percentage=False, id="bar")
        yield Static(id="progress", markup=False)
        with VerticalScroll(id="results"):
            yield Static(id="result", markup=False)

    def on_mount(self) -> None:
        """Show the job, and follow it."""
        super().on_mount()
        self.job.changed = self.show
        self.show()

    def on_unmount(self) -> None:
        """Follow it no longer."""
        self.job.changed = None

    def on_input_changed(self) -> None:
        """Remove the message about the previous value."""
        self._say("complaint", "")

    def on_input_submitted(self) -> None:
        """Start it."""
        self.action_start()

    def action_start(self) -> None:
        """Start the job."""
        if self.job.is_running:
            return
        request = self.request()
        if isinstance(request, str):
            self._say("complaint", sanitize(request))
            return
        self.job.start(self.app, request)
        self.show()

    def action_stop(self) -> None:
        """Stop the job."""
        self.job.stop()

    def action_copy(self) -> None:
        """Copy the result."""
        self.app.copy_to_clipboard(self._result().plain)

    def show(self) -> None:
        """Show the job as it is."""
        job = self.job
        for field in (*self.query(Input), *self.query(ChoiceLine)):
            field.disabled = job.is_running
        counted = self.bar_of(job.at) if job.at is not None else None
        bar = self.query_one("#bar", ProgressBar)
        bar.display = job.is_running and counted is not None
        if counted is not None:
            bar.update(total=counted[1], progress=counted[0])
        self.query_one("#help", Static).display = job.request is None
        self._say("progress", self._progress())
        self._say("result", self._result())
        if job.done is not None and self.focused in (None, *self.query(Input), *self.query(ChoiceLine)):
            self.query_one("#results").focus()

    def number_in(self, name: str, title: str, largest: int) -> int | str:
        """Return the number in a field, or what is wrong with it."""
        text = self.query_one(f"#{name}", Input).value.strip().replace(",", "")
        if text.isdecimal() and 1 <= int(text) <= largest:
            return int(text)
        return f"{title}: write a number from 1 to {largest:,}."

    def _say(self, name: str, text: str | Content) -> None:
        """Show a text; an empty one takes no line."""
        widget = self.query_one(f"#{name}", Static)
        widget.update(text)
        widget.display = bool(text)

    def _progress(self) -> str:
        job = self.job
        if job.request is None or job.done is not None or job.failed is not None:
            return ""
        if not job.is_running:
            return self.STOPPED if job.at is None else sanitize_line(f"{self.STOPPED} {self.progress_text(job.at)}")
        return "starting" if job.at is None else sanitize_line(self.progress_text(job.at))

    def _result(self) -> Content:
        job = self.job
        if job.failed is not None:
            lines = [Content.styled(sanitize_line(job.failed.message, 400), "$error")]
            lines += [Content(sanitize_line(job.failed.hint, 400))] if job.failed.hint else []
            return Content("\n").join(lines)
        return Content("") if job.done is None else self.result_text(job.done)
