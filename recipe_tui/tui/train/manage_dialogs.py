"""Deleting and renaming a run: the questions before."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from rich.filesize import decimal

from recipe_tui.core.errors import RecipeTuiError
from recipe_tui.core.queue.manage import delete_run, deletion_of, rename_run
from recipe_tui.core.runs.folder import check_new_run
from recipe_tui.tui.dialogs.ask import AskDialog
from recipe_tui.tui.dialogs.confirm import ConfirmDialog
from recipe_tui.tui.sanitize import sanitize_line

if TYPE_CHECKING:
    from pathlib import Path
    from typing import Any

    from textual.app import App

    from recipe_tui.core.runs.manage import Deletion


async def confirm_deletion(app: App[Any], run: Path) -> bool:
    """Delete a run if the user confirms it, and return whether it is deleted. Must run in a worker.

    Raises:
        RunError: The run is active.
        OutputError: Something in it cannot be deleted.
    """
    deletion, entries = await asyncio.to_thread(deletion_of, run)
    if not await app.push_screen_wait(ConfirmDialog(f"Delete {run.name}?", deletion_text(deletion, entries))):
        return False
    await asyncio.to_thread(delete_run, run)
    app.notify(sanitize_line(f"{run.name} is deleted: {decimal(deletion.size)} freed."), markup=False)
    return True


async def ask_for_name(app: App[Any], run: Path) -> Path | None:
    """Rename a run as the user says, and return its new folder; None when nothing was changed. Must run in a worker.

    Raises:
        RunError: The run is active.
        OutputError: The folder cannot be renamed.
    """
    dependents = (await asyncio.to_thread(deletion_of, run))[0].dependents
    help_text = f"{_names(dependents)} began from it, and names its folder." if dependents else ""

    def complain(name: str) -> str | None:
        if name == run.name:
            return None
        try:
            check_new_run(run.parent, name)
        except RecipeTuiError as error:
            return str(error)
        return None

    name = await app.push_screen_wait(AskDialog(f"Rename {run.name}", run.name, help_text, complain))
    return await asyncio.to_thread(rename_run, run, name) if name and name != run.name else None


def deletion_text(deletion: Deletion, entries: tuple[int, ...] = ()) -> str:
    """Return what deleting a run frees, and what is left, in sentences.

    Args:
        deletion: What is deleted.
        entries: Entries of the queue that are removed with it.
    """
    many = "checkpoint" if deletion.checkpoints == 1 else "checkpoints"
    of_checkpoints = f", {decimal(deletion.checkpoints_size)} of it {deletion.checkpoints} {many}"
    sentences = [f"This frees {decimal(deletion.size)}{of_checkpoints if deletion.checkpoints else ''}."]
    if deletion.store is not None:
        size = decimal(deletion.store_size)
        sentences.append(f"Its block store {deletion.store.name[:12]} ({size}) stays; no other run here uses it.")
    if deletion.dependents:
        sentences.append(f"{_names(deletion.dependents)} began from it.")
    if entries:
        sentences.append(f"Entry {', '.join(map(str, entries))} of the queue goes with it.")
    return " ".join(sentences)


def _names(dependents: tuple[str, ...]) -> str:
    return dependents[0] if len(dependents) == 1 else f"{dependents[0]} and {len(dependents) - 1} more"
