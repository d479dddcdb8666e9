"""The configuration of a training of a second, for tests with and without a backend in their process."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from recipe_tui.core import paths
from recipe_tui.core.config import Config, load_config


def tiny_config(output: Path, run: str | None, data: Mapping[str, Any], **training: Any) -> Config:
    """Return the configuration of a tiny training that writes no samples; keyword arguments are its settings."""
    defaults = {
        "max_steps": 6,
        "batch_size": 2,
        "gradient_accumulation_steps": 2,
        "learning_rate": 1e-3,
        "evaluate_every": 2,
        "sample_every": 0,
    }
    return load_config(
        top={"output": str(output), "run": run},
        data=data,
        model={
            "name": str(paths.SAMPLE_MODEL),
            "initialize": "random",
            "n_layer": 1,
            "n_embd": 16,
            "n_head": 2,
            "dropout": 0.1,
        },
        training=defaults | training,
    )
