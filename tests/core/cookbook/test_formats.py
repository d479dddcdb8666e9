"""Recipes are written in formats of other programs, and read back as they were."""

from __future__ import annotations

import gzip
import json
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest
from hypothesis import given, settings

from recipe_tui.core.cookbook.document import MACHINE_WRITTEN, Document, tidied
from recipe_tui.core.cookbook.formats import FORMATS, FormatName, export, file_stem, format_of, free_path, save
from recipe_tui.core.errors import OutputError, UsageError
from recipe_tui.core.recipes.reading.reader import read_recipes
from recipe_tui.core.recipes.recipe import Recipe
from tests.core.cookbook.awkward import RECIPES

READERS = {"json-ld": "json-ld", "recipemd": "recipemd", "cooklang": "cooklang", "paprika": "json", "text": "plain"}
NOTES = (MACHINE_WRITTEN, "May contain milk (buttermilk): 1. *see* the label.")

SOUP = Recipe(
    "Leek & Potato Soup",
    ("For the soup:", "2 leeks, sliced", "1 1/2 cups milk (whole)", "1 (14-ounce) can beans, drained", "salt"),
    ("Melt the butter.", "For the soup:", "Simmer 20 minutes at 200°F."),
    ("French", "soup"),
    servings="4 servings",
    times=("prep 10 min", "active 5 min", "total 1 h 5 min"),
)


def read(path: Path, format_: str = "auto") -> list[object]:
    outcomes = list(read_recipes([path], format_))  # type: ignore[arg-type]
    return [replace(one, source=None) if isinstance(one, Recipe) else one for one in outcomes]


def test_the_table_has_every_name() -> None:
    assert tuple(FORMATS) == get_args(FormatName)


@pytest.mark.parametrize("name", FORMATS)
def test_awkward_recipes_are_read_back_as_they_were(name: FormatName, tmp_path: Path) -> None:
    path = tmp_path / f"recipe{FORMATS[name].suffix}"

    @settings(max_examples=25, deadline=None, database=None, derandomize=True)
    @given(RECIPES)
    def check(recipe: Recipe) -> None:
        document = Document.of(recipe, NOTES)
        path.write_bytes(FORMATS[name].write([document]))
        assert read(path, READERS[name]) == [document.recipe]

    check()


@pytest.mark.parametrize("name", FORMATS)
def test_the_format_is_recognised_by_the_file_alone(name: FormatName, tmp_path: Path) -> None:
    paths = export([Document.of(SOUP, NOTES)], FORMATS[name], tmp_path)
    assert [path.name for path in paths] == [f"leek-potato-soup{FORMATS[name].suffix}"]
    assert read(paths[0]) == [SOUP]


@pytest.mark.parametrize("name", FORMATS)
def test_notes_stand_in_the_file(name: FormatName) -> None:
    content = FORMATS[name].write([Document.of(SOUP, NOTES)])
    text = (gzip.decompress(content) if name == "paprika" else content).decode()
    assert MACHINE_WRITTEN in text.replace("\\", "")


@pytest.mark.parametrize("name", FORMATS)
def test_the_same_recipe_gives_the_same_file(name: FormatName) -> None:
    one, other = (FORMATS[name].write([Document.of(SOUP, NOTES)]) for _ in range(2))
    assert one == other


def test_json_ld_says_what_schema_org_asks_for() -> None:
    value = json.loads(FORMATS["json-ld"].write([Document.of(SOUP)]))
    assert (value["@context"], value["@type"], value["name"]) == ("https://schema.org", "Recipe", SOUP.title)
    assert (value["prepTime"], value["totalTime"], value["recipeYield"]) == ("PT10M", "PT1H5M", "4 servings")
    assert value["recipeInstructions"][0] == {"@type": "HowToStep", "text": "Melt the butter."}
    assert value["recipeInstructions"][1]["@type"] == "HowToSection"


def test_recipemd_marks_amounts_tags_and_yield() -> None:
    text = FORMATS["recipemd"].write([Document.of(SOUP)]).decode()
    assert "- *1 1/2 cups* milk (whole)" in text
    assert "*French, soup*" in text
    assert "**4 servings**" in text
    assert "- *1* (14-ounce) can beans, drained" in text


def test_cooklang_marks_ingredients_with_number_and_unit() -> None:
    text = FORMATS["cooklang"].write([Document.of(SOUP)]).decode()
    assert "@milk (whole){1 1/2%cups}" in text
    assert "@beans{1%(14-ounce) can}(drained)" in text
    assert "@leeks{2}(sliced)" in text
    assert "@salt{}" in text


def test_several_recipes_are_one_file_of_paprika_or_json_ld(tmp_path: Path) -> None:
    stew = replace(SOUP, title="Stew")
    documents = [Document.of(SOUP), Document.of(stew)]
    for name in ("paprika", "json-ld"):
        (path,) = export(documents, FORMATS[name], tmp_path / f"all{FORMATS[name].collection_suffix}")
        assert read(path) == [SOUP, stew]
    with zipfile.ZipFile(tmp_path / "all.paprikarecipes") as archive:
        assert archive.namelist() == ["0001.paprikarecipe", "0002.paprikarecipe"]
    with pytest.raises(UsageError, match="a file of the format cooklang holds one"):
        export(documents, FORMATS["cooklang"], tmp_path / "all.cook")


def test_several_recipes_are_files_of_their_own_in_a_folder(tmp_path: Path) -> None:
    paths = export([Document.of(SOUP), Document.of(SOUP)], FORMATS["recipemd"], tmp_path / "made" / "here")
    assert [path.name for path in paths] == ["leek-potato-soup.md", "leek-potato-soup-2.md"]


def test_nothing_is_overwritten_unasked(tmp_path: Path) -> None:
    path = tmp_path / "soup.md"
    path.write_text("mine")
    with pytest.raises(OutputError, match="exists already"):
        export([Document.of(SOUP)], FORMATS["recipemd"], path)
    assert path.read_text() == "mine"
    export([Document.of(SOUP)], FORMATS["recipemd"], path, overwrite=True)
    assert path.read_text().startswith("# Leek")


def test_a_dangling_link_is_not_written_through(tmp_path: Path) -> None:
    (tmp_path / "recipe.md").symlink_to(tmp_path / "elsewhere")
    assert free_path(tmp_path, "recipe", ".md").name == "recipe-2.md"
    with pytest.raises(OutputError, match="exists already"):
        save(tmp_path / "recipe.md", b"")
    assert not (tmp_path / "elsewhere").exists()


@pytest.mark.parametrize(
    ("title", "stem"),
    [
        ("Grandma's Apple Pie!", "grandmas-apple-pie"),
        ("../../etc/passwd", "etc-passwd"),
        ("", "recipe"),
        ("@#{}*", "recipe"),
        ("..", "recipe"),
        ("CON", "con-recipe"),
        ("寿司 ごはん", "寿司-ごはん"),
        ("a\nb\0c", "a-b-c"),
        ("x" * 300, "x" * 80),
    ],
)
def test_a_file_is_named_by_its_title(title: str, stem: str) -> None:
    assert file_stem(title) == stem
    assert len(file_stem("寿" * 300).encode()) <= 200


def test_a_suffix_tells_the_format() -> None:
    names = [format_of(Path(name)) for name in ("a.md", "a.cook", "a.json", "a.paprikarecipes", "a.docx", "a")]
    assert [one.name if one else None for one in names] == ["recipemd", "cooklang", "json-ld", "paprika", None, None]


def test_text_is_tidied_before_it_is_written() -> None:
    recipe = Recipe("a\n b\x00", ("", " x \t y", "For  it :", ":"), ("e\u0301",), ("a, b", "a"), servings="4")
    recipe = replace(recipe, times=("30 minutes", "prep 5 min", "total 1 h"))
    assert tidied(recipe) == Recipe(
        "a b", ("x y", "For it:"), ("é",), ("a", "b"), servings="4 servings", times=("prep 5 min", "total 30 min")
    )
