"""The library surface: what `recipe_tui.core` offers, and that it costs nothing until it is used."""

from __future__ import annotations

import subprocess
import sys

import pytest

from recipe_tui import core
from recipe_tui.core.blocks.store import BlockStore
from recipe_tui.core.config import load_config
from recipe_tui.core.recipes.reading import read_recipes


def test_importing_it_and_what_reads_recipes_loads_no_backend() -> None:
    code = "import sys; from recipe_tui.core import BlockStore, load_config, read_recipes; print(*sys.modules)"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert not {"tensorflow", "jax", "keras", "torch"} & set(done.stdout.split())


def test_its_names_are_those_of_the_modules_that_define_them() -> None:
    assert core.load_config is load_config
    assert core.read_recipes is read_recipes
    assert core.BlockStore is BlockStore


def test_every_name_that_it_lists_can_be_imported() -> None:
    assert not [name for name in core.__all__ if not hasattr(core, name)]


def test_any_other_name_is_missing_as_from_any_module() -> None:
    with pytest.raises(AttributeError, match="has no attribute 'fit'"):
        core.fit  # noqa: B018
