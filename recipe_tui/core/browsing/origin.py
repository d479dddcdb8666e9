"""The line as read: what a source holds in the place that a recipe says it was read from."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from recipe_tui.core.errors import SourceError
from recipe_tui.core.recipes.reading.files import is_archive, read_head
from recipe_tui.core.recipes.reading.formats import named_format, recognise
from recipe_tui.core.recipes.reading.places import Place
from recipe_tui.core.recipes.reading.reader import archive_outcomes
from recipe_tui.core.recipes.recipe import Recipe

if TYPE_CHECKING:
    from recipe_tui.core.blocks.fingerprint import HashedFile
    from recipe_tui.core.blocks.store import BlockStore
    from recipe_tui.core.config import SourceFormat
    from recipe_tui.core.recipes.recipe import Source


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
            "show the recipe as cleaned instead",
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
    if not is_archive(path):
        return _read_file_place(source, path, Place(source.line, end), source_format)
    number = 0
    for file, _, outcome in archive_outcomes(path, source_format):
        if isinstance(outcome, Recipe):
            number += 1
            if number == source.line and outcome.source is not None:
                return _read_file_place(source, file, Place(outcome.source.line), source_format)
    raise SourceError(f"{path}: has no recipe {source.line:,}", "build the store again")


def _read_file_place(source: Source, path: Path, place: Place, source_format: SourceFormat) -> Origin:
    name = recognise(path, read_head(path)) if source_format == "auto" else source_format
    if name is None:
        raise SourceError(f"{path}: of an unknown kind", "build the store again")
    format_ = named_format(name)
    return Origin(source, format_.place, format_.read_place(path, place))


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
