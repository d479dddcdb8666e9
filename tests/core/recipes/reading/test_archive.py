"""Archives of several files, such as the exports of recipe managers."""

from __future__ import annotations

import gzip
import io
import json
import tarfile
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


def test_a_file_whose_own_header_has_a_malformed_name_is_damage(tmp_path):
    with zipfile.ZipFile(tmp_path / "book.zip", "w") as archive:
        archive.writestr("é.json", json.dumps(TEA))
        archive.writestr("b.json", json.dumps(TOAST))
    data = (tmp_path / "book.zip").read_bytes()
    (tmp_path / "book.zip").write_bytes(data.replace("é".encode(), b"\xae\xae", 1))
    with pytest.raises(SourceError, match="cannot be unpacked"):
        list(read_recipes([tmp_path / "book.zip"]))


def test_a_file_whose_name_leads_out_of_the_archive_is_read_and_leads_nowhere(tmp_path):
    with zipfile.ZipFile(tmp_path / "book.zip", "w") as archive:
        archive.writestr("../a.json", json.dumps(TEA))
        archive.writestr("b.json", json.dumps(TOAST))
    tea, toast = read_recipes([tmp_path / "book.zip"])
    assert (fields(tea), fields(toast)) == (fields_of(TEA), fields_of(TOAST))
    assert [path.name for path in tmp_path.iterdir()] == ["book.zip"]


def tar_of(path, mode="w", **files):
    with tarfile.open(path, mode) as archive:
        for name, data in files.items():
            member = tarfile.TarInfo(name.replace("__", "."))
            member.size = len(data)
            archive.addfile(member, io.BytesIO(data))
    return path


RECIPE, OTHER = json.dumps(TEA).encode(), json.dumps(TOAST).encode()


@pytest.mark.parametrize(
    ("name", "mode"),
    [("a.tar", "w"), ("a.tar.gz", "w:gz"), ("a.tgz", "w:gz"), ("a.tar.bz2", "w:bz2"), ("a.tar.xz", "w:xz"), ("a", "w")],
)
def test_a_tar_archive_is_read_compressed_or_not(tmp_path, name, mode):
    path = tar_of(tmp_path / name, mode, a__json=RECIPE, b__json=OTHER, __c__json=b"{")
    tea, toast, hidden = read_recipes([path])
    assert hidden.reason.startswith(".c.json: a hidden file")
    assert (fields(tea), fields(toast)) == (fields_of(TEA), fields_of(TOAST))
    assert json.loads(read_place(toast.source).text) == TOAST


def test_an_archive_may_lie_in_an_archive(tmp_path):
    inner = zip_of(tmp_path / "inner.zip", a__json=RECIPE, b__json=OTHER).read_bytes()
    packed = tar_of(tmp_path / "inner.tgz", "w:gz", a__json=RECIPE).read_bytes()
    one = list(read_recipes([zip_of(tmp_path / "one.zip", inner__zip=inner)]))
    assert [fields(recipe) for recipe in one] == [fields_of(TEA), fields_of(TOAST)]
    path = zip_of(tmp_path / "several.zip", a__zip=inner, b__tgz=packed, c__json=OTHER)
    several = list(read_recipes([path]))
    assert [recipe.title for recipe in several] == ["Mint Tea", "Garlic Toast", "Mint Tea", "Garlic Toast"]
    assert [recipe.source.line for recipe in several] == [1, 2, 3, 4]
    assert json.loads(read_place(several[2].source).text) == TEA


def test_archives_in_archives_end_somewhere(tmp_path):
    data = RECIPE
    for depth in range(6):
        data = zip_of(tmp_path / f"{depth}.zip", **{f"{depth}__zip" if depth else "a__json": data}).read_bytes()
    with pytest.raises(SourceError, match="nested too deeply"):
        list(read_recipes([tmp_path / "5.zip"]))


def test_archives_in_an_archive_share_what_they_may_unpack_to(tmp_path):
    inner = zip_of(tmp_path / "inner.zip", a__json=bytes(20 * 2**20), b__json=b"{}").read_bytes()
    path = zip_of(tmp_path / "bomb.zip", a__zip=inner, b__zip=inner, c__json=RECIPE)
    with pytest.raises(SourceError, match="out of all proportion"):
        list(read_recipes([path]))


def test_a_damaged_tar_archive_is_an_error(tmp_path):
    path = tar_of(tmp_path / "a.tar.gz", "w:gz", a__json=RECIPE, b__json=OTHER)
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(SourceError, match=r"breaks off|damaged"):
        list(read_recipes([path]))


@pytest.mark.parametrize("kind", ["zip", "tar"])
def test_hidden_members_are_counted_and_those_of_systems_are_not(tmp_path, kind):
    members = {
        **{"a.json": TEA, ".b.json": TOAST, ".secret/c.json": TOAST},
        **{"__MACOSX/._a.json": TOAST, ".DS_Store": TOAST, "._a.json": TOAST},
    }
    path = tmp_path / f"book.{kind}"
    if kind == "zip":
        with zipfile.ZipFile(path, "w") as archive:
            for name, record in members.items():
                archive.writestr(name, json.dumps(record))
    else:
        with tarfile.open(path, "w") as archive:
            for name, record in members.items():
                data = json.dumps(record).encode()
                info = tarfile.TarInfo(name)
                info.size = len(data)
                archive.addfile(info, io.BytesIO(data))
    read = list(read_recipes([path]))
    assert [fields(recipe) for recipe in read if not isinstance(recipe, Unreadable)] == [fields_of(TEA)]
    reasons = sorted(one.reason.partition(",")[0] for one in read if isinstance(one, Unreadable))
    assert reasons == [".b.json: a hidden file", ".secret/c.json: a hidden file"]
