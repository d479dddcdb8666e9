"""Open the files of a source: decompressed, as UTF-8, within limits, with lines that end at a newline only."""

from __future__ import annotations

import bz2
import codecs
import gzip
import io
import lzma
import re
import shutil
import tempfile
import zipfile
import zlib
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import IO, TYPE_CHECKING, Any, cast

from recipe_tui.core.errors import SourceError
from recipe_tui.core.recipes.reading.encodings import FOREIGN_SHARE, encoding_of, is_binary
from recipe_tui.core.recipes.reading.records import Unreadable
from recipe_tui.core.recipes.reading.zip_archive import archive_members, open_archive, open_member, table_of_contents

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_MARKS = re.compile(rb"(?:\xef\xbb\xbf|\xc3\xaf\xc2\xbb\xc2\xbf)+")  # byte order marks, or one that was read as cp1252
_LONGEST_MARK = 32  # bytes
_CARRIAGE_RETURNS = re.compile(rb"[^\r\n]*\r(?!\n)(?!.*\r\n)", re.DOTALL)  # end the lines
LINE_LIMIT = 32 * 2**20  # bytes
_BLANK_LIMIT = 1_000_000  # lines
DOCUMENT_LIMIT = 128 * 2**20  # bytes of a document that is parsed whole, half of it with characters of four bytes
MARKDOWN_LIMIT = 2**19  # bytes of a document of Markdown, which takes seconds to parse
_HEAD = 65536  # bytes
_BUFFER = 2**18  # bytes
FREE_SIZE = 32 * 2**20  # bytes that a file may unpack to, however small it is
RATIO = 100  # of unpacked to packed bytes; recipes come to 20
_PACKINGS = {
    "gzip": rb"\x1f\x8b",
    "bzip2": rb"BZh[1-9](?:1AY|\x17rE)",
    "xz": rb"\xfd7zXZ\0",
    "Zstandard": rb"\x28\xb5\x2f\xfd",
    "zip": rb"PK\x03\x04",
}
_TAR_HEAD = 512  # bytes
_CERTAINLY_SEVERAL = 1000  # files, even if most are those that systems add
_LAYERS = 3  # of compression in compression, as in Paprika's exports


class BrokenOffError(SourceError):
    """A file is cut off; what stands before the cut is read."""


def cut_off(path: Path, line: int) -> BrokenOffError:
    """Return the error of a document that is cut off on a line; it is raised when what stands before has been read."""
    return BrokenOffError(
        f"{path}: the document is cut off (line {line:,}); what stands whole before the cut is read",
        "copy or download it again",
    )


_NO_BEGINNING = ("Not a gzipped file", "Unknown frame descriptor")  # as gzip and pyarrow say it; others ignore it


class _Unpacked(io.RawIOBase):
    """A decompressed stream that refuses to unpack to out of all proportion; where it breaks off, it ends.

    Attributes:
        breaks_off: Whether it broke off.
        is_followed: Whether something follows it that is not compressed.
    """

    def __init__(self, stream: Any, path: Path) -> None:
        self._stream = stream
        self._path = path
        self._limit = max(FREE_SIZE, RATIO * path.stat().st_size)
        self._read = 0
        self.breaks_off = self.is_followed = False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        try:
            data = self._stream.read1(len(buffer))  # `read` drops what stands before a cut
        except (EOFError, OSError) as error:
            if self._read and any(words in str(error) for words in _NO_BEGINNING):
                self.is_followed = True
                return 0
            if not (isinstance(error, EOFError) or "Truncated" in str(error)):  # as pyarrow says it of Zstandard
                raise
            self.breaks_off = True
            return 0
        self._read += len(data)
        if self._read > self._limit:
            raise SourceError(
                f"{self._path}: unpacks to more than {self._limit // 2**20:,} MB, {RATIO} times its size",
                "unpack it first if that is what it should hold",
            )
        buffer[: len(data)] = data
        return len(data)


class _Recoded(io.RawIOBase):
    """A text in another encoding as UTF-8."""

    def __init__(self, stream: IO[bytes], encoding: str) -> None:
        self._stream = stream
        self._decoder = codecs.getincrementaldecoder(encoding)("surrogateescape" if encoding == "cp1252" else "replace")
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._rest:
            data = self._stream.read(_BUFFER)
            self._rest = self._decoder.decode(data, final=not data).encode("utf-8", "surrogateescape")
            if not data:
                break
        taken = self._rest[: len(buffer)]
        self._rest = self._rest[len(taken) :]
        buffer[: len(taken)] = taken
        return len(taken)


class _WithLineFeeds(io.RawIOBase):
    """A text whose lines end at carriage returns, as on the old Macintosh, with lines that end at line feeds."""

    def __init__(self, stream: io.BufferedReader) -> None:
        self._stream = stream

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        data = self._stream.read1(len(buffer)).replace(b"\r", b"\n")
        buffer[: len(data)] = data
        return len(data)


@contextmanager
def open_source(path: Path, is_whole: bool = True) -> Iterator[io.BufferedReader]:
    """Open a file, decompressed and as UTF-8, and explain what goes wrong while it is read.

    gzip, bzip2, xz, Zstandard and a zip archive of one file are recognised by their first bytes; UTF-16 and UTF-32 by
    their byte order mark; a text in which nothing is UTF-8 is read in the encoding that it names, or else as cp1252 or
    Mac Roman. Byte order marks are left out, and lines that end at carriage returns alone end at line feeds instead.

    Args:
        path: The file.
        is_whole: Whether a compressed file that breaks off is an error, in the end.

    Raises:
        BrokenOffError: The compressed file breaks off. This is raised when all before the cut has been read.
        SourceError: The file cannot be opened or read to its end, or unpacks to out of all proportion.
    """
    packing = "compressed"
    layers: list[_Unpacked] = []
    try:
        with ExitStack() as opened:
            stream = cast("io.BufferedReader", opened.enter_context(path.open("rb", _BUFFER)))
            for _ in range(_LAYERS):
                packing = _packing(stream.peek(8)[:8]) or packing
                unpacked = _unpacked(stream, path, opened)
                if unpacked is None:
                    break
                layers.append(_Unpacked(unpacked, path))
                stream = io.BufferedReader(layers[-1], _BUFFER)
            if encoding := encoding_of(stream.peek(_HEAD)[:_BUFFER]):
                stream = io.BufferedReader(_Recoded(stream, encoding), _BUFFER)
            if mark := _MARKS.match(stream.peek(_LONGEST_MARK)):
                stream.read(mark.end())
            if _CARRIAGE_RETURNS.match(head := stream.peek(_HEAD)[:_HEAD]) and not is_binary(head):
                stream = io.BufferedReader(_WithLineFeeds(stream), _BUFFER)
            yield stream
            if is_whole and any(layer.breaks_off for layer in layers):
                raise EOFError
            if is_whole and any(layer.is_followed for layer in layers):
                raise BrokenOffError(
                    f"{path}: what follows the {packing} data is not compressed, and is not read",
                    "copy or download it again",
                )
    except PermissionError:
        raise SourceError(f"{path}: permission denied", "make the file readable, or give another") from None
    except EOFError:
        raise BrokenOffError(f"{path}: the {packing} file breaks off", "copy or download it again") from None
    except (gzip.BadGzipFile, zlib.error, lzma.LZMAError, zipfile.BadZipFile) as error:
        raise SourceError(f"{path}: the {packing} file is damaged ({error})", "copy or download it again") from None
    except OSError as error:
        reason = error.strerror or str(error).partition("\n")[0]
        raise SourceError(f"{path}: cannot be read ({reason})", "check the file and its disk") from None


def _packing(magic: bytes) -> str | None:
    return next((name for name, pattern in _PACKINGS.items() if re.match(pattern, magic)), None)


def _unpacked(stream: io.BufferedReader, path: Path, opened: ExitStack) -> Any:
    """Return a decompressor of a stream, or None where it is not compressed."""
    match _packing(stream.peek(8)[:8]):
        case "gzip":
            return opened.enter_context(gzip.open(stream))
        case "bzip2":
            return opened.enter_context(bz2.open(stream))
        case "xz":
            return opened.enter_context(lzma.open(stream))
        case "Zstandard":
            import pyarrow

            return opened.enter_context(pyarrow.CompressedInputStream(stream, "zstd"))
        case "zip":
            return _only_member(stream, path, opened)
        case _:
            return None


def _only_member(stream: io.BufferedReader, path: Path, opened: ExitStack) -> Any:
    if not stream.seekable():
        raise SourceError(f"{path}: an archive in a compressed file", "unpack it first")
    archive = opened.enter_context(open_archive(stream, path))
    members = archive_members(archive)
    if len(members) != 1:
        raise SourceError(f"{path}: an archive of {len(members):,} files", "give it with the format auto, or unpack it")
    return opened.enter_context(open_member(archive, members[0], path))


def is_archive(path: Path) -> bool:
    """Return whether a file is a tar archive, compressed or not, or a zip archive of several files or of an archive.

    Raises:
        SourceError: The file cannot be read, or the archive is damaged.
    """
    try:
        with path.open("rb") as file:
            head = file.read(_TAR_HEAD)
            if head.startswith(b"PK\x03\x04"):
                count, _ = table_of_contents(file)
                if count > _CERTAINLY_SEVERAL:
                    return True
                with open_archive(file, path) as archive:
                    members = archive_members(archive)
                    if len(members) != 1:
                        return True
                    with open_member(archive, members[0], path) as member:
                        head = member.read(_TAR_HEAD)
                if head.startswith(b"PK\x03\x04"):
                    return True
    except (zipfile.BadZipFile, EOFError, zlib.error) as error:
        raise SourceError(f"{path}: the zip archive is damaged ({error})", "copy or download it again") from None
    except PermissionError:
        raise SourceError(f"{path}: permission denied", "make the file readable, or give another") from None
    except OSError as error:
        raise SourceError(f"{path}: cannot be read ({error.strerror})", "check the file and its disk") from None
    if is_tar(head):
        return True
    if _packing(head) is None:
        return False
    with open_source(path, is_whole=False) as stream:
        return is_tar(stream.peek(_TAR_HEAD))


def is_tar(head: bytes) -> bool:
    """Return whether the first bytes of a file are those of a tar archive."""
    return head[257:262] == b"ustar"


@contextmanager
def open_seekable(path: Path) -> Iterator[IO[bytes]]:
    """Open a file as `open_source` does, for readers that jump about in it; what is packed goes to a temporary file."""
    with open_source(path) as stream:
        if stream.seekable():
            yield cast("IO[bytes]", stream)
        else:
            with tempfile.TemporaryFile() as unpacked:
                shutil.copyfileobj(stream, unpacked)
                unpacked.seek(0)
                yield unpacked


def read_head(path: Path) -> bytes:
    """Return the first bytes of a file's content, as UTF-8.

    Raises:
        SourceError: The file cannot be read, is empty, or is neither Parquet nor text.
    """
    with open_source(path, is_whole=False) as stream:
        head = stream.read(_HEAD)
    if not head:
        with open_source(path) as stream:
            stream.read(1)  # which says so where a compressed file breaks off
        raise SourceError(f"{path}: the file is empty", "give a file that holds recipes")
    if not head.startswith(b"PAR1"):
        _require_text(path, head)
    return head


def _require_text(path: Path, head: bytes) -> None:
    if is_binary(head):
        raise SourceError(f"{path}: a binary file, not text", "give recipes as text, JSON, CSV or Parquet")
    if head.decode("utf-8", "replace").count("\N{REPLACEMENT CHARACTER}") > FOREIGN_SHARE * len(head):
        raise SourceError(f"{path}: not UTF-8 text", "save it as UTF-8")


def named_for(path: Path) -> str:
    """Return the title of a recipe that has none but its file's name."""
    return path.stem.replace("-", " ").replace("_", " ").strip().capitalize()


def raw_lines(stream: IO[bytes], path: str) -> Iterator[bytes]:
    """Yield the lines of a stream.

    Raises:
        SourceError: A line is longer than any recipe, so that it would fill the memory, or blank lines do not end.
    """
    blank = 0
    for line in iter(partial(stream.readline, LINE_LIMIT), b""):
        if len(line) >= LINE_LIMIT:
            raise SourceError(
                f"{path}: a line of more than {LINE_LIMIT // 2**20} MB",
                "check whether it holds recipes, and its format",
            )
        blank = blank + 1 if len(line) < 3 and not line.strip() else 0
        if blank > _BLANK_LIMIT:
            raise SourceError(f"{path}: more than {_BLANK_LIMIT:,} blank lines in a row", "remove them")
        yield line


def numbered_lines(stream: IO[bytes], file: str) -> Iterator[tuple[int, str] | Unreadable]:
    r"""Yield the lines of a text with their numbers from 1; a line that is not UTF-8 is unreadable.

    Lines end at ``\n`` or ``\r\n`` only: text holds other characters that `str.splitlines` would cut at.
    """
    for number, raw in enumerate(raw_lines(stream, file), start=1):
        try:
            yield number, raw.removesuffix(b"\n").removesuffix(b"\r").decode()
        except UnicodeDecodeError as error:
            yield Unreadable(file, number, f"not UTF-8 (byte {error.start + 1} of the line)")


def read_text(stream: IO[bytes], path: Path, limit: int = DOCUMENT_LIMIT, before: bytes = b"") -> str:
    """Return a whole text; bytes that are not UTF-8 become lone surrogates, which `read_record` finds.

    Args:
        stream: The text.
        path: Its file.
        limit: Bytes that it may have.
        before: What was read of it before.

    Raises:
        SourceError: It is too large to be read whole.
    """
    data = before + stream.read(limit + 1 - len(before))
    if len(data) > limit or (2 * len(data) > limit > MARKDOWN_LIMIT and re.search(rb"[\xf0-\xf7]", data)):
        raise SourceError(
            f"{path}: more than {limit / 2**20:g} MB in one document", "convert it to JSON Lines, or split it"
        )
    return data.decode("utf-8", "surrogateescape")
