"""``recipe-tui report``: a run as one page."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from recipe_tui.cli.command import Outcome, command
from recipe_tui.cli.terminal import Terminal
from recipe_tui.core.config import Config
from recipe_tui.core.errors import UsageError


@command("top.output")
def report(
    terminal: Terminal,
    config: Config,
    run: Annotated[str, typer.Option(help="Name of the run, or its folder.", show_default="the latest")] = "",
    to: Annotated[
        Path | None, typer.Option(metavar="FILE.html", help="File to write.", show_default="RUN/report.html")
    ] = None,
) -> Outcome:
    """Write a run as one HTML page: curves, samples, ledger, configuration and log. It may still be running.

    The page holds the whole configuration of the run.
    """
    from recipe_tui.core.evaluation.run_report import write_run_report
    from recipe_tui.core.runs.status import list_runs

    folder = config.output / run
    if run and not folder.is_dir() and Path(run).is_dir():
        folder = Path(run)
    if not run:
        runs = list_runs(config.output)
        if not runs:
            raise UsageError(f"no runs in {config.output}", "name one: --run NAME --output FOLDER")
        folder = runs[0].path
    path = to or folder / "report.html"
    if path.is_dir():
        raise UsageError(f"{path}: a folder", "name a file: --to run.html")
    write_run_report(folder, path)
    terminal.say(f"report: {path}")
    return Outcome({"run": folder, "report": path})
