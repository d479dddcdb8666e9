"""The dataset screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.screen import Screen

from recipe_tui.tui.actions import bindings_of

if TYPE_CHECKING:
    from pathlib import Path

    from textual.binding import BindingType


class DatasetScreen(Screen[None]):
    """Blocks, what is in them, and where it comes from.

    Args:
        output: Folder of the runs.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of("dataset")]

    def __init__(self, output: Path) -> None:
        super().__init__()
        self.output = output

    def open(self, store: Path, block: int | None = None) -> None:
        """Open a block store."""
