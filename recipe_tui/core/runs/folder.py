"""Run folders: making one, owning one, and saying how each of them stands. Knows nothing of Keras."""

from __future__ import annotations

import hashlib
import json
import os
import re
import time
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING

from recipe_tui.core import paths
from recipe_tui.core.atomic_io import replace_text, writing
from recipe_tui.core.errors import RunError
from recipe_tui.core.runs.process import Launch, Process, is_launched
from recipe_tui.core.runs.tail import LogFollower

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from recipe_tui.core.config import Config
    from recipe_tui.core.runs.tail import RunLog

RUN_VERSION = 1
"""Version of the run folder's layout; a viewer of this version leaves later ones alone."""


@dataclass(frozen=True, slots=True)
class RunManifest:
    """What a run is made of, in ``run.json``.

    Attributes:
        name: The run's name.
        created: Seconds since 1970.
        model: The name the model was given by.
        store: Folder of the block store.
        data: Fingerprint of the block store: sources, tokenizer, layout and code.
        tokenizer: Fingerprint of the tokenizer.
        config: SHA-256 of the resolved configuration.
        code: SHA-256 of the package's sources.
        libraries: Version of each library that decides the result.
        process: The process that trains, or trained last.
        version: Version of the folder's layout.
    """

    name: str
    created: float
    model: str
    store: str
    data: str
    tokenizer: str
    config: str
    code: str
    libraries: dict[str, str] = field(default_factory=dict)
    process: Process | None = None
    version: int = RUN_VERSION

    def of(self, config: Config) -> RunManifest:
        """Return the manifest of the same run with another configuration."""
        return replace(self, config=hashlib.sha256(config.to_toml().encode()).hexdigest())

    def write(self, run: Path) -> None:
        """Put the manifest in a run folder.

        Raises:
            OutputError: The folder cannot be written to.
        """
        replace_text(run / paths.RUN_MANIFEST, json.dumps(asdict(self), indent=1) + "\n")

    @classmethod
    def read(cls, run: Path) -> RunManifest:
        """Read the manifest of a run.

        Raises:
            RunError: The folder is no run, or one of a later version, or its manifest is damaged.
        """
        path = run / paths.RUN_MANIFEST
        try:
            values = json.loads(path.read_text(encoding="utf-8"))
            if values["version"] > RUN_VERSION:
                raise RunError(f"{run}: a run of a newer version of recipe-tui", "install that version to open it")
            process = values.pop("process")
            return cls(**values, process=Process(**process) if process else None)
        except FileNotFoundError:
            raise RunError(f"{run}: no run in this folder (no {path.name})", "recipe-tui runs lists them") from None
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise RunError(f"{path}: damaged ({error})", "start a new run") from error


@dataclass(frozen=True, slots=True)
class RunSummary:
    """How a run stands.

    Attributes:
        name: Its name.
        path: Its folder.
        state: ``starting``, ``running``, ``paused``, ``finished``, ``stopped``, ``failed``, or ``lost`` when its
            process is gone.
        reason: Why it ended, if it did.
        step: Steps done.
        total_steps: Steps in all.
        train_loss: Loss of the latest step.
        validation_loss: Loss of the latest validation.
        started: When it was made, seconds since 1970.
        updated: Time of its latest event.
        model: The name of the model it began from.
    """

    name: str
    path: Path
    state: str
    reason: str
    step: int
    total_steps: int
    train_loss: float | None
    validation_loss: float | None
    started: float
    updated: float
    model: str


def run_folders(output: Path) -> set[Path]:
    """Return the folders in a folder that hold a run, or one that was launched and has not begun."""
    return {path.parent for name in (paths.RUN_MANIFEST, paths.LAUNCH) for path in output.glob(f"*/{name}")}


def list_runs(output: Path) -> list[RunSummary]:
    """Return the runs in a folder, the newest first; folders that are no runs are passed over."""
    summaries = []
    for run in run_folders(output):
        try:
            summaries.append(summarize(run))
        except RunError as error:
            summaries.append(unreadable(run, error))
    return newest_first(summaries)


def newest_first(summaries: Iterable[RunSummary]) -> list[RunSummary]:
    """Return runs in the order in which they are listed."""
    return sorted(summaries, key=lambda run: (run.started, run.name), reverse=True)


def summarize(run: Path, log: RunLog | None = None) -> RunSummary:
    """Say how a run stands.

    Args:
        run: The run folder.
        log: What its log says, for one who follows it; read when None.

    Raises:
        RunError: The folder is no run, or one of a later version.
    """
    launch = Launch.read(run)
    if launch is not None and not (run / paths.RUN_MANIFEST).exists():
        return _not_begun(run, launch)
    manifest = RunManifest.read(run)
    if log is None:
        follower = LogFollower(run / paths.EVENTS)
        follower.poll()
        log = follower.log
    state, reason = log.state, log.reason
    if launch is not None and (log.updated is None or log.updated < launch.created):
        state, reason = launch.standing(run)
    elif state in ("running", "paused") and (manifest.process is None or manifest.process.is_gone()):
        state, reason = "lost", "its process is gone"
    return RunSummary(
        name=manifest.name,
        path=run,
        state=state,
        reason=reason,
        step=log.step,
        total_steps=log.total_steps,
        train_loss=float(log.latest.loss) if log.latest else None,
        validation_loss=float(log.validation.loss) if log.validation else None,
        started=manifest.created,
        updated=manifest.created if log.updated is None else log.updated,
        model=manifest.model,
    )


def new_run_name(model: str, output: Path, now: float) -> str:
    """Make up a name that no run has: date, time and model, and a number if need be."""
    short = re.sub(r"[^A-Za-z0-9.-]+", "-", Path(model).name).strip("-.") or "model"
    name = f"{time.strftime('%m%d-%H%M%S', time.localtime(now))}-{short}"
    taken = (f"{name}-{number}" for number in range(2, 10_000))
    while (output / name).exists():
        name = next(taken)
    return name


def create_run(output: Path, name: str) -> Path:
    """Make the folder of a new run, or take over the one that this process was launched for.

    Raises:
        RunError: The name is no folder name, or is taken.
        OutputError: The output folder cannot be written to.
    """
    if name in ("", ".", "..") or "/" in name or os.sep in name or name.startswith("."):
        raise RunError(f"'{name}' cannot be the name of a run", "use letters, digits, dots and dashes")
    run = output / name
    launched = is_launched(run) and not (run / paths.RUN_MANIFEST).exists()
    if run.exists() and not launched and not (run.is_dir() and not any(run.iterdir())):
        raise RunError(f"{run}: exists already", "choose another --run, or go on with it by --resume")
    with writing(run):
        (run / paths.CHECKPOINTS).mkdir(parents=True, exist_ok=True)
    return run


def find_run(output: Path, name: str | None) -> Path:
    """Return the run to resume: the named one, or the latest that is not finished.

    Raises:
        RunError: There is none.
    """
    if name is not None:
        RunManifest.read(output / name)
        return output / name
    for run in list_runs(output):
        if run.state in ("stopped", "failed", "lost") and (run.path / paths.RUN_MANIFEST).exists():
            return run.path
    raise RunError(f"{output}: no run to resume", "recipe-tui runs lists them; name one with --run")


@contextmanager
def hold(run: Path) -> Iterator[None]:
    """Own a run for writing inside the block.

    The lock is the operating system's, so it goes with the process, however that ends.

    Raises:
        RunError: Another process is writing to the run.
    """
    from filelock import FileLock, Timeout

    lock = FileLock(run / paths.LOCK, timeout=0)
    with writing(run):
        try:
            lock.acquire()
        except Timeout:
            raise RunError(f"{run}: another process is training it", "watch it, or stop that process first") from None
    try:
        yield
    finally:
        lock.release()


def _not_begun(run: Path, launch: Launch) -> RunSummary:
    state, reason = launch.standing(run)
    return _empty(run, state, reason, launch.created, launch.model)


def unreadable(run: Path, error: RunError) -> RunSummary:
    """Return the summary of a run that cannot be read, and why."""
    try:
        created = (run / paths.RUN_MANIFEST).stat().st_mtime
    except OSError:  # deleted meanwhile
        created = 0.0
    return _empty(run, "unreadable", str(error), created)


def _empty(run: Path, state: str, reason: str, created: float, model: str = "") -> RunSummary:
    """Return the summary of a folder that tells nothing of steps."""
    return RunSummary(
        name=run.name,
        path=run,
        state=state,
        reason=reason,
        step=0,
        total_steps=0,
        train_loss=None,
        validation_loss=None,
        started=created,
        updated=created,
        model=model,
    )
