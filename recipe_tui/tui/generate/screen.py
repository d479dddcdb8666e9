"""The generation screen."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.screen import Screen

from recipe_tui.tui.actions import bindings_of

if TYPE_CHECKING:
    from pathlib import Path

    from textual.binding import BindingType


class GenerateScreen(Screen[None]):
    """A prompt, decoding controls, and the text as it is written.

    Args:
        output: Folder of the runs.
    """

    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of("generate")]

    def __init__(self, output: Path) -> None:
        super().__init__()
        self.output = output

    def choose_model(self, model: str) -> None:
        """Have a model write."""
