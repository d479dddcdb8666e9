"""Choosing the output folder whose runs are shown: one that was used before, that of the present folder, or any."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import TYPE_CHECKING

from recipe_tui.core.runs.workspaces import known_workspaces
from recipe_tui.tui.dialogs.ask import AskDialog
from recipe_tui.tui.dialogs.choose import Choice, ChooseDialog

if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from textual.app import App

    from recipe_tui.core.runs.workspaces import Workspace

HERE = Path("output")
"""The output folder of the folder that the workbench was started in."""


async def pick_workspace(app: App[Any], present: Path) -> Path | None:
    """Have the user choose an output folder; None when nothing was chosen. Must run in a worker."""
    known = await asyncio.to_thread(known_workspaces)
    chosen = await app.push_screen_wait(
        ChooseDialog("Output folder", workspace_choices(known, present), str(present.absolute()))
    )
    if chosen == "":
        chosen = await app.push_screen_wait(AskDialog("Output folder", str(present), "A folder of runs.", _complain))
    return Path(chosen).expanduser() if chosen else None


def workspace_choices(known: Sequence[Workspace], present: Path) -> list[Choice[str]]:
    """Return the choices: what was used before, the latest first, then what was not, and the typing of a path."""
    choices = [Choice(str(one.path), str(one.path), f"runs: {one.runs:,}, used {_day(one.used)}") for one in known]
    folders = {choice.value for choice in choices}
    others = {"shown now": str(present.absolute()), "of the present folder": str(HERE.absolute())}
    for note, folder in others.items():
        if folder not in folders:
            folders.add(folder)
            choices.append(Choice(folder, folder, note))
    return [*choices, Choice("another folder", "", "type its path")]


def _day(seconds: float) -> str:
    return time.strftime("%Y-%m-%d", time.localtime(seconds))


def _complain(line: str) -> str | None:
    return None if line.strip() and Path(line).expanduser().is_dir() else "There is no such folder."
