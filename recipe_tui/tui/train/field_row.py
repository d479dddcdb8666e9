"""One line of the form: what a setting is called, its value, and what is wrong with it."""

from __future__ import annotations

import asyncio
import os
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.reactive import reactive
from textual.suggester import Suggester
from textual.widget import Widget
from textual.widgets import Input, Label, Static

from recipe_tui.tui.sanitize import sanitize_line
from recipe_tui.tui.train.fields import PATHS, SEPARATOR

if TYPE_CHECKING:
    from textual import events
    from textual.app import ComposeResult, RenderResult

    from recipe_tui.tui.train.fields import FormField

ENTRIES = 5_000
"""Names in a folder that are read to complete a path."""


class ChoiceLine(Widget, can_focus=True):
    """One of a few words, all of them in view where there is room: the arrows and the space bar choose."""

    value: reactive[str] = reactive("")

    @dataclass
    class Changed(Message):
        """Another word was chosen."""

        line: ChoiceLine
        value: str

        @property
        def control(self) -> ChoiceLine:
            """The widget it comes from."""
            return self.line

    def __init__(self, choices: tuple[str, ...], value: str, id: str | None = None) -> None:  # noqa: A002
        super().__init__(id=id)
        self.choices = choices
        self.set_reactive(ChoiceLine.value, value)

    def render(self) -> RenderResult:
        """Draw the words, the chosen one in brackets."""
        words = [
            Content.styled(f"[{word}]", "bold") if word == self.value else Content.styled(f" {word} ", "$text-muted")
            for word in self.choices
        ]
        line = Content(" ").join(words)
        if line.cell_length <= self.size.width:
            return line
        place = f"  {self.choices.index(self.value) + 1} of {len(self.choices)}" if self.value in self.choices else ""
        return Content.assemble(Content.styled(f"[{self.value}]", "bold"), Content.styled(place, "$text-muted"))

    def on_key(self, event: events.Key) -> None:
        """Choose the word beside."""
        steps = {"left": -1, "right": 1, "space": 1}
        if event.key in steps:
            event.stop()
            place = self.choices.index(self.value) if self.value in self.choices else -1
            self._choose((place + steps[event.key]) % len(self.choices))

    def on_click(self, event: events.Click) -> None:
        """Choose the next word."""
        self.focus()
        place = self.choices.index(self.value) if self.value in self.choices else -1
        self._choose((place + 1) % len(self.choices))

    def _choose(self, place: int) -> None:
        self.value = self.choices[place]
        self.post_message(self.Changed(self, self.value))


class PathSuggester(Suggester):
    """Completes the last path of a list, by what is in its folder."""

    def __init__(self) -> None:
        super().__init__(use_cache=False, case_sensitive=True)

    async def get_suggestion(self, value: str) -> str | None:
        """Return the line with its last path completed, or None."""
        before, separator, last = value.rpartition(SEPARATOR)
        path = last.lstrip()
        completed = await asyncio.to_thread(completed_path, path) if path else None
        space = last[: len(last) - len(path)]
        return None if completed is None else f"{before}{separator}{space}{completed}"


def completed_path(path: str) -> str | None:
    """Return the first path in the alphabet that begins like this one, a folder with its slash; or None."""
    folder, name = os.path.split(path)
    try:
        with os.scandir(Path(folder or ".").expanduser()) as entries:
            names = [
                entry.name + ("/" if entry.is_dir() else "")
                for _, entry in zip(range(ENTRIES), entries, strict=False)
                if entry.name.startswith(name) and (name.startswith(".") or not entry.name.startswith("."))
            ]
    except (OSError, ValueError):
        return None
    return str(Path(folder) / min(names)) + ("/" if min(names).endswith("/") else "") if names else None


class FieldRow(Vertical):
    """A setting in the form, with its value as text."""

    @dataclass
    class Changed(Message):
        """The value has changed."""

        row: FieldRow

    def __init__(self, field: FormField, text: str) -> None:
        super().__init__()
        self.field = field
        self._text = text
        self.problem = ""

    def compose(self) -> ComposeResult:
        """Draw label and value on one line, and below it room for what is wrong."""
        with Horizontal(classes="line"):
            yield Label(self.field.label, markup=False)
            if self.field.choices:
                yield ChoiceLine(self.field.choices, self._text or self.field.default)
            else:
                suggester = PathSuggester() if self.field.name in PATHS else None
                yield Input(self._text, placeholder=self._placeholder(), compact=True, suggester=suggester)
        yield Static(classes="problem", markup=False)

    @property
    def text(self) -> str:
        """The value as it stands."""
        return self._text

    def fill(self, text: str) -> None:
        """Set the value, without a message."""
        self._text = text
        editor = self.editor
        with self.prevent(Input.Changed, ChoiceLine.Changed):
            editor.value = text if isinstance(editor, Input) else text or self.field.default

    def complain(self, problem: str) -> None:
        """Say what is wrong with the value; nothing, if empty."""
        if problem != self.problem:
            self.problem = problem
            self.set_class(bool(problem), "wrong")
            self.query_one(".problem", Static).update(sanitize_line(problem))

    @property
    def editor(self) -> Input | ChoiceLine:
        """What the value is changed in."""
        return self.query_one(ChoiceLine) if self.field.choices else self.query_one(Input)

    def on_input_changed(self, event: Input.Changed) -> None:
        """Take the value over."""
        event.stop()
        if event.value != self._text:  # a new input reports its first value
            self._text = event.value
            self.post_message(self.Changed(self))

    def on_choice_line_changed(self, event: ChoiceLine.Changed) -> None:
        """Take the value over."""
        event.stop()
        self._text = event.value
        self.post_message(self.Changed(self))

    def _placeholder(self) -> str:
        if self.field.name == "data.source":
            return "a file, a folder or a hub name"
        return "unset" if self.field.can_be_unset else self.field.default


class More(Widget, can_focus=True):
    """The line that stands for the settings that are not shown yet."""

    def __init__(self, count: int) -> None:
        super().__init__(id="more")
        self.count = count

    def render(self) -> Content:
        """Say how many there are."""
        return Content.styled(f"Enter shows all settings ({self.count} more)", "bold")
