"""The table of recipes in a store: every recipe that was read, as cleaned, found by its row at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Self

import pyarrow as pa

from recipe_tui.core.atomic_io import writing
from recipe_tui.core.blocks.arrays import damaged
from recipe_tui.core.recipes.recipe import Recipe, Source

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from pathlib import Path

_OLDEST_COLUMNS = 8  # of the schema, which tables of all versions have

ROWS = 1024
"""Rows in each record batch but the last, so that a row's batch is known without looking."""

SCHEMA: Any = pa.schema(
    [
        ("title", pa.string()),
        ("ingredients", pa.list_(pa.string())),
        ("steps", pa.list_(pa.string())),
        ("tags", pa.list_(pa.string())),
        ("file", pa.string()),
        ("line", pa.int64()),
        ("split", pa.string()),  # as the source has it
        ("repairs", pa.list_(pa.string())),  # what cleaning mended
        ("servings", pa.string()),
        ("times", pa.list_(pa.string())),
    ]
)


class RecipeTableWriter:
    """Writes the table, a batch of `ROWS` recipes at a time. A context manager.

    Args:
        path: The file to write.

    Raises:
        OutputError: The file cannot be written.
    """

    def __init__(self, path: Path) -> None:
        self._path = path

    def __enter__(self) -> Self:
        with writing(self._path):
            self._file: Any = pa.OSFile(str(self._path), "wb")
            self._writer: Any = pa.ipc.new_file(self._file, SCHEMA)
        return self

    def __exit__(self, error: type[BaseException] | None, *_: object) -> None:
        if error is not None:
            self._file.close()
            return
        with writing(self._path):
            self._writer.close()
            self._file.close()

    def write(self, recipes: Sequence[Recipe], repairs: Sequence[tuple[str, ...]]) -> None:
        """Append the next recipes: `ROWS` of them, or fewer in the last call."""
        with writing(self._path):
            self._writer.write_batch(record_batch(recipes, repairs))

    def copy(self, messages: Path) -> None:
        """Append all recipes of a file of serialized record batches, those of `record_batch`."""
        with writing(self._path), pa.OSFile(str(messages)) as file:
            while file.tell() < file.size():
                self._writer.write_batch(pa.ipc.read_record_batch(pa.ipc.read_message(file), SCHEMA))


def record_batch(recipes: Sequence[Recipe], repairs: Sequence[tuple[str, ...]]) -> Any:
    """Return recipes as rows of the table.

    Args:
        recipes: The recipes, as cleaned.
        repairs: What cleaning mended in each.
    """
    sources = [recipe.source or Source("", 0) for recipe in recipes]
    columns: list[list[Any]] = [
        [recipe.title for recipe in recipes],
        [recipe.ingredients for recipe in recipes],
        [recipe.steps for recipe in recipes],
        [recipe.tags for recipe in recipes],
        [source.file.encode("utf-8", "replace").decode() for source in sources],  # a name may be no UTF-8
        [source.line for source in sources],
        [source.split for source in sources],
        list(repairs),
        [recipe.servings for recipe in recipes],
        [recipe.times for recipe in recipes],
    ]
    arrays = [pa.array(column, field.type) for column, field in zip(columns, SCHEMA, strict=True)]
    return pa.record_batch(arrays, schema=SCHEMA)


class RecipeTable:
    """Reads the table, memory-mapped.

    Raises:
        StoreError: It is damaged; raised when a damaged part is first read.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._checked: set[int] = set()
        try:
            self._reader: Any = pa.ipc.open_file(pa.memory_map(str(path)))
            _require_columns(self._reader.schema)
        except (OSError, ValueError, pa.ArrowException) as error:
            raise damaged(path, error) from error

    def recipe(self, row: int) -> Recipe:
        """Return the recipe of a row."""
        values = self._row(row)
        source = Source(values["file"], values["line"], values["split"]) if values["file"] else None
        ingredients, steps, tags = (tuple(values[name]) for name in ("ingredients", "steps", "tags"))
        servings, times = values.get("servings", ""), tuple(values.get("times", ()))  # older stores have neither
        return Recipe(values["title"], ingredients, steps, tags, source, servings, times)

    def title(self, row: int) -> str:
        """Return the title of a row."""
        title: str = self._batch(row // ROWS, row).column("title")[row % ROWS].as_py()
        return title

    def batches(self) -> Iterator[Any]:
        """Yield the record batches in order: `ROWS` rows each, fewer in the last; see `SCHEMA` for their columns."""
        for number in range(self._reader.num_record_batches):
            yield self._batch(number)

    def repairs(self, row: int) -> tuple[str, ...]:
        """Return what cleaning mended in the recipe of a row."""
        return tuple(self._row(row)["repairs"])

    def _row(self, row: int) -> dict[str, Any]:
        batch = self._batch(row // ROWS, row)
        values: dict[str, Any] = batch.slice(row % ROWS, 1).to_pylist()[0]
        return values

    def _batch(self, number: int, row: int = 0) -> Any:
        """Return a batch that has a row; checked once, since offsets that point anywhere would end the process."""
        try:
            batch = self._reader.get_batch(number)
            if number not in self._checked:
                batch.validate(full=True)
                _require_values(batch)
                self._checked.add(number)
        except (OSError, ValueError, pa.ArrowException) as error:
            raise damaged(self._path, error) from error
        is_last = number == self._reader.num_record_batches - 1
        if row % ROWS >= batch.num_rows or not (is_last or batch.num_rows == ROWS):
            raise damaged(self._path, f"{batch.num_rows:,} rows in a batch")
        return batch


def _require_columns(schema: Any) -> None:
    if missing := set(SCHEMA.names[:_OLDEST_COLUMNS]) - set(schema.names):
        raise ValueError(f"the column {min(missing)} is missing")
    for field in SCHEMA:
        if field.name in schema.names and schema.field(field.name).type != field.type:
            raise ValueError(f"the column {field.name} is {schema.field(field.name).type}")


def _require_values(batch: Any) -> None:
    """Check that nothing but the split is null."""
    for name, column in zip(batch.schema.names, batch.columns, strict=True):
        inner = column.flatten() if pa.types.is_list(column.type) else column
        if name != "split" and (column.null_count or inner.null_count):
            raise ValueError(f"{name} is missing in a row")
