"""``recipe-tui runs``: the runs in the output folder and their states."""

from __future__ import annotations

import time
from pathlib import Path

from rich.table import Table
from rich.text import Text

from recipe_tui.cli.command import Outcome, command
from recipe_tui.cli.terminal import Terminal, number, one_line
from recipe_tui.core.config import Config

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
def runs(terminal: Terminal, config: Config) -> Outcome:
    """List the runs in the output folder, the newest first."""
    from recipe_tui.core.runs.status import list_runs

    found = list_runs(config.output)
    if not terminal.as_json and not found:
        terminal.say(f"no runs in {config.output}; start one: recipe-tui demo, or recipe-tui train --source PATH")
    elif not terminal.as_json:
        table = Table(box=None, pad_edge=False)
        for name in ("run", "state", "step", "loss", "validation", "started", "model"):
            table.add_column(name, justify="right" if name in ("step", "loss", "validation") else "left", no_wrap=True)
        for run in found:
            table.add_row(
                Text(one_line(run.name)),
                Text(run.state, style=STYLES.get(run.state, "")),
                f"{run.step:,}/{run.total_steps:,}",
                number(run.train_loss, 4),
                number(run.validation_loss, 4),
                time.strftime("%Y-%m-%d %H:%M", time.localtime(run.started)),
                Text(one_line("/".join(Path(run.model).parts[-2:]))),
            )
        terminal.results.print(table)
        for run in found:
            if run.state == "unreadable":
                terminal.say(f"{one_line(run.name)}: {one_line(run.reason)}")
    return Outcome(found)
