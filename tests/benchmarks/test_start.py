"""Every benchmark starts, and every name that it takes from the package, in functions too, is there."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path

import pytest

from recipe_tui import core

SOURCES = {path.stem: path for path in Path(__file__).parent.glob("*.py") if not path.stem.startswith(("test_", "_"))}
NO_PROGRAMS = {"fake_workbench", "fake_writer", "peers", "table"}


@pytest.mark.parametrize("name", sorted(SOURCES.keys() - NO_PROGRAMS))
def test_it_explains_itself(name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", [name, "--help"])
    with pytest.raises(SystemExit, match=r"^0$"):
        import_module(f"tests.benchmarks.{name}").main()
    assert f"python -m tests.benchmarks.{name}" in " ".join(capsys.readouterr().out.split())


def test_all_of_them_start_as_one(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
    monkeypatch.setattr(sys, "argv", ["benchmarks", "--help"])
    with pytest.raises(SystemExit, match=r"^0$"):
        import_module("tests.benchmarks.__main__").main()
    assert "python -m tests.benchmarks" in " ".join(capsys.readouterr().out.split())


@pytest.mark.parametrize("name", sorted(SOURCES))
def test_what_it_imports_exists(name: str) -> None:
    tree = ast.parse(SOURCES[name].read_text(encoding="utf-8"))
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and (node.module or "").startswith("recipe_tui"):
            names = {one.name for one in node.names}
            assert names <= set(defined(str(node.module))), node.module
        elif isinstance(node, ast.Attribute) and isinstance(node.value, ast.Name) and node.value.id == "core":
            assert node.attr in core.__all__


def defined(module: str) -> Iterator[str]:
    """Yield the names that a module offers, without importing what may import a backend."""
    if module == "recipe_tui.core":
        yield from core.__all__
    spec = find_spec(module)
    assert spec is not None and spec.origin is not None, module
    if spec.submodule_search_locations:
        yield from (path.stem for folder in spec.submodule_search_locations for path in Path(folder).iterdir())
    for node in ast.parse(Path(spec.origin).read_text(encoding="utf-8")).body:
        if isinstance(node, ast.ClassDef | ast.FunctionDef):
            yield node.name
        elif isinstance(node, ast.Assign):
            yield from (one.id for one in node.targets if isinstance(one, ast.Name))
        elif isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id
        elif isinstance(node, ast.ImportFrom):
            yield from (one.asname or one.name for one in node.names)
