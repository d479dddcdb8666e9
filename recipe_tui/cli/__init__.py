"""The command line ``recipe-tui``: thin commands over the core."""

from __future__ import annotations

import signal
import sys

INTERRUPT_CODE = 130
"""Exit code of a command that Ctrl-C or SIGTERM ended, as a shell has it."""


def main() -> None:
    """Run the command that the process was started with, and exit with its code.

    SIGTERM ends a command as Ctrl-C does, so that half-written files go and the terminal is restored. What handles the
    signals otherwise, a training and the workbench, replaces the handler.
    """
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        _main()
    except KeyboardInterrupt:  # while libraries are imported; a command itself reports it, see `command`
        sys.stderr.write("error: interrupted\n")
        sys.exit(INTERRUPT_CODE)


def _main() -> None:
    from recipe_tui.cli.workbench import has_terminal, open_workbench

    if not sys.argv[1:] and has_terminal():
        sys.exit(open_workbench())  # without the command line's libraries: someone waits for the first frame
    from recipe_tui.cli.app import run

    sys.exit(run(sys.argv[1:]))
