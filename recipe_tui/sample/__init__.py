"""The bundled sample: recipes, a tokenizer and the configuration of a small GPT-2. Nothing in it needs a hub."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from recipe_tui.core.config import load_config
from recipe_tui.core.config.presets import ADAPTED_MODEL
from recipe_tui.core.paths import SAMPLE
from recipe_tui.core.paths import SAMPLE_MODEL as SAMPLE_MODEL
from recipe_tui.core.paths import SAMPLE_RECIPES as SAMPLE_RECIPES

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from recipe_tui.core.config import Config

SAMPLE_SETTINGS = SAMPLE / "demo.toml"
ADAPTER_SETTINGS = SAMPLE / "demo-adapter.toml"

SAMPLE_TITLE = "Chicken and Mushroom Soup"
SAMPLE_INGREDIENTS = (
    "2 tbsp butter",
    "1 onion, chopped",
    "250 g mushrooms, sliced",
    "1 litre chicken stock",
    "2 chicken breasts",
    "100 ml double cream",
    "salt and pepper",
)
"""A recipe that is not in the sample; the sample's model writes its directions."""


def sample_config(
    path: Path | None = None, settings: Iterable[str] = (), pretrained: str | None = None, **sections: dict[str, Any]
) -> Config:
    """Return the configuration that trains a model on the sample's recipes.

    Args:
        path: A TOML file instead of the sample's own.
        settings: As in `load_config`.
        pretrained: The model that gets an adapter; when None, the sample's small GPT-2 learns from random weights.
        sections: As in `load_config`.

    Raises:
        ConfigError: As in `load_config`.
    """
    data = {"source": [str(SAMPLE_RECIPES)]} | sections.pop("data", {})
    model = {"name": pretrained or str(SAMPLE_MODEL)} | sections.pop("model", {})
    if path is None and pretrained not in (None, ADAPTED_MODEL):  # its projections may have other names
        sections["adapter"] = {"target_modules": ["all-linear"]} | sections.get("adapter", {})
    path = path or (ADAPTER_SETTINGS if pretrained else SAMPLE_SETTINGS)
    return load_config(path, settings, data=data, model=model, **sections)
