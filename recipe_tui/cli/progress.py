"""Progress of long work on stderr: bars on a terminal, plain lines elsewhere, never a part of the result."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Self

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from recipe_tui.core.blocks.progress import STAGES

if TYPE_CHECKING:
    from recipe_tui.cli.terminal import Terminal
    from recipe_tui.core.blocks.progress import BuildProgress
    from recipe_tui.core.evaluation.benchmark import EvaluationProgress
    from recipe_tui.core.evaluation.laboratory.run import LaboratoryProgress
    from recipe_tui.core.runs.events import Event, Started, Step

PLAIN_LINES = 20
"""Steps of a training, or texts of an evaluation, that are shown as lines where no bar can be drawn."""

TIME = 100
"""Length of the bar of a training that ends by time, in percent."""


class ProgressView:
    """Shows the progress of the building of blocks, of the training and of an evaluation. A context manager.

    Args:
        terminal: Where to.
    """

    def __init__(self, terminal: Terminal) -> None:
        self._terminal = terminal
        self._bars = Progress(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=24),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
            TextColumn("{task.fields[note]}", markup=False),
            console=terminal.messages,
            disable=not terminal.messages.is_terminal,
        )
        self._stage: str | None = None
        self._note = ""
        self._task: TaskID | None = None
        self._shown = 0
        self._started: Started | None = None
        self._shown = 0

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.stop()

    def build(self, progress: BuildProgress) -> None:
        """Show how far the blocks are."""
        if progress.stage != self._stage:
            self._stage = progress.stage
            if self._bars.disable and progress.note not in ("", self._note):
                self._terminal.say(progress.note)
            self._note = progress.note
            self._begin(STAGES[progress.stage], progress.total)
        self._update(progress.done, progress.total, progress.note)

    def prompts(self, done: int, total: int, tokens: int) -> None:
        """Show how many texts of a file of prompts are done."""
        if self._stage != "write":
            self._stage = "write"
            self._begin("writing", total)
            self._shown = done
        if self._bars.disable and done >= self._shown + max(1, total // PLAIN_LINES):
            self._shown = done
            self._terminal.say(f"{done:,} of {total:,} texts")
        self._update(done, total, f"{tokens:,} tokens" if tokens else "")

    def evaluation(self, progress: EvaluationProgress) -> None:
        """Show how far an evaluation is."""
        stage = f"{progress.model} {progress.stage}"
        if stage != self._stage:
            self._stage = stage
            self._begin(replace(progress, total=0).summary, progress.total or None)
            self._shown = progress.done
        every = max(1, progress.total // PLAIN_LINES)
        if self._bars.disable and progress.done >= self._shown + every:
            self._shown = progress.done
            self._terminal.say(progress.summary)
        note = f"{progress.tokens:,} tokens" if progress.tokens else ""
        self._update(progress.done, progress.total or None, note)

    def laboratory(self, progress: LaboratoryProgress) -> None:
        """Show how far an experiment of the laboratory is."""
        if progress.stage != self._stage:
            self._stage = progress.stage
            self._begin(progress.stage, progress.total or None)
            self._shown = progress.done
        if self._bars.disable and progress.total and progress.done >= self._shown + progress.total // PLAIN_LINES + 1:
            self._shown = progress.done
            self._terminal.say(f"{progress.done:,} of {progress.total:,}")
        self._update(progress.done, progress.total or None, f"{progress.tokens:,} tokens" if progress.tokens else "")

    def training(self, event: Event) -> None:
        """Show an event of the training."""
        from recipe_tui.core.runs.event_text import summary
        from recipe_tui.core.runs.events import Started, Step

        if isinstance(event, Step):
            self._step(event)
            return
        self._terminal.say(summary(event))
        if isinstance(event, Started):
            self._started = event
            total = event.total_steps or TIME
            self._begin("training", total)
            self._update(event.step if event.total_steps else 0, total, "compiling the first step")

    def _step(self, event: Step) -> None:
        from recipe_tui.core.runs.event_text import step_figures

        figures = step_figures(event)
        if event.fraction is not None:
            self._update(round(TIME * event.fraction), TIME, figures)
            shown, now = self._shown, int(PLAIN_LINES * event.fraction)
            if self._bars.disable and (event.step == 1 or now > shown):
                self._shown = now
                self._terminal.say(f"step {event.step:,}, {event.fraction:.0%} of the time: {figures}")
            return
        total = self._started.total_steps if self._started else event.step
        self._update(event.step, total, figures)
        every = max(1, total // PLAIN_LINES)
        if self._bars.disable and (event.step == 1 or event.step % every == 0):
            self._terminal.say(f"step {event.step:,} of {total:,}: {figures}")

    def _begin(self, description: str, total: int | None) -> None:
        """Begin the next bar, and complete the one before, even if its total was not known."""
        if self._bars.disable:
            self._terminal.say(description)
            return
        if self._task is not None:
            before = self._bars.tasks[self._task]
            end = before.total or before.completed or 1
            self._bars.update(self._task, completed=end, total=end)
        self._task = self._bars.add_task(description, total=total, note="")

    def _update(self, done: int, total: int | None, note: str = "") -> None:
        if self._task is not None:
            self._bars.update(self._task, completed=done, total=total, note=note)
