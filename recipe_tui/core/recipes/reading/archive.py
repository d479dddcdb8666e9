"""Read the files of a zip archive, such as Paprika's, Mealie's and Tandoor's exports, one after the other."""

from __future__ import annotations

import tempfile
import zipfile
import zlib
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from recipe_tui.core.errors import SourceError
from recipe_tui.core.recipes.reading.files import FREE_SIZE, archive_members, open_archive, open_member

if TYPE_CHECKING:
    from collections.abc import Iterator

_FILES = 200_000  # in one archive
_SIZE = 2 * 2**30  # bytes of all its files, unpacked
_RATIO = 200  # of unpacked to packed bytes, beyond some megabytes
_PICTURES = (".jpg", ".jpeg", ".png", ".gif", ".webp", ".heic", ".avif", ".svg", ".pdf", ".mp4")


@contextmanager
def unpacked(path: Path) -> Iterator[Iterator[tuple[str, Path]]]:
    """Unpack an archive, a file at a time, into a temporary folder; pictures are left out.

    Yields:
        The name of each file in the archive, and the path where it lies until the next one is asked for.

    Raises:
        SourceError: The archive is damaged, encrypted, or unpacks to out of all proportion.
    """
    try:
        with tempfile.TemporaryDirectory() as folder, path.open("rb") as file, open_archive(file, path) as archive:
            yield _files(archive, path, Path(folder))
    except (zipfile.BadZipFile, EOFError, zlib.error) as error:
        raise SourceError(f"{path}: the zip archive is damaged ({error})", "copy or download it again") from None
    except OSError as error:
        raise SourceError(
            f"{path}: cannot be read ({error.strerror or error})", "check the file and its disk"
        ) from None


def _files(archive: zipfile.ZipFile, path: Path, folder: Path) -> Iterator[tuple[str, Path]]:
    members = archive_members(archive)
    if len(members) > _FILES:
        raise SourceError(f"{path}: more than {_FILES:,} files in one archive", "unpack it first")
    left = min(_SIZE, max(FREE_SIZE, _RATIO * path.stat().st_size))
    for member in members:
        name = PurePosixPath(member.filename.replace("\\", "/")).name or "recipe"
        if name.lower().endswith(_PICTURES):
            continue
        target = folder / name[-100:]
        with open_member(archive, member, path) as packed, target.open("wb") as file:
            while data := packed.read(min(2**20, left + 1)):
                left -= len(data)
                if left < 0:
                    raise SourceError(f"{path}: unpacks to out of all proportion to its size", "unpack it first")
                file.write(data)
        yield member.filename, target
        target.unlink()
