"""Readers, the inputs they are given, and what is counted of them."""

from __future__ import annotations

import signal
import time
import traceback
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from random import Random

from recipe_tui.core.errors import RecipeTuiError
from tests.fuzz.mutation import mutate

SECONDS = 10.0
"""Processor time after which a reader counts as hanging."""


@dataclass(frozen=True)
class Reader:
    """A reader, and files that it reads.

    Attributes:
        name: What the table calls it.
        samples: Undamaged files: their names and contents.
        read: Reads a content under a name.
        tested: Inputs that it gets in the tests; slow readers get fewer.
    """

    name: str
    samples: tuple[tuple[str, bytes], ...]
    read: Callable[[str, bytes], object]
    tested: int = 300

    def input(self, random: Random) -> tuple[str, bytes]:
        """Return the name and the damaged content of a file."""
        name, data = random.choice(self.samples)
        return name, mutate(data, random)


@dataclass
class Row:
    """The results of one reader."""

    name: str
    inputs: int = 0
    refused: int = 0
    hangs: int = 0
    slowest: float = 0.0
    tracebacks: Counter[str] = field(default_factory=Counter)
    first: dict[str, int] = field(default_factory=dict)


class Hang(BaseException):
    """A reader took too long."""


def file_reader(name: str, path: Path, data: bytes, read: Callable[[Path], object], tested: int = 300) -> Reader:
    """Return a reader of one file, which is given its folder."""

    def written(_: str, mutated: bytes) -> object:
        path.unlink(missing_ok=True)  # what is mapped into memory stays as it is
        path.write_bytes(mutated)
        return read(path.parent)

    return Reader(name, ((path.name, data),), written, tested)


def run_one(reader: Reader, random: Random, row: Row, seed: int = 0) -> None:
    """Give one damaged file to a reader, and count what comes of it."""
    name, data = reader.input(random)
    began = time.process_time()
    row.inputs += 1
    try:
        with _interrupted():
            reader.read(name, data)
    except RecipeTuiError as error:
        row.refused += 1
        if "\n" in error.message:
            _count(row, f"an error of several lines: {error.message[:80]!r}", seed)
    except Hang as hang:
        _count(row, f"hangs at {_place(hang)}", seed)
    except BaseException as error:
        if isinstance(error, KeyboardInterrupt):
            raise
        _count(row, f"{type(error).__name__} at {_place(error)}: {str(error)[:80]}", seed)
    took = time.process_time() - began
    row.slowest = max(row.slowest, took)
    row.hangs += took > SECONDS


def _count(row: Row, what: str, seed: int) -> None:
    row.tracebacks[what] += 1
    row.first.setdefault(what, seed)


def _place(error: BaseException) -> str:
    frames = traceback.extract_tb(error.__traceback__)
    own = next((frame for frame in reversed(frames) if "recipe_tui/" in frame.filename), frames[-1])
    return f"{Path(own.filename).name}:{own.lineno}"


@contextmanager
def _interrupted() -> Iterator[None]:
    """Raise `Hang` in the block where it takes too long."""

    def raise_hang(*_: object) -> None:
        raise Hang

    before = signal.signal(signal.SIGPROF, raise_hang)
    signal.setitimer(signal.ITIMER_PROF, SECONDS)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)
