"""Rows of the list, read in a thread: a disk that is slow must not hold up the keys."""

from __future__ import annotations

from dataclasses import dataclass, field
from threading import Event, Lock, Thread
from typing import TYPE_CHECKING

from recipe_tui.core.errors import StoreError

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from recipe_tui.core.recipes.recipe import Split
    from recipe_tui.tui.dataset.opened import OpenedStore, RowPicture

TIMEOUT = 0.02
"""Seconds that are waited for rows: long enough where the disk is quick, so that a page is drawn once."""

MOST_KNOWN = 4_096
"""Rows that are kept, so that moving the selection reads nothing."""


@dataclass(slots=True)
class _Request:
    """Rows that are wanted.

    Attributes:
        numbers: Numbers of their blocks.
        done: Set when they are read.
        late: Whether they are no longer waited for.
    """

    numbers: frozenset[int]
    done: Event = field(default_factory=Event)
    late: bool = False


class RowReader:
    """Reads rows of one split, those that were asked for last first.

    Args:
        opened: The store.
        split: The split.
        on_rows: Called in a thread when rows have come that were not there when they were asked for.
    """

    def __init__(self, opened: OpenedStore, split: Split, on_rows: Callable[[], object]) -> None:
        self._opened = opened
        self._split: Split = split
        self._on_rows = on_rows
        self._known: dict[int, RowPicture | None] = {}
        self._latest: _Request | None = None
        self._next: _Request | None = None
        self._is_reading = False
        self._lock = Lock()

    def ask(self, numbers: Sequence[int]) -> None:
        """Request the rows of some blocks, and wait `TIMEOUT` for them."""
        missing = frozenset(number for number in numbers if number not in self._known)
        latest = self._latest
        is_asked = latest is not None and not latest.done.is_set() and missing <= latest.numbers
        if not missing or is_asked:
            return
        self._latest = request = _Request(missing)
        with self._lock:
            self._next = request
            begin, self._is_reading = not self._is_reading, True
        if begin:  # as a daemon, since a disk that hangs must not keep anybody from leaving
            Thread(target=self._read, name="rows", daemon=True).start()
        request.done.wait(TIMEOUT)
        with self._lock:
            request.late = not request.done.is_set()

    def is_read(self, number: int) -> bool:
        """Return whether a row is there, or known to be unreadable."""
        return number in self._known

    def row(self, number: int) -> RowPicture | None:
        """Return a row; None when it cannot be read, or is not there yet."""
        return self._known.get(number)

    def _read(self) -> None:
        while True:
            with self._lock:
                request, self._next = self._next, None
                if request is None:
                    self._is_reading = False
                    return
            rows = self._rows(sorted(request.numbers))
            if len(self._known) + len(rows) > MOST_KNOWN:
                self._known = {}
            self._known.update(rows)
            with self._lock:
                request.done.set()
                late = request.late
            if late:
                self._on_rows()

    def _rows(self, numbers: list[int]) -> dict[int, RowPicture | None]:
        try:
            self._opened.check()
        except StoreError:
            return dict.fromkeys(numbers)  # reading the selected block tells what is wrong
        return {number: self._row(number) for number in numbers}

    def _row(self, number: int) -> RowPicture | None:
        try:
            return self._opened.row(self._split, number)
        except (StoreError, IndexError, ValueError, OSError):
            return None  # reading the selected block tells what is wrong
