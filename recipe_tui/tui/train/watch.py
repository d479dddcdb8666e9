"""Frozen snapshots of the runs, read by a thread, so that the screen never waits for the disk."""

from __future__ import annotations

import threading
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol

from recipe_tui.core import paths
from recipe_tui.core.errors import RunError
from recipe_tui.core.runs.files import read_end
from recipe_tui.core.runs.status import ACTIVE
from recipe_tui.core.runs.tail import LogTail, RunLog
from recipe_tui.tui.train.machine import Machine, MachineReader

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from recipe_tui.core.runs.status import RunSummary

NOTHING = RunLog()
"""The log of a run that cannot be read."""

AT_ONCE = 16 << 20
"""Bytes of a log whose curves are read before anything is shown; they take a tenth of a second."""

LAST_WORDS = 128 * 1024
"""Bytes at the end of a worker's log that are shown."""


@dataclass(frozen=True, slots=True)
class RunView:
    """A run with all its contents.

    Attributes:
        config: Text of its configuration file; empty if there is none.
        output: The end of the output of its process.
        store: Folder of its block store; empty if unknown.
    """

    summary: RunSummary
    log: RunLog
    config: str = ""
    output: str = ""
    store: str = ""

    @property
    def name(self) -> str:
        """Name of its folder."""
        return self.summary.path.name


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All runs, and the machine, at one moment.

    Attributes:
        runs: All runs, the newest first.
        shown: The contents of the wanted runs that exist, in the order of the request.
        machine: The load of this machine, measured while a run is active.
        unfinished: Whether curves are missing that the next snapshot will have.
    """

    runs: tuple[RunSummary, ...] = ()
    shown: tuple[RunView, ...] = ()
    machine: Machine = field(default_factory=Machine)
    unfinished: bool = False


class Reader(Protocol):
    """Reads snapshots."""

    def read(self, wanted: tuple[str, ...]) -> Snapshot:
        """Return a snapshot with the contents of the wanted runs; of the newest one if none is named."""


class RunReader:
    """Reads the runs of a folder; of each log only what was appended since the last snapshot.

    The curves of a long log take seconds: the first snapshot of it has its figures, the next one its curves.

    Args:
        output: Folder of the runs.
        machine: Measures the load of the machine.
    """

    def __init__(self, output: Path, machine: Callable[[], Machine] | None = None) -> None:
        self.output = output
        self._measure = machine or MachineReader().read
        self._machine: Machine | None = None
        self._tails: dict[Path, LogTail] = {}
        self._unfinished: set[Path] = set()
        self._texts: dict[Path, tuple[tuple[int, int], str]] = {}

    def read(self, wanted: tuple[str, ...]) -> Snapshot:
        """Return a snapshot with the contents of the wanted runs; of the newest one if none is named."""
        from recipe_tui.core.runs.folder import run_folders
        from recipe_tui.core.runs.status import newest_first

        folders = run_folders(self.output)
        for gone in self._tails.keys() - folders:
            del self._tails[gone]
            self._unfinished.discard(gone)
        if not wanted and folders:
            wanted = (max(folders, key=_created).name,)
        drawn = {self.output / name for name in wanted}
        runs = newest_first(self._summary(run, run in drawn) for run in folders)
        by_name = {run.path.name: run for run in runs}
        shown = tuple(self._view(by_name[name]) for name in wanted if name in by_name)
        if self._machine is None or any(run.state in ACTIVE for run in runs):
            self._machine = self._measure()
        return Snapshot(tuple(runs), shown, self._machine, not self._unfinished.isdisjoint(drawn))

    def _summary(self, run: Path, drawn: bool) -> RunSummary:
        from recipe_tui.core.runs.status import cannot_read, summarize, unreadable

        tail = self._tails.get(run)
        if tail is None:
            tail = self._tails[run] = LogTail(run / paths.EVENTS)
        try:
            tail.poll()
            if drawn:
                self._draw(run, tail)
            return summarize(run, tail.log)
        except RunError as error:
            return unreadable(run, error)
        except OSError as error:
            return unreadable(run, cannot_read(run, error))

    def _draw(self, run: Path, tail: LogTail) -> None:
        if tail.undrawn > AT_ONCE and run not in self._unfinished:
            self._unfinished.add(run)
        else:
            self._unfinished.discard(run)
            tail.draw()

    def _view(self, summary: RunSummary) -> RunView:
        from recipe_tui.core.runs.folder import RunManifest

        run = summary.path
        if summary.state == "unreadable":  # its log and configuration may be of another version
            return RunView(summary, NOTHING, output=self._text(run / paths.WORKER_LOG))
        try:
            store = RunManifest.read(run).store
        except RunError:
            store = ""
        return RunView(
            summary,
            self._tails[run].log,
            config=self._text(run / paths.RUN_CONFIG),
            output=self._text(run / paths.WORKER_LOG),
            store=store,
        )

    def _text(self, path: Path) -> str:
        """Return the end of a file, read only when it has changed."""
        try:
            status = path.stat()
            seen = (status.st_mtime_ns, status.st_size)
            if path not in self._texts or self._texts[path][0] != seen:
                self._texts[path] = (seen, read_end(path, LAST_WORDS).decode("utf-8", "replace"))
            return self._texts[path][1]
        except OSError:
            return ""


def _created(run: Path) -> tuple[float, str]:
    """Return the time of creation and the name of a run, by which runs are ordered."""
    from recipe_tui.core.runs.folder import RunManifest
    from recipe_tui.core.runs.process import Launch

    try:
        return RunManifest.read(run).created, run.name
    except RunError:
        launch = Launch.read(run)
        return (launch.created if launch else 0.0), run.name


class Watching(Protocol):
    """The interface of a watcher; see `Watcher`."""

    def start(self, post: Callable[[Snapshot], object], failed: Callable[[Exception], object]) -> None:
        """Start the thread."""

    def want(self, names: tuple[str, ...]) -> None:
        """Choose the runs whose contents are read."""

    def sleep(self, sleeps: bool) -> None:
        """Pause or resume reading."""

    def stop(self) -> None:
        """End the thread."""


class Watcher:
    """Reads snapshots in a thread, and posts those that differ from the one before.

    Args:
        reader: Reads the snapshots.
        interval: Returns the seconds between two of them.
    """

    def __init__(self, reader: Reader, interval: Callable[[], float]) -> None:
        self._reader = reader
        self._interval = interval
        self._wanted: tuple[str, ...] = ()
        self._wake = threading.Event()
        self._awake = threading.Event()
        self._ended = False

    def start(self, post: Callable[[Snapshot], object], failed: Callable[[Exception], object]) -> None:
        """Start the thread.

        Args:
            post: Receives snapshots, in that thread.
            failed: Receives the error that ends it.
        """
        self._awake.set()
        threading.Thread(target=self._run, args=(post, failed), name="watch runs", daemon=True).start()

    def want(self, names: tuple[str, ...]) -> None:
        """Choose the runs whose contents are read, and read them at once."""
        self._wanted = names
        self._wake.set()

    def sleep(self, sleeps: bool) -> None:
        """Pause reading while the screen is hidden, or resume it."""
        if sleeps:
            self._awake.clear()
        else:
            self._awake.set()

    def stop(self) -> None:
        """End the thread."""
        self._ended = True
        self._awake.set()
        self._wake.set()

    def _run(self, post: Callable[[Snapshot], object], failed: Callable[[Exception], object]) -> None:
        before = None
        try:
            while not self._ended:
                self._wake.clear()
                snapshot = self._reader.read(self._wanted)
                if snapshot != before and not self._ended:
                    post(snapshot)
                before = snapshot
                if snapshot.unfinished:
                    continue
                self._wake.wait(self._interval())
                self._awake.wait()
        except Exception as error:
            failed(error)
