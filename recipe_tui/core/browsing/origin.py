"""The line as read: what a source holds in the place that a recipe says it was read from."""

from __future__ import annotations

import csv
import hashlib
import json
from contextlib import suppress
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any

from recipe_tui.core.errors import SourceError
from recipe_tui.core.recipes.reading.documents import load_document, records_in
from recipe_tui.core.recipes.reading.files import open_source, read_head
from recipe_tui.core.recipes.reading.linked_data import page_documents, recipes_in
from recipe_tui.core.recipes.reading.recognition import recognise
from recipe_tui.core.recipes.reading.records import Unreadable

if TYPE_CHECKING:
    from recipe_tui.core.blocks.fingerprint import HashedFile
    from recipe_tui.core.blocks.store import BlockStore
    from recipe_tui.core.config import SourceFormat
    from recipe_tui.core.recipes.recipe import Source

_LONGEST_RECIPE = 400
"""Lines of plain text that are read at most, where the next recipe's place is not known."""


@dataclass(frozen=True, slots=True)
class Origin:
    """What a source holds in one place.

    Attributes:
        source: The place.
        what: What was read there, such as "line" or "record".
        text: It, as it is written there; records of tables and documents as indented JSON.
    """

    source: Source
    what: str
    text: str


def read_origin(store: BlockStore, recipe: int) -> Origin:
    """Read again what a recipe was made of.

    Args:
        store: The store.
        recipe: Row of the recipe.

    Raises:
        SourceError: The source is gone, has changed since the store was built, or was no file.
    """
    source = store.recipe(recipe).source
    if source is None:
        raise SourceError("the recipe does not say where it was read", "")
    known = {file.path: file for file in store.manifest.fingerprint.files}
    path = Path(source.file)
    if source.file not in known and not path.exists():
        raise SourceError(
            f"{source.file}: a data set of the hub, row {source.line:,}; its lines are not kept here",
            "look at the recipe as cleaned instead",
        )
    _require_unchanged(path, known.get(source.file))
    following = store.recipe(recipe + 1).source if recipe + 1 < len(store) else None
    end = following.line if following is not None and following.file == source.file else None
    return read_place(source, store.config.format, end)


def read_place(source: Source, source_format: SourceFormat = "auto", end: int | None = None) -> Origin:
    """Read one place of a source file.

    Args:
        source: The place.
        source_format: The format of the file; recognised when ``auto``.
        end: Line on which the next recipe begins, where lines of plain text are read.

    Raises:
        SourceError: The file cannot be read, or has no such place.
    """
    path = Path(source.file)
    name = recognise(path, read_head(path)) if source_format == "auto" else source_format
    if name == "jsonl":
        return Origin(source, "line", "".join(_lines(path, source.line, source.line + 1)))
    if name == "csv":
        return Origin(source, "row", _row(path, source.line))
    if name == "parquet":
        return Origin(source, "row", _json(_parquet_row(path, source.line)))
    if name == "json":
        return Origin(source, "record", _json(_nth(records_in(load_document(path)), source)))
    if name == "json-ld":
        return Origin(source, "record", _json(_linked_data(path, source)))
    text = "".join(_lines(path, source.line, end if end and end > source.line else source.line + _LONGEST_RECIPE))
    return Origin(source, "lines", text)


def _require_unchanged(path: Path, known: HashedFile | None) -> None:
    rebuild = "build the store again to browse what the file holds now"
    if not path.is_file():
        where = "" if path.is_absolute() else f" in {Path.cwd()}"
        raise SourceError(f"{path}: no such file{where}", "put it back, or start recipe-tui where the store was built")
    if known is None:
        return
    try:
        status = path.stat()
        if status.st_size != known.size:
            raise SourceError(
                f"{path}: has changed: {status.st_size:,} bytes, not {known.size:,} as when it was read", rebuild
            )
        if status.st_mtime_ns != known.modified:
            with path.open("rb") as file:
                if hashlib.file_digest(file, "sha256").hexdigest() != known.sha256:
                    raise SourceError(f"{path}: has changed since it was read", rebuild)
    except OSError as error:
        raise SourceError(f"{path}: cannot be read ({error.strerror})", "check the file and its disk") from None


def _lines(path: Path, first: int, end: int) -> list[str]:
    """Return the lines of a text from the first to the one before the end, from 1."""
    with open_source(path) as stream:
        lines = [line.decode("utf-8", "backslashreplace") for line in islice(stream, first - 1, end - 1)]
    if not lines:
        raise SourceError(f"{path}: has no line {first:,}", "build the store again")
    return lines


def _row(path: Path, line: int) -> str:
    """Return the row of a table that begins on a line; a quoted cell may hold line breaks."""
    with open_source(path) as stream:
        rest = (raw.decode("utf-8", "backslashreplace") for raw in islice(stream, line - 1, None))
        taken: list[str] = []

        def recorded() -> Any:
            for text in rest:
                taken.append(text)
                yield text

        csv.field_size_limit(max(csv.field_size_limit(), 16 * 2**20))
        with suppress(csv.Error):  # what is there is shown, well formed or not
            next(csv.reader(recorded()), None)
    if not taken:
        raise SourceError(f"{path}: has no line {line:,}", "build the store again")
    return "".join(taken)


def _parquet_row(path: Path, number: int) -> object:
    import pyarrow
    from pyarrow import parquet

    from recipe_tui.core.recipes.reading.files import open_seekable

    try:
        with open_seekable(path) as stream:
            table = parquet.ParquetFile(stream)
            before = 0
            for group in range(table.num_row_groups):
                rows = table.metadata.row_group(group).num_rows
                if number <= before + rows:
                    return table.read_row_group(group).slice(number - before - 1, 1).to_pylist()[0]
                before += rows
    except pyarrow.ArrowException as error:
        reason = str(error).partition("\n")[0]
        raise SourceError(f"{path}: not a readable Parquet file ({reason})", "copy or download it again") from None
    raise SourceError(f"{path}: has no row {number:,}", "build the store again")


def _linked_data(path: Path, source: Source) -> object:
    with open_source(path) as stream:
        is_page = stream.read(1024).lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")
    documents = page_documents(path) if is_page else iter([load_document(path)])
    readable = (document for document in documents if not isinstance(document, Unreadable))
    return _nth((record for document in readable for record in recipes_in(document)), source)


def _nth(records: Any, source: Source) -> object:
    for record in islice(records, source.line - 1, None):
        return record
    raise SourceError(f"{source.file}: has no record {source.line:,}", "build the store again")


def _json(record: object) -> str:
    return json.dumps(record, ensure_ascii=False, indent=2, default=str)
