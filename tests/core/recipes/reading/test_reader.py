from __future__ import annotations

import gzip
import json
import subprocess
import sys

import datasets
import pytest

from recipe_tui.core.errors import SourceError
from recipe_tui.core.recipes.reading import Unreadable, json_text, read_recipes, reader, source_files
from tests.core.recipes.reading.conftest import TEA, TOAST, fields, fields_of

PLAIN = "Mint Tea\n1 handful mint\n2 cups water\nBoil the water and pour it over the mint.\n"


def titles(outcomes) -> list[str]:
    return [outcome.title for outcome in outcomes if not isinstance(outcome, Unreadable)]


def test_each_file_of_a_folder_is_read_in_its_own_format(write, tmp_path):
    write("a.jsonl", TEA)
    write("b.csv", "title,ingredients,directions\nToast,bread,Toast it.\n")
    write("c.recipes.training", PLAIN)
    write("d/e.json.gz", [TOAST])
    recipes = list(read_recipes([tmp_path]))
    assert titles(recipes) == ["Mint Tea", "Toast", "Mint Tea", "Garlic Toast"]
    assert [recipe.source.split for recipe in recipes] == [None, None, "train", None]


def test_the_format_can_be_forced(write):
    path = write("book.txt", f"{json.dumps(TEA)}\n")
    (recipe,) = read_recipes([path], "jsonl")
    assert fields(recipe) == fields_of(TEA)
    with pytest.raises(SourceError, match="malformed JSON"):
        list(read_recipes([write("plain.txt", PLAIN)], "json"))


def test_a_named_text_of_an_unknown_kind_is_an_error_that_names_the_formats(write):
    for name in ("book.md", "book.rst", "book"):
        with pytest.raises(SourceError, match="of an unknown kind") as error:
            list(read_recipes([write(name, PLAIN)]))
        assert "markdown" in error.value.hint
        assert titles(read_recipes([write(name, PLAIN)], "plain")) == ["Mint Tea"]


def test_a_name_that_no_file_has_is_read_from_the_hub(monkeypatch):
    data_set = datasets.DatasetDict({"train": datasets.Dataset.from_list([TEA])})
    monkeypatch.setattr(datasets, "load_dataset", lambda *arguments: data_set)
    (recipe,) = read_recipes(["somebody/recipes"])
    assert (fields(recipe), recipe.source.file) == (fields_of(TEA), "somebody/recipes")


def test_a_missing_file_is_an_error_before_anything_is_read(write):
    with pytest.raises(SourceError, match=r"missing\.jsonl: no such file"):
        read_recipes([write("book.jsonl", TEA), "missing.jsonl"])


def test_reading_is_lazy(write):
    """The first recipe arrives, though the file breaks off further on."""
    lines = "".join(json.dumps({**TEA, "title": f"Tea {number * 7919 % 104729}"}) + "\n" for number in range(5000))
    path = write("book.jsonl.gz", lines)
    path.write_bytes(path.read_bytes()[:-2000])
    recipes = read_recipes([path])
    assert next(recipes).title == "Tea 0"
    *rest, cut = recipes
    assert len(rest) > 3000
    assert cut == Unreadable(str(path), 0, "the gzip file breaks off")


INGREDIENTS = [{"name": "mint"}, {"name": "[water]"}]
RECORDS = [{**TEA, "title": f"Tea {number}", "ingredients": INGREDIENTS} for number in "123"]
JSON_LD = {"@type": "Recipe", "name": "Tea", "recipeIngredient": ["mint"], "recipeInstructions": ["Boil."]}


@pytest.mark.parametrize(
    ("document", "titles"),
    [
        (RECORDS, ["Tea 1", "Tea 2"]),
        ({"count": 3, "data": {"recipes": RECORDS}}, ["Tea 1", "Tea 2"]),
        ({"a": RECORDS[0], "b": RECORDS[1], "c": RECORDS[2]}, ["Tea 1", "Tea 2"]),
        ({"@context": "x", "@graph": [{"@type": "WebPage"}, JSON_LD, JSON_LD]}, ["Tea"]),
    ],
)
def test_of_a_document_that_is_cut_off_the_whole_recipes_are_read_and_the_cut_is_said(write, document, titles):
    text = json.dumps(document, indent=1)
    path = write("book.json", text[: text.rindex("Boil") + 3])
    *recipes, cut = read_recipes([path])
    assert [recipe.title for recipe in recipes] == titles
    assert "cut off" in cut.reason


def test_a_large_array_that_is_cut_off_is_read_up_to_there(write, monkeypatch):
    monkeypatch.setattr(json_text, "_SMALL", 100)
    path = write("book.json", json.dumps(RECORDS)[:-40])
    *recipes, cut = read_recipes([path])
    assert [recipe.title for recipe in recipes] == ["Tea 1", "Tea 2"]
    assert "cut off (line 1)" in cut.reason


def test_a_document_that_is_cut_off_in_its_only_recipe_is_an_error(write):
    for document in (TEA, [TEA], {"recipes": [TEA]}):
        with pytest.raises(SourceError, match="malformed JSON"):
            list(read_recipes([write("book.json", json.dumps(document)[:-12])]))


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("empty.jsonl", b"", "the file is empty"),
        ("blank.jsonl", b"\n \n", "no recipe found"),
        ("photo.png", b"\x89PNG\r\n\x1a\n\0\0", "a binary file, not text"),
        ("book.json", b'{"title": ', "malformed JSON: Expecting value (line 1, column 11)"),
        ("book.csv", b"a,b\n1,2\n", "its columns (a, b) are not those of a recipe table"),
        ("book.jsonl", b'["Tea"]\n{"ingredients": 3}\n', "no recipe found ("),
        ("list.json", b"[]", "no recipe found"),
        ("config.json", b'{"layers": [1, 2], "width": 5}', "no recipe found ("),
        ("other.jsonl", b'{"question": "?", "answer": "!"}', "no recipe found"),
        ("page.html", b"<!DOCTYPE html><p>Tea</p>", "no recipe found"),
        ("blank.txt", b"\n\n", "no recipe found"),
        ("latin.txt", "Crème fraîche é\n".encode() + b"caf\xe9\n", "no recipe found"),
        ("notes.txt", b"Remember the milk.\n", "no recipe found: nowhere do directions follow ingredients"),
        ("book.jsonl.gz", gzip.compress(b"{}" * 500, mtime=0)[:-8], "the gzip file breaks off"),
        ("book.parquet", b"PAR1 and no more", "not a readable Parquet file"),
    ],
)
def test_a_named_file_that_cannot_be_read_is_an_error_and_one_in_a_folder_is_unreadable(tmp_path, name, content, said):
    path = tmp_path / "bad" / name
    path.parent.mkdir()
    path.write_bytes(content)
    good = tmp_path / "bad" / "good.jsonl"
    good.write_text(json.dumps(TEA))

    with pytest.raises(SourceError) as error:
        list(read_recipes([path, good]))
    assert error.value.message.startswith(f"{path}: {said}")
    assert "\n" not in error.value.message
    assert error.value.hint

    outcomes = list(read_recipes([tmp_path / "bad"]))
    last = [outcome for outcome in outcomes if isinstance(outcome, Unreadable) and outcome.line == 0]
    assert [unreadable.file for unreadable in last] == [str(path)]
    assert last[0].reason.startswith(said)
    assert "Mint Tea" in titles(outcomes)


def test_a_file_without_a_recipe_names_the_first_reason(write):
    path = write("book.jsonl", '{"ingredients": 3}\n{"ingredients": 4}\n')
    with pytest.raises(SourceError, match="no recipe found") as error:
        list(read_recipes([path]))
    assert f"{path}:1: ingredients is a number, not a list or text" in error.value.message


def test_a_file_of_an_unknown_kind_in_a_folder_is_unreadable_once(write, tmp_path):
    readme = write("README.md", "# Recipes\nSome recipes.\n")
    write("book.jsonl", TEA)
    assert [outcome for outcome in read_recipes([tmp_path]) if isinstance(outcome, Unreadable)] == [
        Unreadable(str(readme), 0, "of an unknown kind")
    ]


def test_a_folder_in_which_nothing_is_readable_is_an_error(write, tmp_path):
    write("README.md", "# Recipes\n")
    write("photo.jpg", b"\xff\xd8\xff\xe0\0\0")
    with pytest.raises(SourceError, match=r"no recipe found .*of an unknown kind"):
        list(read_recipes([tmp_path]))


def test_source_files_are_those_that_are_read(write, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    b, a = write("b.jsonl", TEA), write("folder/a.jsonl", TEA)
    assert source_files([b, tmp_path / "folder", "user/recipes"]) == [b, a]
    assert source_files(["folder", "user/recipes"], "hub") == [a.relative_to(tmp_path)]


def test_importing_the_reader_loads_no_heavy_library():
    heavy = {"datasets", "pyarrow", "pandas", "transformers", "keras", "tensorflow", "numpy"}
    code = f"import sys, recipe_tui.core.recipes.reading; print(sorted({heavy} & set(sys.modules)))"
    assert subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


def test_a_file_without_a_recipe_is_not_read_to_its_end(write, monkeypatch):
    monkeypatch.setattr(reader, "_PATIENCE", 10)
    path = write("book.jsonl", "[1]\n" * 100)
    outcomes = read_recipes([path])
    assert [next(outcomes).line for _ in range(10)] == list(range(1, 11))
    with pytest.raises(SourceError, match=r"no recipe found .*:1: a list"):
        next(outcomes)
