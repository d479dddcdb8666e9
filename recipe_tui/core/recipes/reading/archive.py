"""Read the files of a zip or tar archive, such as Paprika's, Mealie's and Tandoor's exports, one after the other."""

from __future__ import annotations

import tarfile
import tempfile
import zipfile
import zlib
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import IO, TYPE_CHECKING

from recipe_tui.core.errors import SourceError
from recipe_tui.core.recipes.reading.files import FREE_SIZE, open_source
from recipe_tui.core.recipes.reading.hidden_files import is_hidden, is_of_system
from recipe_tui.core.recipes.reading.zip_archive import archive_members, open_archive, open_member

if TYPE_CHECKING:
    from collections.abc import Iterator

_FILES = 200_000  # in one archive
_SIZE = 2 * 2**30  # bytes of all its files, unpacked
_RATIO = 200  # of unpacked to packed bytes, beyond some megabytes
_PICTURES = (".jpg", ".jpeg", ".png", ".gif", ".webp", ".heic", ".avif", ".svg", ".pdf", ".mp4")


@dataclass(slots=True)
class Budget:
    """How much an archive, with the archives in it, may still unpack to.

    Attributes:
        bytes: The size of files.
        files: Their number.
    """

    bytes: int
    files: int = _FILES

    @classmethod
    def of(cls, path: Path) -> Budget:
        """Return what is in proportion to the size of an archive."""
        return cls(min(_SIZE, max(FREE_SIZE, _RATIO * path.stat().st_size)))

    def take(self, size: int, path: Path) -> None:
        """Account for bytes of a file.

        Raises:
            SourceError: They are too many.
        """
        self.bytes -= size
        if self.bytes < 0:
            raise SourceError(f"{path}: unpacks to out of all proportion to its size", "unpack it first")

    def take_file(self, path: Path) -> None:
        """Account for a file.

        Raises:
            SourceError: They are too many.
        """
        self.files -= 1
        if self.files < 0:
            raise SourceError(f"{path}: more than {_FILES:,} files in one archive", "unpack it first")


@contextmanager
def unpacked(path: Path, budget: Budget) -> Iterator[Iterator[tuple[str, Path | None]]]:
    """Unpack an archive, a file at a time, into a temporary folder; pictures are left out, hidden files only named.

    Args:
        path: The archive.
        budget: What it may unpack to.

    Yields:
        The name of each file in the archive, and the path where it lies until the next one is asked for, None for a
        hidden one: those of a zip
        archive by name, those of a tar archive in its own order.

    Raises:
        SourceError: The archive is damaged, encrypted, or unpacks to out of all proportion.
    """
    members = _zip_members if zipfile.is_zipfile(path) else _tar_members
    try:
        with tempfile.TemporaryDirectory() as folder:
            yield _files(members(path), path, Path(folder), budget)
    except (zipfile.BadZipFile, tarfile.TarError, EOFError, zlib.error) as error:
        raise SourceError(f"{path}: the archive is damaged ({error})", "copy or download it again") from None
    except OSError as error:
        raise SourceError(
            f"{path}: cannot be read ({error.strerror or error})", "check the file and its disk"
        ) from None


def _zip_members(path: Path) -> Iterator[tuple[str, IO[bytes]]]:
    with path.open("rb") as file, open_archive(file, path) as archive:
        for member in archive_members(archive):
            with open_member(archive, member, path) as packed:
                yield member.filename, packed


def _tar_members(path: Path) -> Iterator[tuple[str, IO[bytes]]]:
    with open_source(path) as stream, tarfile.open(fileobj=stream, mode="r|") as archive:
        for member in archive:
            packed = archive.extractfile(member) if member.isreg() and not is_of_system(member.name) else None
            if packed is not None:
                yield member.name, packed


def _files(
    members: Iterator[tuple[str, IO[bytes]]], path: Path, folder: Path, budget: Budget
) -> Iterator[tuple[str, Path | None]]:
    for name, packed in members:
        budget.take_file(path)
        short_name = PurePosixPath(name.replace("\\", "/")).name or "recipe"
        if short_name.lower().endswith(_PICTURES):
            continue
        if is_hidden(name):
            yield name, None
            continue
        target = folder / short_name[-100:]
        with target.open("wb") as file:
            while data := packed.read(max(1, min(2**20, budget.bytes + 1))):
                budget.take(len(data), path)
                file.write(data)
        yield name, target
        target.unlink()
