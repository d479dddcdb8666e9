"""The core: from recipes to blocks, a fine-tuned checkpoint, and new recipes. It imports no screen.

It is a library; ``__all__`` lists what it offers::

    from recipe_tui.core import Generator, Prompt, load_config, train

    config = load_config(data={"source": ["epicurious.jsonl"]}, model={"name": "gpt2"})
    result = train(config)
    generator = Generator.load(result.run)
    print(generator.generate(Prompt("Pumpkin Soup", ("1 small pumpkin",)), config.generation)[0].text)

Names are imported when they are first used, so importing this package imports no backend. The first name that computes
with a model selects one (see `select_backend`), unless Keras is imported already.

Data flows one way through the packages: `recipes` → `text` → `blocks` → `training` (over `model` and `lora`) →
a checkpoint → `generation` → text → a recipe. See CONTRIBUTING.md for the map.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from recipe_tui.core.backend import select_backend as select_backend
    from recipe_tui.core.blocks.build import build_store as build_store
    from recipe_tui.core.blocks.store import BlockStore as BlockStore
    from recipe_tui.core.config import Config as Config
    from recipe_tui.core.config import load_config as load_config
    from recipe_tui.core.errors import CheckpointError as CheckpointError
    from recipe_tui.core.errors import RecipeTuiError as RecipeTuiError
    from recipe_tui.core.generation.generator import Generator as Generator
    from recipe_tui.core.lora.open import load_model as load_model
    from recipe_tui.core.recipes.reading.reader import read_recipes as read_recipes
    from recipe_tui.core.recipes.recipe import Recipe as Recipe
    from recipe_tui.core.registry.locate import locate_model as locate_model
    from recipe_tui.core.runs.events import Event as Event
    from recipe_tui.core.runs.events import Step as Step
    from recipe_tui.core.runs.events import Validation as Validation
    from recipe_tui.core.text.prompt import Prompt as Prompt
    from recipe_tui.core.text.tokenizer import load_tokenizer as load_tokenizer
    from recipe_tui.core.training.loop import train as train

_HOMES = {
    "BlockStore": "blocks.store",
    "CheckpointError": "errors",
    "Config": "config",
    "Event": "runs.events",
    "Prompt": "text.prompt",
    "Recipe": "recipes.recipe",
    "RecipeTuiError": "errors",
    "Step": "runs.events",
    "Validation": "runs.events",
    "build_store": "blocks.build",
    "load_config": "config",
    "load_tokenizer": "text.tokenizer",
    "locate_model": "registry.locate",
    "read_recipes": "recipes.reading.reader",
    "select_backend": "backend",
}
"""The module of each name that needs no backend."""

_BACKEND_HOMES = {
    "Generator": "generation.generator",
    "load_model": "lora.open",
    "train": "training.loop",
}
"""The module of each name that computes with Keras."""

__all__ = sorted([*_HOMES, *_BACKEND_HOMES])


def __getattr__(name: str) -> Any:
    if name in _BACKEND_HOMES:
        import_module(f"{__name__}.backend").select_backend()
    home = _HOMES.get(name) or _BACKEND_HOMES.get(name)
    if home is None:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{home}"), name)
