"""The settings that the workbench saves, and their place: the XDG folders."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

import tomli_w
from platformdirs import PlatformDirs
from pydantic import BaseModel, ConfigDict, Field, ValidationError

from recipe_tui.core.atomic_io import write_text
from recipe_tui.core.config.toml_file import read_toml
from recipe_tui.tui.terminal_notification import TerminalNotification  # noqa: TC001 - pydantic reads it

if TYPE_CHECKING:
    from textual.dom import DOMNode

_DIRECTORIES = PlatformDirs("recipe-tui", appauthor=False)


def settings_path() -> Path:
    """Return the file of the settings, which people may edit."""
    return Path(_DIRECTORIES.user_config_dir) / "settings.toml"


class Settings(BaseModel):
    """The saved settings. Unknown keys are reported."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    theme: str = Field("textual-dark", description="Colour theme.")
    ascii: bool = Field(False, description="Draw with ASCII characters only.")
    mouse: bool = Field(True, description="Take part in mouse events; off leaves selecting to the terminal.")
    refresh_rate: float = Field(1.0, ge=0.5, le=4.0, description="Updates of the charts in a second.")
    animations: bool = Field(False, description="Move things smoothly; costs bandwidth.")
    smoothing: float = Field(0.9, ge=0, lt=1, description="Weight of the past in the smoothed training loss.")
    log_axis: bool = Field(False, description="Draw losses on a logarithmic axis.")
    colour_probabilities: bool = Field(False, description="Colour written text by probability.")
    notification: TerminalNotification = Field("off", description="How the terminal says that a run has ended.")
    keys: dict[str, str] = Field(default_factory=dict, description="Other keys for actions, by the action's id.")
    weights: str = Field("float32", description="How the weights of a model that writes are kept.")
    last_store: str | None = Field(None, description="Block store that was opened last.")
    last_model: str | None = Field(None, description="Model that wrote last.")


def load_settings(path: Path) -> tuple[Settings, str | None]:
    """Read the settings; what cannot be understood is left at its default.

    Returns:
        The settings, and in one line what was wrong with the file, if anything was.
    """
    try:
        values = read_toml(path)
    except FileNotFoundError:
        return Settings(), None
    except (OSError, ValueError) as error:
        return Settings(), f"{path}: cannot be read ({error}); default settings are used"
    try:
        return Settings.model_validate(values), None
    except ValidationError as error:
        wrong = sorted({str(one["loc"][0]) for one in error.errors()})
        rest = {key: value for key, value in values.items() if key not in wrong}
        return Settings.model_validate(rest), f"{path}: {', '.join(wrong)} not understood; defaults are used for them"


def save_settings(settings: Settings, path: Path) -> None:
    """Write the settings that differ from the defaults.

    Raises:
        OutputError: The folder cannot be written to.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, tomli_w.dumps(settings.model_dump(exclude_defaults=True, exclude_none=True)))


def settings_of(node: DOMNode) -> Settings:
    """Return the settings in force in the application of a widget or screen."""
    settings: Settings | None = getattr(node.app, "settings", None)
    return settings or Settings()
