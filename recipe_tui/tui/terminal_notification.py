"""Notifications by the terminal: the bell, and the control sequences by which terminals show desktop notifications."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING, Literal

from recipe_tui.tui.sanitize import sanitize_line

if TYPE_CHECKING:
    from collections.abc import Mapping

TerminalNotification = Literal["off", "bell", "osc9", "osc777", "osc99"]

NOTIFICATIONS: dict[TerminalNotification, str] = {
    "off": "nothing",
    "bell": "the terminal's bell",
    "osc9": "OSC 9: iTerm2, WezTerm, Windows Terminal, Ghostty",
    "osc777": "OSC 777: foot, urxvt, WezTerm, Ghostty",
    "osc99": "OSC 99: kitty, foot",
}
"""The kinds, and the terminals that know them."""

ENDING = "\x1b\\"
"""String terminator."""


def notification_sequence(
    kind: TerminalNotification, title: str, text: str, environment: Mapping[str, str] = os.environ
) -> str:
    """Return what makes a terminal notify its user.

    Args:
        kind: How.
        title: Heading of the notification.
        text: Its text; what would command the terminal is taken out of both.
        environment: Says whether tmux stands between, which passes on what is wrapped, where `allow-passthrough` is on.
    """
    title, text = sanitize_line(title, 60).replace(";", ","), sanitize_line(text, 200)
    if kind == "off":
        return ""
    if kind == "bell":
        return "\a"  # tmux handles it
    if kind == "osc9":
        sequences = [f"\x1b]9;{title}: {text}{ENDING}"]
    elif kind == "osc777":
        sequences = [f"\x1b]777;notify;{title};{text.replace(';', ',')}{ENDING}"]
    else:
        sequences = [f"\x1b]99;i=recipe-tui:d=0;{title}{ENDING}", f"\x1b]99;i=recipe-tui:p=body;{text}{ENDING}"]
    if "TMUX" in environment:
        sequences = [f"\x1bPtmux;{one.replace(chr(27), chr(27) * 2)}{ENDING}" for one in sequences]
    return "".join(sequences)
