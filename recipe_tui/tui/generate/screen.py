"""The generation screen."""

from __future__ import annotations

import asyncio
import time
from typing import TYPE_CHECKING, ClassVar

from textual import on, work
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.widgets import Static

from recipe_tui.core.errors import OutputError
from recipe_tui.core.paths import state_folder
from recipe_tui.core.registry.catalog import default_model, short_name
from recipe_tui.tui.actions import bindings_of
from recipe_tui.tui.app_messages import SettingsChanged
from recipe_tui.tui.dialogs.error import ErrorDialog
from recipe_tui.tui.generate.alternatives import AlternativesPanel
from recipe_tui.tui.generate.branches import BranchTree
from recipe_tui.tui.generate.client import WriterError
from recipe_tui.tui.generate.controller import GenerationController
from recipe_tui.tui.generate.history import append, entry_of
from recipe_tui.tui.generate.ingredient_panel import IngredientPanel
from recipe_tui.tui.generate.process_client import ProcessClient
from recipe_tui.tui.generate.prompt_editor import PromptEditor
from recipe_tui.tui.generate.prompt_fields import PromptFields
from recipe_tui.tui.generate.session_view import SessionView
from recipe_tui.tui.generate.settings_actions import NO_MODEL, SettingsActions
from recipe_tui.tui.generate.settings_panel import SettingsPanel
from recipe_tui.tui.generate.text_actions import cook, pick_entry, save_as
from recipe_tui.tui.generate.weight_formats import weight_format_named, weight_format_of
from recipe_tui.tui.sanitize import sanitize_line
from recipe_tui.tui.settings import settings_of
from recipe_tui.tui.widgets.key_footer import KeyFooter
from recipe_tui.tui.widgets.title_bar import TitleBar

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from textual.app import ComposeResult
    from textual.binding import BindingType

    from recipe_tui.tui.generate.client import WriterClient
    from recipe_tui.tui.generate.generation_session import GenerationRequest, GenerationSession

ALTERNATIVES = 12
"""How many alternatives are computed for a place."""


class GenerateScreen(SettingsActions):
    """A prompt, decoding controls, and the text as it is generated.

    Args:
        output: Folder of the runs.
        client: Speaks to the writing process; a real one when None.
        clock: Seconds since 1970.
    """

    CSS_PATH = "screen.tcss"
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (100, "-wide")]  # noqa: RUF012 - declared by Textual
    VERTICAL_BREAKPOINTS = [(0, "-tiny"), (20, "-low"), (32, "-high")]  # noqa: RUF012
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of("generate")]

    def __init__(
        self, output: Path, client: WriterClient | None = None, clock: Callable[[], float] = time.time
    ) -> None:
        super().__init__()
        self.output = output
        self.clock = clock
        self.history = state_folder() / "history.jsonl"
        self.controller = GenerationController(client or ProcessClient(), output, self.post_message, clock)
        self.editor = PromptEditor()
        self.branches = BranchTree()
        self.view = SessionView(lambda: self.controller.is_busy)
        self.settings = SettingsPanel()

    def compose(self) -> ComposeResult:
        """Return the panels; narrow screens show the settings as one line."""
        yield TitleBar("generate")
        with Horizontal(id="columns"):
            with Vertical(id="left"):
                yield self.editor
                yield Static(id="brief", markup=False)
                yield self.view
            yield self.settings
        yield KeyFooter()

    def on_mount(self) -> None:
        """Show what is remembered."""
        settings = settings_of(self)
        self.settings.weights = weight_format_named(settings.weights)
        self.view.colour(settings.colour_probabilities)
        self.settings.show()
        if self.settings.model is None:
            self._find_model(settings.last_model)
        else:
            self._show_model(self.settings.model)
        self.query_one("#title").focus()

    async def on_unmount(self) -> None:
        """End the writing process."""
        await self.controller.client.close()

    def choose_model(self, model: str) -> None:
        """Choose the model that writes: a run folder, checkpoint folder or hub name."""
        self.settings.model = model
        if self.is_mounted:
            self._show_model(model)

    def use_output(self, output: Path) -> None:
        """Offer the models of another folder of runs; the prompt and the texts stay."""
        self.output = self.controller.output = output

    def _show_model(self, model: str) -> None:
        self.settings.show()
        if not self.controller.is_busy:
            self.view.say(f"{short_name(model)} writes: fill in the prompt and press Ctrl+J or F5.")
        self.editor.complete_for(model)

    def reopen(self, session: GenerationSession) -> None:
        """Show texts that were written before, with their prompt, controls and model."""
        request = session.request
        self.editor.prompt = request.prompt
        self.settings.weights = weight_format_of(request)
        self.settings.set_config(request.config)
        self.choose_model(request.model)
        self._show(session)
        self.view.output.scroll_home(animate=False)

    def action_generate(self) -> None:
        """Generate with the prompt and controls as they are."""
        if self._has_model():
            self._generate(self.settings.request(self.editor.prompt))

    def action_again(self) -> None:
        """Generate with the prompt and controls as they are, and the seed of the text before."""
        before = self.view.session
        if before is None or before.seed is None:
            self.notify("Nothing was written yet.", markup=False)
        elif self._has_model():
            prompt = self.editor.prompt
            begun = before.request.begun if before.request.prompt == prompt else ()
            self._generate(self.settings.request(prompt, begun, before.seed))

    def action_stop(self) -> None:
        """Stop generating or loading; when neither is done, leave the field for the text."""
        if self.controller.is_busy or self.controller.is_loading:
            self.run_worker(self.controller.stop(), group="stop")
        else:
            self.view.output.focus()

    def _generate(self, request: GenerationRequest) -> None:
        if request.problem:
            self.notify(request.problem, severity="warning", markup=False)
        elif not self._is_busy():
            for warning in self.editor.query_one(PromptFields).known.unknown(request.prompt):
                self.notify(sanitize_line(warning), severity="warning", markup=False)
            self._forget_alternatives()
            self.run_worker(self.controller.generate(request), group="writing")

    @on(SessionView.Continued)
    def _on_continued(self, event: SessionView.Continued) -> None:
        self._generate(event.request)

    @on(GenerationController.ModelChanged)
    def _on_model_changed(self, event: GenerationController.ModelChanged) -> None:
        self.settings.loaded = event.loaded
        self.settings.show()
        if event.loaded is not None:
            fields = self.editor.query_one(PromptFields)
            fields.is_certain = True
            fields.show(event.loaded.fields)
            self.app.post_message(SettingsChanged({"last_model": event.loaded.model}))

    @on(GenerationController.Progress)
    def _on_progress(self, event: GenerationController.Progress) -> None:
        self.view.say(event.text)

    @on(GenerationController.Advanced)
    def _on_advanced(self, event: GenerationController.Advanced) -> None:
        if event.session is not self.view.session:
            self._show(event.session)
        self.view.show_more()
        self._show_checklist()

    @on(GenerationController.Finished)
    @work(group="history")
    async def _on_finished(self, event: GenerationController.Finished) -> None:
        self.view.show_result()
        self._show_checklist()
        self._trace()
        entry = entry_of(event.session, self.clock())
        if not entry.texts:
            return
        try:
            await asyncio.to_thread(append, self.history, entry)
        except (OSError, OutputError) as error:
            self.notify(sanitize_line(str(error)), title="Not in the history", severity="error", markup=False)

    @on(GenerationController.Failed)
    def _on_failed(self, event: GenerationController.Failed) -> None:
        self.app.push_screen(ErrorDialog(event.error.message, event.error.hint, event.error.traceback))

    def _show(self, session: GenerationSession) -> None:
        self.branches.add(session)
        self._forget_alternatives()
        self.view.show(session)
        self._show_checklist()
        self._trace()

    def _show_checklist(self) -> None:
        if self.view.session is not None:
            for panel in self.query(IngredientPanel):
                panel.show(self.view.session.draft.checklist)

    def action_alternatives(self) -> None:
        """Select tokens of the text; once more, hide the panel of alternatives."""
        self.view.toggle_alternatives()

    @on(AlternativesPanel.Wanted)
    @work(group="alternatives", exclusive=True)
    async def _find_alternatives(self, event: AlternativesPanel.Wanted) -> None:
        session = self.view.session
        if session is None or self.controller.is_busy:
            return
        written = [token.id for token in session.drafts[event.text].tokens[: event.place]]
        try:
            found = await self.controller.alternatives(session.request, written, ALTERNATIVES)
        except WriterError as error:
            self.view.alternatives.say(error.message)
            return
        self.view.alternatives.add(event.text, event.place, found)
        self.view.show_result()

    def _forget_alternatives(self) -> None:
        self.view.alternatives.forget()
        self.workers.cancel_group(self, "alternatives")

    def action_branches(self) -> None:
        """Show the branches of the text, to compare two or to go to one."""
        if not self.branches.branches or self._is_busy():
            return
        from recipe_tui.tui.generate.branches_page import BranchesPage

        page = BranchesPage(self.branches, self.view.session)
        self.app.push_screen(page, lambda session: None if session is None else self._show(session))

    def action_colours(self) -> None:
        """Colour the text by probability, or no longer."""
        coloured = not self.view.output.coloured
        self.view.colour(coloured)
        self.app.post_message(SettingsChanged({"colour_probabilities": coloured}))

    def action_next_text(self) -> None:
        """Show the next of several texts."""
        session = self.view.session
        if session is not None and len(session.drafts) > 1:
            session.number = (session.number + 1) % len(session.drafts)
            self.view.show(session)
            self._show_checklist()
            self._trace()

    @work(group="tracing", exclusive=True)
    async def _trace(self) -> None:
        """Find the copied spans of the text that is shown, once it is finished."""
        session = self.view.session
        if session is None or session.draft.result is None or session.draft.copies is not None:
            return
        draft = session.draft
        try:
            draft.copies = await self.controller.client.trace(session.request.model, draft.text, self.view.say)
        except WriterError as error:
            self.notify(sanitize_line(error.message), title="Copied spans not found", severity="warning", markup=False)
            return
        if session is self.view.session and draft is session.draft:
            self.view.show_result()

    def action_copies(self) -> None:
        """Show the copied spans and the recipes they are from."""
        session = self.view.session
        traced = session.draft.copies if session is not None else None
        if session is None or traced is None or not traced.spans:
            self.notify("No span of this text is known to be copied.", markup=False)
            return
        from recipe_tui.tui.generate.copies_page import CopiesPage

        self.app.push_screen(CopiesPage(session.draft.text, traced))

    @work(group="dialog", exclusive=True)
    async def action_history(self) -> None:
        """Show what was written before, to reopen one of it."""
        entry = await pick_entry(self.app, self.history)
        if entry is not None and not self._is_busy():
            self.reopen(entry.reopened())

    def action_copy(self) -> None:
        """Send the text to the terminal's clipboard, which never says whether it arrived."""
        text = self.view.finished_text()
        if text is not None:
            self.app.copy_to_clipboard(text.text)
            self.notify("Sent to the terminal's clipboard. If it did not arrive, save the text.", markup=False)

    @work(group="dialog", exclusive=True)
    async def action_save(self) -> None:
        """Save the text as a file."""
        text, session = self.view.finished_text(), self.view.session
        if text is not None and session is not None:
            path = await save_as(self.app, text, session.request)
            if path is not None:
                self.notify(sanitize_line(str(path)), title="Saved", markup=False)

    @work(group="dialog", exclusive=True)
    async def action_cook(self) -> None:
        """Write the recipe in the format of a recipe program, scaled and converted, with hints."""
        text = self.view.finished_text()
        if text is not None:
            path = await cook(self.app, text)
            if path is not None:
                self.notify(sanitize_line(str(path)), title="Saved", markup=False)

    @on(SettingsPanel.Changed)
    def _on_settings_changed(self) -> None:
        self.query_one("#brief", Static).update(Content(self.settings.line))

    @work(group="default-model")
    async def _find_model(self, last: str | None) -> None:
        model = await asyncio.to_thread(default_model, self.output, last)
        if self.settings.model is not None:
            return
        if model is None:
            self.view.say(NO_MODEL)
        else:
            self.choose_model(model)
