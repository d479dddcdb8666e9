"""Decoding settings under a name: those that come with the project, and those that the user has saved."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from pydantic import ValidationError

from recipe_tui.core.config import Config, GenerationConfig, load_config
from recipe_tui.core.config.toml_file import read_toml
from recipe_tui.core.errors import ConfigError, UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path
    from typing import Any

UNTOUCHED = ("max_new_tokens", "num_return_sequences", "seed")
"""The controls that a preset leaves as they are."""

CHOOSING = tuple(name for name in GenerationConfig.model_fields if name not in UNTOUCHED)
"""The controls of how a token is chosen, which a preset sets."""


@dataclass(frozen=True, slots=True)
class Preset:
    """Decoding controls with a name; `values` are those that differ from the defaults."""

    name: str
    meaning: str
    values: dict[str, Any] = field(default_factory=dict)

    def applied_to(self, config: GenerationConfig) -> GenerationConfig:
        """Return a configuration that chooses tokens as the preset says, and is otherwise as it was."""
        defaults = GenerationConfig()
        chosen = {name: self.values.get(name, getattr(defaults, name)) for name in CHOOSING}
        if chosen["num_beams"] > 1:
            chosen["num_return_sequences"] = min(config.num_return_sequences, chosen["num_beams"])
        return GenerationConfig.model_validate({**config.model_dump(), **chosen})


PRESETS = (
    Preset("Greedy", "always the likeliest token: the same text each time", {"temperature": 0.0}),
    Preset("Careful", "close to what the model is sure of", {"temperature": 0.5, "top_p": 0.9}),
    Preset("Balanced", "the defaults"),
    Preset(
        "Faithful",
        "keeps to the listed ingredients, and writes all sections",
        # Won on 200 held-out prompts, see the README; its verbatim guard is left to runs whose recipes are known.
        {"ingredient_bonus": 2.0, "section_automaton": True},
    ),
    Preset(
        "Adventurous",
        "more surprising words",
        {"temperature": 1.1, "top_p": 0.98, "min_p": 0.05, "repetition_penalty": 1.1},
    ),
    Preset("Beam", "searches for the likeliest whole text", {"num_beams": 4, "no_repeat_ngram_size": 4}),
)


def preset_of(config: GenerationConfig) -> Preset | None:
    """Return the preset of `PRESETS` that chooses tokens as a configuration does, or None."""
    return next((preset for preset in PRESETS if preset.applied_to(config) == config), None)


def saved_presets_path() -> Path:
    """Return the file of the saved presets, which people may edit: a TOML table for each."""
    from platformdirs import user_config_path  # here, because the first paint need not wait for it

    return user_config_path("recipe-tui", appauthor=False) / "decoding-presets.toml"


def saved_presets(path: Path | None = None) -> tuple[Preset, ...]:
    """Return the presets that the user has saved.

    Args:
        path: The file; that of `saved_presets_path` when None.

    Raises:
        ConfigError: The file cannot be read, or a preset has a setting that does not exist or is out of range.
    """
    path = path or saved_presets_path()
    try:
        tables = read_toml(path)
    except FileNotFoundError:
        return ()
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path}: cannot be read ({error})", "correct or remove the file") from None
    presets = []
    for name, table in tables.items():
        values = {key: value for key, value in table.items() if key != "meaning"} if isinstance(table, dict) else None
        try:
            GenerationConfig.model_validate(values)
        except ValidationError as error:
            where = ".".join([name, *map(str, error.errors()[0]["loc"][:1])])
            raise ConfigError(f"{path}: {where}: {error.errors()[0]['msg']}", "correct the file") from None
        presets.append(Preset(name, str(table.get("meaning", "saved")), values or {}))
    return tuple(presets)


def find_preset(name: str) -> Preset:
    """Return the preset of a name, whatever its case.

    Raises:
        UsageError: There is none.
        ConfigError: See `saved_presets`.
    """
    every = (*saved_presets(), *PRESETS)
    found = next((one for one in every if one.name.casefold() == name.casefold()), None)
    if found is None:
        names = ", ".join(one.name.lower() if one in PRESETS else one.name for one in every)
        raise UsageError(f"no decoding preset '{name}'", f"the presets are {names}")
    return found


def load_decoding_config(
    path: Path | None = None, settings: Iterable[str] = (), preset: str | None = None, **sections: dict[str, Any]
) -> Config:
    """Build a configuration as `load_config` does, with the controls of a preset in place of the defaults.

    Args:
        path: See `load_config`.
        settings: See `load_config`.
        preset: See `find_preset`; None: the defaults.
        sections: See `load_config`.

    Raises:
        UsageError: There is no such preset.
        ConfigError: See `load_config` and `saved_presets`.
    """
    base = {} if preset is None else {"generation": find_preset(preset).values}
    return load_config(path, settings, base=base, **sections)


def check_preset_name(name: str, path: Path | None = None) -> None:
    """Check that a preset can be saved under a name.

    Raises:
        UsageError: It is empty, or taken.
        ConfigError: See `saved_presets`.
    """
    if not name.strip():
        raise UsageError("a preset needs a name", "give one")
    if any(one.name.casefold() == name.strip().casefold() for one in (*saved_presets(path), *PRESETS)):
        raise UsageError(f"a decoding preset '{name}' exists already", "choose another name")
