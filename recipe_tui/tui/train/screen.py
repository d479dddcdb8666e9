"""The training screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.screen import Screen

from recipe_tui.tui.actions import bindings_of

if TYPE_CHECKING:
    from pathlib import Path

    from textual.binding import BindingType


class TrainScreen(Screen[None]):
    """Runs, their curves, samples and logs.

    Args:
        output: Folder of the runs.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of("train")]

    def __init__(self, output: Path) -> None:
        super().__init__()
        self.output = output

    def choose_run(self, name: str) -> None:
        """Show a run."""
