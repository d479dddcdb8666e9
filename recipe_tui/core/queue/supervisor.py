"""The process that launches what waits in the queue, one training at a time on each device.

The trainings are processes of their own, which outlive it. All it knows is in the queue's file and the run folders, so
whatever ends it, the next one continues where it was. It ends by itself when nothing waits or runs.
"""

from __future__ import annotations

import sys
import time
from contextlib import closing
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from recipe_tui.core import paths
from recipe_tui.core.errors import ConfigError, RecipeTuiError, RunError
from recipe_tui.core.queue.add import config_of
from recipe_tui.core.queue.devices import device_variables, devices
from recipe_tui.core.runs.event_log import EventLog
from recipe_tui.core.runs.folder import hold, new_run_name
from recipe_tui.core.runs.launch import resume, spawn, start
from recipe_tui.core.runs.notifications import notify
from recipe_tui.core.runs.process import Launch, Process
from recipe_tui.core.runs.status import ACTIVE, summarize

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from recipe_tui.core.queue.entries import Entry, Queue
    from recipe_tui.core.queue.file import QueueFile
    from recipe_tui.core.runs.status import RunSummary

EVERY = 2.0
"""Seconds between two looks at the queue."""

RETRY_AFTER = 10.0
"""Seconds before a run that crashed is resumed; as many more for each attempt before."""

AFTER_ERROR = 30.0
"""Seconds before the next look when the queue could not be read or written."""

ERRORS_IN_A_ROW = 20
"""After so many the supervisor gives up."""


class Supervisor:
    """Launches entries, and follows those that run.

    Args:
        file: The queue.
        devices: What trainings run on.
        launch: Starts or resumes the training of an entry.
        now: Seconds since 1970.
        booted: When the machine was started: a run that ended before did not crash by itself.
    """

    def __init__(
        self,
        file: QueueFile,
        devices: Sequence[str] = ("",),
        *,
        launch: Callable[[Entry], object] | None = None,
        now: Callable[[], float] = time.time,
        booted: float = 0.0,
    ) -> None:
        self.file = file
        self._devices = devices
        self._launch = launch or launch_entry
        self._now = now
        self._booted = booted

    def tick(self) -> bool:
        """Note which runs have ended, and launch what is next.

        Returns:
            Whether anything is left to do; the supervisor must end otherwise.

        Raises:
            RunError: The queue is damaged or locked.
            OutputError: The queue cannot be written.
        """
        launched: list[Entry] = []
        with self.file.changing() as change:
            if change.queue.supervisor is None or not change.queue.supervisor.is_this:
                return False
            for entry in change.queue.entries:
                if entry.state == "running":
                    change.queue = change.queue.put(self._followed(entry))
            for entry in change.queue.entries:
                device = self._device_for(entry, change.queue)
                if entry.state == "waiting" and entry.not_before <= self._now() and device is not None:
                    try:
                        entry = self._named(entry, change.queue)
                    except ConfigError as error:
                        change.queue = change.queue.put(replace(entry, state="failed", problem=error.message))
                        continue
                    entry = replace(entry, state="running", used_device=device, attempts=entry.attempts + 1)
                    change.queue = change.queue.put(entry)
                    launched.append(entry)
            if not change.queue.has_work:
                change.queue = replace(change.queue, supervisor=None)  # who adds an entry now starts another one
        for entry in launched:  # the queue says already what is launched: nothing is launched twice
            try:
                self._launch(entry)
            except RecipeTuiError as error:
                with self.file.changing() as change:
                    change.queue = change.queue.put(replace(entry, state="failed", problem=error.message))
        return change.queue.supervisor is not None

    def _device_for(self, entry: Entry, queue: Queue) -> str | None:
        """Return a device that is free for an entry, or None."""
        taken = {one.used_device for one in queue.entries if one.state == "running"}
        wanted = [entry.device] if entry.device else self._devices
        return next((device for device in wanted if device not in taken), None)

    def _named(self, entry: Entry, queue: Queue) -> Entry:
        """Give an entry that was never launched its run folder, which no other has."""
        if entry.run:
            return entry
        config = config_of(entry)
        name = config.run or new_run_name(config.model.name, config.output, self._now())
        if any(one.run == str(config.output / name) for one in queue.entries):
            name = f"{name}-{entry.number}"
        return replace(entry, run=str(config.output / name))

    def _followed(self, entry: Entry) -> Entry:
        """Return how an entry that runs stands now."""
        run = Path(entry.run)
        launch = Launch.read(run)
        if launch is None and not (run / paths.RUN_MANIFEST).exists():
            return replace(entry, state="waiting", attempts=entry.attempts - 1)  # the supervisor died before the launch
        try:
            summary = summarize(run)
        except RunError as error:
            return replace(entry, state="failed", problem=error.message)
        if summary.state in ACTIVE:
            return entry
        if summary.state in ("finished", "stopped"):
            return replace(entry, state=summary.state, problem="")
        if launch is not None and launch.created < self._booted:
            return replace(entry, state="waiting", attempts=entry.attempts - 1)
        crashed = summary.state == "lost" or (launch is not None and not launch.has_logged(run, summary.updated))
        if crashed and entry.attempts <= entry.retries:
            later = self._now() + RETRY_AFTER * entry.attempts
            return replace(entry, state="waiting", not_before=later, problem=summary.reason)
        if crashed:
            self._notify(entry, summary)
        return replace(entry, state="failed", problem=summary.reason)

    def _notify(self, entry: Entry, summary: RunSummary) -> None:
        """Notify in the place of a process that could not."""
        try:
            with hold(summary.path), closing(EventLog(summary.path / paths.EVENTS)) as log:
                for event in notify(config_of(entry).notify, summary, self._now):
                    log.append(event)
        except RecipeTuiError as error:
            sys.stderr.write(f"{error}\n")


def supervise(file: QueueFile, sleep: Callable[[float], None] = time.sleep) -> None:
    """Be the supervisor of a queue until nothing is left to do; end at once if there is one already.

    Raises:
        RunError: The queue is damaged, or could not be changed for long.
        OutputError: The queue cannot be written.
    """
    import psutil

    with file.changing() as change:
        if is_supervised(change.queue):
            return
        change.queue = replace(change.queue, supervisor=Process.current())
    supervisor = Supervisor(file, devices(), booted=psutil.boot_time())
    errors = 0
    while True:
        try:
            if not supervisor.tick():
                return
            errors = 0
        except RecipeTuiError as error:
            errors += 1
            sys.stderr.write(f"{time.strftime('%Y-%m-%d %H:%M:%S')} {error}\n")
            if errors >= ERRORS_IN_A_ROW:
                raise
        sleep(AFTER_ERROR if errors else EVERY)


def is_supervised(queue: Queue) -> bool:
    """Return whether a process launches what waits in the queue."""
    return queue.supervisor is not None and not queue.supervisor.is_gone()


def ensure_supervisor(file: QueueFile, spawn: Callable[[Sequence[str], Path], Process] = spawn) -> bool:
    """Start the supervisor if there is something to do and there is none, as after a reboot.

    Returns:
        Whether one was started.

    Raises:
        RunError: The queue is damaged, or the process cannot be started.
        OutputError: Its log cannot be written to.
    """
    queue = file.read()
    if not queue.has_work or is_supervised(queue):
        return False
    spawn([sys.executable, "-m", "recipe_tui", "queue", "supervise"], file.log)
    return True


def launch_entry(entry: Entry) -> object:
    """Start the training of an entry, or resume it from its latest checkpoint.

    Raises:
        RecipeTuiError: It cannot be started.
    """
    run, folder = Path(entry.run), Path(entry.folder)
    if not folder.is_dir():
        raise RunError(f"{folder}: the folder that it was added in is gone", "add it again from another one")
    begin = partial(spawn, folder=folder, variables=device_variables(entry.used_device))
    if Launch.read(run) is not None or (run / paths.RUN_MANIFEST).exists():
        return resume(run, begin)
    return start(config_of(entry).model_copy(update={"run": run.name}), begin)
