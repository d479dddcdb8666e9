"""What can be done with a text that was generated: reopen it from the history, and save it as a file."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from recipe_tui.core.errors import OutputError
from recipe_tui.core.recipes.recipe import Recipe
from recipe_tui.tui.dialogs.ask import AskDialog
from recipe_tui.tui.dialogs.choose import Choice, ChooseDialog
from recipe_tui.tui.dialogs.confirm import ConfirmDialog
from recipe_tui.tui.dialogs.error import ErrorDialog
from recipe_tui.tui.generate.history import Entry, read_history
from recipe_tui.tui.generate.text_formats import FORMATS, free_path, rendered, save

if TYPE_CHECKING:
    from textual.app import App

    from recipe_tui.tui.generate.generation_session import GenerationRequest
    from recipe_tui.workers.protocol import Text


async def pick_entry(app: App[None], history: Path) -> Entry | None:
    """Have the user choose an entry of the history; must run in a worker."""
    entries = await asyncio.to_thread(read_history, history)
    if not entries:
        app.notify("Nothing was written yet.", markup=False)
        return None
    choices = [Choice(entry.label, entry, entry.note) for entry in entries]
    return await app.push_screen_wait(ChooseDialog("History", choices))


async def save_as(app: App[None], text: Text, request: GenerationRequest) -> Path | None:
    """Ask for format and name, and save a text. Returns the file, or None. Must run in a worker."""
    formats = [Choice(label, form, f".{form}") for form, label in FORMATS.items()]
    form = await app.push_screen_wait(ChooseDialog("Save as", formats))
    if form is None:
        return None
    proposed = free_path(text.title, form, Path.cwd())
    line = await app.push_screen_wait(AskDialog("Save", str(proposed), "Where to save the text.", _nameless))
    if line is None:
        return None
    path = Path(line.strip()).expanduser()
    content = rendered(text, request, form)
    try:
        await asyncio.to_thread(save, path, content)
    except FileExistsError:
        if not await app.push_screen_wait(ConfirmDialog(f"Overwrite {path}?", "What is in it now is lost.")):
            return None
        await asyncio.to_thread(save, path, content, True)
    return path.absolute()


async def cook(app: App[None], text: Text) -> Path | None:
    """Ask how a recipe is to be written for a cook, and write it. Returns the file, or None. Must run in a worker."""
    from recipe_tui.core.cookbook.formats import save as save_bytes
    from recipe_tui.tui.generate.cook_dialog import CookDialog

    recipe = Recipe(text.title, text.ingredients, text.steps, text.tags, servings=text.servings, times=text.times)
    order = await app.push_screen_wait(CookDialog(recipe, Path.cwd()))
    if order is None:
        return None
    content = order.format.write([order.prepared.document])
    overwrite = False
    if order.path.is_file():
        overwrite = await app.push_screen_wait(ConfirmDialog(f"Overwrite {order.path}?", "What is in it now is lost."))
        if not overwrite:
            return None
    try:
        await asyncio.to_thread(save_bytes, order.path, content, overwrite)
    except OutputError as error:
        app.push_screen(ErrorDialog(error.message, error.hint))
        return None
    return order.path.absolute()


def _nameless(line: str) -> str | None:
    return None if line.strip() else "give the file a name"
