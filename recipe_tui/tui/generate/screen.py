"""The generation screen."""

from __future__ import annotations

import asyncio
import time
from dataclasses import replace
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.css.query import NoMatches
from textual.screen import Screen
from textual.widgets import Static

from recipe_tui.core.config import GenerationConfig
from recipe_tui.tui.actions import bindings_of
from recipe_tui.tui.dialogs.choose import Choice, ChooseDialog
from recipe_tui.tui.generate.adapter_picker import Adapting
from recipe_tui.tui.generate.alternatives import Looking
from recipe_tui.tui.generate.completing import Completing
from recipe_tui.tui.generate.controller import Author
from recipe_tui.tui.generate.controls import Controls, ControlsDialog, summary
from recipe_tui.tui.generate.decoding_presets import PRESETS, Preset, preset_of
from recipe_tui.tui.generate.generation_session import GenerationRequest
from recipe_tui.tui.generate.model_picker import pick_model
from recipe_tui.tui.generate.models import default_model, short_name
from recipe_tui.tui.generate.output_view import OutputView
from recipe_tui.tui.generate.panels import AlternativesPanel, IngredientPanel
from recipe_tui.tui.generate.process_client import ProcessClient
from recipe_tui.tui.generate.prompt_editor import PromptEditor
from recipe_tui.tui.generate.status_lines import finished_line, model_line, size_line
from recipe_tui.tui.generate.text_actions import Keeping
from recipe_tui.tui.generate.weight_formats import WEIGHT_FORMATS, WeightFormat, weight_format_named, weight_format_of
from recipe_tui.tui.sanitize import sanitize_line
from recipe_tui.tui.widgets.key_footer import KeyFooter
from recipe_tui.tui.widgets.title_bar import TitleBar

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from recipe_tui.tui.generate.client import WriterClient
    from recipe_tui.tui.generate.generation_session import GenerationSession, Token

NO_MODEL = "No model yet: press F2 and N, then F5, to train one on the bundled sample; or Ctrl+O for another."


class GenerateScreen(Screen[None]):
    """A prompt, decoding controls, and the text as it is written.

    Args:
        output: Folder of the runs.
        client: Speaks to the process that writes; a real one when None.
        clock: Seconds since 1970.
    """

    CSS_PATH = "screen.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]  # noqa: RUF012 - declared by Textual
    VERTICAL_BREAKPOINTS = [(0, "-tiny"), (20, "-low"), (32, "-high")]  # noqa: RUF012
    # Fields know some of these keys for something of their own, which matters less here.
    BINDINGS: ClassVar[list[BindingType]] = [
        replace(one, priority="escape" not in one.key) for one in bindings_of("generate")
    ]

    def __init__(
        self, output: Path, client: WriterClient | None = None, clock: Callable[[], float] = time.time
    ) -> None:
        super().__init__()
        self.output = output
        self.clock = clock
        self.model: str | None = None
        self.weights = WEIGHT_FORMATS[0]
        self.config = GenerationConfig()
        self.writing: GenerationSession | None = None
        self.author = Author(self, client or ProcessClient())
        self.looking = Looking(self)
        self.keeping = Keeping(self)
        self.adapting = Adapting(self)
        self.completing = Completing(self)

    def compose(self) -> ComposeResult:
        """Make the panels; narrow screens show some of them as one line."""
        yield TitleBar("generate")
        with Horizontal(id="columns"):
            with Vertical(id="left"):
                yield PromptEditor()
                yield Static(id="brief", markup=False)
                yield OutputView()
                yield IngredientPanel("checks-line")
                yield AlternativesPanel()
                yield Static(id="status", markup=False)
            with Vertical(id="right"):
                yield Static(id="model", markup=False)
                with Vertical(id="controls-box"):
                    yield Controls(self.config)
                yield IngredientPanel("checks")
        yield KeyFooter()

    def on_mount(self) -> None:
        """Show what is remembered."""
        settings = getattr(self.app, "settings", None)
        if settings:
            self.weights = weight_format_named(settings.weights)
        self.output_view.coloured = bool(settings and settings.colour_probabilities)
        self.output_view.border_title = "Output"
        self.query_one(AlternativesPanel).border_title = "Next token"
        self.query_one(AlternativesPanel).tell("Ctrl+N, then left and right, shows what else could stand at a place.")
        self.set_class(self.app.size.width < 100, "-without-alternatives")
        self._show_colours()
        self.show_controls()
        self.show_writing()
        if self.model is None:
            self._find_model(settings.last_model if settings else None)
        else:
            self._take_model(self.model)
        self.query_one("#title").focus()

    async def on_unmount(self) -> None:
        """Have the process that writes leave."""
        await self.author.client.close()

    @property
    def is_busy(self) -> bool:
        """Whether something is being written."""
        return self.author.is_busy

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
        if self.is_mounted:
            self._take_model(model)

    def _take_model(self, model: str) -> None:
        """Say which model writes, and read what helps with its prompts."""
        self.show_controls()
        if not self.is_busy:
            self.tell(f"{short_name(model)} writes: fill in the prompt and press Ctrl+J or F5.")
        self.completing.begin(model)

    def reopen(self, writing: GenerationSession) -> None:
        """Show texts that were written before, with their prompt, controls and model."""
        self.writing = writing
        self.looking.forget()
        self.editor.prompt = writing.asked.prompt
        self.set_config(writing.asked.config)
        self.weights = weight_format_of(writing.asked)
        self.choose_model(writing.asked.model)
        self.show_writing()
        self.output_view.scroll_home(animate=False)

    def set_config(self, config: GenerationConfig) -> None:
        """Set the decoding controls."""
        self.config = config
        self.query_one(Controls).config = config
        self.show_controls()

    def remember(self, **settings: object) -> None:
        """Keep settings for the next start, where the application can."""
        remember = getattr(self.app, "remember", None)
        if remember is not None:
            remember(**settings)

    # Generation

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
        """Stop writing or loading; when nothing is written, leave the field for the text."""
        if self.is_busy or self.author.is_loading:
            self.author.stop()
        else:
            self.output_view.focus()

    def asked(self, config: GenerationConfig, begun: tuple[Token, ...] = ()) -> GenerationRequest | None:
        """Return what is asked for as the screen stands, or say that there is no model."""
        if self.model is None:
            self.notify(NO_MODEL, severity="warning", markup=False)
            return None
        weights = self.weights
        return GenerationRequest(self.model, self.editor.prompt, config, begun, weights.precision, weights.quantization)

    def _ask(self, config: GenerationConfig, begun: tuple[Token, ...] = ()) -> None:
        if config.num_beams > 1 and config.num_return_sequences > config.num_beams:
            self.notify("More texts than beams: raise beams, or lower texts at once.", severity="warning", markup=False)
        elif (asked := self.asked(config, begun)) is not None:
            self._begin(asked)

    def _begin(self, asked: GenerationRequest) -> None:
        prompt = asked.prompt
        if self.is_busy:
            self.notify("It is writing: Esc stops it.", markup=False)
        elif not (prompt.text or prompt.title or prompt.ingredients or prompt.directions.strip()):
            self.notify("Give a title or ingredients to begin with.", severity="warning", markup=False)
        else:
            self.author.begin(asked)

    # What else could stand there

    def action_alternatives(self) -> None:
        """Look at the tokens of the text; once more, hide the panel."""
        self.looking.toggle()

    @on(OutputView.CursorMoved)
    def _on_cursor_moved(self, event: OutputView.CursorMoved) -> None:
        self.looking.look(event.place)

    @on(OutputView.Chosen)
    def _on_chosen(self, event: OutputView.Chosen) -> None:
        self.query_one(AlternativesPanel).choose(event.step)

    @on(OutputView.Taken)
    def _on_taken(self, event: OutputView.Taken) -> None:
        chosen = self.query_one(AlternativesPanel).chosen
        if self.writing is not None and chosen is not None:
            self._begin(self.writing.go_on_from(event.place, chosen))

    # Prompt, model and controls

    def action_raw(self) -> None:
        """Write the prompt in fields, or as one text."""
        self.editor.switch()

    def action_editor(self) -> None:
        """Edit the prompt in the user's own editor."""
        from recipe_tui.tui.generate.external_editor import edit_in_terminal

        self.editor.prompt = edit_in_terminal(self, self.editor.prompt)

    @work(group="model", exclusive=True)
    async def action_model(self) -> None:
        """Choose the model that writes."""
        model = await pick_model(self.app, self.output, self.model)
        if model:
            self.choose_model(model)

    def action_adapter(self) -> None:
        """Choose the adapter that writes."""
        self.adapting.show()

    def action_weights(self) -> None:
        """Choose how the weights are kept."""
        choices = [Choice(one.name, one, one.meaning) for one in WEIGHT_FORMATS]

        def take(weights: WeightFormat | None) -> None:
            self.weights = weights or self.weights
            self.show_controls()
            self.remember(weights=self.weights.name)

        self.app.push_screen(ChooseDialog("Weights", choices, self.weights), take)

    def action_controls(self) -> None:
        """Change the decoding controls: in their panel, or in a dialog where there is no room for it."""
        if self.query_one("#right").display:
            self.query_one(Controls).query("Control").first().focus()
        else:

            def take(config: GenerationConfig | None) -> None:
                self.set_config(config or self.config)

            self.app.push_screen(ControlsDialog(self.config), take)

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
        self.show_controls()

    # What is done with a text

    def action_colours(self) -> None:
        """Colour the text by probability, or no longer."""
        view = self.output_view
        view.coloured = not view.coloured
        self._show_colours()
        self.remember(colour_probabilities=view.coloured)

    def action_next_text(self) -> None:
        """Look at the next of several texts."""
        if self.writing is not None and len(self.writing.drafts) > 1:
            self.writing.number = (self.writing.number + 1) % len(self.writing.drafts)
            self.show_writing()

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

    def show_writing(self, anew: bool = True) -> None:
        """Show the text that is looked at and what there is to say about it."""
        writing = self.writing
        if writing is None:
            return
        if anew:
            self.output_view.show(writing.asked.lead, writing.draft.tokens)
        several = len(writing.drafts) > 1
        self.output_view.border_title = f"Output {writing.number + 1}/{len(writing.drafts)}" if several else "Output"
        self._show_checklist()
        result = writing.draft.result
        if result is not None:
            self.output_view.ended = result.finish_reason == "stop"
            self.tell(finished_line(result))

    def show_more(self) -> None:
        """Show what was written since the last time."""
        if self.writing is not None:
            self.output_view.extend(self.writing.draft.tokens[len(self.output_view.tokens) :])
            self._show_checklist()

    def _show_checklist(self) -> None:
        if self.writing is not None:
            for panel in self.query(IngredientPanel):
                panel.show(self.writing.draft.checklist)

    def _show_colours(self) -> None:
        legend = "sure … improbable underlined" if self.output_view.coloured else ""
        self.output_view.border_subtitle = legend

    def show_controls(self) -> None:
        """Show model and controls in one line, and the model in its panel."""
        loaded = self.author.loaded
        model = model_line(self.model, loaded)
        preset = preset_of(self.config)
        name = f"{preset.name}: " if preset else ""
        weights = "" if self.weights == WEIGHT_FORMATS[0] else f"{self.weights.name} "
        self.query_one("#brief", Static).update(Content(f"{model} · {weights}{name}{summary(self.config)}"))
        panel = self.query_one("#model", Static)
        panel.update(Content(model))
        panel.border_title = f"Model, {weights}weights" if weights else "Model"
        panel.border_subtitle = size_line(loaded) if loaded is not None and loaded.model == self.model else ""
        self.query_one("#controls-box").border_title = f"Decoding{f', {preset.name.lower()}' if preset else ''}"

    def tell(self, text: str) -> None:
        """Say something in the line below the text."""
        try:
            self.query_one("#status", Static).update(Content(sanitize_line(text, 400)))
        except NoMatches:  # the screen is being taken down
            return

    # What is read in threads

    @work(group="default-model")
    async def _find_model(self, last: str | None) -> None:
        model = await asyncio.to_thread(default_model, self.output, last)
        if self.model is not None:
            return
        if model is None:
            self.tell(NO_MODEL)
        else:
            self.choose_model(model)
