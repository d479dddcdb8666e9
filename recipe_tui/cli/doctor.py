"""``recipe-tui doctor``: what this machine has, what is missing, and what to do about it."""

from __future__ import annotations

from typing import Annotated

import typer
from rich.table import Table
from rich.text import Text

from recipe_tui.cli.checks import all_checks
from recipe_tui.cli.command import Outcome, command
from recipe_tui.cli.terminal import Terminal, one_line
from recipe_tui.core.config import Config

STYLES = {"ok": "green", "warn": "yellow", "fail": "bold red"}


@command("top.output")
def doctor(
    terminal: Terminal,
    config: Config,
    quick: Annotated[
        bool, typer.Option("--quick", help="Leave out what runs on each backend, which takes up to a minute.")
    ] = False,
) -> Outcome:
    """Check Python, libraries, processor, memory, disk, terminal, accelerator, network, and run each backend.

    Each installed backend compiles a product by XLA, multiplies in bfloat16, attends by flash attention where the
    device has it, and takes a training step, in a process of its own. With a configuration file, the disk is checked
    for that run. Exits with 1 when something is missing that is needed.
    """
    checks = []
    for check in all_checks(config, trials=not quick):
        checks.append(check)
        if not terminal.as_json:
            line = Table.grid(padding=(0, 2))
            line.add_column(width=4)
            line.add_column(width=12)
            line.add_column()
            found = one_line(check.found) + (f"; {one_line(check.advice)}" if check.advice else "")
            line.add_row(Text(check.status, style=STYLES[check.status]), check.name, Text(found))
            terminal.results.print(line)
    failed = sum(check.status == "fail" for check in checks)
    return Outcome({"ok": not failed, "checks": checks}, 1 if failed else 0)
