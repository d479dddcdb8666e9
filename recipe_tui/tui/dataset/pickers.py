"""Dialogs of the dataset screen: which block, which filter, which store."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from recipe_tui.core.browsing.filters import FILTERS
from recipe_tui.core.browsing.stores import StoreSummary, list_stores
from recipe_tui.tui.dialogs.ask import AskDialog
from recipe_tui.tui.dialogs.choose import Choice, ChooseDialog

if TYPE_CHECKING:
    from typing import Any

    from textual.app import App

    from recipe_tui.core.browsing.filters import Filter


async def ask_block(app: App[Any], count: int) -> int | None:
    """Ask for the number of one of `count` blocks."""

    def complain(line: str) -> str | None:
        number = _number(line)
        if number is None:
            return "Not a number."
        return None if number < count else f"There are {count:,} blocks; the last is {count - 1:,}."

    line = await app.push_screen_wait(AskDialog("Go to block", "", f"A number from 0 to {count - 1:,}.", complain))
    return None if line is None else _number(line)


async def choose_filter(app: App[Any], present: Filter) -> Filter | None:
    """Ask which blocks to show."""
    choices: list[Choice[Filter]] = [Choice(name, name, note) for name, note in FILTERS.items()]
    return await app.push_screen_wait(ChooseDialog("Which blocks", choices, present))


async def choose_store(app: App[Any], output: Path, present: Path | None) -> Path | None:
    """Ask for a store: one of those in the folder of the runs, or another folder."""
    stores = await asyncio.to_thread(list_stores, output)
    choices = [Choice(str(store.path), str(store.path), _note(store)) for store in stores]
    choices.append(Choice("another folder", "", "type its path"))
    path = str(present.resolve()) if present else None
    if stores:
        path = await app.push_screen_wait(ChooseDialog("Block store", choices, path))
    else:
        path = ""
    if path == "":
        path = await app.push_screen_wait(AskDialog("Block store", "", "The folder of a block store.", _complain_path))
    return Path(path).expanduser() if path else None


def _number(line: str) -> int | None:
    digits = line.strip().replace(",", "").replace("_", "")
    return int(digits) if digits.isascii() and digits.isdecimal() and len(digits) < 16 else None


def _complain_path(line: str) -> str | None:
    return None if line.strip() and Path(line).expanduser().is_dir() else "There is no such folder."


def _note(store: StoreSummary) -> str:
    if store.problem:
        return f"cannot be opened: {store.problem}"
    runs = f", runs {', '.join(store.runs)}" if store.runs else ""
    return f"{', '.join(Path(source).name for source in store.sources)}, blocks of {store.block_size:,}{runs}"
