"""``recipe-tui runs``: the runs in the output folder, or everywhere, and their states."""

from __future__ import annotations

import time
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.text import Text

from recipe_tui.cli.command import Outcome, command, require_folder
from recipe_tui.cli.terminal import Terminal, number, one_line
from recipe_tui.cli.workbench import OUTPUT
from recipe_tui.core.config import Config
from recipe_tui.core.errors import OutputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Sequence

    from recipe_tui.core.runs.status import RunSummary

STYLES = {
    "finished": "green",
    "starting": "cyan",
    "running": "cyan",
    "paused": "cyan",
    "failed": "red",
    "lost": "red",
    "unreadable": "red",
}


@command("top.output")
def runs(
    terminal: Terminal,
    config: Config,
    workspaces: Annotated[
        bool, typer.Option("--workspaces", help="List the output folders that were used before, the latest first.")
    ] = False,
    everywhere: Annotated[bool, typer.Option("--all", help="List the runs of all these folders.")] = False,
    sort: Annotated[
        str | None,
        typer.Option(
            metavar="FIGURE",
            help="Sort by name, state, step, loss, val_loss, best, speed, time, started or model; -speed turns it.",
            show_default="the newest first",
        ),
    ] = None,
    delete: Annotated[
        str | None, typer.Option(metavar="NAME", help="Delete a run that has ended; --yes confirms it.")
    ] = None,
    rename: Annotated[
        tuple[str, str] | None, typer.Option(metavar="NAME NEW", help="Give a run that has ended another name.")
    ] = None,
    yes: Annotated[bool, typer.Option("--yes", help="Delete without asking.")] = False,
) -> Outcome:
    """List the runs in the output folder, the newest first; or delete or rename one.

    Where ./output has no runs, those of the output folder that was used last are listed; with --json none are.
    """
    if delete is not None and rename is not None:
        raise UsageError("--delete and --rename exclude each other", "give one of them")
    if delete is not None:
        return _delete(terminal, config.output / delete, yes)
    if rename is not None:
        return _rename(terminal, config.output / rename[0], rename[1])
    from recipe_tui.core.runs.status import list_runs, newest_first, sorted_by
    from recipe_tui.core.runs.workspaces import known_workspaces, remember_workspace, workspace_instead

    if workspaces and everywhere:
        raise UsageError("--workspaces and --all exclude each other", "give one of them")
    if workspaces:
        return _workspaces(terminal)
    if "output" in config.model_fields_set or config.output.exists():
        require_folder(config.output, "--output")
    output, folders = config.output, [one.path for one in known_workspaces()] if everywhere else []
    if everywhere:
        here = [] if output.absolute() in folders else [output]
        found = newest_first(run for folder in (*here, *folders) for run in list_runs(folder))
    else:
        found = list_runs(output)
    if not terminal.as_json and not found and output == OUTPUT and (instead := workspace_instead(output)):
        terminal.say(f"no runs in {output}; these are in {one_line(str(instead))}, the output folder used last")
        output, found = instead, list_runs(instead)
    if sort is not None:
        found = sorted_by(sort, found)
    if found and not everywhere:
        with suppress(OutputError):
            remember_workspace(output)
    if not terminal.as_json and not found:
        terminal.say(f"no runs in {output}; start one: recipe-tui demo, or recipe-tui train --source PATH")
    elif not terminal.as_json:
        show_runs(terminal, found, "folder" if everywhere else "", [str(run.path.parent) for run in found])
    return Outcome(found)


def _delete(terminal: Terminal, run: Path, yes: bool) -> Outcome:
    from rich.filesize import decimal

    from recipe_tui.core.queue.manage import delete_run, deletion_of

    deletion, entries = deletion_of(run)
    if not yes:
        raise UsageError(f"deleting {run} frees {decimal(deletion.size)} and cannot be undone", "confirm it by --yes")
    delete_run(run)
    terminal.say(f"{one_line(str(run))} is deleted: {decimal(deletion.size)} freed")
    for entry in entries:
        terminal.say(f"entry {entry} is removed from the queue")
    if deletion.dependents:
        terminal.say(f"began from it: {one_line(', '.join(deletion.dependents))}")
    if deletion.store is not None:
        size = decimal(deletion.store_size)
        terminal.say(f"its block store stays, which no other run here uses: {one_line(str(deletion.store))} ({size})")
    return Outcome(deletion)


def _rename(terminal: Terminal, run: Path, name: str) -> Outcome:
    from recipe_tui.core.queue.manage import rename_run

    renamed = rename_run(run, name)
    terminal.say(f"{one_line(str(run))} is now {one_line(str(renamed))}")
    return Outcome(str(renamed))


def _workspaces(terminal: Terminal) -> Outcome:
    from recipe_tui.core.runs.workspaces import known_workspaces

    known = known_workspaces()
    if not terminal.as_json:
        rows = ((one_line(str(one.path)), f"{one.runs:,}", _moment(one.used)) for one in known)
        terminal.show_table(("folder", "runs", "used"), rows, right=("runs",))
    return Outcome(known)


def show_runs(terminal: Terminal, found: Sequence[RunSummary], title: str = "", extra: Sequence[str] = ()) -> None:
    """Print a table of runs.

    Args:
        terminal: Where.
        found: The runs.
        title: Of one more column; empty for none.
        extra: Its cells.
    """
    cells: list[tuple[str, ...]] = [(one,) for one in extra] if title else [()] * len(found)
    rows: list[tuple[str | Text, ...]] = [
        (
            run.name,
            Text(run.state, style=STYLES.get(run.state, "")),
            f"{run.step:,}/{run.total_steps:,}" if run.total_steps else f"{run.step:,}",
            number(run.train_loss, 4),
            number(run.validation_loss, 4),
            _moment(run.started),
            "/".join(Path(run.model).parts[-2:]),
            *cell,
        )
        for run, cell in zip(found, cells, strict=True)
    ]
    columns = ("run", "state", "step", "loss", "validation", "started", "model", *([title] if title else []))
    terminal.show_table(columns, rows, right=("step", "loss", "validation"), no_wrap=True)
    for run in found:
        if run.state == "unreadable":
            terminal.say(f"{one_line(run.name)}: {one_line(run.reason)}")


def _moment(seconds: float) -> str:
    return time.strftime("%Y-%m-%d %H:%M", time.localtime(seconds))
