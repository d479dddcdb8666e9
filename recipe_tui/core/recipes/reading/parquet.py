"""Read recipes from Parquet files, one row group after the other."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipe_tui.core.errors import SourceError
from recipe_tui.core.recipes.reading.files import open_seekable
from recipe_tui.core.recipes.reading.records import Unreadable, recipe_from, table_columns
from recipe_tui.core.recipes.recipe import Recipe, Source

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_BATCH = 1024  # rows


def read_parquet(path: Path) -> Iterator[Recipe | Unreadable]:
    """Read a Parquet table whose columns hold lists or text.

    Raises:
        SourceError: It is damaged, is not Parquet, or lacks a column for title, ingredients or directions.
    """
    import pyarrow
    from pyarrow import parquet

    try:
        with open_seekable(path) as stream:
            table = parquet.ParquetFile(stream)
            names = table_columns(table.schema_arrow.names, str(path)).names
            number = 0
            for batch in table.iter_batches(batch_size=_BATCH, columns=names):
                for record in batch.to_pylist():
                    number += 1
                    yield recipe_from(record, Source(str(path), number))
    except pyarrow.ArrowException as error:
        reason = str(error).partition("\n")[0]
        raise SourceError(f"{path}: not a readable Parquet file ({reason})", "copy or download it again") from None
