"""The list of runs: state, mark of the overlay, name; with a filter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar

from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, OptionList
from textual.widgets.option_list import Option

from recipe_tui.tui.actions import bindings_of
from recipe_tui.tui.glyphs import glyphs_of
from recipe_tui.tui.sanitize import sanitize_line
from recipe_tui.tui.train.charts import MARKS

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from recipe_tui.core.runs.status import RunSummary


class SearchInput(Input):
    """A line to search with; escape empties and hides it."""

    BINDINGS: ClassVar[list[BindingType]] = [one for one in bindings_of("dialog") if one.action == "cancel"]

    class Left(Message):
        """The line was left, by enter or escape."""

    def __init__(self, placeholder: str, *, id: str) -> None:  # noqa: A002
        super().__init__(placeholder=placeholder, id=id, compact=True)
        self.display = False

    def open(self) -> None:
        """Show the line, and write in it."""
        self.display = True
        self.focus()

    async def action_submit(self) -> None:
        """Keep the search; an empty line is hidden."""
        self.display = bool(self.value)
        self.post_message(self.Left())

    def action_cancel(self) -> None:
        """Empty and hide the line."""
        self.value = ""
        self.display = False
        self.post_message(self.Left())


class RunList(Vertical):
    """Runs that can be chosen."""

    @dataclass
    class Chosen(Message):
        """Another run was chosen, by the name of its folder."""

        name: str

    def __init__(self, *, id: str) -> None:  # noqa: A002
        super().__init__(id=id)
        self._runs: Sequence[RunSummary] = ()
        self._overlaid: tuple[str, ...] = ()
        self._chosen: str | None = None
        self._names: list[str] = []
        self._prompts: list[Content] = []

    def compose(self) -> ComposeResult:
        """Return the filter and the list."""
        yield SearchInput("filter", id="filter")
        yield OptionList(id="list", markup=False, compact=True)

    def show(self, runs: Sequence[RunSummary], chosen: str | None, overlaid: tuple[str, ...]) -> None:
        """Show runs, the newest first; lines that have not changed are left alone."""
        self._runs, self._chosen, self._overlaid = runs, chosen, overlaid
        self._list()

    def filter(self) -> None:
        """Write what runs must match."""
        self.query_one("#filter", SearchInput).open()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Filter by what is written."""
        event.stop()
        self._list()

    def on_search_input_left(self, event: SearchInput.Left) -> None:
        """Focus the list."""
        event.stop()
        self.query_one(OptionList).focus()

    def on_option_list_option_highlighted(self, event: OptionList.OptionHighlighted) -> None:
        """Choose the run the cursor comes to."""
        event.stop()
        name = self._names[event.option_index] if event.option_index < len(self._names) else None
        if name is not None and name != self._chosen:
            self._chosen = name
            self.post_message(self.Chosen(name))

    def _list(self) -> None:
        matching = [run for run in self._runs if self._matches(run)]
        names = [run.path.name for run in matching]
        prompts = [self._prompt(run) for run in matching]
        options = self.query_one(OptionList)
        if names != self._names:
            self._names, self._prompts = names, prompts
            with self.prevent(OptionList.OptionHighlighted):
                options.set_options([Option(prompt) for prompt in prompts])
        else:
            for index, (old, new) in enumerate(zip(self._prompts, prompts, strict=True)):
                if not old.is_same(new):
                    options.replace_option_prompt_at_index(index, new)
            self._prompts = prompts
        if self._chosen in names and options.highlighted != names.index(self._chosen):
            with self.prevent(OptionList.OptionHighlighted):
                options.highlighted = names.index(self._chosen)

    def _matches(self, run: RunSummary) -> bool:
        words = self.query_one("#filter", SearchInput).value.lower().split()
        return all(word in f"{run.path.name} {run.model} {run.state}".lower() for word in words)

    def _prompt(self, run: RunSummary) -> Content:
        glyphs = glyphs_of(self)
        name = run.path.name
        overlay = dict(zip(self._overlaid, MARKS, strict=False)).get(name, " ")
        return Content.assemble(
            Content.styled(glyphs.of_state(run.state), f"$run-{run.state}"),
            Content.styled(overlay, "bold"),
            Content(sanitize_line(name, 60)),
        )
