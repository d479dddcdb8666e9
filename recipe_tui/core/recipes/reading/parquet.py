"""Read recipes from Parquet files, one row group after the other."""

from __future__ import annotations

from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

from recipe_tui.core.errors import SourceError
from recipe_tui.core.recipes.reading.columns import table_columns
from recipe_tui.core.recipes.reading.files import open_seekable
from recipe_tui.core.recipes.reading.places import Place, as_json
from recipe_tui.core.recipes.reading.records import Unreadable, read_record
from recipe_tui.core.recipes.recipe import Recipe, Source

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_BATCH = 1024  # rows


@contextmanager
def _table(path: Path) -> Iterator[Any]:
    import pyarrow
    from pyarrow import parquet

    try:
        with open_seekable(path) as stream:
            yield parquet.ParquetFile(
                stream,
                thrift_string_size_limit=2**26,
                thrift_container_size_limit=2**22,
                page_checksum_verification=False,
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
    number = 0
    with _table(path) as table:
        found = table_columns(table.schema_arrow.names, str(path))
        for batch in table.iter_batches(batch_size=_BATCH, columns=found.names):
            for record in batch.to_pylist():
                number += 1
                yield from read_record(record, Source(str(path), number), found.unread)


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
