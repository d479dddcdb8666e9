"""A recipe for a cook: format, servings, units and file, and what it may contain and what is risky about it."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, get_args

from textual.containers import Horizontal, VerticalScroll
from textual.content import Content
from textual.widgets import Input, Label, Select, Static

from recipe_tui.core.cookbook.formats import FORMATS, FormatName, file_stem, free_path
from recipe_tui.core.cookbook.prepare import Preparation, Prepared, positive_number, prepare
from recipe_tui.core.errors import RecipeTuiError
from recipe_tui.tui.dialogs.dialog import Dialog
from recipe_tui.tui.sanitize import sanitize, sanitize_line

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from recipe_tui.core.cookbook.formats import Format
    from recipe_tui.core.cookbook.units import System
    from recipe_tui.core.recipes.recipe import Recipe

UNITS: dict[str, System | None] = {"as written": None, "metric": "metric", "US": "us"}


@dataclass(frozen=True, slots=True)
class CookOrder:
    """What is to be written.

    Attributes:
        prepared: The recipe, scaled, converted and with its notes.
        format: Its format.
        path: The file.
    """

    prepared: Prepared
    format: Format
    path: Path


class CookDialog(Dialog[CookOrder | None]):
    """Ask how a recipe is to be written, and show the hints. Returns the order, or None.

    Args:
        recipe: The recipe as the model wrote it.
        folder: Where the file is proposed.
    """

    AUTO_FOCUS = "#format"
    DEFAULT_CSS = """
    CookDialog {
        & Horizontal { height: 1; }
        & Label { width: 10; }
        & Select { width: 1fr; }
        & Input { width: 1fr; }
        & #notes { height: auto; max-height: 9; color: $text-muted; }
        & #notes Static { height: auto; }
    }
    """

    def __init__(self, recipe: Recipe, folder: Path) -> None:
        super().__init__("For a cook")
        self.recipe = recipe
        self.folder = folder
        self._proposed = ""

    def body(self) -> ComposeResult:
        """Return the fields, the hints, and room for what is wrong."""
        formats = [(one.title, one.name) for one in FORMATS.values()]
        with Horizontal():
            yield Label("Format")
            yield Select(formats, value=get_args(FormatName)[0], allow_blank=False, compact=True, id="format")
        with Horizontal():
            yield Label("Servings")
            shown = sanitize_line(self.recipe.servings) or "not said: ×2 doubles it"
            yield Input(placeholder=f"as written ({shown})", compact=True, id="servings", max_length=12)
        with Horizontal():
            yield Label("Units")
            units = [(name, name) for name in UNITS]
            yield Select(units, value="as written", allow_blank=False, compact=True, id="units")
        with Horizontal():
            yield Label("File")
            yield Input(compact=True, id="file")
        yield Static("Enter in a field writes the file.", id="help", markup=False)
        yield Static(id="complaint", markup=False)
        with VerticalScroll(id="notes"):
            yield Static(id="hints", markup=False)

    def on_mount(self) -> None:
        """Show the hints and propose a file."""
        super().on_mount()
        self._update()

    def on_select_changed(self) -> None:
        """Propose a file of the format, and show what has changed."""
        self._update()

    def on_input_changed(self) -> None:
        """Say what is wrong with the servings."""
        self._update()

    def on_input_submitted(self) -> None:
        """Return the order, if nothing is wrong with it."""
        prepared, problem = self._prepared()
        name = self.query_one("#file", Input).value.strip()
        if prepared is not None and not problem and name:
            self.dismiss(CookOrder(prepared, self._format, Path(name).expanduser()))
        else:
            self.query_one("#complaint", Static).update(sanitize(problem or "give the file a name"))

    @property
    def _format(self) -> Format:
        return FORMATS[self.query_one("#format", Select).value]  # type: ignore[index]

    def _prepared(self) -> tuple[Prepared | None, str]:
        """Return the recipe as the fields ask for it, or what is wrong with them."""
        text = self.query_one("#servings", Input).value.strip()
        is_factor = text[:1] in ("x", "X", "×", "*")
        try:
            number = positive_number(text.lstrip("xX×* "), "servings") if text else None
            servings, factor = (None, number) if is_factor else (number, None)
            units = UNITS[str(self.query_one("#units", Select).value)]
            return prepare(self.recipe, Preparation(servings, factor, units)), ""
        except RecipeTuiError as error:
            hint = "write ×2 to double it" if "how many servings" in error.message else error.hint
            return None, f"{error.message}; {hint}"

    def _update(self) -> None:
        file = self.query_one("#file", Input)
        if file.value == self._proposed:
            stem = file_stem(self.recipe.title)
            self._proposed = sanitize_line(str(free_path(self.folder, stem, self._format.suffix)), 400)
            file.value = self._proposed
        prepared, problem = self._prepared()
        self.query_one("#complaint", Static).update(sanitize(problem))
        if prepared is not None:
            unscaled = [f"Not scaled: {'; '.join(prepared.unscaled)}."] if prepared.unscaled else []
            notes = "\n".join(f"• {line}" for line in (*unscaled, *prepared.document.notes))
            self.query_one("#hints", Static).update(Content(sanitize(notes)))
