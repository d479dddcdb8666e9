"""Zip archives: opened within limits, and the files in them."""

from __future__ import annotations

import io
import struct
import zipfile
from typing import IO, TYPE_CHECKING

from recipe_tui.core.errors import SourceError
from recipe_tui.core.recipes.reading.hidden_files import is_of_system

if TYPE_CHECKING:
    from pathlib import Path

_TABLE_LIMIT = 16 * 2**20  # bytes of an archive's table of contents: 200,000 files


def archive_members(archive: zipfile.ZipFile) -> list[zipfile.ZipInfo]:
    """List the files of an archive by name, without those that systems add; some may be hidden, see `is_hidden`."""
    members = [m for m in archive.infolist() if not (m.filename.endswith("/") or is_of_system(m.filename))]
    return sorted(members, key=lambda member: member.filename)


def open_member(archive: zipfile.ZipFile, member: zipfile.ZipInfo, path: Path) -> IO[bytes]:
    """Open a file of an archive.

    Raises:
        SourceError: It is encrypted, damaged, or compressed in an unknown way.
    """
    try:
        return archive.open(member)
    except (RuntimeError, NotImplementedError, ValueError) as error:  # the last where its own header has another name
        raise SourceError(f"{path}: {member.filename} cannot be unpacked ({error})", "unpack it first") from None


def open_archive(file: IO[bytes], path: Path) -> zipfile.ZipFile:
    """Open a zip archive.

    Raises:
        SourceError: It is damaged, or of too many files.
    """
    _, size = table_of_contents(file)
    if size > _TABLE_LIMIT:
        raise SourceError(f"{path}: too many files in one archive", "unpack it first")
    try:
        return zipfile.ZipFile(file)
    except OSError:
        raise
    except Exception as error:  # of a damaged table of contents the library raises whatever results
        raise SourceError(f"{path}: the zip archive is damaged ({error})", "copy or download it again") from None


def table_of_contents(file: IO[bytes]) -> tuple[int, int]:
    """Return how many files a zip archive says that it has, 65,535 for more, and the bytes of its table of contents."""
    file.seek(max(0, file.seek(0, io.SEEK_END) - 2**16 - 128))
    end = file.read()
    file.seek(0)
    record, record64 = end.rfind(b"PK\x05\x06"), end.rfind(b"PK\x06\x06")
    if record < 0 or len(end) < record + 16:
        return 0, 0
    count, size = struct.unpack("<HL", end[record + 10 : record + 16])
    if size == 2**32 - 1 and 0 <= record64 <= len(end) - 48:
        (size,) = struct.unpack("<Q", end[record64 + 40 : record64 + 48])
    return count, size
