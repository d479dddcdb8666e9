"""Every text that was written, with its settings: an append-only file of JSON lines."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from pydantic import TypeAdapter, ValidationError

from recipe_tui.core.atomic_io import writing
from recipe_tui.core.errors import RecipeTuiError
from recipe_tui.core.recipes.ingredients import Checklist
from recipe_tui.core.registry.catalog import short_name
from recipe_tui.core.runs.events import Time  # noqa: TC001 - pydantic reads it
from recipe_tui.tui.generate.generation_session import Draft, GenerationRequest, GenerationSession, Token
from recipe_tui.workers.protocol import Text  # noqa: TC001 - pydantic reads it

if TYPE_CHECKING:
    from pathlib import Path

MOST_BYTES = 16 << 20
"""Of the file's end, how much is read."""


@dataclass(frozen=True, slots=True)
class WrittenText:
    """A text with its tokens."""

    tokens: tuple[Token, ...]
    text: Text


@dataclass(frozen=True, slots=True)
class Entry:
    """Texts that were written for one request; `time` is in seconds since 1970."""

    time: Time
    asked: GenerationRequest
    texts: tuple[WrittenText, ...]
    version: int = 1

    @property
    def label(self) -> str:
        """What it is called: its title, or how its text begins."""
        prompt = self.asked.prompt
        begins = (self.texts[0].text.text if self.texts else "").strip().split("\n")[0]
        return prompt.title or (prompt.text or "").strip().split("\n")[0][:60] or begins[:60] or "untitled"

    @property
    def note(self) -> str:
        """When and by which model it was written."""
        when = time.strftime("%d %b %H:%M", time.localtime(self.time))
        config = self.asked.config
        return f"{when} · {short_name(self.asked.model)} · T {config.temperature:g} · seed {self.texts[0].text.seed}"

    def reopened(self) -> GenerationSession:
        """Return the texts as they stood when they were finished."""
        drafts = []
        for one in self.texts:
            listed = self.asked.prompt.ingredients
            draft = Draft(list(one.tokens), Checklist(listed or one.text.ingredients), one.text)
            directions = (self.asked.lead, draft.text) if listed else ("\n".join(one.text.steps),)
            for part in directions:
                draft.checklist.read(part)
            drafts.append(draft)
        return GenerationSession(self.asked, drafts)


def entry_of(session: GenerationSession, now: float) -> Entry:
    """Return what is kept of finished texts."""
    texts = [WrittenText(tuple(draft.tokens), draft.result) for draft in session.drafts if draft.result is not None]
    return Entry(now, session.request, tuple(texts))


def append(path: Path, entry: Entry) -> None:
    """Append an entry; a partial line that a killed process left is closed first.

    Raises:
        OutputError: The file cannot be written.
    """
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        with path.open("ab+") as file:
            size = file.seek(0, os.SEEK_END)
            whole = True
            if size:
                file.seek(size - 1)
                whole = file.read(1) == b"\n"
            file.write((b"" if whole else b"\n") + _entries().dump_json(entry) + b"\n")


def read_history(path: Path) -> list[Entry]:
    """Return the entries, the newest first; lines that are cut, foreign or of a later version are skipped.

    Raises:
        RecipeTuiError: The file cannot be read.
    """
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - MOST_BYTES))
            lines = reversed(file.read().split(b"\n"))
    except FileNotFoundError:
        return []
    except OSError as error:
        raise RecipeTuiError(f"{path}: cannot be read ({error.strerror})", "check the file") from error
    entries = []
    for line in filter(None, lines):
        try:
            entry = _entries().validate_json(line)
        except ValidationError:
            continue
        if entry.version == 1 and entry.texts:
            entries.append(entry)
    return entries


@cache
def _entries() -> TypeAdapter[Entry]:
    return TypeAdapter(Entry)
