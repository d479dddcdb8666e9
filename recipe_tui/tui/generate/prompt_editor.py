"""The prompt editor: title, ingredients and the start of the directions in fields, or the prompt as one text."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from textual import on, work
from textual.containers import Horizontal, Vertical
from textual.widgets import Input, TextArea

from recipe_tui.core.blocks.field_values import FieldValues
from recipe_tui.core.errors import RecipeTuiError
from recipe_tui.core.registry.catalog import store_of
from recipe_tui.core.text.prompt import Prompt
from recipe_tui.tui.generate.external_editor import lines_of
from recipe_tui.tui.generate.ingredient_completion import Vocabulary, read_vocabulary
from recipe_tui.tui.generate.prompt_fields import PromptFields, has_learned_fields
from recipe_tui.tui.sanitize import sanitize

if TYPE_CHECKING:
    from pathlib import Path

    from textual import events
    from textual.app import ComposeResult

LONGEST_PROMPT = 20_000
"""Characters of a field; no context holds more, and a terminal cannot edit a line of a million."""

LONGEST_TITLE = 1_000


def cleaned(text: str) -> str:
    """Return text that a field can show: bounded, and without what would command the terminal."""
    return sanitize(text[:LONGEST_PROMPT], LONGEST_PROMPT)


class Lines(TextArea):
    """A field of several lines, where Tab leaves for the next field."""

    def __init__(self, name: str, placeholder: str) -> None:
        super().__init__(
            id=name,
            compact=True,
            soft_wrap=True,
            placeholder=placeholder,
            highlight_cursor_line=False,
            tab_behavior="focus",
        )

    async def on_paste(self, event: events.Paste) -> None:
        """Paste what fits, sanitized."""
        event.stop()
        event.prevent_default()
        if self.read_only:
            return
        room = max(0, LONGEST_PROMPT - len(self.text))
        if len(event.text) > room:
            self.notify(f"Only the first {room:,} characters were pasted: no model reads more.", severity="warning")
        start, end = self.selection
        self.replace(cleaned(event.text[:room]), start, end, maintain_selection_offset=False)


class Title(Input):
    """The field of the title."""

    def __init__(self) -> None:
        super().__init__(placeholder="Title", id="title", compact=True, max_length=LONGEST_TITLE)

    def on_paste(self, event: events.Paste) -> None:
        """Paste one line, sanitized."""
        event.stop()
        event.prevent_default()
        self.insert_text_at_cursor(cleaned(" ".join(event.text[:LONGEST_PROMPT].split())))


class IngredientLines(Lines):
    """Ingredients, one a line, completed from those seen in the corpus by Tab or the right arrow."""

    vocabulary: Vocabulary = Vocabulary()

    def update_suggestion(self) -> None:
        """Propose the rest of the line when the cursor is at its end."""
        row, column = self.cursor_location
        line = self.document.get_line(row)
        self.suggestion = self.vocabulary.completion(line) if column == len(line) else ""

    async def on_key(self, event: events.Key) -> None:
        """Accept the proposal by Tab."""
        if event.key == "tab" and self.suggestion:
            event.stop()
            event.prevent_default()
            self.insert(self.suggestion)


class PromptEditor(Vertical):
    """What the text is to begin with."""

    def __init__(self) -> None:
        super().__init__(id="prompt")
        self.border_title = "Prompt"
        self._store: Path | None = None

    def compose(self) -> ComposeResult:
        """Make the fields of both forms; one of the forms is shown."""
        with Vertical(id="structured"):
            yield Title()
            with Horizontal():
                yield IngredientLines("ingredients", "Ingredients, one a line")
                yield Lines("directions", "How the directions begin (may stay empty)")
            yield PromptFields()
        yield Lines("raw", "The text to continue, as it is")

    def on_mount(self) -> None:
        """Show the fields."""
        self.raw = False

    @on(Title.Submitted)
    def _to_ingredients(self) -> None:
        self.query_one("#ingredients").focus()

    @property
    def raw(self) -> bool:
        """Whether the prompt is one text."""
        return self.has_class("-raw")

    @raw.setter
    def raw(self, raw: bool) -> None:
        self.set_class(raw, "-raw")
        self.query_one("#structured").display = not raw
        self.query_one("#raw").display = raw
        self.border_title = "Prompt, raw" if raw else "Prompt"

    @property
    def prompt(self) -> Prompt:
        """What was written."""
        if self.raw:
            return Prompt(text=self.query_one("#raw", Lines).text)
        tags, servings, times = self.query_one(PromptFields).values
        return Prompt(
            self.query_one(Title).value.strip(),
            lines_of(self.query_one("#ingredients", Lines).text),
            self.query_one("#directions", Lines).text,
            tags=tags,
            servings=servings,
            times=times,
        )

    @prompt.setter
    def prompt(self, prompt: Prompt) -> None:
        self.raw = prompt.text is not None
        if prompt.text is not None:
            self.query_one("#raw", Lines).load_text(cleaned(prompt.text))
            return
        self.query_one(Title).value = cleaned(prompt.title)[:LONGEST_TITLE]
        self.query_one("#ingredients", Lines).load_text(cleaned("\n".join(prompt.ingredients)))
        self.query_one("#directions", Lines).load_text(cleaned(prompt.directions))
        self.query_one(PromptFields).values = prompt.tags, prompt.servings, prompt.times

    def switch(self) -> None:
        """Go to the other form; each keeps what was written in it."""
        self.raw = not self.raw
        self.query_one("#raw" if self.raw else "#title").focus()

    @work(group="vocabulary", exclusive=True)
    async def complete_for(self, model: str) -> None:
        """Propose the ingredients, tags, servings and times of the corpus that a model was trained on."""
        fields = self.query_one(PromptFields)
        fields.is_certain = False
        learned = await asyncio.to_thread(has_learned_fields, model)
        if not fields.is_certain:
            fields.show(learned)
        store = await asyncio.to_thread(store_of, model)
        fields.complete_from(FieldValues() if store is None else await asyncio.to_thread(FieldValues.read, store))
        if store is None or store == self._store:
            return
        try:
            vocabulary = await asyncio.to_thread(read_vocabulary, store)
        except (OSError, ValueError, RecipeTuiError) as error:
            self.log(f"no completion from {store}: {error}")
            vocabulary = Vocabulary()
        self._store = store
        self.query_one(IngredientLines).vocabulary = vocabulary
