"""The state of each run: from its manifest, its launch, its log and its process, decided in one place."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from recipe_tui.core import paths
from recipe_tui.core.errors import RunError, UsageError
from recipe_tui.core.runs.files import in_place_of
from recipe_tui.core.runs.folder import RunManifest, is_held, run_folders
from recipe_tui.core.runs.process import Launch
from recipe_tui.core.runs.tail import LogTail, end_of_log, state_after

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from recipe_tui.core.runs.process import Process
    from recipe_tui.core.runs.tail import LoggedState, RunLog

State = Literal["starting", "running", "paused", "finished", "stopped", "failed", "lost", "unreadable"]
"""``lost`` when the process is gone without having logged an end, ``unreadable`` when the folder is damaged."""

ACTIVE: tuple[State, ...] = ("starting", "running", "paused")
"""States of a run that has a process."""

RESUMABLE: tuple[State, ...] = ("stopped", "failed", "lost")


@dataclass(frozen=True, slots=True)
class RunSummary:
    """One line about a run.

    Attributes:
        name: Its name.
        path: Its folder.
        state: How it stands.
        reason: Why it ended or cannot be read, if so.
        step: Steps done.
        total_steps: Steps in all.
        train_loss: Loss of the latest step.
        validation_loss: Loss of the latest validation.
        started: When it was made, seconds since 1970.
        updated: Time of its latest event.
        model: The name of the model it began from.
        skipped: Lines of its log that are no valid events; see `RunLog.skipped`.
        best_validation_loss: Lowest loss of its validations.
        tokens_per_second: Speed at the latest step.
        seconds: Time spent training, pauses left out.
    """

    name: str
    path: Path
    state: State
    reason: str = ""
    step: int = 0
    total_steps: int = 0
    train_loss: float | None = None
    validation_loss: float | None = None
    started: float = 0.0
    updated: float = 0.0
    model: str = ""
    skipped: int = 0
    best_validation_loss: float | None = None
    tokens_per_second: float | None = None
    seconds: float = 0.0


def list_runs(output: Path) -> list[RunSummary]:
    """Return the runs in a folder, the newest first; folders that are no runs are left out."""
    return newest_first(_readable_or_not(run) for run in run_folders(output))


def cannot_read(run: Path, error: OSError) -> RunError:
    """Return the error for a run of which a file cannot be read."""
    if isinstance(error, IsADirectoryError):
        return RunError(f"{error.filename or run}: a folder stands in the place of a file", "move it away")
    hint = "check its permissions" if isinstance(error, PermissionError) else "check the file and its disk"
    return RunError(f"{error.filename or run}: cannot be read ({error.strerror})", hint)


def newest_first(summaries: Iterable[RunSummary]) -> list[RunSummary]:
    """Return runs in the order in which they are listed."""
    return sorted(summaries, key=lambda run: (run.started, run.name), reverse=True)


FIGURES = {
    "name": "name",
    "state": "state",
    "step": "step",
    "loss": "train_loss",
    "val_loss": "validation_loss",
    "best": "best_validation_loss",
    "speed": "tokens_per_second",
    "time": "seconds",
    "started": "started",
    "model": "model",
}
"""What runs are sorted by, and the field of `RunSummary` that it is."""


def sorted_by(figure: str, runs: Iterable[RunSummary]) -> list[RunSummary]:
    """Return runs in the order of a figure; those without it, or with none that is a number, are last.

    Args:
        figure: A key of `FIGURES`, or the name of its field; with a minus in front, the largest is first.
        runs: In any order.

    Raises:
        UsageError: There is no such figure.
    """
    name = FIGURES.get(figure.removeprefix("-"), figure.removeprefix("-").replace("-", "_"))
    if name not in FIGURES.values():
        raise UsageError(
            f"--sort {figure}: no such figure", f"choose one of {', '.join(FIGURES)}; -speed: fastest first"
        )
    known: list[RunSummary] = []
    unknown: list[RunSummary] = []
    for run in runs:
        value = getattr(run, name)
        (unknown if value is None or value != value else known).append(run)
    return sorted(known, key=lambda run: getattr(run, name), reverse=figure.startswith("-")) + unknown


def summarize(run: Path, log: RunLog | None = None) -> RunSummary:
    """Return how a run stands.

    Args:
        run: The run folder.
        log: Its log, for a caller who tails it; read when None.

    Raises:
        RunError: The folder is no run, or one of a later version, or is damaged.
    """
    try:
        launch = Launch.load(run)
        if launch is not None and not (run / paths.RUN_MANIFEST).exists():
            state, reason = launch.state(run)
            return RunSummary(
                run.name, run, state, reason, started=launch.created, updated=launch.created, model=launch.model
            )
        manifest = RunManifest.read(run)
        _require_log(run)
        if log is None:
            tail = LogTail(run / paths.EVENTS)
            tail.poll()
            log = tail.log
    except OSError as error:
        raise cannot_read(run, error) from error
    stands, why = _state(run, manifest, launch, log.state, log.reason, log.updated)
    return RunSummary(
        name=run.name,  # a folder may have been renamed or copied
        path=run,
        state=stands,
        reason=why,
        step=log.step,
        total_steps=log.total_steps,
        train_loss=log.latest.loss if log.latest else None,
        validation_loss=log.validation.loss if log.validation else None,
        started=manifest.created,
        updated=manifest.created if log.updated is None else log.updated,
        model=manifest.model,
        skipped=log.skipped,
        best_validation_loss=log.best.loss if log.best else None,
        tokens_per_second=log.latest.tokens_per_second if log.latest else None,
        seconds=log.seconds,
    )


def unreadable(run: Path, error: RunError) -> RunSummary:
    """Return the summary of a run that cannot be read, and why."""
    created = _changed(run)
    return RunSummary(run.name, run, "unreadable", str(error), started=created, updated=created)


def active_run(output: Path) -> tuple[Path, State] | None:
    """Return the active run that was written to last, and its state; None if no run is active.

    The log of a long run is too large to be read every few seconds, so only its end is.

    Args:
        output: Folder of the runs.
    """
    for run in sorted(run_folders(output), key=lambda run: (_changed(run), run), reverse=True):
        try:
            state = _state_by_end(run)
        except (OSError, RunError):
            continue  # the list of runs says why
        if state in ACTIVE:
            return run, state
    return None


def run_state(run: Path) -> State:
    """Return the state of a run by the end of its log; ``unreadable`` when its folder is damaged or gone."""
    try:
        return _state_by_end(run)
    except (OSError, RunError):
        return "unreadable"


def find_run(output: Path, name: str | None) -> Path:
    """Return the run to resume: the named one, or the latest that is not finished.

    Raises:
        RunError: There is none.
    """
    if name is not None:
        RunManifest.read(output / name)
        return output / name
    for run in list_runs(output):
        if run.state in RESUMABLE and (run.path / paths.RUN_MANIFEST).exists():
            return run.path
    raise RunError(f"{output}: no run to resume", "recipe-tui runs lists them; name one with --run")


def _readable_or_not(run: Path) -> RunSummary:
    try:
        return summarize(run)
    except RunError as error:
        return unreadable(run, error)


def _state(
    run: Path, manifest: RunManifest, launch: Launch | None, logged: LoggedState, reason: str, updated: float | None
) -> tuple[State, str]:
    if launch is not None and not launch.has_logged(run, updated):
        return launch.state(run)
    if logged in ACTIVE and _is_gone(run, manifest.process):
        return "lost", "its process is gone"
    return logged, reason


def _is_gone(run: Path, process: Process | None) -> bool:
    """Return whether the process of a run has ended.

    Another start time at the same pid means another process, or that the clock was set: the lock of the run decides.
    """
    import psutil

    if process is None or not process.is_gone():
        return process is None
    return not (psutil.pid_exists(process.pid) and is_held(run))


def _state_by_end(run: Path) -> State:
    launch = Launch.load(run)
    if launch is not None and not (run / paths.RUN_MANIFEST).exists():
        return launch.state(run)[0]
    manifest = RunManifest.read(run)
    _require_log(run)
    events = end_of_log(run / paths.EVENTS)
    states = [state for state in map(state_after, events) if state is not None]
    updated = events[-1].time if events else None
    return _state(run, manifest, launch, states[-1] if states else "running", "", updated)[0]


def _require_log(run: Path) -> None:
    path = run / paths.EVENTS
    if what := in_place_of(path):
        raise RunError(f"{path}: damaged ({what} stands in its place)", "move it away")


def _changed(run: Path) -> float:
    """Return when a run was begun or resumed last, by its files."""
    times = [0.0]
    for name in (paths.RUN_MANIFEST, paths.LAUNCH):
        try:
            times.append((run / name).stat().st_mtime)
        except OSError:  # not there, or deleted meanwhile
            continue
    return max(times)
