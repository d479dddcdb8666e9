"""Choosing one of several things, by arrows or by typing a part of its name."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Generic, TypeVar

from textual.content import Content
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from recipe_tui.tui.dialogs.dialog import Dialog
from recipe_tui.tui.sanitize import sanitize_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual import events
    from textual.app import ComposeResult

Value = TypeVar("Value")

MOVES = {"down": "cursor_down", "up": "cursor_up", "pagedown": "page_down", "pageup": "page_up"}
"""Keys that move in the list, and the list's own actions for them."""


@dataclass(frozen=True, slots=True)
class Choice(Generic[Value]):
    """A choice: its label and note, and the value that the dialog returns."""

    label: str
    value: Value
    note: str = ""

    def matches(self, words: str) -> bool:
        """Return whether every word typed occurs in the label or note, in any case."""
        text = f"{self.label} {self.note}".casefold()
        return all(word in text for word in words.casefold().split())


class ChooseDialog(Dialog[Value | None], Generic[Value]):
    """Choose one of several. Returns the value of the choice, or None.

    Args:
        title: What is chosen.
        options: The choices.
        present: The current value, which is highlighted first.
    """

    def __init__(self, title: str, options: Sequence[Choice[Value]], present: Value | None = None) -> None:
        super().__init__(title)
        self.choices = tuple(options)
        self.present = present
        self._shown: list[Choice[Value]] = []

    def body(self) -> ComposeResult:
        """Return the filter and the list."""
        yield Input(placeholder="type to filter", compact=True, id="filter")
        yield OptionList(id="options", compact=True, markup=False)

    def on_mount(self) -> None:
        """Show everything there is."""
        super().on_mount()
        self._show("")

    def on_input_changed(self, event: Input.Changed) -> None:
        """Show what matches."""
        self._show(event.value)

    def on_input_submitted(self) -> None:
        """Take what is highlighted."""
        self.query_one(OptionList).action_select()

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Return what was chosen."""
        self.dismiss(self._shown[event.option_index].value)

    async def on_key(self, event: events.Key) -> None:
        """Move in the list while the filter is written in."""
        options = self.query_one(OptionList)
        if event.key in MOVES and self.focused is not options:
            event.stop()
            await options.run_action(MOVES[event.key])

    def _show(self, words: str) -> None:
        self._shown = [choice for choice in self.choices if choice.matches(words)]
        options = self.query_one(OptionList)
        options.clear_options()
        if not self._shown:
            options.add_option(Option("nothing matches", disabled=True))
            return
        options.add_options([Option(_line(choice)) for choice in self._shown])
        values = [choice.value for choice in self._shown]
        options.highlighted = values.index(self.present) if self.present in values else 0


def _line(choice: Choice[Value]) -> Content:
    label = Content(sanitize_line(choice.label, longest_line=200))
    if not choice.note:
        return label
    return Content.assemble(label, "  ", Content.styled(sanitize_line(choice.note, longest_line=200), "$text-muted"))
