"""The queue: trainings that wait for each other, which can be moved, held, tried again and removed."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.content import Content
from textual.widgets import OptionList, Static
from textual.widgets.option_list import Option

from recipe_tui.core.queue.file import QueueFile
from recipe_tui.core.queue.supervisor import ensure_supervisor, is_supervised
from recipe_tui.tui.actions import bindings_of
from recipe_tui.tui.dialogs.dialog import Dialog
from recipe_tui.tui.sanitize import sanitize_line

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from recipe_tui.core.queue.entries import Entry, Queue

EVERY = 2.0
"""Seconds between two reads of the queue."""

EMPTY = "Nothing is in the queue. F10 in the form of a new run puts it here; recipe-tui queue add takes grids, too."


class QueueDialog(Dialog[Path | None]):
    """Show and change the queue. Returns the folder of a run that was chosen, or None.

    Args:
        file: The queue; that of this user and machine when None.
        start: Starts its supervisor if need be.
    """

    AUTO_FOCUS = "#options"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of("queue")]

    def __init__(self, file: QueueFile | None = None, start: Callable[[QueueFile], bool] = ensure_supervisor) -> None:
        super().__init__("Queue")
        self.file = file or QueueFile()
        self._start = start
        self._shown: tuple[Entry, ...] | None = None

    def body(self) -> ComposeResult:
        """Return the list, and what there is to say about the queue as a whole."""
        yield OptionList(id="options", compact=True, markup=False)
        yield Static(id="help", markup=False)

    def on_mount(self) -> None:
        """Show the queue, and follow it."""
        super().on_mount()
        self._show()
        self.set_interval(EVERY, self._show)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """Return the run of the entry."""
        if (entry := self._entry) is not None and entry.run:
            self.dismiss(Path(entry.run))

    def action_earlier(self) -> None:
        """Move the entry one place up."""
        self._change(lambda queue, number: queue.move(number, queue.place(number) - 1))

    def action_later(self) -> None:
        """Move the entry one place down."""
        self._change(lambda queue, number: queue.move(number, queue.place(number) + 1))

    def action_hold(self) -> None:
        """Hold the entry, or release it."""
        held = self._entry is not None and self._entry.state == "held"
        self._change(lambda queue, number: queue.release(number) if held else queue.hold(number))

    def action_retry(self) -> None:
        """Try the entry again."""
        self._change(lambda queue, number: queue.retry(number))

    def action_remove(self) -> None:
        """Remove the entry; its run stays."""
        self._change(lambda queue, number: queue.remove(number))

    def action_start(self) -> None:
        """Start what launches the entries, if it is not there."""
        self._start(self.file)
        self._show()

    @property
    def _entry(self) -> Entry | None:
        """The highlighted entry."""
        place = self.query_one(OptionList).highlighted
        return self._shown[place] if self._shown and place is not None else None

    def _change(self, operation: Callable[[Queue, int], Queue]) -> None:
        if (entry := self._entry) is None:
            return
        with self.file.changing() as change:
            change.queue = operation(change.queue, entry.number)
        self._start(self.file)
        self._show(entry.number)

    def _show(self, number: int | None = None) -> None:
        """Show the queue as it stands, with an entry highlighted."""
        queue = self.file.read()
        self.query_one("#help", Static).update(summary(queue))
        if queue.entries == self._shown:
            return
        number = self._entry.number if number is None and self._entry else number
        self._shown = queue.entries
        numbers = [entry.number for entry in queue.entries]
        options = self.query_one(OptionList)
        options.set_options([Option(entry_line(entry)) for entry in queue.entries])
        if numbers:
            options.highlighted = numbers.index(number) if number in numbers else 0


def entry_line(entry: Entry) -> Content:
    """Return the line of an entry: number, state, what distinguishes it, its run and why it failed."""
    words = [f"{entry.number:>3} {entry.state:<8} {entry.settings or '-'}"]
    words += [Path(entry.run).name] if entry.run else []
    words += [f"GPU {entry.used_device or entry.device}"] if entry.used_device or entry.device else []
    line = sanitize_line("  ".join(words), 200)
    return Content.assemble(line, Content.styled(f"  {sanitize_line(entry.problem, 200)}", "$text-warning"))


def summary(queue: Queue) -> str:
    """Return in a line how the queue stands."""
    if not queue.entries:
        return EMPTY
    counts = [(state, sum(entry.state == state for entry in queue.entries)) for state in ("running", "waiting", "held")]
    text = ", ".join(f"{count} {state}" for state, count in counts if count) or "nothing waits"
    return f"{text}; s starts the queue" if queue.has_work and not is_supervised(queue) else text
