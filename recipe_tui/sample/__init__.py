"""The bundled sample: recipes, a tokenizer and the configuration of a small GPT-2. Nothing in it needs a hub."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from recipe_tui.core.config import load_config
from recipe_tui.core.paths import SAMPLE
from recipe_tui.core.paths import SAMPLE_MODEL as SAMPLE_MODEL
from recipe_tui.core.paths import SAMPLE_RECIPES as SAMPLE_RECIPES

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from recipe_tui.core.config import Config

SAMPLE_SETTINGS = SAMPLE / "demo.toml"

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


def sample_config(path: Path | None = None, settings: Iterable[str] = (), **sections: dict[str, Any]) -> Config:
    """Return the configuration that trains the sample's model on its recipes.

    Args:
        path: A TOML file instead of the sample's own ``demo.toml``.
        settings: As in `load_config`.
        sections: As in `load_config`.

    Raises:
        ConfigError: As in `load_config`.
    """
    data = {"source": [str(SAMPLE_RECIPES)]} | sections.pop("data", {})
    model = {"name": str(SAMPLE_MODEL)} | sections.pop("model", {})
    return load_config(path or SAMPLE_SETTINGS, settings, data=data, model=model, **sections)
