"""``recipe-tui queue``: trainings that wait for each other, over nights and reboots."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.text import Text

from recipe_tui.cli.command import Outcome, Set, command
from recipe_tui.cli.runs import STYLES
from recipe_tui.cli.terminal import Terminal, number

if TYPE_CHECKING:
    from recipe_tui.core.queue.entries import Queue
    from recipe_tui.core.queue.file import QueueFile

Numbers = Annotated[list[int], typer.Argument(metavar="N...", help="Numbers of entries.")]

queue = typer.Typer(help="Trainings that wait for each other: one runs at a time on each device.")


@command()
def show(terminal: Terminal, context: typer.Context) -> Outcome:
    """List the queue in the order in which it runs."""
    if context.invoked_subcommand is not None:
        return Outcome(None)
    return _listed(terminal, _file().read())


@command()
def add(
    terminal: Terminal,
    files: Annotated[
        list[Path] | None, typer.Argument(metavar="CONFIG.toml...", help="Configuration files, a training for each.")
    ] = None,
    set_: Set = None,
    grid: Annotated[
        list[str] | None,
        typer.Option(
            metavar="GRID",
            help='A training for each combination of values: "learning_rate=1e-4,3e-4 x rank=8,16".',
        ),
    ] = None,
    device: Annotated[str, typer.Option(metavar="N", help="Index of the GPU that it must run on.")] = "",
    retries: Annotated[
        int, typer.Option(min=0, metavar="N", help="How often a run that crashed is resumed from its checkpoint.")
    ] = 2,
    held: Annotated[bool, typer.Option("--held", help="Hold them until they are released.")] = False,
) -> Outcome:
    """Add trainings to the queue, and start it.

    They run in processes of their own, one at a time on each device, and survive this terminal. After a reboot,
    recipe-tui queue start or the workbench continues them.
    """
    from recipe_tui.core.queue.add import entries_of

    now = time.time()
    entries = [
        entry
        for path in files or (None,)
        for entry in entries_of(path, set_ or (), grid or (), now=now, device=device, retries=retries, held=held)
    ]
    file = _file()
    with file.changing() as change:
        first = change.queue.next_number
        for entry in entries:
            change.queue = change.queue.add(entry)
    _start(terminal, file)
    for index, entry in enumerate(entries, first):
        terminal.say(f"{index}: {entry.settings or 'added'}{', held' if held else ''}")
    return Outcome([_entry_json(entry) for entry in file.read().entries if entry.number >= first])


@command()
def hold(terminal: Terminal, numbers: Numbers) -> Outcome:
    """Hold waiting entries: the queue passes them over."""
    return _change(terminal, numbers, lambda queue, one: queue.hold(one))


@command()
def release(terminal: Terminal, numbers: Numbers) -> Outcome:
    """Release held entries."""
    return _change(terminal, numbers, lambda queue, one: queue.release(one))


@command()
def move(
    terminal: Terminal,
    number: Annotated[int, typer.Argument(metavar="N", help="Number of the entry.")],
    place: Annotated[int, typer.Argument(min=1, help="Place among those that wait: 1 is next.")],
) -> Outcome:
    """Move a waiting entry to another place."""
    return _change(terminal, [number], lambda queue, one: queue.move(one, place - 1))


@command()
def remove(terminal: Terminal, numbers: Numbers) -> Outcome:
    """Remove entries from the queue; their runs stay where they are."""
    return _change(terminal, numbers, lambda queue, one: queue.remove(one))


@command()
def retry(terminal: Terminal, numbers: Numbers) -> Outcome:
    """Try entries again that were stopped or have failed, from their latest checkpoints."""
    return _change(terminal, numbers, lambda queue, one: queue.retry(one))


@command()
def start(terminal: Terminal) -> Outcome:
    """Continue the queue, as after a reboot."""
    file = _file()
    if not _start(terminal, file):
        terminal.say("the queue is running" if file.read().has_work else "nothing waits in the queue")
    return _listed(terminal, file.read())


@command()
def table(
    terminal: Terminal,
    sort: Annotated[
        str,
        typer.Option(metavar="FIGURE", help="Sort by loss, val_loss, best, speed, time or step; -speed turns it."),
    ] = "best",
) -> Outcome:
    """Compare the runs of the queue in one table, the best first."""
    from recipe_tui.core.queue.table import runs_of
    from recipe_tui.core.runs.status import sorted_by

    entries = runs_of(_file().read())
    by_path = {run.path: entry for entry, run in entries}
    found = sorted_by(sort, (run for _, run in entries))
    if not terminal.as_json:
        rows = [
            (
                by_path[run.path].settings or run.name,
                Text(run.state, style=STYLES.get(run.state, "")),
                f"{run.step:,}/{run.total_steps:,}",
                number(run.train_loss, 4),
                number(run.validation_loss, 4),
                number(run.best_validation_loss, 4),
                number(run.tokens_per_second, 0),
                run.name,
            )
            for run in found
        ]
        columns = ("settings", "state", "step", "loss", "validation", "best", "tokens/s", "run")
        terminal.show_table(columns, rows, right=columns[2:7], no_wrap=True)
    return Outcome(
        [{"number": by_path[run.path].number, "settings": by_path[run.path].settings, **asdict(run)} for run in found]
    )


@command()
def supervise(terminal: Terminal) -> Outcome:
    """Launch what waits in the queue until nothing is left; other commands start this by themselves."""
    from recipe_tui.core.queue.supervisor import supervise as run

    run(_file())
    return Outcome(None)


def _file() -> QueueFile:
    from recipe_tui.core.queue.file import QueueFile

    return QueueFile()


def _change(terminal: Terminal, numbers: list[int], operation: Callable[[Queue, int], Queue]) -> Outcome:
    file = _file()
    with file.changing() as change:
        for one in numbers:
            change.queue = operation(change.queue, one)
    _start(terminal, file)
    return _listed(terminal, file.read())


def _start(terminal: Terminal, file: QueueFile) -> bool:
    from recipe_tui.core.queue.supervisor import ensure_supervisor

    started = ensure_supervisor(file)
    if started:
        terminal.say("the queue is started")
    return started


def _listed(terminal: Terminal, present: Queue) -> Outcome:
    if not terminal.as_json and not present.entries:
        terminal.say("the queue is empty; add a training: recipe-tui queue add CONFIG.toml")
    elif not terminal.as_json:
        rows = [
            (
                str(entry.number),
                Text(entry.state, style=STYLES.get(entry.state, "")),
                entry.settings or "-",
                entry.used_device or entry.device or "any",
                Path(entry.run).name if entry.run else "-",
                entry.problem,
            )
            for entry in present.entries
        ]
        terminal.show_table(("", "state", "settings", "device", "run", "problem"), rows, right=("",))
    return Outcome([_entry_json(entry) for entry in present.entries])


def _entry_json(entry: Any) -> dict[str, Any]:
    return asdict(entry)


queue.callback(invoke_without_command=True)(show)
for function in (add, hold, release, move, remove, retry, start, table):
    queue.command(function.__name__)(function)
queue.command("supervise", hidden=True)(supervise)
