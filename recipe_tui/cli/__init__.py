"""The command line ``recipe-tui``: thin commands over the core."""

from __future__ import annotations

import sys


def main() -> None:
    """Run the command that the process was started with, and exit with its code."""
    from recipe_tui.cli.workbench import has_terminal, open_workbench

    if not sys.argv[1:] and has_terminal():
        sys.exit(open_workbench())  # without the command line's libraries: someone waits for the first frame
    from recipe_tui.cli.app import run

    sys.exit(run(sys.argv[1:]))
