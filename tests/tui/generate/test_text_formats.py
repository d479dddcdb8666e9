from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from recipe_tui.core.config import GenerationConfig
from recipe_tui.core.errors import OutputError
from recipe_tui.core.text.prompt import Prompt
from recipe_tui.tui.generate.generation_session import GenerationRequest
from recipe_tui.tui.generate.text_formats import free_path, rendered, save
from recipe_tui.workers.protocol import Text

ASKED = GenerationRequest("/runs/0412/model", Prompt("Crème", ("1 egg",)), GenerationConfig())
TEXT = Text("Crème\n1 egg\nWhisk.\nBake.", "Crème", ("1 egg",), ("Whisk.", "Bake."), "stop", 5, 9.0, 42)


def test_as_text_it_is_what_was_written() -> None:
    assert rendered(TEXT, ASKED, "txt") == "Crème\n1 egg\nWhisk.\nBake.\n"


def test_as_markdown_it_has_headings_and_lists() -> None:
    assert rendered(TEXT, ASKED, "md") == (
        "# Crème\n\n## Ingredients\n\n- 1 egg\n\n## Directions\n\n1. Whisk.\n2. Bake.\n"
    )


def test_as_markdown_tags_servings_and_times_stand_below_the_title() -> None:
    text = replace(TEXT, tags=("vegan", "soup"), servings="4 servings", times=("prep 5 min", "total 1 h"))
    assert rendered(text, ASKED, "md").startswith(
        "# Crème\n\n*vegan, soup*\n\n**4 servings**\n\n- prep 5 min\n- total 1 h\n\n## Ingredients\n"
    )


def test_as_json_it_has_all_that_writes_it_again() -> None:
    values = json.loads(rendered(TEXT, ASKED, "json"))
    assert values["model"] == "/runs/0412/model"
    assert values["generation"]["seed"] == 42
    assert values["prompt"]["ingredients"] == ["1 egg"]
    assert values["written"]["steps"] == ["Whisk.", "Bake."]


def test_a_free_name_is_proposed(tmp_path: Path) -> None:
    first = free_path("Crème “brûlée”/../etc", "md", tmp_path)
    assert first == tmp_path / "crème-brûlée-etc.md"
    first.touch()
    assert free_path("Crème “brûlée”/../etc", "md", tmp_path).name == "crème-brûlée-etc-2.md"
    assert free_path("", "txt", tmp_path).name == "recipe.txt"


def test_nothing_is_overwritten_unasked(tmp_path: Path) -> None:
    path = tmp_path / "new" / "soup.txt"
    save(path, "first")
    with pytest.raises(FileExistsError):
        save(path, "second")
    assert path.read_text() == "first"
    save(path, "second", overwrite=True)
    assert path.read_text() == "second"


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(OutputError, match="is a folder"):
        save(tmp_path, "text")
