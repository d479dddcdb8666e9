"""What pyproject.toml declares is what is imported: no library comes along with another by chance."""

from __future__ import annotations

import ast
import sys
import tomllib
from collections.abc import Iterator
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]

DISTRIBUTIONS = {
    "llama-cpp": "llama-cpp-python",
    "markdown-it": "markdown-it-py",
    "pynvml": "nvidia-ml-py",
    "tensorflow": "tensorflow-cpu",
    "yaml": "pyyaml",
}
"""Distributions whose name is not that of the module."""

COMPARED = {"cooklang-py", "ctranslate2", "peft", "recipe-scrapers", "recipemd", "torch"}
"""What benchmarks and expected values are made with; tests run without."""


def declared(*extras: str) -> set[str]:
    """Return the names of the project's dependencies and of those of some extras."""
    lines = [*PROJECT["dependencies"], *(line for one in extras for line in PROJECT["optional-dependencies"][one])]
    return {canonicalize_name(Requirement(line).name) for line in lines}


def modules_of(tree: ast.AST) -> Iterator[str]:
    """Yield the modules that a module imports anywhere, in functions and for type checkers too."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (one.name for one in node.names)
        elif isinstance(node, ast.ImportFrom) and node.level == 0 and node.module:
            yield node.module


def imported(folder: str) -> set[str]:
    """Return the distributions that the modules below a folder import."""
    found: set[str] = set()
    for path in (ROOT / folder).rglob("*.py"):
        found.update(one.partition(".")[0] for one in modules_of(ast.parse(path.read_text(encoding="utf-8"))))
    names = {canonicalize_name(one) for one in found - sys.stdlib_module_names - {"recipe_tui", "tests"}}
    return {DISTRIBUTIONS.get(name, name) for name in names}


EXTRAS = ("tensorflow", "jax", "cuda", "evaluation", "llama-cpp", "tracking")


@pytest.mark.parametrize("folder", ["recipe_tui", "scripts"])
def test_every_import_is_declared(folder: str) -> None:
    assert imported(folder) <= declared(*EXTRAS)


def test_every_import_of_the_tests_is_declared_for_development() -> None:
    assert imported("tests") <= declared(*EXTRAS, "dev") | COMPARED


def test_every_dependency_is_imported() -> None:
    assert declared() - imported("recipe_tui") == set()
