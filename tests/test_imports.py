"""What is imported when: the command line starts at once, and the core knows no screen."""

from __future__ import annotations

import subprocess
import sys

import pytest

HEAVY = {"tensorflow", "keras", "jax", "torch", "transformers", "datasets", "pyarrow", "rensa", "pandas", "numpy"}
SCREENS = {"textual", "rich", "typer"}


def imported_by(statement: str) -> set[str]:
    """Return the top-level modules that a fresh Python has after a statement."""
    code = f"import sys; {statement}; print(*sorted({{name.partition('.')[0] for name in sys.modules}}))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    return set(done.stdout.split())


@pytest.mark.parametrize(
    "module",
    [
        "recipe_tui.cli.app",
        "recipe_tui.core.config",
        "recipe_tui.core.backend",
        "recipe_tui.sample",
    ],
)
def test_starting_imports_nothing_heavy(module: str) -> None:
    assert not imported_by(f"import {module}") & HEAVY


@pytest.mark.parametrize(
    "package", ["blocks", "families", "measures", "novelty", "planning", "recipes", "registry", "runs", "text"]
)
def test_no_module_of_what_only_describes_imports_a_backend(package: str) -> None:
    every = (
        f"import pkgutil, importlib, recipe_tui.core.{package} as package; "
        "[importlib.import_module(one.name) for one in pkgutil.walk_packages(package.__path__, package.__name__ + '.')]"
    )
    assert not imported_by(every) & {"tensorflow", "keras", "jax", "torch"}


def test_a_command_imports_no_other_command_and_no_reader() -> None:
    code = (
        "import sys; from recipe_tui.cli.app import application; application(['models']); alone = set(sys.modules); "
        "application(); print(*({'recipe_tui.cli.train', 'recipe_tui.core.runs.process'} & alone), "
        "*({'yaml', 'recipe_tui.core.recipes.reading'} & sys.modules.keys()))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.split() == []


def test_listing_runs_and_adapters_imports_no_backend() -> None:
    loaded = imported_by("import recipe_tui.core.runs.status, recipe_tui.core.runs.launch, recipe_tui.core.lora.peft")
    assert not loaded & {"tensorflow", "keras", "jax", "torch", "transformers", "datasets"}


def test_the_data_side_needs_no_backend() -> None:
    loaded = imported_by("import recipe_tui.core.blocks.build, recipe_tui.core.text.tokenizer")
    assert not loaded & {"tensorflow", "keras", "jax"}


def test_the_core_knows_no_screen() -> None:
    modules = ("config", "backend", "blocks.build", "recipes.reading", "text.tokenizer", "runs.status")
    assert not imported_by("import " + ", ".join(f"recipe_tui.core.{name}" for name in modules)) & SCREENS
