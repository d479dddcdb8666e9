"""Read recipes from whatever the sources are: the one entry to all formats."""

from __future__ import annotations

from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from recipe_tui.core.errors import SourceError
from recipe_tui.core.recipes.given_splits import split_of_file
from recipe_tui.core.recipes.reading.archive import Budget, unpacked
from recipe_tui.core.recipes.reading.files import BrokenOffError, is_archive, read_head
from recipe_tui.core.recipes.reading.formats import FORMATS, Format, named_format, recognise
from recipe_tui.core.recipes.reading.hidden_files import HIDDEN
from recipe_tui.core.recipes.reading.hub import read_hub
from recipe_tui.core.recipes.reading.records import Unreadable
from recipe_tui.core.recipes.reading.refusals import refuse_known, refuse_known_text
from recipe_tui.core.recipes.reading.sources import SourceFile, files_below, find_sources
from recipe_tui.core.recipes.recipe import Recipe, Source

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from recipe_tui.core.config import SourceFormat
    from recipe_tui.core.recipes.reading.sources import Sources
    from recipe_tui.core.recipes.recipe import Split

_NESTED = 2  # archives that an archive may lie in
_PATIENCE = 100_000
"""Outcomes without a recipe after which the rest of a file is not read; a tenth of them in an archive."""


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
        yield from (Unreadable(str(path), 0, HIDDEN) for path in sources.hidden)
        for name in sources.data_sets:
            yield from _holding_recipes(read_hub(name), name)

    yield from _holding_recipes(everything(), "the sources")


def _read_file(file: SourceFile, source_format: SourceFormat) -> Iterator[Recipe | Unreadable]:
    name = str(file.path)
    found = False
    try:
        if source_format == "auto":
            refuse_known(file.path)
        archive = is_archive(file.path)
        reads = partial(_read_archive, source_format=source_format) if archive else _format(file, source_format).read
        for outcome in _holding_recipes(reads(file.path), name, _PATIENCE // 10 if archive else _PATIENCE):
            found = found or isinstance(outcome, Recipe)
            yield _in_split(outcome, file.split)
    except SourceError as error:
        if file.named and not (found and isinstance(error, BrokenOffError)):
            raise
        yield Unreadable(name, 0, error.message.removeprefix(f"{name}: "))


def _in_split(outcome: Recipe | Unreadable, split: Split | None) -> Recipe | Unreadable:
    """Give a recipe the split of its file, where it has none of its own."""
    if split is None or isinstance(outcome, Unreadable) or outcome.source is None or outcome.source.split is not None:
        return outcome
    return replace(outcome, source=replace(outcome.source, split=split, unknown_split=""))


def _read_archive(path: Path, source_format: SourceFormat) -> Iterator[Recipe | Unreadable]:
    """Read the files of an archive; its recipes are numbered from 1 throughout, in the order of the files' names."""
    number = 0
    for _, member, outcome in archive_outcomes(path, source_format):
        if isinstance(outcome, Recipe):
            number += 1
            yield replace(outcome, source=replace(outcome.source or Source("", 0), file=str(path), line=number))
        else:
            place = f"{member}:{outcome.line}" if outcome.line else member
            yield Unreadable(str(path), 0, f"{place}: {outcome.reason}")


def archive_outcomes(
    path: Path, source_format: SourceFormat, budget: Budget | None = None, depth: int = 0
) -> Iterator[tuple[Path, str, Recipe | Unreadable]]:
    """Read the files of an archive, and yield each outcome with the unpacked file and its name in the archive.

    Args:
        path: The archive.
        source_format: The format of its files.
        budget: What it may unpack to; in proportion to its size when None.
        depth: In how many archives it lies itself.
    """
    budget = budget or Budget.of(path)
    with unpacked(path, budget) as members:
        for name, file in members:
            if file is None:
                yield path, name, Unreadable(str(path), 0, HIDDEN)
                continue
            member = SourceFile(file, named=False, split=split_of_file(Path(name), Path()))
            try:
                is_nested = is_archive(file)
                if is_nested and depth == _NESTED:
                    raise SourceError(f"{file}: archives that are nested too deeply", "unpack it first")
                if is_nested:
                    for inner, inner_name, outcome in archive_outcomes(file, source_format, budget, depth + 1):
                        yield inner, f"{name}/{inner_name}", _in_split(outcome, member.split)
            except SourceError as error:
                yield file, name, Unreadable(str(file), 0, error.message.removeprefix(f"{file}: "))
                continue
            if not is_nested:
                for outcome in _read_file(member, source_format):
                    yield file, name, outcome


def _format(file: SourceFile, source_format: SourceFormat) -> Format:
    head = read_head(file.path)
    if source_format != "auto":
        return named_format(source_format)
    refuse_known_text(file.path, head)
    recognised = recognise(file.path, head)
    if recognised is None:
        raise SourceError(
            f"{file.path}: of an unknown kind",
            f"name its format if it holds recipes: {', '.join(format_.name for format_ in FORMATS)}",
        )
    return named_format(recognised)


def _holding_recipes(
    outcomes: Iterable[Recipe | Unreadable], name: str, patience: int | None = None
) -> Iterator[Recipe | Unreadable]:
    """Pass on what is read, and refuse a source that holds no recipe: in the end, or after so many outcomes."""
    first_unreadable: Unreadable | None = None
    found = False
    for number, outcome in enumerate(outcomes, start=1):
        if isinstance(outcome, Unreadable):
            first_unreadable = first_unreadable or outcome
        else:
            found = found or bool(outcome.title or outcome.ingredients or outcome.steps)
        yield outcome
        if number == patience and not found:
            break
    if not found:
        reason = f" ({first_unreadable})" if first_unreadable else ""
        raise SourceError(
            f"{name}: no recipe found{reason}",
            "a recipe has a title, ingredients and directions; check the file, or give its format",
        )
