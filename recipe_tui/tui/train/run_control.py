"""The actions on the chosen run: requests to its process, which are written to its control file."""

from __future__ import annotations

from abc import abstractmethod
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

from textual import work
from textual.screen import Screen

from recipe_tui.core.runs.control import request, request_checkpoint
from recipe_tui.core.runs.status import ACTIVE
from recipe_tui.tui.app_messages import ModelChosen, StoreChosen

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from recipe_tui.core.runs.control import Request
    from recipe_tui.tui.app import Workbench
    from recipe_tui.tui.train.evaluation import Evaluation
    from recipe_tui.tui.train.export_job import ExportJob
    from recipe_tui.tui.train.job import Job
    from recipe_tui.tui.train.watch import RunView
    from recipe_tui.tui.train.worker_process import WorkerName


class RunControl(Screen[None]):
    """The part of the training screen that acts on the chosen run.

    Args:
        resume: Resumes the run of a folder; in a process of its own when None.
    """

    def __init__(self, resume: Callable[[Path], object] | None = None) -> None:
        super().__init__()
        self._resume_run = resume or _resume_detached
        self._asked: dict[str, tuple[str, str]] = {}

    @property
    @abstractmethod
    def view(self) -> RunView | None:
        """The chosen run, once it was seen."""

    @abstractmethod
    def choose_run(self, name: str) -> None:
        """Show a run."""

    @abstractmethod
    def leave_run(self) -> None:
        """Show the run after the chosen one, which was deleted."""

    @abstractmethod
    def show(self) -> None:
        """Show the states of the runs and the pending requests."""

    def asked_of(self, name: str) -> str:
        """Return the pending request of a run, in a word; empty when there is none."""
        return self._asked.get(name, ("", ""))[1]

    def forget_answered(self, states: Mapping[str, str]) -> None:
        """Forget the requests to runs whose state has changed since, by name, or that are gone."""
        self._asked = {name: asked for name, asked in self._asked.items() if states.get(name) == asked[0]}

    def action_pause(self) -> None:
        """Pause the run, or resume it."""
        view = self._active()
        if view is not None:
            is_paused = view.summary.state == "paused"
            self._ask(view, "continue" if is_paused else "pause", "resuming" if is_paused else "pausing")

    def action_stop(self) -> None:
        """Stop the run after its step, with a checkpoint."""
        view = self._active()
        if view is not None:
            is_starting = view.summary.state == "starting"
            waits = "once it has loaded" if is_starting else "after this step, then saving a checkpoint"
            self._ask(view, "stop", f"stopping {waits}")

    def action_stop_now(self) -> None:
        """Stop the run without a checkpoint, after a confirmation."""
        view = self._active()
        if view is None:
            return

        def answered(yes: bool | None) -> None:
            if yes:
                self._ask(view, "stop_now", "stopping after this step, without saving")

        from recipe_tui.tui.dialogs.confirm import ConfirmDialog

        done = f"Steps since the last checkpoint are lost. {view.name} is at step {view.log.step:,}."
        self.app.push_screen(ConfirmDialog("Stop without saving?", done), answered)

    def action_checkpoint(self) -> None:
        """Have the run save a checkpoint after its step."""
        view = self._active()
        if view is not None:
            request_checkpoint(view.summary.path)
            self._hint("The run saves a checkpoint after this step; g writes with it.")

    def action_resume(self) -> None:
        """Resume a stopped, failed or lost run."""
        view = self._view_or_hint()
        if view is None:
            return
        if view.summary.state in ("stopped", "failed", "lost"):
            self._asked[view.name] = (view.summary.state, "resuming")
            self.show()
            self._resume(view.summary.path)
        else:
            self._hint(f"This run is {view.summary.state}; only a stopped, failed or lost run can be resumed.")

    def action_write(self) -> None:
        """Write recipes with this run's model."""
        view = self._view_or_hint()
        if view is not None:
            self.app.post_message(ModelChosen(str(view.summary.path)))

    def action_evaluate(self) -> None:
        """Show the evaluation of the chosen run."""
        from recipe_tui.tui.train.evaluation import Evaluation
        from recipe_tui.tui.train.evaluation_dialog import EvaluationDialog

        if (job := self._job("evaluation", lambda run: Evaluation(run, run.parent))) is not None:
            self.app.push_screen(EvaluationDialog(cast("Evaluation", job)))

    def action_export(self) -> None:
        """Show the export of the chosen run."""
        from recipe_tui.tui.train.export_dialog import ExportDialog
        from recipe_tui.tui.train.export_job import ExportJob

        if (job := self._job("export", ExportJob)) is not None:
            self.app.push_screen(ExportDialog(cast("ExportJob", job)))

    def _job(self, worker: WorkerName, make: Callable[[Path], Job[Any, Any, Any]]) -> Job[Any, Any, Any] | None:
        """Return the job of the chosen run, or the one that is running, since one of a kind runs at a time."""
        view, jobs = self._view_or_hint(), cast("Workbench", self.app).jobs
        if view is None:
            return None
        run, job = view.summary.path, jobs.get(worker)
        if job is not None and job.is_running and job.subject != run:
            self._hint(f"One {worker} runs at a time; this is the one that is running.")
        elif job is None or job.subject != run:
            job = jobs[worker] = make(run)
        return job

    @work(group="dialog", exclusive=True)
    async def action_delete_run(self) -> None:
        """Delete the run, after a confirmation that says what it frees."""
        from recipe_tui.tui.train.manage_dialogs import confirm_deletion

        view = self._view_or_hint()
        if view is not None and not self._has_job(view) and await confirm_deletion(self.app, view.summary.path):
            self.leave_run()

    @work(group="dialog", exclusive=True)
    async def action_rename_run(self) -> None:
        """Give the run another name."""
        from recipe_tui.tui.train.manage_dialogs import ask_for_name

        view = self._view_or_hint()
        if view is None or self._has_job(view):
            return
        if (renamed := await ask_for_name(self.app, view.summary.path)) is not None:
            self.choose_run(renamed.name)

    def action_blocks(self) -> None:
        """Show the blocks this run is trained on."""
        view = self._view_or_hint()
        if view is not None and view.store:
            self.app.post_message(StoreChosen(Path(view.store)))
        elif view is not None:
            self._hint("The block store of this run is not known yet.")

    @work(thread=True, exit_on_error=True, group="resume")
    def _resume(self, run: Path) -> None:
        self._resume_run(run)

    def _ask(self, view: RunView, what: Request, meanwhile: str) -> None:
        request(view.summary.path, what)
        self._asked[view.name] = (view.summary.state, meanwhile)
        self.show()

    def _active(self) -> RunView | None:
        view = self._view_or_hint()
        if view is None or view.summary.state in ACTIVE:
            return view
        self._hint(f"This run is {view.summary.state}; there is no process to ask.")
        return None

    def _has_job(self, view: RunView) -> bool:
        """Return whether a job reads the run, after saying so."""
        for worker, job in cast("Workbench", self.app).jobs.items():
            if job.is_running and job.subject == view.summary.path:
                self._hint(f"The {worker} of this run is running; F6 in its dialog stops it.")
                return True
        return False

    def _view_or_hint(self) -> RunView | None:
        if self.view is None:
            self._hint("No run is chosen.")
        return self.view

    def _hint(self, text: str) -> None:
        self.notify(text, markup=False)


def _resume_detached(run: Path) -> object:
    from recipe_tui.core.runs.launch import resume

    return resume(run)
