from __future__ import annotations

import os
from pathlib import Path

import pytest

from recipe_tui.core.errors import SourceError, UsageError
from recipe_tui.core.recipes.reading import read_recipes
from recipe_tui.core.recipes.reading.sources import find_sources


def names(sources, root) -> list[str]:
    return [file.path.relative_to(root).as_posix() for file in sources.files]


def test_a_folder_stands_for_its_files_sorted_and_without_hidden_ones(write, tmp_path):
    for name in ("b.jsonl", "a/z.csv", "a/.hidden.csv", ".git/x.json", "c.txt"):
        write(name, "x")
    found = find_sources([tmp_path], "auto")
    assert names(found, tmp_path) == ["a/z.csv", "b.jsonl", "c.txt"]
    assert not any(file.named for file in found.files)
    assert found.hidden == (tmp_path / "a/.hidden.csv",)


def test_the_order_of_the_sources_does_not_matter_and_each_file_is_read_once(write, tmp_path):
    a, b = write("a.jsonl", "x"), write("b.jsonl", "x")
    one = find_sources([b, a, tmp_path], "auto")
    assert one == find_sources([str(tmp_path), str(a), b, a, tmp_path / "." / "b.jsonl"], "auto")
    assert names(one, tmp_path) == ["a.jsonl", "b.jsonl"]
    assert all(file.named for file in one.files)


def test_one_source_may_stand_alone(write, tmp_path):
    assert names(find_sources(str(write("a.jsonl", "x")), "auto"), tmp_path) == ["a.jsonl"]


def test_a_hidden_file_that_is_named_is_read(write, tmp_path):
    assert names(find_sources([write(".recipes.jsonl", "x")], "auto"), tmp_path) == [".recipes.jsonl"]


def test_a_name_without_a_file_may_be_a_hub_name(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    assert find_sources(["user/recipes", "recipes:main"], "auto").data_sets == ("recipes:main", "user/recipes")
    assert find_sources(["user/recipes"], "hub").data_sets == ("user/recipes",)


def test_a_file_of_that_name_comes_first_unless_the_hub_is_asked_for(write, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    write("user/recipes", "x")
    assert [str(file.path) for file in find_sources(["user/recipes"], "auto").files] == ["user/recipes"]
    assert find_sources(["user/recipes"], "hub").data_sets == ("user/recipes",)


@pytest.mark.parametrize(
    ("source", "source_format"),
    [
        ("recipes.jsonl", "auto"),
        ("a/b/recipes", "auto"),
        ("/nowhere", "auto"),
        ("user/recipes", "csv"),
        ("a/b/c", "hub"),
        ("x" * 5000, "jsonl"),
        ("nul\0name.csv", "auto"),
    ],
)
def test_anything_else_that_does_not_exist_is_an_error(tmp_path, monkeypatch, source, source_format):
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SourceError) as error:
        find_sources([source], source_format)
    assert error.value.message == f"{source}: no such file"
    assert error.value.hint


def test_an_empty_folder_is_an_error(write, tmp_path):
    write(".hidden", "x")
    with pytest.raises(SourceError, match="no file in this folder, only hidden ones"):
        find_sources([tmp_path], "auto")


def test_no_source_is_an_error():
    with pytest.raises(UsageError, match="no source"):
        find_sources([], "auto")


def test_a_pipe_is_neither_a_file_nor_a_folder_and_is_left_alone_in_a_folder(write, tmp_path):
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(SourceError, match="neither a file nor a folder"):
        find_sources([tmp_path / "pipe"], "auto")
    write("a.jsonl", "x")
    assert names(find_sources([tmp_path], "auto"), tmp_path) == ["a.jsonl"]


def test_a_place_that_may_not_be_looked_into_is_an_error(write, tmp_path, monkeypatch):
    def refuse(*arguments, **options):
        raise PermissionError(13, "Permission denied", str(tmp_path))

    write("a.jsonl", "x")
    with monkeypatch.context() as patched:
        patched.setattr(os, "scandir", refuse)
        with pytest.raises(SourceError, match="cannot be listed"):
            find_sources([tmp_path], "auto")
    monkeypatch.setattr(Path, "stat", refuse)
    with pytest.raises(SourceError, match="permission denied"):
        find_sources([tmp_path / "a.jsonl"], "auto")


def test_hidden_files_and_folders_are_counted_unless_they_are_named(write, tmp_path):
    named = write(".named.json", '{"title": "Tea", "ingredients": ["mint"], "directions": ["Boil it."]}')
    write("a.json", '{"title": "Tea", "ingredients": ["tea"], "directions": ["Boil it."]}')
    for name in (".b.json", ".more/c.json", ".git/config", ".DS_Store"):
        write(name, "x")
    found = find_sources([tmp_path, named], "auto")
    assert found.hidden == (tmp_path / ".b.json", tmp_path / ".more")
    read = list(read_recipes([tmp_path, named]))
    assert [type(one).__name__ for one in read] == ["Recipe", "Recipe", "Unreadable", "Unreadable"]
