"""The export of a run's model."""

from __future__ import annotations

from recipe_tui.tui.train.job import Job
from recipe_tui.workers.export import ExportRequest
from recipe_tui.workers.reports import ExportAt, ExportDone


class ExportJob(Job[ExportRequest, ExportAt, ExportDone]):
    """The export of a run's model. A stopped one leaves nothing."""

    worker = "export"
    title = "Export"
    progress_type = ExportAt
    done_type = ExportDone

    def conclusion(self, done: ExportDone) -> str:
        """Return the verdict."""
        return f"{self.subject.name}: {done.standing}. E shows the export."
