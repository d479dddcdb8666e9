"""The event log of a run in training, and who else learns of its events: trackers, and at its end whom the user names.

Both come after the log, and what goes wrong in them is logged and affects nothing else.
"""

from __future__ import annotations

import time
from contextlib import suppress
from typing import TYPE_CHECKING

from recipe_tui.core import paths
from recipe_tui.core.errors import RunError
from recipe_tui.core.runs.checkpoints import checkpoint_step, latest_checkpoint
from recipe_tui.core.runs.event_log import EventLog
from recipe_tui.core.runs.events import Ended, TrackerFailed
from recipe_tui.core.runs.notifications import notify
from recipe_tui.core.runs.status import summarize
from recipe_tui.core.tracking.follow import Trackers
from recipe_tui.core.tracking.tracker import TrackedRun

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from recipe_tui.core.config import Config
    from recipe_tui.core.runs.events import Event


class RunLog:
    """Writes the log of a run that this process owns; to be used as `EventLog`.

    Args:
        run: The run folder.
        config: Its configuration, which names trackers, and who is notified.
        observer: Receives each event after it is written.
    """

    def __init__(self, run: Path, config: Config, observer: Callable[[Event], None] | None = None) -> None:
        self._run = run
        self._notify = config.notify
        self._observer = observer
        saved = latest_checkpoint(run)
        step = 0 if saved is None else checkpoint_step(saved)
        values = config.model_dump(mode="json", exclude={"notify"})  # a webhook's address is often a secret
        self._trackers = Trackers(config.tracking.trackers, TrackedRun(run.name, run, values, step))
        self._log = EventLog(run / paths.EVENTS, self._pass_on)

    def append(self, event: Event) -> None:
        """Write an event, and which trackers have failed since the one before; at the end, notify.

        Raises:
            OutputError: The disk is full.
        """
        self._log.append(event)
        if isinstance(event, Ended):
            with suppress(RunError):  # the folder was removed meanwhile
                for notified in notify(self._notify, summarize(self._run)):
                    self._log.append(notified)
            self._trackers.close()
        for name, problem in self._trackers.problems():
            self._log.append(TrackerFailed(time.time(), event.step, name, problem))

    def close(self) -> None:
        """Close the log."""
        self._log.close()

    def _pass_on(self, event: Event) -> None:
        self._trackers.take(event)
        if self._observer is not None:
            self._observer(event)
