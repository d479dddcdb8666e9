"""A hostile file: what writes it, and what reads it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path

Chunks = Iterable[bytes]
MB = 2**20


@dataclass(frozen=True)
class Case:
    """A hostile file.

    Attributes:
        write: Writes it into a folder.
        read: Reads what is in the folder, and says what it found.
    """

    write: Callable[[Path], object]
    read: Callable[[Path], object]


def repeated(unit: bytes, size: int, before: bytes = b"", after: bytes = b"") -> Chunks:
    """Yield a text of at most a size, a megabyte or so at a time."""
    yield before
    some = unit * max(1, min(size, MB) // len(unit))
    for _ in range(max(1, size // len(some))):
        yield some
    yield after


def file(name: str, chunks: Callable[[], Chunks]) -> Callable[[Path], None]:
    """Return what writes a file."""

    def write(folder: Path) -> None:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        with (folder / name).open("wb") as target:
            for chunk in chunks():
                target.write(chunk)

    return write
