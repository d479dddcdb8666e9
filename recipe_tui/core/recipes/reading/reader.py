"""Read recipes from whatever the sources are: the one entry to all formats."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

from recipe_tui.core.errors import SourceError
from recipe_tui.core.recipes.reading.delimited import read_delimited
from recipe_tui.core.recipes.reading.documents import read_json, read_json_lines
from recipe_tui.core.recipes.reading.files import read_head
from recipe_tui.core.recipes.reading.hub import read_hub
from recipe_tui.core.recipes.reading.linked_data import read_linked_data
from recipe_tui.core.recipes.reading.parquet import read_parquet
from recipe_tui.core.recipes.reading.plain import read_plain
from recipe_tui.core.recipes.reading.recognition import recognise
from recipe_tui.core.recipes.reading.records import Unreadable
from recipe_tui.core.recipes.reading.sources import files_below, find_sources

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Sequence

    from recipe_tui.core.config import SourceFormat
    from recipe_tui.core.recipes.reading.sources import SourceFile, Sources
    from recipe_tui.core.recipes.recipe import Recipe, Split

_READERS: dict[SourceFormat, Callable[[Path], Iterator[Recipe | Unreadable]]] = {
    "plain": read_plain,
    "jsonl": read_json_lines,
    "json": read_json,
    "csv": read_delimited,
    "parquet": read_parquet,
    "json-ld": read_linked_data,
}


def read_recipes(
    sources: Sequence[str | Path],
    format: SourceFormat = "auto",  # noqa: A002 - the name that users know from the configuration
) -> Iterator[Recipe | Unreadable]:
    """Read recipes one after the other, as the sources have them: shaped into fields, their text untouched.

    What cannot be read is yielded as such and never stops the reading: a line, a record, or a file of a folder. Memory
    stays flat, except for JSON documents and web pages, which are parsed whole. Files are read in the order of their
    paths, then hub data sets.

    Args:
        sources: Files, folders (read with all files below them) and hub names.
        format: The format of all of them; recognised file by file when ``auto``.

    Raises:
        UsageError: No source is given.
        SourceError: A source does not exist; or, while reading, a file that was named cannot be read or holds no
            recipe, or nothing that was read holds one.
        NetworkError: The hub cannot be reached.
    """
    return _read(find_sources(sources, format), format)


def source_files(
    sources: Sequence[str | Path],
    format: SourceFormat = "auto",  # noqa: A002 - the name that users know from the configuration
) -> list[Path]:
    """List the files that `read_recipes` would read, by path, each once; hub names have none.

    Raises:
        UsageError: No source is given.
        SourceError: A source does not exist.
    """
    found = find_sources(sources, format)
    local = [Path(name) for name in found.data_sets if Path(name).exists()]
    below = [file for path in local for file in (files_below(path) if path.is_dir() else [path])]
    return sorted([*(file.path for file in found.files), *below], key=Path.as_posix)


def _read(sources: Sources, source_format: SourceFormat) -> Iterator[Recipe | Unreadable]:
    def everything() -> Iterator[Recipe | Unreadable]:
        for file in sources.files:
            yield from _read_file(file, source_format)
        for name in sources.data_sets:
            yield from _holding_recipes(read_hub(name), name)

    yield from _holding_recipes(everything(), "the sources")


def _read_file(file: SourceFile, source_format: SourceFormat) -> Iterator[Recipe | Unreadable]:
    name = str(file.path)
    try:
        reader = _reader(file, source_format)
        for outcome in _holding_recipes(reader(file.path), name):
            yield _in_split(outcome, file.split)
    except SourceError as error:
        if file.named:
            raise
        yield Unreadable(name, 0, error.message.removeprefix(f"{name}: "))


def _in_split(outcome: Recipe | Unreadable, split: Split | None) -> Recipe | Unreadable:
    """Give a recipe the split of its file, where it has none of its own."""
    if split is None or isinstance(outcome, Unreadable) or outcome.source is None or outcome.source.split is not None:
        return outcome
    return replace(outcome, source=replace(outcome.source, split=split))


def _reader(file: SourceFile, source_format: SourceFormat) -> Callable[[Path], Iterator[Recipe | Unreadable]]:
    head = read_head(file.path)
    recognised = recognise(file.path, head) if source_format == "auto" else source_format
    if recognised is None and not file.named:
        raise SourceError(f"{file.path}: of an unknown kind")
    return _READERS[recognised or "plain"]


def _holding_recipes(outcomes: Iterable[Recipe | Unreadable], name: str) -> Iterator[Recipe | Unreadable]:
    """Pass on what is read, and refuse a source in the end that held no recipe."""
    first_unreadable: Unreadable | None = None
    found = False
    for outcome in outcomes:
        if isinstance(outcome, Unreadable):
            first_unreadable = first_unreadable or outcome
        else:
            found = found or bool(outcome.title or outcome.ingredients or outcome.steps)
        yield outcome
    if not found:
        reason = f" ({first_unreadable})" if first_unreadable else ""
        raise SourceError(
            f"{name}: no recipe found{reason}",
            "a recipe has a title, ingredients and directions; check the file, or give its format",
        )
