"""Reading the files of a run, which may be damaged and may be huge: small ones whole, logs from their end."""

from __future__ import annotations

import errno
import os
import stat
from typing import TYPE_CHECKING, Any, BinaryIO

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LARGEST_JSON = 1 << 20
"""Bytes that a JSON file of a run may have; ours have less than a thousandth."""

LONGEST_LINE = 16 << 20
"""Bytes of a log's line beyond which it is skipped without being read; no event comes near."""

BLOCK = 256 << 10
"""Bytes that are read at once on the way from the end of a file to its beginning."""


def open_file(path: Path) -> BinaryIO:
    """Open a file for reading; unlike ``open``, never wait for the writer of a pipe that stands in its place.

    Raises:
        FileNotFoundError: There is none, or what stands in its place is no file; see `in_place_of`.
        OSError: It cannot be opened.
    """
    if what := in_place_of(path):
        raise FileNotFoundError(errno.ENOENT, f"{what} stands in its place", str(path))
    return path.open("rb")


def in_place_of(path: Path) -> str:
    """Return what stands in the place of a file that never ends or never begins; empty for all else."""
    try:
        mode = path.stat().st_mode
    except OSError:
        return ""
    if stat.S_ISREG(mode) or stat.S_ISDIR(mode):
        return ""
    return "a pipe" if stat.S_ISFIFO(mode) else "a device or a socket"


def read_json(path: Path, largest: int = LARGEST_JSON) -> Any:
    """Read a small JSON file.

    Args:
        path: The file.
        largest: How many bytes it may have.

    Raises:
        OSError: It cannot be read.
        ValueError: It is not JSON, is nested too deeply, or is too large.
    """
    from pydantic_core import from_json

    if what := in_place_of(path):
        raise OSError(errno.EINVAL, f"{what} stands in its place", str(path))
    with open_file(path) as file:
        data = file.read(largest + 1)
    if len(data) > largest:
        raise ValueError(f"larger than {largest:,} bytes")
    return from_json(data)


def read_end(path: Path, size: int) -> bytes:
    """Return the last bytes of a file.

    Args:
        path: The file.
        size: How many bytes at most.

    Raises:
        OSError: It cannot be read.
    """
    with open_file(path) as file:
        file.seek(max(0, file.seek(0, os.SEEK_END) - size))
        return file.read(size)


class LineTail:
    """Reads the lines of a file from where it stopped the last time, while another process appends to it.

    Args:
        path: The file; it need not exist yet.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self._position = 0
        self._identity = 0

    def read(self) -> tuple[list[bytes], bool]:
        """Return the whole lines that were appended, and whether the file is another one than before, or shorter.

        Raises:
            OSError: It cannot be read.
        """
        try:
            with open_file(self.path) as file:
                status = os.fstat(file.fileno())
                is_other = self._position > 0 and (status.st_ino != self._identity or status.st_size < self._position)
                self._position, self._identity = 0 if is_other else self._position, status.st_ino
                file.seek(self._position)
                data = file.read()
        except FileNotFoundError:
            is_other, self._position, data = self._position > 0, 0, b""
        whole = data.rfind(b"\n") + 1
        self._position += whole
        return data[:whole].split(b"\n")[:-1], is_other


def lines_before(file: BinaryIO, offset: int) -> Iterator[bytes]:
    """Return the lines before an offset, the last first."""
    rest = b""
    while offset:
        size = min(BLOCK, offset)
        offset -= size
        file.seek(offset)
        rest, *lines = (file.read(size) + (rest if len(rest) <= LONGEST_LINE else b"")).split(b"\n")
        yield from reversed(lines)
    yield rest


def folder_size(folder: Path) -> int:
    """Return the bytes of all files in a folder; links are not followed, and what cannot be read counts as empty.

    Args:
        folder: The folder; one that does not exist has 0 bytes.
    """
    size = 0
    pending = [str(folder)]
    while pending:
        try:
            with os.scandir(pending.pop()) as entries:
                for entry in entries:
                    if entry.is_dir(follow_symlinks=False):
                        pending.append(entry.path)
                    else:
                        size += entry.stat(follow_symlinks=False).st_size
        except OSError:  # deleted meanwhile, or not to be read
            continue
    return size
