from __future__ import annotations

import gzip
import hashlib
import json
import os
from pathlib import Path

import pyarrow as pa
import pytest
from pyarrow import parquet

from recipe_tui.core.blocks.fingerprint import HashedFile
from recipe_tui.core.blocks.store import BlockStore
from recipe_tui.core.browsing.origin import read_origin, read_place
from recipe_tui.core.errors import SourceError
from recipe_tui.core.recipes.recipe import Recipe, Source
from tests.core.browsing.stores import RECIPES, make_store

ROWS = [
    {"title": "Leek Soup", "ingredients": ["leeks"], "directions": ["Boil &amp; serve."]},
    {"title": "Apple Pie", "ingredients": ["flour"], "directions": ["Bake."]},
]
LINES = "".join(json.dumps(row) + "\n" for row in ROWS)


def place(path: Path, line: int) -> Source:
    return Source(str(path), line)


def test_a_line_of_json_is_returned_as_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "recipes.jsonl"
    path.write_text(LINES)
    found = read_place(place(path, 1))
    assert found.what == "line"
    assert found.text == json.dumps(ROWS[0]) + "\n"


def test_gzip_is_looked_through(tmp_path: Path) -> None:
    path = tmp_path / "recipes.jsonl.gz"
    path.write_bytes(gzip.compress(LINES.encode(), mtime=0))
    assert read_place(place(path, 2)).text == json.dumps(ROWS[1]) + "\n"


def test_a_record_of_a_document_is_returned_as_json(tmp_path: Path) -> None:
    path = tmp_path / "recipes.json"
    path.write_text(json.dumps({"recipes": ROWS}))
    found = read_place(place(path, 2))
    assert found.what == "record"
    assert json.loads(found.text) == ROWS[1]


def test_a_recipe_of_linked_data_is_returned_as_json(tmp_path: Path) -> None:
    path = tmp_path / "page.html"
    recipe = {"@context": "https://schema.org", "@type": "Recipe", "name": "Tea"}
    path.write_text(f'<!doctype html><script type="application/ld+json">{json.dumps([{}, recipe])}</script>')
    assert json.loads(read_place(place(path, 1)).text) == recipe


def test_a_row_of_a_table_is_returned_with_the_lines_in_its_cells(tmp_path: Path) -> None:
    path = tmp_path / "recipes.csv"
    path.write_text('title,ingredients,directions\nTea,"tea\nwater","Brew."\nPie,flour,Bake.\n')
    found = read_place(place(path, 2))
    assert (found.what, found.text) == ("row", 'Tea,"tea\nwater","Brew."\n')
    assert read_place(place(path, 4)).text == "Pie,flour,Bake.\n"


def test_a_row_of_parquet_is_found_in_its_row_group(tmp_path: Path) -> None:
    path = tmp_path / "recipes.parquet"
    parquet.write_table(pa.Table.from_pylist(ROWS), path, row_group_size=1)
    assert json.loads(read_place(place(path, 2)).text) == ROWS[1]
    with pytest.raises(SourceError, match="no row 3"):
        read_place(place(path, 3))


def test_plain_text_is_read_to_where_the_next_recipe_begins(tmp_path: Path) -> None:
    path = tmp_path / "recipes.txt"
    path.write_text("Tea\ntea leaves\nBrew.\nPie\nflour\nBake.\n")
    assert read_place(place(path, 1), end=4).text == "Tea\ntea leaves\nBrew.\n"
    assert read_place(place(path, 4)).text == "Pie\nflour\nBake.\n"


def test_bytes_that_are_no_text_are_shown_as_bytes(tmp_path: Path) -> None:
    path = tmp_path / "recipes.jsonl"
    path.write_bytes(b'{"title": "\xc3\xa9caf\xe9"}\n')
    assert read_place(place(path, 1)).text == '{"title": "écaf\\xe9"}\n'


def test_a_line_that_is_not_there_is_a_clear_error(tmp_path: Path) -> None:
    path = tmp_path / "recipes.jsonl"
    path.write_text(LINES)
    with pytest.raises(SourceError, match="has no line 3"):
        read_place(place(path, 3))
    path = tmp_path / "recipes.json"
    path.write_text(json.dumps(ROWS))
    with pytest.raises(SourceError, match="has no record 3"):
        read_place(place(path, 3))


def open_store(folder: Path, path: Path) -> BlockStore:
    status = path.stat()
    known = HashedFile(str(path), status.st_size, status.st_mtime_ns, hashlib.sha256(path.read_bytes()).hexdigest())
    recipes = (Recipe("Leek Soup", (), (), (), place(path, 1)), *RECIPES[1:])
    return BlockStore.open(make_store(folder, recipes, (known,), str(path)))


def test_a_store_knows_whether_its_source_is_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "recipes.jsonl"
    path.write_text(LINES)
    store = open_store(tmp_path / "store", path)
    assert read_origin(store, 0).text.startswith('{"title": "Leek Soup"')
    os.utime(path, ns=(1, 1))  # touched, but the same
    assert read_origin(store, 0).text.startswith('{"title": "Leek Soup"')
    path.write_text(LINES.replace("Leek", "Beet"))
    with pytest.raises(SourceError, match="has changed since it was read"):
        read_origin(store, 0)
    path.write_text(LINES + "\n")
    with pytest.raises(SourceError, match="bytes, not"):
        read_origin(store, 0)
    path.unlink()
    with pytest.raises(SourceError, match="no such file"):
        read_origin(store, 0)


def test_what_was_no_file_cannot_be_read_again(tmp_path: Path) -> None:
    recipes = (Recipe("Tea", (), (), (), Source("user/recipes", 7)), *RECIPES[1:])
    store = BlockStore.open(make_store(tmp_path / "store", recipes))
    with pytest.raises(SourceError, match="a data set of the hub, row 7"):
        read_origin(store, 0)
    with pytest.raises(SourceError, match="does not say where"):
        read_origin(store, 3)
