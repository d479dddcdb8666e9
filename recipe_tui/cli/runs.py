"""``recipe-tui runs``: the runs in the output folder and their states."""

from __future__ import annotations

import time
from pathlib import Path

from rich.text import Text

from recipe_tui.cli.command import Outcome, command, require_folder
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

    if "output" in config.model_fields_set or config.output.exists():
        require_folder(config.output, "--output")
    found = list_runs(config.output)
    if not terminal.as_json and not found:
        terminal.say(f"no runs in {config.output}; start one: recipe-tui demo, or recipe-tui train --source PATH")
    elif not terminal.as_json:
        rows = (
            (
                run.name,
                Text(run.state, style=STYLES.get(run.state, "")),
                f"{run.step:,}/{run.total_steps:,}",
                number(run.train_loss, 4),
                number(run.validation_loss, 4),
                time.strftime("%Y-%m-%d %H:%M", time.localtime(run.started)),
                "/".join(Path(run.model).parts[-2:]),
            )
            for run in found
        )
        columns = ("run", "state", "step", "loss", "validation", "started", "model")
        terminal.show_table(columns, rows, right=("step", "loss", "validation"), no_wrap=True)
        for run in found:
            if run.state == "unreadable":
                terminal.say(f"{one_line(run.name)}: {one_line(run.reason)}")
    return Outcome(found)
