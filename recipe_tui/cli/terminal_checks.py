"""The checks of ``recipe-tui doctor`` of the terminal: colours, clipboard, and how wide it draws characters."""

from __future__ import annotations

import os
import re
import select
import subprocess
import sys
from contextlib import contextmanager
from typing import TYPE_CHECKING

from rich.cells import cell_len

from recipe_tui.cli.check import Check

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

ANSWER_SECONDS = 1.0
"""Longest wait for the answer of a terminal, which a slow line delays."""

WIDE = "é漢字½🍲"
"""Characters of one and of two columns."""

CURSOR = re.compile(r"\x1b\[(\d+);(\d+)R")


def check_colours(environment: Mapping[str, str] = os.environ) -> Check:
    """Check how many colours the terminal promises."""
    term, colorterm = environment.get("TERM", ""), environment.get("COLORTERM", "")
    if environment.get("NO_COLOR"):
        return Check("colours", "ok", "none, because NO_COLOR is set")
    if colorterm in ("truecolor", "24bit"):
        return Check("colours", "ok", f"16 million (COLORTERM={colorterm})")
    if "256color" in term or term.endswith("-direct"):
        advice = ""
        if "TMUX" in environment:
            advice = "for all colours: set -as terminal-features ',*:RGB' in tmux.conf, and export COLORTERM=truecolor"
        return Check("colours", "ok", f"256 (TERM={term})", advice)
    if term in ("", "dumb"):
        return Check(
            "colours", "warn", f"none (TERM={term or 'unset'})", "export TERM=xterm-256color for the workbench"
        )
    return Check("colours", "warn", f"16 or fewer (TERM={term})", "export TERM=xterm-256color, in tmux tmux-256color")


def tmux_option(name: str) -> str | None:
    """Return an option of the tmux server; None where it does not answer."""
    try:
        done = subprocess.run(
            ["tmux", "show-options", "-gqv", name], capture_output=True, text=True, timeout=5, check=False
        )
    except (OSError, subprocess.SubprocessError):
        return None
    return done.stdout.strip() if done.returncode == 0 else None


def check_clipboard(
    environment: Mapping[str, str] = os.environ, option: Callable[[str], str | None] = tmux_option
) -> Check:
    """Check that copied text can reach the clipboard; the workbench sends it by OSC 52."""
    if "TMUX" not in environment:
        if environment.get("STY"):
            return Check("clipboard", "warn", "GNU screen passes no OSC 52 on", "use tmux, or save texts to files")
        return Check("clipboard", "ok", "by OSC 52, where the terminal allows it")
    found = option("set-clipboard")
    if found == "on":
        return Check("clipboard", "ok", "tmux passes OSC 52 on (set-clipboard on)")
    return Check(
        *("clipboard", "warn", f"tmux keeps copied text to itself (set-clipboard {found or 'unknown'})"),
        "put this in tmux.conf: set -g set-clipboard on",
    )


def check_widths(measure: Callable[[str], int | None] | None = None) -> Check:
    """Check that the terminal draws characters as wide as the workbench counts them.

    Args:
        measure: Returns the columns by which a text moves the cursor, None where the terminal does not say.
    """
    columns = (measure or measured_columns)(WIDE)
    if columns is None:
        return Check("widths", "ok", "not measured: this is no terminal, or it does not say where the cursor is")
    if columns == cell_len(WIDE):
        return Check("widths", "ok", f"{WIDE} takes {columns} columns, as it should")
    return Check(
        *("widths", "warn", f"{WIDE} takes {columns} columns in place of {cell_len(WIDE)}"),
        "export LANG=C.UTF-8 and start tmux as tmux -u; or use recipe-tui --ascii",
    )


def measured_columns(text: str) -> int | None:
    """Write a text, ask the terminal where the cursor is, and erase the text.

    Returns:
        The columns that it takes; None where there is no terminal, or no answer.
    """
    try:
        import termios
        import tty
    except ImportError:
        return None
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        return None

    @contextmanager
    def unbuffered() -> Iterator[int]:
        descriptor = sys.stdin.fileno()
        before = termios.tcgetattr(descriptor)
        try:
            tty.setcbreak(descriptor)
            yield descriptor
        finally:
            termios.tcsetattr(descriptor, termios.TCSANOW, before)

    with unbuffered() as descriptor:
        sys.stderr.write(f"\r{text}\x1b[6n")
        sys.stderr.flush()
        answer = ""
        while not (found := CURSOR.search(answer)) and select.select([descriptor], [], [], ANSWER_SECONDS)[0]:
            answer += os.read(descriptor, 32).decode("ascii", "replace")
        sys.stderr.write("\r\x1b[K")
        sys.stderr.flush()
    return int(found[2]) - 1 if found else None
