"""The actions of the generation screen on prompt, model and decoding controls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import work
from textual.screen import Screen

from recipe_tui.core.registry.catalog import short_name
from recipe_tui.tui.generate.adapter_picker import pick_adapter
from recipe_tui.tui.generate.model_picker import pick_model
from recipe_tui.tui.generate.newest_weights import choose_newest

if TYPE_CHECKING:
    from pathlib import Path

    from recipe_tui.tui.generate.controller import GenerationController
    from recipe_tui.tui.generate.prompt_editor import PromptEditor
    from recipe_tui.tui.generate.session_view import SessionView
    from recipe_tui.tui.generate.settings_panel import SettingsPanel

NO_MODEL = "No model yet: press F2 and N, then F5, to train one on the bundled sample; or Ctrl+O for another."


class SettingsActions(Screen[None]):
    """What a text is generated with, and how it is changed.

    Attributes:
        output: Folder of the runs.
        controller: Generates texts.
        editor: The prompt.
        settings: Model and controls.
        view: The text and what is said about it.
    """

    output: Path
    controller: GenerationController
    editor: PromptEditor
    settings: SettingsPanel
    view: SessionView

    def choose_model(self, model: str) -> None:
        """Choose the model that writes: a run folder, checkpoint folder or hub name."""
        raise NotImplementedError

    def action_raw(self) -> None:
        """Write the prompt in fields, or as one text."""
        self.editor.switch()

    def action_editor(self) -> None:
        """Edit the prompt in the user's own editor."""
        from recipe_tui.tui.generate.external_editor import edit_in_terminal

        self.editor.prompt = edit_in_terminal(self.app, self.editor.prompt)

    @work(group="dialog", exclusive=True)
    async def action_model(self) -> None:
        """Choose the model that writes."""
        model = await pick_model(self.app, self.output, self.settings.model)
        if model:
            self.choose_model(model)

    @work(group="adapter", exclusive=True)
    async def action_adapter(self) -> None:
        """Choose the adapter that writes; the model is loaded for it if need be."""
        if self._is_busy() or not self._has_model():
            return
        loaded = await self.controller.load(self.settings.request(self.editor.prompt))
        if loaded is None:
            return
        if not loaded.adapters:
            self.notify(
                f"There are no adapters over {short_name(loaded.model)} in {self.output}. "
                "Train one: adapter method lora in the form of a new run.",
                markup=False,
            )
            return
        name = await pick_adapter(self.app, loaded)
        if name is not None:
            self.choose_model(name)
            await self.controller.load(self.settings.request(self.editor.prompt))

    def action_weights(self) -> None:
        """Choose how the weights are kept."""
        self.settings.choose_weights()

    @work(group="checkpoint", exclusive=True)
    async def action_checkpoint(self) -> None:
        """Write with the weights that the training of the model has now."""
        await choose_newest(self)

    def action_controls(self) -> None:
        """Change the decoding controls."""
        self.settings.change_controls()

    def action_preset(self) -> None:
        """Choose a preset of the controls."""
        self.settings.choose_preset()

    def action_laboratory(self) -> None:
        """Compare decoding settings or models on the same prompts."""
        if self._has_model():
            from recipe_tui.tui.generate.laboratory_page import LaboratoryPage

            request = self.settings.experiment(self.editor.prompt)
            self.app.push_screen(LaboratoryPage(request, self.output))

    def _has_model(self) -> bool:
        if self.settings.model is None:
            self.notify(NO_MODEL, severity="warning", markup=False)
        return self.settings.model is not None

    def _is_busy(self) -> bool:
        if self.controller.is_busy:
            self.notify("It is writing: Esc stops it.", markup=False)
        return self.controller.is_busy
