"""Settings under a name: the presets of the form and of the command line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from recipe_tui.core import paths
from recipe_tui.core.config import load_config
from recipe_tui.core.config.values import read_values
from recipe_tui.core.errors import UsageError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from recipe_tui.core.config import Config


@dataclass(frozen=True, slots=True)
class Preset:
    """Settings under a name.

    Attributes:
        key: Its name on the command line.
        name: Its name in the form.
        note: What it is for, in a sentence.
        sections: The settings that differ from the defaults.
        sample_settings: File of the bundled sample with settings for its recipes; empty where others are learned.
    """

    key: str
    name: str
    note: str
    sections: Mapping[str, Mapping[str, Any]]
    sample_settings: str = ""

    @property
    def is_sample(self) -> bool:
        """Whether the recipes are the bundled sample's."""
        return bool(self.sample_settings)

    def values(self) -> dict[str, dict[str, Any]]:
        """Return its settings by section.

        Raises:
            ConfigError: The sample's file cannot be read.
        """
        values = {name: dict(section) for name, section in self.sections.items()}
        if self.is_sample:
            values = read_values(paths.SAMPLE / self.sample_settings)
            values.setdefault("data", {})["source"] = [str(paths.SAMPLE_RECIPES)]
            values.setdefault("model", {}).setdefault("name", str(paths.SAMPLE_MODEL))
        return values

    def config(self, output: Path) -> Config:
        """Return the preset as a configuration.

        Args:
            output: Folder of the runs.
        """
        return load_config(base=self.values(), top={"output": str(output)})


SAMPLE = Preset(
    "sample",
    "Bundled sample",
    "A small GPT-2 learns the bundled recipes from random weights, in minutes and without a network.",
    {},
    "demo.toml",
)
ADAPTED_MODEL = "smollm2-135m"
"""The model of `ADAPTED_SAMPLE`, as its file names it."""

ADAPTED_SAMPLE = Preset(
    "sample-smollm2",
    "Bundled sample, SmolLM2",
    "SmolLM2 learns the bundled recipes by an adapter, in minutes. The first time it is fetched (100 MB or more).",
    {},
    "demo-adapter.toml",
)
CAREFUL = Preset(
    "careful",
    "GPT-2, careful",
    "Fine-tunes GPT-2 in small batches that fit little memory, and stops when it gets no better.",
    {
        "model": {"name": "gpt2"},
        "training": {
            "epochs": 5,
            "batch_size": 2,
            "gradient_accumulation_steps": 8,
            "evaluate_every": 200,
            "early_stopping_patience": 3,
        },
    },
)
ORIGINAL = Preset(
    "original",
    "GPT-2, original workflow",
    "As the original scripts did it: plain text in one stream, Adam at a constant rate.",
    {
        "data": {"layout": "plain", "packing": "concatenate", "near_duplicates": "keep"},
        "model": {"name": "gpt2"},
        "training": {
            "optimizer": "adam",
            "learning_rate": 3e-5,
            "schedule": "constant",
            "warmup_fraction": 0.0,
            "weight_decay": 0.0,
            "clip_norm": "none",
            "final_weights": "last",
        },
    },
)
QUICK = Preset(
    "quick",
    "Quick look",
    "A hundred steps of GPT-2, to see whether everything works and how fast it is.",
    {
        "model": {"name": "gpt2"},
        "training": {"max_steps": 100, "batch_size": 2, "evaluate_every": 25, "evaluate_batches": 10},
    },
)
OWN_MODEL = Preset(
    "own-model",
    "A model of your own",
    "A small GPT-2 from random weights in ten minutes, with a tokenizer of its own; needs no hub.",
    {
        "data": {"tokenizer": "new:8192", "layout": "sections"},
        "model": {"name": "gpt2-4x256", "initialize": "random", "zero_init_residual": True},
        "training": {
            "max_minutes": 10.0,
            "batch_size": 8,
            "optimizer": "muon",
            "learning_rate": 6e-3,
            "schedule": "trapezoidal",
            "warmup_fraction": 0.03,
            "warmdown_fraction": 0.7,
            "weight_decay": 0.1,
            "beta_2": 0.95,
            "evaluate_batches": 8,
            "final_weights": "last",
        },
    },
)
PRESETS = (SAMPLE, ADAPTED_SAMPLE, OWN_MODEL, CAREFUL, ORIGINAL, QUICK)
"""The presets of the form and of ``--preset``."""


def load_preset_config(
    path: Path | None = None, settings: Iterable[str] = (), preset: str | None = None, **sections: dict[str, Any]
) -> Config:
    """Build a configuration as `load_config` does, with the settings of a preset in place of the defaults.

    Args:
        path: See `load_config`.
        settings: See `load_config`.
        preset: `Preset.key` of a preset; None: the defaults.
        sections: See `load_config`.

    Raises:
        UsageError: There is no such preset.
        ConfigError: See `load_config`.
    """
    if preset is None:
        return load_config(path, settings, **sections)
    chosen = next((one for one in PRESETS if one.key == preset), None)
    if chosen is None:
        raise UsageError(f"no preset '{preset}'", f"the presets are {', '.join(one.key for one in PRESETS)}")
    return load_config(path, settings, base=chosen.values(), **sections)
