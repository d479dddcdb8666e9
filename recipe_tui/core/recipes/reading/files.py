"""Open the files of a source: gzip where the first bytes say so, and lines that end at a newline and nowhere else."""

from __future__ import annotations

import gzip
import shutil
import tempfile
import zlib
from contextlib import contextmanager
from typing import IO, TYPE_CHECKING

from recipe_tui.core.errors import SourceError
from recipe_tui.core.recipes.reading.records import Unreadable

if TYPE_CHECKING:
    from collections.abc import Iterator
    from io import BufferedIOBase
    from pathlib import Path

_GZIP = b"\x1f\x8b"
_BOM = b"\xef\xbb\xbf"
_HEAD = 65536  # bytes
_FOREIGN_SHARE = 0.3  # of bytes that are not UTF-8, from which on a file is no text with a few bad lines


@contextmanager
def open_source(path: Path) -> Iterator[BufferedIOBase]:
    """Open a file, uncompressed where it is gzip, and explain what goes wrong while it is read.

    Raises:
        SourceError: The file cannot be opened or read to its end.
    """
    try:
        with path.open("rb") as file:
            compressed = file.read(2) == _GZIP
        with gzip.open(path) if compressed else path.open("rb") as stream:
            yield stream
    except PermissionError:
        raise SourceError(f"{path}: permission denied", "make the file readable, or give another") from None
    except EOFError:
        raise SourceError(f"{path}: the gzip file breaks off", "copy or download it again") from None
    except (gzip.BadGzipFile, zlib.error) as error:
        raise SourceError(f"{path}: the gzip file is damaged ({error})", "copy or download it again") from None
    except OSError as error:
        raise SourceError(
            f"{path}: cannot be read ({error.strerror or error})", "check the file and its disk"
        ) from None


@contextmanager
def open_seekable(path: Path) -> Iterator[BufferedIOBase | IO[bytes]]:
    """Open a file as `open_source` does, for readers that jump about in it; gzip is unpacked to a temporary file."""
    with open_source(path) as stream:
        if isinstance(stream, gzip.GzipFile):
            with tempfile.TemporaryFile() as unpacked:
                shutil.copyfileobj(stream, unpacked)
                unpacked.seek(0)
                yield unpacked
        else:
            yield stream


def read_head(path: Path) -> bytes:
    """Return the first bytes of a file's content.

    Raises:
        SourceError: The file cannot be read, is empty, or is neither Parquet nor text.
    """
    with open_source(path) as stream:
        head = stream.read(_HEAD)
    if not head:
        raise SourceError(f"{path}: the file is empty", "give a file that holds recipes")
    if not head.startswith(b"PAR1"):
        _require_text(path, head)
    return head.removeprefix(_BOM)


def _require_text(path: Path, head: bytes) -> None:
    if head.startswith((b"\xff\xfe", b"\xfe\xff")):
        raise SourceError(f"{path}: UTF-16 text, not UTF-8", "save it as UTF-8")
    if b"\0" in head:
        raise SourceError(f"{path}: a binary file, not text", "give recipes as text, JSON, CSV or Parquet")
    if head.decode("utf-8", "replace").count("\N{REPLACEMENT CHARACTER}") > _FOREIGN_SHARE * len(head):
        raise SourceError(f"{path}: not UTF-8 text", "save it as UTF-8")


def numbered_lines(stream: BufferedIOBase, file: str) -> Iterator[tuple[int, str] | Unreadable]:
    r"""Yield the lines of a text with their numbers from 1; a line that is not UTF-8 is unreadable.

    Lines end at ``\n`` or ``\r\n`` only: text holds other characters that `str.splitlines` would cut at.
    """
    for number, raw in enumerate(stream, start=1):
        if number == 1:
            raw = raw.removeprefix(_BOM)
        try:
            yield number, raw.removesuffix(b"\n").removesuffix(b"\r").decode()
        except UnicodeDecodeError as error:
            yield Unreadable(file, number, f"not UTF-8 (byte {error.start + 1} of the line)")


def read_text(stream: BufferedIOBase) -> str:
    """Return a whole text; bytes that are not UTF-8 become lone surrogates, which `recipe_from` finds."""
    return stream.read().removeprefix(_BOM).decode("utf-8", "surrogateescape")
