"""The evaluation of a run."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipe_tui.tui.train.job import Job
from recipe_tui.workers.evaluation import EvaluationRequest
from recipe_tui.workers.reports import EvaluationAt, EvaluationDone

if TYPE_CHECKING:
    from pathlib import Path

    from recipe_tui.tui.train.worker_process import StreamReports


class Evaluation(Job[EvaluationRequest, EvaluationAt, EvaluationDone]):
    """The evaluation of a run. A stopped one continues when the same is requested: texts are kept.

    Args:
        run: The run folder.
        output: Folder of the runs.
        stream: See `Job`.
    """

    worker = "evaluation"
    title = "Evaluation"
    progress_type = EvaluationAt
    done_type = EvaluationDone

    def __init__(self, run: Path, output: Path, stream: StreamReports | None = None) -> None:
        super().__init__(run, stream)
        self.output = output

    def conclusion(self, done: EvaluationDone) -> str:
        """Return the verdict."""
        return f"{self.subject.name}: {done.verdict}. e shows the evaluation."
