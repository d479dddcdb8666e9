"""Progress of long work on stderr: bars on a terminal, plain lines elsewhere, nothing that is part of the result."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Self

from rich.progress import BarColumn, MofNCompleteColumn, Progress, TaskID, TextColumn, TimeElapsedColumn

from recipe_tui.cli.terminal import one_line

if TYPE_CHECKING:
    from recipe_tui.cli.terminal import Terminal
    from recipe_tui.core.blocks.build import Progress as BuildProgress
    from recipe_tui.core.runs.events import Event, Started, Step

STAGES: dict[str, str] = {
    "read": "reading recipes",
    "find duplicates": "finding duplicates",
    "pack": "packing blocks",
    "write": "writing blocks",
    "reuse": "the blocks are there already",
}
"""What the stages of a build are called for people."""

LONGEST_SAMPLE = 100
"""Characters of a sample that are shown."""

PLAIN_LINES = 20
"""Steps that a whole training tells of where no bar can be drawn."""


class ProgressView:
    """Shows how far the building of blocks and the training are. A context manager.

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
        self._task: TaskID | None = None
        self._started: Started | None = None

    def __enter__(self) -> Self:
        self._bars.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._bars.stop()

    def build(self, progress: BuildProgress) -> None:
        """Show how far the blocks are."""
        if progress.stage != self._stage:
            self._stage = progress.stage
            self._begin(STAGES[progress.stage], progress.total)
        self._update(progress.done, progress.total)

    def training(self, event: Event) -> None:
        """Show an event of the training."""
        from recipe_tui.core.runs.events import (
            CheckpointSaved,
            Ended,
            MemoryPlanned,
            MemoryProbed,
            Merged,
            NotMerged,
            Quantized,
            Sample,
            ScheduleChanged,
            Started,
            Step,
            Validation,
        )

        if isinstance(event, Started):
            self._started = event
            self._terminal.say(f"{event.parameters:,} parameters, {event.blocks:,} blocks, {event.total_steps:,} steps")
            self._begin("training", event.total_steps)
            self._update(event.step, event.total_steps, "compiling the first step")
        elif isinstance(event, Step):
            self._step(event)
        elif isinstance(event, MemoryPlanned | MemoryProbed | Quantized | ScheduleChanged | Merged | NotMerged):
            self._terminal.say(event.summary)
        elif isinstance(event, Validation):
            mark = " (best so far)" if event.best else ""
            self._terminal.say(
                f"step {event.step:,}: validation loss {event.loss:.4f}, perplexity {event.perplexity:,.2f}{mark}"
            )
        elif isinstance(event, Sample):
            self._terminal.say(f"step {event.step:,}: writes: {one_line(event.text)[:LONGEST_SAMPLE]}")
        elif isinstance(event, CheckpointSaved):
            self._terminal.say(f"step {event.step:,}: saved {event.path}")
        elif isinstance(event, Ended):
            self._terminal.say(f"{event.state} at step {event.step:,}: {event.reason}")

    def _step(self, event: Step) -> None:
        total = self._started.total_steps if self._started else event.step
        note = f"loss {event.loss:.4f}  rate {event.learning_rate:.2e}"
        if event.tokens_per_second is not None:
            note += f"  {event.tokens_per_second:,.0f} tokens/s"
        if event.eta is not None:
            note += f"  {_minutes(event.eta)} left"
        self._update(event.step, total, note)
        every = max(1, total // PLAIN_LINES)
        if self._bars.disable and (event.step == 1 or event.step % every == 0):
            self._terminal.say(f"step {event.step:,} of {total:,}: {note}")

    def _begin(self, description: str, total: int | None) -> None:
        """Begin the next bar; the one before has come to its end, even if that was not known before."""
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


def _minutes(seconds: float) -> str:
    minutes, seconds = divmod(math.ceil(seconds), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02}:{seconds:02}" if hours else f"{minutes}:{seconds:02}"
