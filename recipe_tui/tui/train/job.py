"""A job that a worker process does for the workbench, whether or not a dialog shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar, Generic, TypeVar

from recipe_tui.tui.sanitize import sanitize_line
from recipe_tui.tui.train.worker_process import stream_reports
from recipe_tui.workers.reports import Failed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from textual.app import App
    from textual.worker import Worker

    from recipe_tui.tui.train.worker_process import StreamReports, WorkerName, WorkerRequest

JobRequest = TypeVar("JobRequest", bound="WorkerRequest")
Progress = TypeVar("Progress")
Done = TypeVar("Done")


class Job(Generic[JobRequest, Progress, Done]):
    """A job, from its request to its result. A subclass names its worker and the types of its reports.

    Args:
        subject: What it is about: the run folder, or the output folder.
        stream: Starts the worker; in a process of its own when None.

    Attributes:
        request: The last request; None before the first start.
        at: The last progress; None before the first report.
        done: The result, once there is one.
        failed: Why it failed, if it did.
        changed: Called after each change, while a dialog shows it.
    """

    worker: ClassVar[WorkerName]
    title: ClassVar[str]
    progress_type: type[Progress]
    done_type: type[Done]

    def __init__(self, subject: Path, stream: StreamReports | None = None) -> None:
        self.subject = subject
        self.request: JobRequest | None = None
        self.at: Progress | None = None
        self.done: Done | None = None
        self.failed: Failed | None = None
        self.changed: Callable[[], object] | None = None
        self._stream = stream or stream_reports
        self._worker: Worker[None] | None = None

    def conclusion(self, done: Done) -> str:
        """Return the result in one line, for a notification."""
        raise NotImplementedError

    @property
    def is_running(self) -> bool:
        """Whether the worker is running."""
        return self._worker is not None and not self._worker.is_finished

    def start(self, app: App[Any], request: JobRequest) -> None:
        """Start it, or start a stopped one again."""
        self.request, self.at, self.done, self.failed = request, None, None, None
        self._worker = app.run_worker(self._follow(app, request), group=self.worker)

    def stop(self) -> None:
        """Terminate the worker."""
        if self._worker is not None:
            self._worker.cancel()
            self._worker = None
        self._notify()

    async def _follow(self, app: App[Any], request: JobRequest) -> None:
        async for report in self._stream(self.worker, request):
            if isinstance(report, self.progress_type):
                self.at = report
            elif isinstance(report, self.done_type):
                self.done = report
            elif isinstance(report, Failed):
                self.failed = report
            self._notify()
        self._worker = None
        if self.changed is not None:
            self._notify()
        elif self.done is not None:
            app.notify(sanitize_line(self.conclusion(self.done), 200), title=self.title, markup=False)
        elif self.failed is not None:
            text = f"{self.subject.name}: {self.failed.message}"
            app.notify(sanitize_line(text, 300), title=self.title, severity="error", markup=False)

    def _notify(self) -> None:
        if self.changed is not None:
            self.changed()
