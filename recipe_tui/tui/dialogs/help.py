"""The help: what can be done on the present screen and everywhere, with the keys in force."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from rich.table import Table
from rich.text import Text
from textual.containers import VerticalScroll
from textual.widgets import Static

from recipe_tui.core.config.generation import PROCESSORS, GenerationConfig
from recipe_tui.tui.actions import ACTIONS, AREAS
from recipe_tui.tui.dialogs.dialog import Dialog
from recipe_tui.tui.keymap import keys_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from textual.app import ComposeResult

    from recipe_tui.tui.actions import Action

ALWAYS = (
    ("tab", "Go to the next part of the screen; shift+tab to the one before."),
    ("arrows", "Move in a list, a text or a chart; page up, page down, home and end move further."),
    ("enter", "Take what is marked, or open it."),
    ("mouse", "Hold shift to select text with the mouse, or start with --no-mouse."),
)
"""What the table does not say, since every terminal program does it."""


class HelpDialog(Dialog[None]):
    """Show actions and their keys.

    Args:
        actions: What is shown first: the actions that work on the present screen.
        keymap: Other keys that are in force, by the action's id.
    """

    AUTO_FOCUS = "#help-table"

    def __init__(self, actions: Sequence[Action], keymap: Mapping[str, str]) -> None:
        super().__init__("Help: keys of this screen")
        order = {action.id: position for position, action in enumerate(ACTIONS)}
        here = [action for action in actions if action.area != "everywhere"]
        everywhere = [action for action in ACTIONS if action.area == "everywhere"]
        self.actions = [*sorted(here, key=lambda action: order[action.id]), *everywhere]
        self.keymap = keymap

    def body(self) -> ComposeResult:
        """Return the table."""
        with VerticalScroll(id="help-table"):
            yield Static(self.table(), id="table")

    def table(self) -> Table:
        """Return the keys and what they do, area by area."""
        table = Table.grid(padding=(0, 2, 0, 0))
        table.add_column(justify="right", no_wrap=True)
        table.add_column()
        for area, actions in groupby(self.actions, key=lambda action: action.area):
            table.add_row("", Text(AREAS[area], "bold underline"))
            for action in actions:
                keys = " ".join(self.app.get_key_display(binding) for binding in keys_of(action, self.keymap))
                table.add_row(Text(keys, "bold"), Text(action.help))
        if any(action.area == "generate" for action in self.actions):
            self._add_processors(table)
        table.add_row("", Text("As in every terminal program", "bold underline"))
        for keys, text in ALWAYS:
            table.add_row(Text(keys, "bold"), Text(text))
        return table

    @staticmethod
    def _add_processors(table: Table) -> None:
        """Add what acts on the scores of the next token, which the generation screen has controls for."""
        table.add_row("", Text("Decoding, in order of application", "bold underline"))
        for name in PROCESSORS:
            table.add_row(Text(name, "bold"), Text(GenerationConfig.model_fields[name].description or ""))
