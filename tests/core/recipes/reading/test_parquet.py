from __future__ import annotations

import gzip

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from recipe_tui.core.errors import SourceError
from recipe_tui.core.recipes.reading.parquet import read_parquet
from recipe_tui.core.recipes.reading.records import Unreadable
from tests.core.recipes.reading.conftest import TEA, TOAST, fields, fields_of


def written(path, rows, **options):
    pq.write_table(pa.Table.from_pylist(rows), path, **options)
    return path


def test_list_columns_are_read(tmp_path):
    path = written(tmp_path / "book.parquet", [{"id": 1, **TEA, "tags": ["hot"]}, {"id": 2, **TOAST, "tags": None}])
    tea, toast = read_parquet(path)
    assert (fields(tea), tea.tags, tea.source.line) == (fields_of(TEA), ("hot",), 1)
    assert (fields(toast), toast.tags, toast.source.line) == (fields_of(TOAST), (), 2)


def test_text_columns_are_read_as_lines_or_as_written_lists(tmp_path):
    rows = [{"Title": "Mint Tea", "Ingredients": str(TEA["ingredients"]), "Instructions": "Boil the water.\nPour it."}]
    (tea,) = read_parquet(written(tmp_path / "book.parquet", rows))
    assert fields(tea) == fields_of(TEA)


def test_row_groups_are_read_one_after_the_other(tmp_path):
    rows = [{**TEA, "title": f"Tea {number}"} for number in range(3000)]
    path = written(tmp_path / "book.parquet", rows, row_group_size=500)
    recipes = list(read_parquet(path))
    assert [recipe.title for recipe in recipes] == [row["title"] for row in rows]
    assert recipes[-1].source.line == 3000


def test_a_gzipped_table_is_read(tmp_path):
    path = written(tmp_path / "book.parquet", [TEA])
    packed = tmp_path / "book.parquet.gz"
    packed.write_bytes(gzip.compress(path.read_bytes(), mtime=0))
    assert [fields(recipe) for recipe in read_parquet(packed)] == [fields_of(TEA)]


def test_a_column_of_the_wrong_type_is_named_row_by_row(tmp_path):
    path = written(tmp_path / "book.parquet", [{**TEA, "ingredients": 5}])
    assert list(read_parquet(path)) == [Unreadable(str(path), 1, "ingredients is a number, not a list or text")]


def test_a_table_of_something_else_is_an_error_with_its_columns(tmp_path):
    path = written(tmp_path / "book.parquet", [{"id": 1, "title": "Tea"}])
    with pytest.raises(SourceError, match=r"its columns \(id, title\) are not those of a recipe table"):
        list(read_parquet(path))


def test_a_damaged_table_is_an_error_that_names_it(tmp_path):
    path = written(tmp_path / "book.parquet", [TEA])
    path.write_bytes(path.read_bytes()[:-40])
    with pytest.raises(SourceError) as error:
        list(read_parquet(path))
    assert error.value.message.startswith(f"{path}: not a readable Parquet file (")
    assert error.value.hint


def test_texts_that_are_stored_once_and_read_a_thousand_times_have_a_limit(tmp_path):
    rows = [{"title": "Tea", "ingredients": ["mint " * 20_000], "directions": "Boil it."}] * 1000
    with pytest.raises(SourceError, match="holds more than 32 MB, 100 times its size"):
        list(read_parquet(written(tmp_path / "book.parquet", rows)))


def test_lists_without_end_have_a_limit(tmp_path):
    rows = [{"title": "Tea", "ingredients": [""] * 50_000, "directions": "Boil it."}]
    with pytest.raises(SourceError, match="50,000 values in 1 rows"):
        list(read_parquet(written(tmp_path / "book.parquet", rows)))


def test_texts_of_several_row_groups_with_dictionaries_and_without_are_read(tmp_path):
    rows = [TEA | {"title": f"Tea {number} " + "x" * (number % 70)} for number in range(3000)]
    path = written(tmp_path / "book.parquet", rows, row_group_size=700, dictionary_pagesize_limit=2000)
    assert [recipe.title for recipe in read_parquet(path)] == [row["title"] for row in rows]


def test_levels_that_contradict_the_schema_are_an_error_and_do_not_end_the_process(tmp_path):
    path = written(tmp_path / "book.parquet", [TEA])
    optional, required = b"5\x02\x18\x0bingredients", b"5\x00\x18\x0bingredients"
    path.write_bytes(path.read_bytes().replace(optional, required))
    with pytest.raises(SourceError, match="histogram size mismatch"):
        list(read_parquet(path))
