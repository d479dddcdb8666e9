"""The control file: how a viewer, or another terminal, asks a run to pause, continue or stop, or for a checkpoint."""

from __future__ import annotations

import json
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, get_args

from recipe_tui.core.atomic_io import replace_text
from recipe_tui.core.paths import CONTROL
from recipe_tui.core.runs.files import read_json

if TYPE_CHECKING:
    from pathlib import Path

CHECKPOINT = "checkpoint"
"""Key of the number by which a request for a checkpoint differs from the one before."""

LARGEST = 2**31 - 1
"""The largest such number: several processes of a training agree on it as 32 bits."""

Request = Literal["continue", "pause", "stop", "stop_now"]
"""``stop`` saves a checkpoint first; ``stop_now`` leaves with the checkpoints there are."""


def request(run: Path, what: Request) -> None:
    """Ask a run for something; it obeys after the step it is in.

    Raises:
        OutputError: The run folder cannot be written to.
    """
    replace_text(run / CONTROL, json.dumps({"request": what, CHECKPOINT: _read(run / CONTROL).checkpoint}))


def request_checkpoint(run: Path, token: int | None = None) -> None:
    """Ask a run to save a checkpoint after the step it is in, and to do otherwise what it was asked for before.

    Args:
        run: The run folder.
        token: Another number than that of the request before; the time when None.

    Raises:
        OutputError: The run folder cannot be written to.
    """
    asked = _read(run / CONTROL)
    replace_text(
        run / CONTROL, json.dumps({"request": asked.request, CHECKPOINT: token or 1 + time.time_ns() % LARGEST})
    )


@dataclass(frozen=True, slots=True)
class _Asked:
    """What the file asks for: nothing where there is none, or it is not understood."""

    request: Request = "continue"
    checkpoint: int = 0


class Control:
    """The run's end: reads the file when it has changed.

    Args:
        run: The run folder.
    """

    def __init__(self, run: Path) -> None:
        self._path = run / CONTROL
        self._seen: tuple[int, int] | None = None
        self._asked = _Asked()

    @property
    def requested(self) -> Request:
        """What was asked for last; ``continue`` if nothing, or nothing that is understood."""
        return self._read().request

    @property
    def checkpoint(self) -> int:
        """The number of the latest request for a checkpoint; 0 if there was none."""
        return self._read().checkpoint

    def clear(self) -> None:
        """Forget what was asked of an earlier process."""
        self._path.unlink(missing_ok=True)

    def _read(self) -> _Asked:
        try:
            status = self._path.stat()
        except OSError:
            return _Asked()
        seen = (status.st_mtime_ns, status.st_ino)
        if seen != self._seen:
            self._seen, self._asked = seen, _read(self._path)
        return self._asked


def _read(path: Path) -> _Asked:
    try:
        values = read_json(path)
        asked, checkpoint = values.get("request"), values.get(CHECKPOINT)
    except (OSError, ValueError, AttributeError):
        return _Asked()
    known = isinstance(checkpoint, int) and 0 <= checkpoint <= LARGEST
    return _Asked(asked if asked in get_args(Request) else "continue", checkpoint if known else 0)
