"""The prompt editor: title, ingredients and the start of the directions in fields, or the prompt as one text."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Horizontal, Vertical
from textual.widgets import Input, TextArea

from recipe_tui.core.text.prompt import Prompt
from recipe_tui.tui.generate.editing import lines_of
from recipe_tui.tui.generate.vocabulary import Vocabulary

if TYPE_CHECKING:
    from textual import events
    from textual.app import ComposeResult

LONGEST_PROMPT = 20_000
"""Characters of a field; no context holds more, and a terminal cannot edit a line of a million."""


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
        self.cursor_blink = False

    async def _on_paste(self, event: events.Paste) -> None:
        """Paste what fits."""
        room = max(0, LONGEST_PROMPT - len(self.text))
        if len(event.text) > room:
            event.prevent_default()
            self.insert(event.text[:room])
            self.notify(f"Only the first {room:,} characters were pasted: no model reads more.", severity="warning")
            return
        await super()._on_paste(event)


class IngredientLines(Lines):
    """Ingredients, one a line, completed from those seen in the corpus by Tab or the right arrow."""

    vocabulary: Vocabulary = Vocabulary()

    def update_suggestion(self) -> None:
        """Propose how the line goes on, when the cursor stands at its end."""
        row, column = self.cursor_location
        line = self.document.get_line(row)
        self.suggestion = self.vocabulary.completion(line) if column == len(line) else ""

    async def on_key(self, event: events.Key) -> None:
        """Take what is proposed by Tab."""
        if event.key == "tab" and self.suggestion:
            event.stop()
            event.prevent_default()
            self.insert(self.suggestion)


class PromptEditor(Vertical):
    """What the text is to begin with."""

    def __init__(self) -> None:
        super().__init__(id="prompt")
        self.border_title = "Prompt"

    def compose(self) -> ComposeResult:
        """Make the fields of both forms; one of the forms is shown."""
        title = Input(placeholder="Title", id="title", compact=True, max_length=1_000)
        title.cursor_blink = False
        with Vertical(id="structured"):
            yield title
            with Horizontal():
                yield IngredientLines("ingredients", "Ingredients, one a line")
                yield Lines("directions", "How the directions begin (may stay empty)")
        yield Lines("raw", "The text to go on with, as it is")

    def on_mount(self) -> None:
        """Show the fields."""
        self.raw = False

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
        return Prompt(
            self.query_one("#title", Input).value.strip(),
            lines_of(self.query_one("#ingredients", Lines).text),
            self.query_one("#directions", Lines).text,
        )

    @prompt.setter
    def prompt(self, prompt: Prompt) -> None:
        self.raw = prompt.text is not None
        if prompt.text is not None:
            self.query_one("#raw", Lines).load_text(prompt.text[:LONGEST_PROMPT])
            return
        self.query_one("#title", Input).value = prompt.title
        self.query_one("#ingredients", Lines).load_text("\n".join(prompt.ingredients)[:LONGEST_PROMPT])
        self.query_one("#directions", Lines).load_text(prompt.directions[:LONGEST_PROMPT])

    def switch(self) -> None:
        """Go to the other form; each keeps what was written in it."""
        self.raw = not self.raw
        self.query_one("#raw" if self.raw else "#title").focus()

    def complete_with(self, vocabulary: Vocabulary) -> None:
        """Propose the ingredients of a corpus."""
        self.query_one(IngredientLines).vocabulary = vocabulary
