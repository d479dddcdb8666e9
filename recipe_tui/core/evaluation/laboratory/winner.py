"""Saving the settings that won as a decoding preset of the user's."""

from __future__ import annotations

from typing import TYPE_CHECKING

import tomli_w

from recipe_tui.core.atomic_io import replace_text, writing
from recipe_tui.core.config.decoding_presets import CHOOSING, check_preset_name, saved_presets, saved_presets_path

if TYPE_CHECKING:
    from pathlib import Path

    from recipe_tui.core.config import GenerationConfig


def save_preset(name: str, config: GenerationConfig, meaning: str, path: Path | None = None) -> Path:
    """Save the settings of how a token is chosen under a name, and return the file.

    Args:
        name: The name, which no other preset may have.
        config: The settings.
        meaning: What the preset is for, in a few words.
        path: The file; that of `saved_presets_path` when None.

    Raises:
        UsageError, ConfigError: See `check_preset_name`.
        OutputError: The file cannot be written.
    """
    path = path or saved_presets_path()
    check_preset_name(name, path)
    changed = config.model_dump(include={*CHOOSING}, exclude_defaults=True)
    tables = {one.name: {"meaning": one.meaning, **one.values} for one in saved_presets(path)}
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    replace_text(path, tomli_w.dumps({**tables, name.strip(): {"meaning": meaning, **changed}}))
    return path
