"""The file of the queue: one for each user and machine, changed under a lock, replaced as a whole."""

from __future__ import annotations

import json
import platform
from contextlib import contextmanager
from dataclasses import asdict
from functools import cache
from typing import TYPE_CHECKING

from pydantic import TypeAdapter

from recipe_tui.core.atomic_io import replace_text, writing
from recipe_tui.core.errors import RunError, problem
from recipe_tui.core.paths import state_folder
from recipe_tui.core.queue.entries import Queue
from recipe_tui.core.runs.files import read_json

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

LARGEST = 64 << 20
"""Bytes of the file; an entry has a few thousand."""

LOCKED = 10.0
"""Seconds to wait for another process that changes the queue, which takes milliseconds."""


class QueueFile:
    """The queue on the disk.

    Args:
        path: Its file; that of this user and machine when None. Its lock and the supervisor's log lie beside it.
    """

    def __init__(self, path: Path | None = None) -> None:
        self.path = path or state_folder() / "queue" / f"{platform.node() or 'machine'}.json"

    @property
    def log(self) -> Path:
        """The output of the supervisor."""
        return self.path.with_suffix(".log")

    def read(self) -> Queue:
        """Return the queue as it stands.

        Raises:
            RunError: The file is damaged.
        """
        try:
            return _adapter().validate_python(read_json(self.path, LARGEST))
        except FileNotFoundError:
            return Queue()
        except (OSError, ValueError) as error:
            raise RunError(
                f"{self.path}: damaged ({problem(error)})", "move that file away; the runs themselves are not touched"
            ) from error

    @contextmanager
    def changing(self) -> Iterator[QueueChange]:
        """Give the queue to a block that changes it, while no other process does; written if the block succeeds.

        Raises:
            RunError: The file is damaged, or another process does not release it.
            OutputError: It cannot be written.
        """
        from filelock import FileLock, Timeout

        with writing(self.path):
            self.path.parent.mkdir(parents=True, exist_ok=True)
            lock = FileLock(self.path.with_suffix(".lock"), timeout=LOCKED)
            try:
                lock.acquire()
            except Timeout:
                raise RunError(f"{self.path}: another process is changing it", "try again, or end that one") from None
        try:
            change = QueueChange(self.read())
            before = change.queue
            yield change
            if change.queue != before:
                replace_text(self.path, json.dumps(asdict(change.queue), indent=1) + "\n")
        finally:
            lock.release()


class QueueChange:
    """The queue inside a block of `QueueFile.changing`; what `queue` is at the end is written."""

    def __init__(self, queue: Queue) -> None:
        self.queue = queue


@cache
def _adapter() -> TypeAdapter[Queue]:
    return TypeAdapter(Queue)
