"""README and CONTRIBUTING name what the tables of the package hold, and paths that exist."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path
from typing import get_args
from urllib.parse import unquote

import pytest

from recipe_tui import core
from recipe_tui.core.config import GenerationConfig, SourceFormat
from recipe_tui.core.families.table import FAMILIES
from recipe_tui.core.generation.processors import PROCESSORS
from recipe_tui.core.recipes.reading.formats import FORMATS
from recipe_tui.core.training.resume import CHANGEABLE

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text(encoding="utf-8")
CONTRIBUTING = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
LAYERS = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["importlinter"]["contracts"][1]


def table(title: str) -> list[str]:
    """Return the first column of the README's table whose header begins so, without the marks of code."""
    _, found, rest = README.partition(f"\n| {title} |")
    assert found, title
    rows = rest.partition("\n\n")[0].splitlines()[2:]
    return [row.split("|")[1].strip().replace("`", "") for row in rows]


def test_the_readme_lists_the_formats_that_are_recognised() -> None:
    assert table("format") == [*(one.name for one in FORMATS), "hub"]


def test_every_format_that_can_be_set_has_a_reader() -> None:
    assert {"auto", "hub", *(one.name for one in FORMATS)} == set(get_args(SourceFormat))


def test_the_readme_lists_the_families() -> None:
    assert table("family") == [one.title for one in FAMILIES.values()]


def test_the_readme_lists_the_controls_in_the_order_in_which_they_act() -> None:
    sentence = re.search(r"The controls act in this order: ([^.]*)\.", README)
    assert sentence is not None
    named = re.findall(r"`(\w+)`", sentence[1])
    controls = {name.removesuffix("_size").removesuffix("_multiplier"): name for name in GenerationConfig.model_fields}
    assert named == [controls[one.__name__] for one in PROCESSORS if one.__name__ in controls]
    assert named == [name for name in GenerationConfig.model_fields if name in named]


def test_the_readme_lists_the_names_of_the_library() -> None:
    assert sorted(name for row in table("name") for name in row.split(", ")) == core.__all__


def test_the_readme_names_the_settings_that_a_resumed_run_can_change() -> None:
    _, _, rules = README.partition("These settings can change when a run is resumed:")
    rules = rules.partition("\n\n")[0]
    assert {name for name in CHANGEABLE if name in rules or name.replace("_", "-") in rules} == set(CHANGEABLE)


def test_contributing_lists_the_layers_of_the_import_contracts_in_their_order() -> None:
    layers = [part for layer in LAYERS["layers"] for part in layer.split(" | ")]
    named = [name.removesuffix(".py").replace("/", ".") for name in re.findall(r"`(recipe_tui/[\w/.]+)`", the_map())]
    assert [name for name in named if name in layers] == layers


def the_map() -> str:
    """Return the table of layers: the first columns of its rows."""
    section = CONTRIBUTING.partition("## The map")[2].partition("\n##")[0]
    return "\n".join(row.split("|")[1] for row in section.splitlines() if row.startswith("| `"))


@pytest.mark.parametrize("page", ["README.md", "CONTRIBUTING.md", "output/README.md"])
def test_every_path_that_a_page_names_exists(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    link = re.compile(r"\]\(([^)#]+)\)")
    links = [unquote(found) for found in link.findall(text) if "://" not in found]
    assert not [found for found in links if not ((ROOT / page).parent / found).exists()]
    paths = re.findall(r"(?:recipe_tui|tests|scripts)/[\w/.-]*\w", link.sub("", text))
    assert not [path for path in paths if not (ROOT / path).exists()]


@pytest.mark.parametrize("page", [README, CONTRIBUTING], ids=["README", "CONTRIBUTING"])
def test_every_module_that_a_page_starts_exists(page: str) -> None:
    modules = re.findall(r"python -m (tests[\w.]+\w)", page)
    files = {name: ROOT / name.replace(".", "/") for name in modules}
    assert not [
        name
        for name, path in files.items()
        if not (path.with_suffix(".py").exists() or (path / "__main__.py").exists())
    ]
