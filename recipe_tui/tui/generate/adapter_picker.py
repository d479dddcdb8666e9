"""Choosing the adapter that writes: the base stays loaded, so that a switch takes no time."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipe_tui.core.registry.catalog import short_name
from recipe_tui.tui.dialogs.choose import Choice, ChooseDialog
from recipe_tui.tui.generate.status_lines import adapter_note

if TYPE_CHECKING:
    from textual.app import App

    from recipe_tui.workers.protocol import Loaded


async def pick_adapter(app: App[None], loaded: Loaded) -> str | None:
    """Have the user choose the base or an adapter; None for the present one. Must run in a worker."""
    named = [("none", loaded.base, f"{short_name(loaded.base)} itself")]
    named += [(short_name(one.name), one.name, adapter_note(one)) for one in loaded.adapters]
    choices = [Choice(label, name, f"{note}{' · writes now' * (name == loaded.model)}") for label, name, note in named]
    name = await app.push_screen_wait(ChooseDialog(f"Adapter over {short_name(loaded.base)}", choices, loaded.model))
    return None if name == loaded.model else name
