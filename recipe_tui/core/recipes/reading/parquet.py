"""Read recipes from Parquet files, one row group after the other."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from recipe_tui.core.errors import SourceError
from recipe_tui.core.recipes.reading.columns import table_columns
from recipe_tui.core.recipes.reading.files import FREE_SIZE, RATIO, open_seekable
from recipe_tui.core.recipes.reading.items import text_size
from recipe_tui.core.recipes.reading.places import Place, as_json
from recipe_tui.core.recipes.reading.records import Unreadable, read_record
from recipe_tui.core.recipes.recipe import Recipe, Source

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

HINT = "convert it to JSON Lines, with a recipe a row"
_BATCH = 1024  # rows that are read at once; texts that a dictionary stores once stay so
_EXPANDED = 4  # rows whose texts are in memory at once
_VALUES = 10_000  # of a row, on average


@contextmanager
def _table(path: Path) -> Iterator[Any]:
    import pyarrow
    from pyarrow import parquet

    try:
        with open_seekable(path) as stream:
            limits = {"thrift_string_size_limit": 2**26, "thrift_container_size_limit": 2**22}
            metadata = parquet.read_metadata(stream)
            yield parquet.ParquetFile(
                stream, metadata=metadata, read_dictionary=_texts(metadata), page_checksum_verification=False, **limits
            )
    except pyarrow.ArrowException as error:
        reason = str(error).partition("\n")[0]
        raise SourceError(f"{path}: not a readable Parquet file ({reason})", "copy or download it again") from None
    except (MemoryError, OverflowError, ValueError, KeyError, IndexError, TypeError) as error:
        reason = str(error).partition("\n")[0]
        raise SourceError(f"{path}: a damaged Parquet file ({reason})", "copy or download it again") from None


def read_parquet(path: Path) -> Iterator[Recipe | Unreadable]:
    """Read a Parquet table whose columns hold lists or text.

    Raises:
        SourceError: It is damaged, is not Parquet, or lacks a column for title, ingredients or directions.
    """
    number = size = 0
    largest = max(FREE_SIZE, RATIO * path.stat().st_size)
    with _table(path) as table:
        found = table_columns(table.schema_arrow.names, str(path))
        _require_proportion(table, path)
        for record in _records(table, found.names):
            number += 1
            size += text_size(record)
            if size > largest:
                raise SourceError(f"{path}: holds more than {largest >> 20:,} MB, {RATIO} times its size", HINT)
            yield from read_record(record, Source(str(path), number), found.unread)


def _records(table: Any, names: list[str]) -> Iterator[dict[str, object]]:
    for group in range(table.num_row_groups):  # each has a dictionary of its own
        for batch in table.iter_batches(batch_size=_BATCH, row_groups=[group], columns=names):
            for first in range(0, batch.num_rows, _EXPANDED):
                yield from batch.slice(first, _EXPANDED).to_pylist()


def _texts(metadata: Any) -> list[str]:
    """Return the paths of the columns of texts."""
    columns = [metadata.schema.column(index) for index in range(metadata.num_columns)]
    return [column.path for column in columns if column.physical_type == "BYTE_ARRAY"]


def _require_proportion(table: Any, path: Path) -> None:
    metadata = table.metadata
    for group in range(metadata.num_row_groups):  # of no rows: raises where `column` below would end the process
        next(table.reader.iter_batches(0, [group], list(range(metadata.num_columns)), use_threads=False), None)
    for group in (metadata.row_group(index) for index in range(metadata.num_row_groups)):
        values = max((group.column(index).num_values for index in range(group.num_columns)), default=0)
        if values > _VALUES * (group.num_rows + 1):
            raise SourceError(f"{path}: {values:,} values in {group.num_rows:,} rows", HINT)


def parquet_place(path: Path, place: Place) -> str:
    """Return a row of a Parquet table as JSON, indented.

    Raises:
        SourceError: It is damaged, or has no such row.
    """
    with _table(path) as table:
        before = 0
        for group in range(table.num_row_groups):
            rows = table.metadata.row_group(group).num_rows
            if place.line <= before + rows:
                return as_json(table.read_row_group(group).slice(place.line - before - 1, 1).to_pylist()[0])
            before += rows
    raise SourceError(f"{path}: has no row {place.line:,}", "build the store again")
