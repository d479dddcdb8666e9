"""The fields for tags, servings and times, completed from the corpus that a model was trained on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Horizontal
from textual.suggester import Suggester
from textual.widgets import Input

from recipe_tui.core.blocks.field_values import FieldName, FieldValues
from recipe_tui.core.errors import RecipeTuiError
from recipe_tui.core.text.prompt import servings_line, time_line
from recipe_tui.tui.sanitize import sanitize_line

if TYPE_CHECKING:
    from textual import events
    from textual.app import ComposeResult

LONGEST_FIELD = 1_000
"""Characters of a field."""

PLACEHOLDERS: dict[FieldName, str] = {
    "tags": "Tags: soup, vegan",
    "servings": "Servings: 4",
    "times": "Times: 1 h",
}
NOT_LEARNED = "This model has not learned tags, servings or times."


class FieldInput(Input):
    """A field whose values, separated by commas, are completed by Tab or the right arrow.

    Args:
        name: Which values it takes.
    """

    def __init__(self, name: FieldName) -> None:
        super().__init__(
            placeholder=PLACEHOLDERS[name],
            id=name,
            compact=True,
            max_length=LONGEST_FIELD,
            suggester=_Completion(self),
        )
        self.field_name = name
        self.known = FieldValues()

    @property
    def values(self) -> tuple[str, ...]:
        """The values, each once."""
        return tuple(dict.fromkeys(filter(None, map(str.strip, self.value.split(",")))))

    @values.setter
    def values(self, values: tuple[str, ...]) -> None:
        self.value = sanitize_line(", ".join(values), LONGEST_FIELD)

    def completed(self, text: str) -> str:
        """Return a text with its last value completed; empty where nothing is known."""
        before, comma, last = text.rpartition(",")
        begun = last.strip()
        if not begun:
            return ""
        others = {one.strip() for one in before.split(",")}
        found = [one for one in self.known.completions(self.field_name, begun) if one not in others and "," not in one]
        if not found or any(one.casefold() == begun.casefold() for one in found):
            return ""
        return f"{before}{comma}{' ' * (len(last) - len(last.lstrip()))}{found[0]}"

    async def on_key(self, event: events.Key) -> None:
        """Accept the proposal by Tab."""
        completed = self.completed(self.value) if event.key == "tab" and self.cursor_at_end else ""
        if completed:
            event.stop()
            event.prevent_default()
            self.value = completed
            self.cursor_position = len(completed)

    def on_paste(self, event: events.Paste) -> None:
        """Paste one line, sanitized."""
        event.stop()
        event.prevent_default()
        self.insert_text_at_cursor(sanitize_line(" ".join(event.text[:LONGEST_FIELD].split()), LONGEST_FIELD))


class _Completion(Suggester):
    """Proposes what `FieldInput.completed` returns."""

    def __init__(self, field: FieldInput) -> None:
        super().__init__(use_cache=False, case_sensitive=True)
        self._field = field

    async def get_suggestion(self, value: str) -> str | None:
        return self._field.completed(value) or None


class PromptFields(Horizontal):
    """Tags, servings and times of a prompt; disabled for models that have not learned them.

    Attributes:
        known: The values of the corpus.
        is_certain: Whether the model is loaded, so that it is certain what it has learned.
    """

    def __init__(self) -> None:
        super().__init__(id="fields")
        self.is_certain = False
        self.known = FieldValues()

    def compose(self) -> ComposeResult:
        """Make a field for each."""
        for name in PLACEHOLDERS:
            yield FieldInput(name)

    @property
    def values(self) -> tuple[tuple[str, ...], str, tuple[str, ...]]:
        """Tags, servings and times, in the notation of the recipes; none where they are disabled."""
        if self.disabled:
            return (), "", ()
        tags, servings, times = (self._field(name).values for name in PLACEHOLDERS)
        return tags, servings_line(", ".join(servings)), tuple(map(time_line, times))

    @values.setter
    def values(self, values: tuple[tuple[str, ...], str, tuple[str, ...]]) -> None:
        tags, servings, times = values
        for name, shown in zip(PLACEHOLDERS, (tags, (servings,) if servings else (), times), strict=True):
            self._field(name).values = shown

    def show(self, learned: bool) -> None:
        """Show whether the model has learned them."""
        self.disabled = not learned
        self._field("tags").placeholder = PLACEHOLDERS["tags"] if learned else NOT_LEARNED
        for name in ("servings", "times"):
            self._field(name).display = learned

    def complete_from(self, known: FieldValues) -> None:
        """Propose the values of a corpus."""
        self.known = known
        for name in PLACEHOLDERS:
            self._field(name).known = known

    def _field(self, name: FieldName) -> FieldInput:
        return self.query_one(f"#{name}", FieldInput)


def has_learned_fields(model: str) -> bool:
    """Return whether a model has learned tags, servings and times; True where only loading it can tell.

    It reads the model's tokenizer: call it in a thread.
    """
    from recipe_tui.core.registry.locate import is_hub_name, locate_model
    from recipe_tui.core.text.tokenizer import has_field_tokens

    try:
        return is_hub_name(model) or has_field_tokens(locate_model(model))
    except (OSError, ValueError, RecipeTuiError):
        return True
