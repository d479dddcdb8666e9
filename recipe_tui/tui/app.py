"""The application: three screens, one at a time, and what they have in common."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, ClassVar

from textual.app import App
from textual.reactive import reactive

from recipe_tui.tui.actions import bindings_of
from recipe_tui.tui.dataset.screen import DatasetScreen
from recipe_tui.tui.generate.screen import GenerateScreen
from recipe_tui.tui.glyphs import ASCII, UNICODE
from recipe_tui.tui.settings import Settings, load_settings, save_settings, settings_path
from recipe_tui.tui.theme import HIGH_CONTRAST, colour_variables
from recipe_tui.tui.train.screen import TrainScreen
from recipe_tui.tui.widgets.title_bar import Status

if TYPE_CHECKING:
    from textual.binding import BindingType


class Workbench(App[None]):
    """The workbench.

    Args:
        output: Folder of the runs.
        settings: What is remembered; read from `settings_path` when None.
    """

    CSS_PATH = "app.tcss"
    TITLE = "recipe-tui"
    BINDINGS: ClassVar[list[BindingType]] = [*bindings_of("everywhere")]
    ENABLE_COMMAND_PALETTE = True

    status: reactive[Status] = reactive(Status())

    def __init__(self, output: Path = Path("output"), settings: Settings | None = None) -> None:
        super().__init__()
        self.register_theme(HIGH_CONTRAST)
        self.output = output
        self.settings_problem: str | None = None
        if settings is None:
            settings, self.settings_problem = load_settings(settings_path())
        self.settings = settings
        self.glyphs = ASCII if settings.ascii else UNICODE

    def get_css_variables(self) -> dict[str, str]:
        """Return the theme's colours, and those of `recipe_tui.tui.theme` made from them."""
        variables = super().get_css_variables()
        self.theme_variables = {**colour_variables(variables), **variables}
        return self.theme_variables

    def on_mount(self) -> None:
        """Show the training screen."""
        self.add_mode("train", lambda: TrainScreen(self.output))
        self.add_mode("generate", lambda: GenerateScreen(self.output))
        self.add_mode("dataset", lambda: DatasetScreen(self.output))
        self.switch_mode("train")

    def remember(self, **changes: object) -> None:
        """Change settings and keep them for the next start."""
        self.settings = Settings.model_validate({**self.settings.model_dump(), **changes})
        save_settings(self.settings, settings_path())

    def action_show_train(self) -> None:
        """Show the training screen."""
        self.switch_mode("train")

    def action_show_generate(self) -> None:
        """Show the generation screen."""
        self.switch_mode("generate")

    def action_show_dataset(self) -> None:
        """Show the dataset screen."""
        self.switch_mode("dataset")

    def write_with(self, model: str) -> None:
        """Show the generation screen with a model chosen: a run folder, checkpoint folder or hub name."""
        self.switch_mode("generate")
        screen = self.screen
        if isinstance(screen, GenerateScreen):
            screen.choose_model(model)

    def look_at(self, store: Path, block: int | None = None) -> None:
        """Show the dataset screen with a block store opened, at a block of its training split."""
        self.switch_mode("dataset")
        screen = self.screen
        if isinstance(screen, DatasetScreen):
            screen.open(store, block)

    def watch_run(self, name: str) -> None:
        """Show the training screen with a run chosen."""
        self.switch_mode("train")
        screen = self.screen
        if isinstance(screen, TrainScreen):
            screen.choose_run(name)
