"""TensorBoard's event files, in the folder ``tensorboard`` of a run; tensorboardX writes them without TensorFlow."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping

    from recipe_tui.core.tracking.tracker import TrackedRun

FLUSH = 5
"""Seconds after which figures are on the disk: a killed process loses no more."""

MISSING = "tensorboardX is not installed: pip install 'recipe-tui[tracking]'"


class TensorBoardTracker:
    """Writes scalars and texts; ``tensorboard --logdir output`` shows all runs.

    Args:
        run: The run. When it is resumed, TensorBoard hides what was logged after its step.

    Raises:
        ImportError: tensorboardX is not installed.
    """

    def __init__(self, run: TrackedRun) -> None:
        try:
            from tensorboardX import SummaryWriter
        except ImportError as error:
            raise ImportError(MISSING) from error
        folder = str(run.folder / "tensorboard")
        self._writer = SummaryWriter(folder, purge_step=run.step + 1 if run.step else None, flush_secs=FLUSH)

    def log(self, step: int, time: float, metrics: Mapping[str, float]) -> None:
        """Write scalars."""
        for name, value in metrics.items():
            self._writer.add_scalar(name, value, step, walltime=time)

    def text(self, step: int, time: float, name: str, text: str) -> None:
        """Write a text as it is: four spaces make it no Markdown."""
        self._writer.add_text(name, "\n".join(f"    {line}" for line in text.splitlines()), step, walltime=time)

    def finish(self, state: str) -> None:
        """Write what is left."""
        self._writer.close()
