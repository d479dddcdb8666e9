"""Archives of several files, such as the exports of recipe managers."""

from __future__ import annotations

import gzip
import json
import zipfile

import pytest

from recipe_tui.core.browsing.origin import read_place
from recipe_tui.core.errors import SourceError
from recipe_tui.core.recipes.reading import Unreadable, read_recipes
from tests.core.recipes.reading.conftest import TEA, TOAST, fields, fields_of


def zip_of(path, **files):
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            archive.writestr(name.replace("__", "."), data)
    return path


def test_paprikas_export_is_a_zip_of_gzipped_json(tmp_path):
    def paprika(record):
        lines = {
            "name": record["title"],
            "ingredients": "\n".join(record["ingredients"]),
            "directions": "\n\n".join(record["directions"]),
        }
        return gzip.compress(json.dumps(lines).encode())  # fmt: skip

    for files in (
        {"a__paprikarecipe": paprika(TEA), "b__paprikarecipe": paprika(TOAST)},
        {"a__paprikarecipe": paprika(TEA)},
    ):
        recipes = list(read_recipes([zip_of(tmp_path / "My.paprikarecipes", **files)]))
        assert [fields(recipe) for recipe in recipes] == [fields_of(TEA), fields_of(TOAST)][: len(files)]
        assert [recipe.source.line for recipe in recipes] == [1, 2][: len(files)]


def test_each_file_of_an_archive_is_read_in_its_own_format_and_shown_again(tmp_path):
    path = zip_of(
        tmp_path / "book.zip",
        a__json=json.dumps(TEA),
        b__png=b"\x89PNG\0",
        c__csv="title,ingredients,steps\nPie,jam,Bake.\n",
    )
    tea, pie = read_recipes([path])
    assert (tea.title, pie.title, pie.source.file, pie.source.line) == ("Mint Tea", "Pie", str(path), 2)
    assert read_place(pie.source).text == "Pie,jam,Bake.\n"
    assert json.loads(read_place(tea.source).text) == TEA


def test_a_file_of_an_archive_that_cannot_be_read_is_named(tmp_path):
    path = zip_of(tmp_path / "book.zip", a__json=json.dumps(TEA), b__json="{")
    tea, unreadable = read_recipes([path])
    assert (tea.title, type(unreadable)) == ("Mint Tea", Unreadable)
    assert unreadable.reason.startswith("b.json: ")


def test_an_archive_that_unpacks_to_out_of_all_proportion_is_refused(tmp_path):
    path = zip_of(tmp_path / "bomb.zip", a__json=bytes(40 * 2**20), b__json=b"{}")
    with pytest.raises(SourceError, match="out of all proportion"):
        list(read_recipes([path]))


def test_a_file_without_a_name_is_damage(tmp_path):
    with zipfile.ZipFile(tmp_path / "book.zip", "w") as archive:
        archive.writestr("a.json", json.dumps(TEA))
        archive.filelist[0].filename = ""
    with pytest.raises(SourceError, match="is damaged"):
        list(read_recipes([tmp_path / "book.zip"]))


def test_an_archive_of_a_later_version_is_damage(tmp_path):
    path = zip_of(tmp_path / "book.zip", a=json.dumps(TEA), b=json.dumps(TOAST))
    path.write_bytes(path.read_bytes().replace(b"PK\x01\x02\x14\x03\x14\x00", b"PK\x01\x02\x14\x03\xff\x00"))
    with pytest.raises(SourceError, match="is damaged"):
        list(read_recipes([path]))
