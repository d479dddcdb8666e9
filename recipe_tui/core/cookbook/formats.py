"""The formats that recipes are written in: one table, names of files, and saving without overwriting."""

from __future__ import annotations

import os
import re
import unicodedata
from dataclasses import dataclass
from itertools import count
from typing import TYPE_CHECKING, Literal

from recipe_tui.core.atomic_io import whole_file, writing
from recipe_tui.core.cookbook.cooklang import write_cooklang
from recipe_tui.core.cookbook.json_ld import write_json_ld
from recipe_tui.core.cookbook.paprika import write_paprika
from recipe_tui.core.cookbook.recipemd import write_recipemd
from recipe_tui.core.cookbook.text import write_text
from recipe_tui.core.errors import OutputError, UsageError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from pathlib import Path

    from recipe_tui.core.cookbook.document import Document

FormatName = Literal["json-ld", "recipemd", "cooklang", "paprika", "text"]


@dataclass(frozen=True, slots=True)
class Format:
    """A format.

    Attributes:
        name: Its name on the command line.
        title: Its name for people.
        suffix: Suffix of a file with one recipe.
        collection_suffix: Suffix of a file with several; empty where a file holds one.
        write: Returns the content of a file; of several recipes only where there is such a suffix.
    """

    name: FormatName
    title: str
    suffix: str
    collection_suffix: str
    write: Callable[[Sequence[Document]], bytes]


FORMATS: dict[FormatName, Format] = {
    one.name: one
    for one in (
        Format("json-ld", "schema.org JSON-LD, for web pages and most programs", ".jsonld", ".jsonld", write_json_ld),
        Format("recipemd", "Markdown as RecipeMD has it", ".md", "", write_recipemd),
        Format("cooklang", "Cooklang", ".cook", "", write_cooklang),
        Format("paprika", "Paprika", ".paprikarecipe", ".paprikarecipes", write_paprika),
        Format("text", "Plain text", ".txt", "", write_text),
    )
}
"""All formats by name. A new one is a module and a row here."""

_LONGEST = 80  # characters of a file's name without its suffix
_LONGEST_BYTES = 200  # of it in UTF-8; most file systems take 255
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)  # names of devices on Windows


def format_of(path: Path) -> Format | None:
    """Return the format that the suffix of a file belongs to."""
    suffix = path.suffix.lower()
    suffix = {".json": ".jsonld", ".markdown": ".md"}.get(suffix, suffix)
    return next((one for one in FORMATS.values() if suffix in (one.suffix, one.collection_suffix) and suffix), None)


def file_stem(title: str) -> str:
    """Return a title as the name of a file, without suffix: letters and digits of any script, and single hyphens.

    It names no device, is not hidden, leads to no other folder, and is short enough for every file system.
    """
    words = re.findall(r"[^\W_]+(?:['’][^\W_]+)*", unicodedata.normalize("NFC", title))
    stem = "-".join(words).replace("'", "").replace("’", "").lower()[:_LONGEST].strip("-")
    while len(stem.encode()) > _LONGEST_BYTES:
        stem = stem[:-1]
    stem = stem.strip("-") or "recipe"
    return f"{stem}-recipe" if _RESERVED.fullmatch(stem) else stem


def free_path(folder: Path, stem: str, suffix: str) -> Path:
    """Return a path in a folder that nothing has: ``soup.md``, ``soup-2.md`` and so on."""
    names = (f"{stem}{suffix}" if number == 1 else f"{stem}-{number}{suffix}" for number in count(1))
    return next(path for path in (folder / name for name in names) if not os.path.lexists(path))


def export(documents: Sequence[Document], format_: Format, to: Path, overwrite: bool = False) -> list[Path]:
    """Write recipes to a file, or each to a file of its own in a folder.

    Args:
        documents: The recipes.
        format_: The format.
        to: A folder that exists, or a path without a suffix for several recipes: files are named by the titles. Else
            the file.
        overwrite: Whether a file that exists may be replaced.

    Returns:
        The files.

    Raises:
        UsageError: There is no recipe; or several are for one file of a format that holds one.
        OutputError: The file exists and may not be replaced, or it cannot be written.
    """
    if not documents:
        raise UsageError("no recipe to write", "give one")
    check_destination(to, format_, len(documents), overwrite)
    if not _is_folder(to, len(documents)):
        save(to, format_.write(documents), overwrite)
        return [to]
    with writing(to):
        to.mkdir(parents=True, exist_ok=True)
    paths = []
    for document in documents:
        path = free_path(to, file_stem(document.recipe.title), format_.suffix)
        save(path, format_.write([document]), overwrite=False)
        paths.append(path)
    return paths


def check_destination(to: Path, format_: Format, recipes: int, overwrite: bool = False) -> None:
    """Check what can be checked of a destination before there are recipes.

    Args:
        to: See `export`.
        format_: The format.
        recipes: Number of recipes.
        overwrite: Whether a file that exists may be replaced.

    Raises:
        UsageError: Several recipes are for one file of a format that holds one.
        OutputError: The file exists and may not be replaced.
    """
    if _is_folder(to, recipes):
        return
    if recipes > 1 and not format_.collection_suffix:
        raise UsageError(
            f"{to}: {recipes} recipes, and a file of the format {format_.name} holds one",
            f"name a folder, or choose {_holding_several()}",
        )
    check_free(to, overwrite)


def check_free(path: Path, overwrite: bool = False) -> None:
    """Check that a file does not exist, or may be replaced.

    Raises:
        OutputError: It exists and may not be replaced.
    """
    if os.path.lexists(path) and not path.is_dir() and not overwrite:
        raise OutputError(f"{path}: exists already", "choose another name, or overwrite it on purpose")


def _is_folder(to: Path, recipes: int) -> bool:
    """Return whether recipes are to be files of their own in a folder."""
    return to.is_dir() or (not to.suffix and recipes > 1)


def save(path: Path, content: bytes, overwrite: bool = False) -> None:
    """Write a file, whole or not at all.

    Raises:
        OutputError: It exists and may not be replaced, or it cannot be written.
    """
    if path.is_dir():
        raise OutputError(f"{path}: is a folder", "add a file name")
    if overwrite:
        with whole_file(path) as file:
            file.write_bytes(content)
        return
    with writing(path):
        path.parent.mkdir(parents=True, exist_ok=True)
        check_free(path)
        opened = path.open("xb")
        try:
            with opened:
                opened.write(content)
        except OSError:
            path.unlink(missing_ok=True)
            raise


def _holding_several() -> str:
    return " or ".join(one.name for one in FORMATS.values() if one.collection_suffix)
