"""What is done with a text that was written: remembered, reopened, copied, saved."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING

from recipe_tui.core.errors import OutputError
from recipe_tui.tui.dialogs.ask import AskDialog
from recipe_tui.tui.dialogs.choose import Choice, ChooseDialog
from recipe_tui.tui.dialogs.confirm import ConfirmDialog
from recipe_tui.tui.generate.history import Entry, append, entry_of, read_history
from recipe_tui.tui.generate.text_formats import FORMATS, Format, free_path, rendered, save
from recipe_tui.tui.sanitize import sanitize_line
from recipe_tui.tui.settings import state_folder

if TYPE_CHECKING:
    from recipe_tui.tui.generate.generation_session import GenerationSession
    from recipe_tui.tui.generate.screen import GenerateScreen


class Keeping:
    """Keeps the texts of the generation screen.

    Args:
        screen: The screen.
        history: The file of what was written before; in the state folder when None.
    """

    def __init__(self, screen: GenerateScreen, history: Path | None = None) -> None:
        self.screen = screen
        self.history = history or state_folder() / "history.jsonl"

    def remember(self, writing: GenerationSession) -> None:
        """Add texts to the history."""
        entry = entry_of(writing, self.screen.clock())
        if entry.texts:
            self.screen.run_worker(self._append(entry), group="history")

    def show_history(self) -> None:
        """Show what was written before, to reopen one of it."""
        self.screen.run_worker(self._choose_entry(), group="dialog", exclusive=True)

    def copy(self) -> None:
        """Send the text to the terminal's clipboard, which never says whether it arrived."""
        text = self._text()
        if text is not None:
            self.screen.app.copy_to_clipboard(text)
            self.screen.notify("Sent to the terminal's clipboard. If it did not arrive, save the text.", markup=False)

    def save(self) -> None:
        """Ask for format and name, and save the text."""
        if self._text() is not None:
            self.screen.run_worker(self._save(), group="dialog", exclusive=True)

    def _text(self) -> str | None:
        """Return the whole text that is looked at, or say that there is none."""
        writing = self.screen.writing
        if writing is None or writing.draft.result is None:
            self.screen.notify("There is no finished text yet.", markup=False)
            return None
        return writing.draft.result.text

    async def _append(self, entry: Entry) -> None:
        try:
            await asyncio.to_thread(append, self.history, entry)
        except (OSError, OutputError) as error:
            self.screen.notify(sanitize_line(str(error)), title="Not in the history", severity="error", markup=False)

    async def _choose_entry(self) -> None:
        entries = await asyncio.to_thread(read_history, self.history)
        if not entries:
            self.screen.notify("Nothing was written yet.", markup=False)
            return
        choices = [Choice(entry.label, number, entry.note) for number, entry in enumerate(entries)]
        number = await self.screen.app.push_screen_wait(ChooseDialog("History", choices))
        if number is None:
            return
        if self.screen.is_busy:
            self.screen.notify("It is writing: Esc stops it.", markup=False)
        else:
            self.screen.reopen(entries[number].reopened())

    async def _save(self) -> None:
        app, writing = self.screen.app, self.screen.writing
        if writing is None or writing.draft.result is None:
            return
        result = writing.draft.result
        formats = [Choice(label, form, f".{form}") for form, label in FORMATS.items()]
        form: Format | None = await app.push_screen_wait(ChooseDialog("Save as", formats))
        if form is None:
            return
        proposed = free_path(result.title, form, Path.cwd())
        line = await app.push_screen_wait(AskDialog("Save", str(proposed), "Where to save the text.", _nameless))
        if line is None:
            return
        path = Path(line.strip()).expanduser()
        content = rendered(result, writing.asked, form)
        try:
            await asyncio.to_thread(save, path, content)
        except FileExistsError:
            if not await app.push_screen_wait(ConfirmDialog(f"Overwrite {path}?", "What is in it now is lost.")):
                return
            await asyncio.to_thread(save, path, content, True)
        self.screen.notify(sanitize_line(str(path.absolute())), title="Saved", markup=False)


def _nameless(line: str) -> str | None:
    return None if line.strip() else "give the file a name"
