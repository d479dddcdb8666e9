"""An evaluation that a worker process does for the workbench, whether or not a dialog shows it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from recipe_tui.tui.sanitize import sanitize_line
from recipe_tui.tui.train.worker_process import stream_reports
from recipe_tui.workers.reports import EvaluationAt, EvaluationDone, Failed

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from textual.app import App
    from textual.worker import Worker

    from recipe_tui.tui.train.worker_process import StreamReports
    from recipe_tui.workers.evaluation import EvaluationRequest


class Evaluation:
    """The evaluation of a model, from its request to its result.

    Args:
        model: The run folder.
        output: Folder of the runs.
        stream: Starts the worker; in a process of its own when None.

    Attributes:
        request: What was asked for last; None before the first start.
        at: How far it is; None before the first report.
        done: The result, once there is one.
        failed: Why it failed, if it did.
        changed: Called after each change, while a dialog shows it.
    """

    def __init__(self, model: Path, output: Path, stream: StreamReports | None = None) -> None:
        self.model = model
        self.output = output
        self.request: EvaluationRequest | None = None
        self.at: EvaluationAt | None = None
        self.done: EvaluationDone | None = None
        self.failed: Failed | None = None
        self.changed: Callable[[], object] | None = None
        self._stream = stream or stream_reports
        self._worker: Worker[None] | None = None

    @property
    def is_running(self) -> bool:
        """Whether the worker is at work."""
        return self._worker is not None and not self._worker.is_finished

    @property
    def is_stopped(self) -> bool:
        """Whether it was started, and has neither ended nor failed."""
        return self.request is not None and not (self.is_running or self.done or self.failed)

    def start(self, app: App[Any], request: EvaluationRequest) -> None:
        """Start it, or continue a stopped one: the worker of the same request finds what was written."""
        self.request, self.at, self.done, self.failed = request, None, None, None
        self._worker = app.run_worker(self._follow(app, request), group="evaluation")

    def stop(self) -> None:
        """End the worker; what it has written is kept."""
        if self._worker is not None:
            self._worker.cancel()
            self._worker = None
        self._tell()

    async def _follow(self, app: App[Any], request: EvaluationRequest) -> None:
        async for report in self._stream("evaluation", request):
            if isinstance(report, EvaluationAt):
                self.at = report
            elif isinstance(report, EvaluationDone):
                self.done = report
            elif isinstance(report, Failed):
                self.failed = report
            self._tell()
        self._worker = None
        if self.changed is not None:
            self._tell()
        elif self.done is not None:
            text = f"{self.model.name}: {self.done.verdict}. e shows the evaluation."
            app.notify(sanitize_line(text, 200), title="Evaluation", markup=False)
        elif self.failed is not None:
            text = f"{self.model.name}: {self.failed.message}"
            app.notify(sanitize_line(text, 300), title="Evaluation", severity="error", markup=False)

    def _tell(self) -> None:
        if self.changed is not None:
            self.changed()
