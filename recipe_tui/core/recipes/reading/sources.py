"""Find out what the given sources are: files, folders of files, or names of hub data sets."""

from __future__ import annotations

import os
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from recipe_tui.core.errors import SourceError, UsageError
from recipe_tui.core.recipes.given_splits import split_of_file
from recipe_tui.core.recipes.reading.hidden_files import is_of_system
from recipe_tui.core.recipes.reading.hub import is_data_set_name

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from recipe_tui.core.config import SourceFormat
    from recipe_tui.core.recipes.recipe import Split


@dataclass(frozen=True, slots=True)
class SourceFile:
    """A file to read.

    Attributes:
        path: Its path.
        named: Whether it was named itself; or else it lies in a folder that was.
        split: The split that its name or folder assigns to its recipes.
    """

    path: Path
    named: bool
    split: Split | None = None


@dataclass(frozen=True, slots=True)
class Sources:
    """What is to be read; its order does not depend on the order in which the sources were given.

    Attributes:
        files: The files, by path, each once.
        data_sets: Hub names, and folders that `datasets` is to load, by name.
        hidden: The hidden files and folders in the given folders, which are not read; none of systems' own.
    """

    files: tuple[SourceFile, ...]
    data_sets: tuple[str, ...]
    hidden: tuple[Path, ...] = ()


def find_sources(sources: Sequence[str | Path], source_format: SourceFormat) -> Sources:
    """Find the files and data sets that the given sources stand for.

    A folder stands for all files in it and in its folders, hidden ones left out. A name that no file has and that looks
    like a hub name is one, if the format leaves that open; with the format ``hub`` a local folder is a data set too.

    Raises:
        SourceError: A source does not exist, cannot be listed, or is a folder without files.
        UsageError: No source is given.
    """
    if isinstance(sources, str):
        sources = [sources]  # a string is a sequence of strings, too
    if not sources:
        raise UsageError("no source of recipes is given", "name a file, a folder or a hub data set")
    files: dict[Path, SourceFile] = {}
    data_sets: set[str] = set()
    hidden: set[Path] = set()
    for source in sources:
        path = Path(source)
        mode = _mode(path)
        named_so = mode is None and is_data_set_name(str(source))
        if (source_format == "hub" and mode is not None) or (source_format in ("auto", "hub") and named_so):
            data_sets.add(str(source))
        elif mode is None:
            raise SourceError(f"{source}: no such file", "check the path")
        elif stat.S_ISREG(mode):
            files[path.resolve()] = SourceFile(path, named=True, split=split_of_file(path))
        elif stat.S_ISDIR(mode):
            hidden.update(hidden_below(path))
            for found in files_below(path):
                files.setdefault(found.resolve(), SourceFile(found, named=False, split=split_of_file(found, path)))
        else:
            raise SourceError(f"{source}: neither a file nor a folder", "copy its content into a file first")
    hidden = {path for path in hidden if path.resolve() not in files}  # unless named
    by_path = tuple(sorted(files.values(), key=lambda file: file.path.as_posix()))
    return Sources(by_path, tuple(sorted(data_sets)), tuple(sorted(hidden)))


def files_below(folder: Path) -> list[Path]:
    """List the files in a folder and its folders, hidden ones left out.

    Raises:
        SourceError: The folder cannot be listed, or holds no file.
    """

    def refuse(error: OSError) -> None:
        raise SourceError(
            f"{error.filename}: cannot be listed ({error.strerror})", "make the folder readable"
        ) from None

    found = []
    for parent, folders, names in os.walk(folder, onerror=refuse):
        folders[:] = [name for name in folders if not name.startswith(".")]
        paths = (Path(parent, name) for name in names if not name.startswith("."))
        found += [path for path in paths if path.is_file()]
    if not found:
        only = ", only hidden ones" if any(hidden_below(folder)) else ""
        raise SourceError(f"{folder}: no file in this folder{only}", "give a folder that holds recipes")
    return sorted(found)


def hidden_below(folder: Path) -> Iterator[Path]:
    """Yield the hidden files and folders in a folder and its folders, without those that systems add."""
    for parent, folders, names in os.walk(folder):
        yield from (
            Path(parent, name) for name in (*folders, *names) if name.startswith(".") and not is_of_system(name)
        )
        folders[:] = [name for name in folders if not name.startswith(".")]


def _mode(path: Path) -> int | None:
    """Return what kind of thing a path is, or None where there is none."""
    try:
        return path.stat().st_mode
    except PermissionError:
        raise SourceError(f"{path}: permission denied", "make its folder readable, or give another file") from None
    except (OSError, ValueError):  # no such file, or a name that no file can have
        return None
