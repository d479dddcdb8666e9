"""``recipe-tui`` without a command: the workbench. Imports nothing heavy, because someone waits for its first frame."""

from __future__ import annotations

import os
import sys
from pathlib import Path

from recipe_tui.core.errors import UsageError

OUTPUT = Path("output")
"""Folder of the runs where none is named; the configuration's default."""


def has_terminal() -> bool:
    """Return whether there is a terminal that a screen can be drawn on."""
    return sys.stdin.isatty() and sys.stdout.isatty() and os.environ.get("TERM") != "dumb"


def open_workbench(
    output: Path = OUTPUT, *, ascii_only: bool = False, mouse: bool = True, theme: str | None = None
) -> int:
    """Show the workbench until someone leaves it.

    Where the usual output folder has no runs, the one that was used last is shown.

    Args:
        output: Folder of the runs.
        ascii_only: Draw with ASCII characters only, whatever the settings say.
        mouse: False leaves the mouse to the terminal, whatever the settings say.
        theme: Theme to show instead of the remembered one.

    Returns:
        The exit code.

    Raises:
        UsageError: There is no terminal, or no such theme.
    """
    if not has_terminal():
        raise UsageError("the workbench needs a terminal", "recipe-tui --help lists what works without one")
    from recipe_tui.core.runs.workspaces import workspace_instead
    from recipe_tui.tui.app import Workbench, hold_end_signals
    from recipe_tui.tui.escape_key import use_escape_key_parser

    this_time = {
        **({"ascii": True} if ascii_only else {}),
        **({} if mouse else {"mouse": False}),
        **({"theme": theme} if theme else {}),
    }
    instead = workspace_instead(output) if output == OUTPUT else None
    workbench = Workbench(
        instead or output, this_time=this_time, shows_crashes=True, instead_of=output if instead else None
    )
    if theme and theme not in workbench.available_themes:
        raise UsageError(f"no theme '{theme}'", f"choose one of {', '.join(sorted(workbench.available_themes))}")
    use_escape_key_parser()
    hold_end_signals()
    workbench.run(mouse=workbench.settings.mouse)
    if workbench.status.state:
        from recipe_tui.tui.sanitize import sanitize_line

        run = sanitize_line(workbench.status.run)
        sys.stdout.write(f"{run} is {workbench.status.state} still; recipe-tui shows it again\n")
    return workbench.return_code or 0
