"""Editing a prompt in the user's own editor: it is written to a text file and read back."""

from __future__ import annotations

import os
import re
import shlex
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from textual.app import SuspendNotSupported

from recipe_tui.core.atomic_io import write_text
from recipe_tui.core.errors import UsageError
from recipe_tui.core.text.prompt import Prompt

if TYPE_CHECKING:
    from textual.app import App

HEADINGS = (
    "Title",
    "Ingredients, one a line",
    "Start of the directions",
    "Tags, one a line",
    "Servings",
    "Times, one a line",
)
_HEADING = re.compile(rf"^# ({'|'.join(map(re.escape, HEADINGS))})[ \t]*$", re.MULTILINE)


def to_text(prompt: Prompt) -> str:
    """Return a prompt as it is edited: raw text as it is, everything else below headings."""
    if prompt.text is not None:
        return prompt.text
    lists = ("\n".join(lines) for lines in (prompt.ingredients, prompt.tags, prompt.times))
    ingredients, tags, times = lists
    parts = (prompt.title, ingredients, prompt.directions, tags, prompt.servings, times)
    return "\n".join(f"# {heading}\n{part}\n" for heading, part in zip(HEADINGS, parts, strict=True))


def from_text(text: str, raw: bool) -> Prompt:
    """Read a prompt back; what stands above the first heading counts as the title."""
    if raw:
        return Prompt(text=text.removesuffix("\n"))
    before, *rest = _HEADING.split(text)
    parts = dict(zip(rest[::2], rest[1::2], strict=True))
    title, ingredients, directions, tags, servings, times = (parts.get(heading, "") for heading in HEADINGS)
    return Prompt(
        title=" ".join((before + title).split()),
        ingredients=lines_of(ingredients),
        directions=directions.strip("\n"),
        tags=lines_of(tags),
        servings=" ".join(servings.split()),
        times=lines_of(times),
    )


def lines_of(text: str) -> tuple[str, ...]:
    """Return the lines of a text that are not empty."""
    return tuple(line.strip() for line in text.splitlines() if line.strip())


def edit(prompt: Prompt) -> Prompt:
    """Have the user edit a prompt in `$VISUAL` or `$EDITOR`; the application must be suspended.

    Raises:
        UsageError: No editor is set, it cannot be started, or it ended with an error.
        OutputError: The temporary file cannot be written.
    """
    command = os.environ.get("VISUAL") or os.environ.get("EDITOR") or "vi"
    with tempfile.TemporaryDirectory(prefix="recipe-tui-") as folder:
        path = Path(folder) / "prompt.md"
        write_text(path, to_text(prompt))
        try:
            code = subprocess.run([*shlex.split(command), str(path)], check=False).returncode
        except (OSError, ValueError) as error:
            raise UsageError(f"the editor '{command}' cannot be started ({error})", "set EDITOR to another") from error
        if code:
            raise UsageError(f"the editor '{command}' ended with code {code}", "the prompt stays as it was")
        return from_text(path.read_text(encoding="utf-8", errors="replace"), prompt.text is not None)


def edit_in_terminal(app: App[None], prompt: Prompt) -> Prompt:
    """Suspend the application for the user's editor; where that is not supported, say so and return the prompt."""
    try:
        with app.suspend():
            return edit(prompt)
    except SuspendNotSupported:
        app.notify("This terminal cannot be given to an editor.", severity="warning", markup=False)
        return prompt
    finally:
        app.screen.refresh(layout=True)
