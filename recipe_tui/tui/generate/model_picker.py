"""Choosing a model: from the runs and their checkpoints, or by typing a folder or a hub name."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from recipe_tui.core.registry.catalog import list_models
from recipe_tui.tui.dialogs.ask import AskDialog
from recipe_tui.tui.dialogs.choose import Choice, ChooseDialog

if TYPE_CHECKING:
    from pathlib import Path

    from textual.app import App

TYPED = ""
"""The value of the choice to type a name."""


async def pick_model(app: App[None], output: Path, present: str | None) -> str | None:
    """Have the user choose a model; None when nothing was chosen. Must run in a worker."""
    models = await asyncio.to_thread(list_models, output)
    choices = [Choice(model.label, model.name, model.note) for model in models]
    choices.append(Choice("Another…", TYPED, "a folder, or a name on the hub such as gpt2"))
    chosen = await app.push_screen_wait(ChooseDialog("Model", choices, present))
    if chosen != TYPED:
        return chosen
    help_text = (
        "A model folder, a run, or a name on the hub such as gpt2; a hub name is downloaded when it first writes."
    )
    return await app.push_screen_wait(
        AskDialog("Model", "", help_text, lambda line: None if line.strip() else "give a folder or a name")
    )
