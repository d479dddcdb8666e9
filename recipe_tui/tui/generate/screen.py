"""The generation screen."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.app import SuspendNotSupported
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.css.query import NoMatches
from textual.screen import Screen
from textual.widgets import Footer, Static

from recipe_tui.core.config import GenerationConfig
from recipe_tui.core.errors import RecipeTuiError
from recipe_tui.tui.actions import bindings_of
from recipe_tui.tui.dialogs.choose import Choice, ChooseDialog
from recipe_tui.tui.dialogs.error import ErrorDialog
from recipe_tui.tui.generate.client import ProcessClient, WriterClient, WriterDiedError, WriterError
from recipe_tui.tui.generate.controls import Controls, ControlsDialog, summary
from recipe_tui.tui.generate.keeping import Keeping
from recipe_tui.tui.generate.models import default_model, short_name, store_of
from recipe_tui.tui.generate.output import OutputView
from recipe_tui.tui.generate.panels import IngredientPanel, NextToken
from recipe_tui.tui.generate.picking import pick_model
from recipe_tui.tui.generate.presets import PRESETS, Preset, preset_of
from recipe_tui.tui.generate.prompt import PromptEditor
from recipe_tui.tui.generate.status import finished_line, writing_line
from recipe_tui.tui.generate.vocabulary import Vocabulary, read_vocabulary
from recipe_tui.tui.generate.writing import Asked, Writing
from recipe_tui.tui.glyphs import UNICODE, Glyphs
from recipe_tui.tui.harmless import harmless_line
from recipe_tui.tui.widgets.title_bar import TitleBar

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from textual.app import ComposeResult
    from textual.binding import BindingType
    from textual.timer import Timer

    from recipe_tui.workers.protocol import Alternative, Loaded, Wrote

FLUSH = 0.05
"""Seconds between two drawings of what was written."""

REST = 0.15
"""Seconds the cursor rests at a place until its alternatives are looked for."""

ALTERNATIVES = 12

NO_MODEL = "No model yet: press F2 and N, then F5, to train one on the bundled sample; or Ctrl+O for another."


class GenerateScreen(Screen[None]):
    """A prompt, decoding controls, and the text as it is written.

    Args:
        output: Folder of the runs.
        client: Speaks to the process that writes; a real one when None.
        clock: Seconds since 1970.
    """

    CSS_PATH = "screen.tcss"
    HORIZONTAL_BREAKPOINTS: ClassVar[list[tuple[int, str]]] = [(0, "-narrow"), (100, "-wide")]
    VERTICAL_BREAKPOINTS: ClassVar[list[tuple[int, str]]] = [(0, "-low"), (32, "-high")]
    # Fields know some of these keys for something of their own, which matters less here.
    BINDINGS: ClassVar[list[BindingType]] = [
        replace(one, priority="escape" not in one.key) for one in bindings_of("generate")
    ]

    def __init__(
        self, output: Path, client: WriterClient | None = None, clock: Callable[[], float] = time.time
    ) -> None:
        super().__init__()
        self.output = output
        self.client: WriterClient = client or ProcessClient()
        self.clock = clock
        self.model: str | None = None
        self.config = GenerationConfig()
        self.writing: Writing | None = None
        self.is_busy = False
        self._loaded: Loaded | None = None
        self._stopped = False
        self._began = 0.0
        self._told = 0.0
        self._flush_timer: Timer | None = None
        self._rest_timer: Timer | None = None
        self._found: dict[tuple[int, int], tuple[Alternative, ...]] = {}
        self._vocabulary_of: Path | None = None

    def compose(self) -> ComposeResult:
        """Make the panels; narrow screens show some of them as one line."""
        yield TitleBar("generate")
        with Horizontal(id="columns"):
            with Vertical(id="left"):
                yield PromptEditor()
                yield Static(id="brief", markup=False)
                yield OutputView()
                yield IngredientPanel("checks-line")
                yield NextToken()
                yield Static(id="status", markup=False)
            with Vertical(id="right"):
                yield Static(id="model", markup=False)
                with Vertical(id="controls-box"):
                    yield Controls(self.config)
                yield IngredientPanel("checks")
        yield Footer()

    def on_mount(self) -> None:
        """Show what is remembered."""
        self.client.on_death = self._mourn
        self.keeping = Keeping(self)
        settings = getattr(self.app, "settings", None)
        self.output_view.coloured = bool(settings and settings.colour_probabilities)
        self.output_view.border_title = "Output"
        self.query_one(NextToken).border_title = "Next token"
        self.query_one("#model").border_title = "Model"
        self.query_one(NextToken).tell("Ctrl+N, then left and right, shows what else could stand at a place.")
        self.set_class(self.app.size.width < 100, "-without-alternatives")
        self._show_colours()
        self._show_controls()
        self._show_writing()
        if self.model is None:
            self._find_model(settings.last_model if settings else None)
        else:
            self.choose_model(self.model)
        self.query_one("#title").focus()

    async def on_unmount(self) -> None:
        """Have the process that writes leave."""
        await self.client.close()

    @property
    def output_view(self) -> OutputView:
        """The text that is looked at."""
        return self.query_one(OutputView)

    @property
    def editor(self) -> PromptEditor:
        """The prompt."""
        return self.query_one(PromptEditor)

    def choose_model(self, model: str) -> None:
        """Have a model write: a run folder, checkpoint folder or hub name."""
        self.model = model
        if not self.is_mounted:
            return
        self._show_controls()
        if not self.is_busy:
            self._tell(f"{short_name(model)} writes: fill in the prompt and press Ctrl+J or F5.")
        self._read_vocabulary(model)

    def reopen(self, writing: Writing) -> None:
        """Show texts that were written before, with their prompt, controls and model."""
        self.writing = writing
        self._found.clear()
        self.editor.prompt = writing.asked.prompt
        self.set_config(writing.asked.config.model_copy(update={"seed": writing.seed}))
        self.choose_model(writing.asked.model)
        self._show_writing()

    def set_config(self, config: GenerationConfig) -> None:
        """Set the decoding controls."""
        self.config = config
        self.query_one(Controls).config = config
        self._show_controls()

    # Writing

    def action_generate(self) -> None:
        """Write with the prompt and controls as they are."""
        self._ask(self.config)

    def action_again(self) -> None:
        """Write with the prompt and controls as they are, and the seed of the text before."""
        before = self.writing
        if before is None or before.seed is None:
            self.notify("Nothing was written yet.", markup=False)
            return
        config = self.config.model_copy(update={"seed": before.seed})
        same_prompt = before.asked.prompt == self.editor.prompt
        self._ask(config, before.asked.begun if same_prompt else ())

    def action_stop(self) -> None:
        """Stop writing; when nothing is written, leave the field for the text."""
        if self.is_busy:
            self._stopped = True
            self.client.cancel()
        else:
            self.output_view.focus()

    def _ask(self, config: GenerationConfig, begun: tuple = ()) -> None:
        if self.model is None:
            self.notify(NO_MODEL, severity="warning", markup=False)
        elif config.num_beams > 1 and config.num_return_sequences > config.num_beams:
            self.notify("More texts than beams: raise beams, or lower texts at once.", severity="warning", markup=False)
        else:
            self._begin(Asked(self.model, self.editor.prompt, config, begun))

    def _begin(self, asked: Asked) -> None:
        if self.is_busy:
            self.notify("It is writing: Esc stops it.", markup=False)
            return
        prompt = asked.prompt
        if not (prompt.text or prompt.title or prompt.ingredients or prompt.directions.strip()):
            self.notify("Give a title or ingredients to begin with.", severity="warning", markup=False)
            return
        self.is_busy, self._stopped = True, False
        self.workers.cancel_group(self, "alternatives")
        self._write(asked)

    @work(group="writing")
    async def _write(self, asked: Asked) -> None:
        try:
            await self._load(asked)
            if self._stopped:
                self._tell("Stopped before anything was written.")
                return
            self.writing = writing = Writing(asked)
            self._found.clear()
            self._began = self._told = 0.0
            self._show_writing()
            self._tell("Reading the prompt…")
            begun = [token.id for token in asked.begun]
            written = await self.client.generate(asked.prompt, asked.config, begun, self._take)
            writing.finish(written)
            self._flush()
            self._show_writing(anew=False)
            self.keeping.remember(writing)
        except WriterError as error:
            self._flush()
            self._fail(error)
        finally:
            self.is_busy = False

    async def _load(self, asked: Asked) -> None:
        """Have the process load what is asked for, unless it has."""
        loaded = self._loaded
        if loaded is not None and (loaded.model, loaded.precision) == (asked.model, asked.precision):
            return
        self._loaded = None
        self._tell(f"Starting the writing process for {short_name(asked.model)}…")
        self._loaded = await self.client.load(
            asked.model, asked.precision, lambda text: self._tell(f"{text[:1].upper()}{text[1:]}…")
        )
        self._show_controls()
        remember = getattr(self.app, "remember", None)
        if remember is not None:
            remember(last_model=asked.model)

    def _take(self, wrote: Wrote) -> None:
        if self.writing is None:
            return
        self.writing.take(wrote)
        self._began = self._began or self.clock()
        if self._flush_timer is None:
            self._flush_timer = self.set_timer(FLUSH, self._flush)

    def _flush(self) -> None:
        """Draw what was written since the last time."""
        if self._flush_timer is not None:
            self._flush_timer.stop()
            self._flush_timer = None
        writing = self.writing
        if writing is None or not self.is_mounted:
            return
        draft = writing.draft
        self.output_view.extend(draft.tokens[len(self.output_view.tokens) :])
        self._show_checklist()
        now = self.clock()
        if not writing.is_finished and now - self._told >= 0.5:
            self._told = now
            self._tell(writing_line(writing, now - self._began))

    # What else could stand there

    def action_alternatives(self) -> None:
        """Look at the tokens of the text; once more, hide the panel."""
        shown = not self.has_class("-without-alternatives")
        if shown and self.output_view.has_focus:
            self.add_class("-without-alternatives")
            self.output_view.cursor = None
            return
        self.remove_class("-without-alternatives")
        self.output_view.focus()
        if self.output_view.cursor is None:
            self.output_view.cursor = len(self.output_view.tokens)
        self.call_after_refresh(self._look, self.output_view.cursor)

    @on(OutputView.CursorMoved)
    def _on_cursor_moved(self, event: OutputView.CursorMoved) -> None:
        if not self.has_class("-without-alternatives"):
            self._look(event.place)

    @on(OutputView.Chosen)
    def _on_chosen(self, event: OutputView.Chosen) -> None:
        self.query_one(NextToken).choose(event.step)

    @on(OutputView.Taken)
    def _on_taken(self, event: OutputView.Taken) -> None:
        chosen = self.query_one(NextToken).chosen
        if self.writing is not None and chosen is not None:
            self._begin(self.writing.go_on_from(event.place, chosen))

    def _look(self, place: int) -> None:
        """Show the alternatives at a place, once the cursor has rested there."""
        panel = self.query_one(NextToken)
        if self._rest_timer is not None:
            self._rest_timer.stop()
        if self.writing is None:
            panel.tell("Write a text first.")
        elif self.is_busy:
            panel.tell("When the text is written, other tokens can be seen here.")
        elif (found := self._found.get((self.writing.number, place))) is not None:
            self._show_alternatives(found, place)
        else:
            panel.tell("…")
            self._rest_timer = self.set_timer(REST, lambda: self._find(place))

    @work(group="alternatives", exclusive=True)
    async def _find(self, place: int) -> None:
        writing = self.writing
        if writing is None or self.is_busy:
            return
        number = writing.number
        written = [token.id for token in writing.draft.tokens[:place]]
        try:
            await self._load(writing.asked)
            found = await self.client.alternatives(writing.asked.prompt, written, ALTERNATIVES)
        except WriterError as error:
            self.query_one(NextToken).tell(error.message)
            return
        self._found[(number, place)] = found
        if self.writing is writing and self.output_view.cursor == place:
            self._show_alternatives(found, place)
        self._show_writing(anew=False)

    def _show_alternatives(self, found: tuple[Alternative, ...], place: int) -> None:
        tokens = self.output_view.tokens
        present = tokens[place].id if place < len(tokens) else None
        selected = next((number for number, one in enumerate(found) if one.token_id == present), 0)
        self.query_one(NextToken).show(found, selected)

    # Prompt, model and controls

    def action_raw(self) -> None:
        """Write the prompt in fields, or as one text."""
        self.editor.switch()

    def action_editor(self) -> None:
        """Edit the prompt in the user's own editor."""
        from recipe_tui.tui.generate.editing import edit

        try:
            with self.app.suspend():
                prompt = edit(self.editor.prompt)
        except SuspendNotSupported:
            self.notify("This terminal cannot be lent to an editor.", severity="warning", markup=False)
            return
        finally:
            self.refresh(layout=True)
        self.editor.prompt = prompt

    @work(group="model", exclusive=True)
    async def action_model(self) -> None:
        """Choose the model that writes."""
        model = await pick_model(self.app, self.output, self.model)
        if model:
            self.choose_model(model)

    def action_controls(self) -> None:
        """Change the decoding controls: in their panel, or in a dialog where there is no room for it."""
        if self.query_one("#right").display:
            self.query_one(Controls).query("Control").first().focus()
        else:
            self.app.push_screen(ControlsDialog(self.config), lambda config: config and self.set_config(config))

    def action_preset(self) -> None:
        """Choose a preset of the controls."""
        choices = [Choice(preset.name, preset, preset.meaning) for preset in PRESETS]

        def take(preset: Preset | None) -> None:
            if preset is not None:
                self.set_config(preset.applied_to(self.config))

        self.app.push_screen(ChooseDialog("Preset", choices, preset_of(self.config)), take)

    @on(Controls.Changed)
    def _on_controls_changed(self, event: Controls.Changed) -> None:
        self.config = event.config
        self._show_controls()

    # What is done with a text

    def action_colours(self) -> None:
        """Colour the text by probability, or no longer."""
        view = self.output_view
        view.coloured = not view.coloured
        self._show_colours()
        remember = getattr(self.app, "remember", None)
        if remember is not None:
            remember(colour_probabilities=view.coloured)

    def action_next_text(self) -> None:
        """Look at the next of several texts."""
        if self.writing is not None and len(self.writing.drafts) > 1:
            self.writing.number = (self.writing.number + 1) % len(self.writing.drafts)
            self._show_writing()

    def action_history(self) -> None:
        """Show what was written before."""
        self.keeping.show_history()

    def action_copy(self) -> None:
        """Send the text to the terminal's clipboard."""
        self.keeping.copy()

    def action_save(self) -> None:
        """Save the text as a file."""
        self.keeping.save()

    # What is shown

    def _show_writing(self, anew: bool = True) -> None:
        """Show the text that is looked at and what there is to say about it."""
        writing = self.writing
        if writing is None:
            return
        if anew:
            self.output_view.show(writing.asked.lead, writing.draft.tokens)
        several = len(writing.drafts) > 1
        self.output_view.border_title = f"Output {writing.number + 1}/{len(writing.drafts)}" if several else "Output"
        self._show_checklist()
        if writing.draft.result is not None:
            self._tell(finished_line(writing.draft.result))

    def _show_checklist(self) -> None:
        if self.writing is not None:
            for panel in self.query(IngredientPanel):
                panel.show(self.writing.draft.checklist)

    def _show_colours(self) -> None:
        legend = "sure … improbable underlined" if self.output_view.coloured else ""
        self.output_view.border_subtitle = legend

    def _show_controls(self) -> None:
        """Show model and controls in one line, and the model in its panel."""
        model = harmless_line(short_name(self.model), 40) if self.model else "no model"
        preset = preset_of(self.config)
        name = f"{preset.name}: " if preset else ""
        self.query_one("#brief", Static).update(Content(f"{model} · {name}{summary(self.config)}"))
        panel = self.query_one("#model", Static)
        panel.update(Content(model))
        loaded = self._loaded
        panel.border_subtitle = (
            f"{loaded.parameters / 1e6:.1f}M parameters, context {loaded.context}"
            if loaded is not None and loaded.model == self.model
            else ""
        )
        self.query_one("#controls-box").border_title = f"Decoding{f', {preset.name.lower()}' if preset else ''}"

    def _tell(self, text: str) -> None:
        try:
            self.query_one("#status", Static).update(Content(harmless_line(text, 400)))
        except NoMatches:  # the screen is being taken down
            return

    def _fail(self, error: WriterError) -> None:
        if isinstance(error, WriterDiedError):
            self._loaded = None
        self._tell(error.message)
        self.app.push_screen(ErrorDialog(error.message, error.hint, error.traceback))

    def _mourn(self, error: WriterDiedError) -> None:
        """Say that the process died while nothing was asked of it; the next request starts another."""
        self._fail(error)

    # What is read in threads

    @work(group="default-model")
    async def _find_model(self, last: str | None) -> None:
        model = await asyncio.to_thread(default_model, self.output, last)
        if self.model is not None:
            return
        if model is None:
            self._tell(NO_MODEL)
        else:
            self.choose_model(model)

    @work(group="vocabulary", exclusive=True)
    async def _read_vocabulary(self, model: str) -> None:
        """Read the ingredients of the corpus the model learnt from, for completion."""
        store = await asyncio.to_thread(store_of, model)
        if store is None or store == self._vocabulary_of:
            return
        try:
            vocabulary = await asyncio.to_thread(read_vocabulary, store)
        except (OSError, ValueError, RecipeTuiError) as error:
            self.log(f"no completion from {store}: {error}")
            vocabulary = Vocabulary()
        self._vocabulary_of = store
        self.editor.complete_with(vocabulary)

    @property
    def glyphs(self) -> Glyphs:
        """The characters that are drawn."""
        glyphs: Glyphs = getattr(self.app, "glyphs", UNICODE)
        return glyphs
