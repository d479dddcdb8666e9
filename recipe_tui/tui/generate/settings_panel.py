"""The panel of what a text is generated with: the model, how its weights are kept, and the decoding controls."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual import on
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from recipe_tui.core.config import GenerationConfig
from recipe_tui.core.config.decoding_presets import PRESETS, Preset, preset_of, saved_presets
from recipe_tui.core.errors import RecipeTuiError
from recipe_tui.tui.app_messages import SettingsChanged
from recipe_tui.tui.dialogs.choose import Choice, ChooseDialog
from recipe_tui.tui.generate.controls import Controls, ControlsDialog, summary
from recipe_tui.tui.generate.generation_session import GenerationRequest
from recipe_tui.tui.generate.ingredient_panel import IngredientPanel
from recipe_tui.tui.generate.status_lines import model_line, size_line
from recipe_tui.tui.generate.weight_formats import WEIGHT_FORMATS, WeightFormat
from recipe_tui.tui.sanitize import sanitize_line

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from recipe_tui.core.evaluation.laboratory.setup import ExperimentRequest
    from recipe_tui.core.text.prompt import Prompt
    from recipe_tui.tui.generate.generation_session import Token
    from recipe_tui.workers.protocol import Loaded


class SettingsPanel(Vertical):
    """Model, weights and decoding controls; what is hidden on a narrow screen counts all the same.

    Attributes:
        model: The chosen model.
        weights: How its weights are kept.
        config: The decoding controls.
        loaded: The model that is loaded.
    """

    class Changed(Message):
        """Something was chosen."""

    def __init__(self) -> None:
        super().__init__(id="right")
        self.model: str | None = None
        self.weights = WEIGHT_FORMATS[0]
        self.config = GenerationConfig()
        self.loaded: Loaded | None = None

    def compose(self) -> ComposeResult:
        """Make the boxes."""
        yield Static(id="model", markup=False)
        with Vertical(id="controls-box"):
            yield Controls(self.config)
        yield IngredientPanel("checks")

    def request(self, prompt: Prompt, begun: tuple[Token, ...] = (), seed: int | None = None) -> GenerationRequest:
        """Return the request to generate with these settings; there must be a model."""
        assert self.model is not None
        config = self.config if seed is None else self.config.model_copy(update={"seed": seed})
        return GenerationRequest(self.model, prompt, config, begun, self.weights.precision, self.weights.quantization)

    def experiment(self, prompt: Prompt) -> ExperimentRequest:
        """Return the request of a comparison that begins with these settings; there must be a model."""
        from recipe_tui.core.evaluation.laboratory.setup import ExperimentRequest

        assert self.model is not None
        weights = self.weights
        return ExperimentRequest(
            (self.model,),
            self.config,
            title=prompt.title,
            ingredients=prompt.ingredients,
            precision=weights.precision,
            quantization=weights.quantization,
        )

    @property
    def line(self) -> str:
        """All of it in one line."""
        preset = preset_of(self.config)
        weights = "" if self.weights == WEIGHT_FORMATS[0] else f"{self.weights.name} "
        name = f"{preset.name}: " if preset else ""
        return f"{model_line(self.model, self.loaded)} · {weights}{name}{summary(self.config)}"

    def set_config(self, config: GenerationConfig) -> None:
        """Set the decoding controls."""
        self.config = config
        self.query_one(Controls).config = config
        self.show()

    def show(self) -> None:
        """Show the settings, and post that they may have changed."""
        preset = preset_of(self.config)
        panel = self.query_one("#model", Static)
        panel.update(Content(model_line(self.model, self.loaded)))
        panel.border_title = "Model" if self.weights == WEIGHT_FORMATS[0] else f"Model, {self.weights.name} weights"
        loaded = self.loaded
        panel.border_subtitle = size_line(loaded) if loaded is not None and loaded.model == self.model else ""
        self.query_one("#controls-box").border_title = f"Decoding, {preset.name.lower()}" if preset else "Decoding"
        self.post_message(self.Changed())

    def choose_weights(self) -> None:
        """Choose how the weights are kept."""
        choices = [Choice(one.name, one, one.meaning) for one in WEIGHT_FORMATS]

        def take(weights: WeightFormat | None) -> None:
            self.weights = weights or self.weights
            self.show()
            self.app.post_message(SettingsChanged({"weights": self.weights.name}))

        self.app.push_screen(ChooseDialog("Weights", choices, self.weights), take)

    def choose_preset(self) -> None:
        """Choose a preset of the controls."""
        try:
            saved = saved_presets()
        except RecipeTuiError as error:
            self.notify(sanitize_line(str(error)), title="Saved presets", severity="warning", markup=False)
            saved = ()
        choices = [Choice(sanitize_line(one.name), one, sanitize_line(one.meaning)) for one in (*PRESETS, *saved)]

        def take(preset: Preset | None) -> None:
            if preset is not None:
                self.set_config(preset.applied_to(self.config))

        self.app.push_screen(ChooseDialog("Preset", choices, preset_of(self.config)), take)

    def change_controls(self) -> None:
        """Change the decoding controls: in their box, or in a dialog where there is no room for it."""
        if self.display:
            self.query_one(Controls).query("Control").first().focus()
        else:
            self.app.push_screen(ControlsDialog(self.config), lambda config: self.set_config(config or self.config))

    @on(Controls.Changed)
    def _on_controls_changed(self, event: Controls.Changed) -> None:
        self.config = event.config
        self.show()
