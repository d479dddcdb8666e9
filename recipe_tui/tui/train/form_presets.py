"""What the form can be filled in with, and what it remembers."""

from __future__ import annotations

import json
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from recipe_tui.core import paths
from recipe_tui.core.atomic_io import write_text, writing
from recipe_tui.core.config import Config, validated
from recipe_tui.core.paths import state_folder
from recipe_tui.core.runs.files import read_json

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


@dataclass(frozen=True, slots=True)
class Preset:
    """Settings under a name.

    Attributes:
        name: What it is called.
        note: What it is for, in a sentence.
        sections: The settings that differ from the defaults.
        is_sample: Whether recipes and model are the bundled sample's.
    """

    name: str
    note: str
    sections: Mapping[str, Mapping[str, Any]]
    is_sample: bool = False

    def config(self, output: Path, source: tuple[str, ...] = ()) -> Config:
        """Return the preset as a configuration.

        Args:
            output: Folder of the runs.
            source: Recipes that were chosen before, which a preset leaves as they are.
        """
        if self.is_sample:
            from recipe_tui.sample import sample_config

            return sample_config(top={"output": str(output)})
        sections = {name: dict(values) for name, values in self.sections.items()}
        data = {"source": list(source)} | sections.pop("data", {})
        return validated({"output": str(output), "data": data, **sections}, origin=f"the preset '{self.name}'")


SAMPLE = Preset(
    "Bundled sample",
    "A small GPT-2 learns the bundled recipes, in minutes and without a network.",
    {},
    is_sample=True,
)
CAREFUL = Preset(
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
    "Quick look",
    "A hundred steps of GPT-2, to see whether everything works and how fast it is.",
    {
        "model": {"name": "gpt2"},
        "training": {"max_steps": 100, "batch_size": 2, "evaluate_every": 25, "evaluate_batches": 10},
    },
)
PRESETS = (SAMPLE, CAREFUL, ORIGINAL, QUICK)


def first_preset(output: Path) -> Preset:
    """Return what the form begins with when nothing was filled in before: where no run is, the sample."""
    has_runs = any(next(output.glob(f"*/{name}"), None) for name in (paths.RUN_MANIFEST, paths.LAUNCH))
    return CAREFUL if has_runs else SAMPLE


def draft_path() -> Path:
    """Return the file that keeps what was filled in last."""
    return state_folder() / "new-run.json"


def load_draft(path: Path) -> dict[str, str] | None:
    """Return what was filled in last, by the names of the fields; None if nothing was, or nothing understandable."""
    try:
        values = read_json(path)
    except (OSError, ValueError):
        return None
    if not isinstance(values, dict) or not all(isinstance(value, str) for value in values.values()):
        return None
    return values


def save_draft(texts: Mapping[str, str], path: Path) -> None:
    """Keep what is filled in.

    Raises:
        OutputError: The folder cannot be written to.
    """
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
    write_text(path, json.dumps(dict(texts), indent=1))
