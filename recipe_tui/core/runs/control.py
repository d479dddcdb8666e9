"""The control file: how a viewer, or another terminal, asks a run to pause, continue or stop."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Literal, get_args

from recipe_tui.core.atomic_io import replace_text
from recipe_tui.core.paths import CONTROL
from recipe_tui.core.runs.files import read_json

if TYPE_CHECKING:
    from pathlib import Path

Request = Literal["continue", "pause", "stop", "stop_now"]
"""``stop`` saves a checkpoint first; ``stop_now`` leaves with the checkpoints there are."""


def request(run: Path, what: Request) -> None:
    """Ask a run for something; it obeys after the step it is in.

    Raises:
        OutputError: The run folder cannot be written to.
    """
    replace_text(run / CONTROL, json.dumps({"request": what}))


class Control:
    """The run's end: reads the file when it has changed.

    Args:
        run: The run folder.
    """

    def __init__(self, run: Path) -> None:
        self._path = run / CONTROL
        self._seen: tuple[int, int] | None = None
        self._request: Request = "continue"

    @property
    def requested(self) -> Request:
        """What was asked for last; ``continue`` if nothing, or nothing that is understood."""
        try:
            status = self._path.stat()
            seen = (status.st_mtime_ns, status.st_ino)
            if seen != self._seen:
                self._seen = seen
                asked = read_json(self._path).get("request")
                self._request = asked if asked in get_args(Request) else "continue"
        except (OSError, ValueError, AttributeError):
            self._request = "continue"
        return self._request

    def clear(self) -> None:
        """Forget what was asked of an earlier process."""
        self._path.unlink(missing_ok=True)
