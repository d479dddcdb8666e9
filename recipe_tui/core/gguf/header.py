"""The limits of a GGUF file's header, checked before llama.cpp's library reads it.

The library believes every count: a damaged one makes it read on beyond the end of the file, for ever.
"""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, BinaryIO

if TYPE_CHECKING:
    from pathlib import Path

MAGIC = b"GGUF"
MOST_FIELDS = 1 << 16
MOST_TENSORS = 1 << 16
MOST_VALUES = 1 << 20
"""Most values in all arrays, which the library reads one by one; the largest published vocabularies have 850,000."""

MOST_TEXTS = 1 << 19
"""Most texts among these, of which the library makes an array each; 495,000 are the tokens and merges of Qwen 3.5."""

LONGEST_STRING = 1 << 24

SIZES = {0: 1, 1: 1, 2: 2, 3: 2, 4: 4, 5: 4, 6: 4, 7: 1, 10: 8, 11: 8, 12: 8}
"""Bytes of a value, by type."""

STRING, ARRAY = 8, 9


def check_header(path: Path) -> None:
    """Check the counts and lengths in a header against the file's size and the limits.

    Args:
        path: The file; big-endian ones are left to the library.

    Raises:
        OSError: It cannot be read.
        ValueError: It is no GGUF file, or a count or a length is impossible.
    """
    with path.open("rb") as file:
        reader = _Header(file, path.stat().st_size)
        if file.read(4) != MAGIC:
            raise ValueError("GGUF magic invalid")
        version, tensors, fields = reader.number("<I"), reader.number("<Q"), reader.number("<Q")
        if version not in (2, 3):
            raise ValueError(f"version {version} is not supported")
        if fields > MOST_FIELDS or tensors > MOST_TENSORS:
            raise ValueError(f"{fields:,} fields and {tensors:,} tensors")
        for _ in range(fields):
            reader.skip(reader.length())
            reader.value(reader.number("<I"))
        for _ in range(tensors):
            reader.skip(reader.length())
            dimensions = reader.number("<I")
            if dimensions > 4:
                raise ValueError(f"a tensor of {dimensions:,} dimensions")
            reader.skip(8 * dimensions + 12)


class _Header:
    def __init__(self, file: BinaryIO, size: int) -> None:
        self._file = file
        self._size = size
        self._values = self._texts = 0

    def number(self, form: str) -> int:
        size = struct.calcsize(form)
        data = self._file.read(size)
        if len(data) < size:
            raise ValueError("the header is cut off")
        return int(struct.unpack(form, data)[0])

    def length(self) -> int:
        length = self.number("<Q")
        if length > LONGEST_STRING:
            raise ValueError(f"a text of {length:,} bytes")
        return length

    def skip(self, size: int) -> None:
        if self._file.tell() + size > self._size:
            raise ValueError("the header is cut off")
        self._file.seek(size, 1)

    def value(self, kind: int) -> None:
        if kind in SIZES:
            self.skip(SIZES[kind])
        elif kind == STRING:
            self.skip(self.length())
        elif kind == ARRAY:
            self._array()
        else:
            raise ValueError(f"a value of the unknown type {kind}")

    def _array(self) -> None:
        kind, count = self.number("<I"), self.number("<Q")
        self._values += count
        if self._values > MOST_VALUES:
            raise ValueError(f"an array of {count:,} values")
        self._texts += count if kind == STRING else 0
        if self._texts > MOST_TEXTS:
            raise ValueError(f"an array of {count:,} texts")
        if kind in SIZES:
            self.skip(SIZES[kind] * count)
        elif kind == STRING:
            for _ in range(count):
                self.skip(self.length())
        else:
            raise ValueError(f"an array of the type {kind}")
