"""Training in a process of its own, which continues when the terminal closes or its launcher ends.

The launcher creates the run folder, so the run is listed whatever happens to the worker, whose output is in
``worker.log``.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import threading
import time
from dataclasses import dataclass
from typing import TYPE_CHECKING

from recipe_tui.core import paths
from recipe_tui.core.atomic_io import write_text, writing
from recipe_tui.core.config import load_config
from recipe_tui.core.errors import RunError
from recipe_tui.core.runs.control import Control
from recipe_tui.core.runs.folder import RunManifest, create_run, hold, new_run_name
from recipe_tui.core.runs.process import HEADING, Launch, Process, log_size

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path

    from recipe_tui.core.config import Config

    Spawn = Callable[[Sequence[str], Path], Process]

PLAIN = {"NO_COLOR": "1", "PYTHONUNBUFFERED": "1", "PYTHONFAULTHANDLER": "1"}
"""Environment of a worker: its log is read by people, as it is written, up to its last words."""


@dataclass(frozen=True, slots=True)
class Launched:
    """A run whose process has been started.

    Attributes:
        name: The run's name.
        path: Its folder.
        process: The process.
    """

    name: str
    path: Path
    process: Process


def spawn(
    command: Sequence[str], log: Path, folder: Path | None = None, variables: Mapping[str, str] | None = None
) -> Process:
    """Start a process that has no terminal and outlives this one.

    Args:
        command: Program and arguments.
        log: File that its output is appended to.
        folder: Where it starts; the present folder when None.
        variables: Added to the environment.

    Raises:
        OutputError: The log cannot be written to.
        RunError: The system cannot start the process.
    """
    with writing(log):
        file = log.open("ab")
    with file:
        try:
            process = subprocess.Popen(
                command,
                stdin=subprocess.DEVNULL,
                stdout=file,
                stderr=subprocess.STDOUT,
                cwd=folder,
                env={**os.environ, **PLAIN, **(variables or {})},
                start_new_session=True,
            )
        except OSError as error:
            raise RunError(f"the training cannot be started ({error.strerror})", "close other programs") from error
    started = Process.of(process.pid)
    threading.Thread(target=process.wait, name=f"wait for {process.pid}", daemon=True).start()  # leaves no zombie
    return started


def start(config: Config, spawn: Spawn = spawn, now: Callable[[], float] = time.time) -> Launched:
    """Start training a new run.

    Args:
        config: Of the training; when ``run`` is unset, a name is chosen.
        spawn: Starts the process.
        now: Seconds since 1970.

    Raises:
        RunError: The name is no folder name, or is taken, or the process cannot be started.
        OutputError: The output folder cannot be written to.
    """
    name = config.run or new_run_name(config.model.name, config.output, now())
    run = create_run(config.output, name)
    try:
        write_text(run / paths.RUN_CONFIG, config.model_copy(update={"run": name}).to_toml())
        return _launch(run, _anew(run), config.model.name, spawn, now)
    except Exception:
        shutil.rmtree(run, ignore_errors=True)  # it was made just now, and nothing has begun
        raise


def resume(run: Path, spawn: Spawn = spawn, now: Callable[[], float] = time.time) -> Launched:
    """Resume a run that was stopped, failed or lost; one that never began is started again.

    Args:
        run: The run folder.
        spawn: Starts the process.
        now: Seconds since 1970.

    Raises:
        RunError: The folder is no run, or another process is training it, or none can be started.
        OutputError: The folder cannot be written to.
    """
    launch = Launch.read(run)
    if launch is not None and not launch.process.is_gone():
        raise RunError(f"{run}: another process is training it", "watch it, or stop that process first")
    if launch is not None and not (run / paths.RUN_MANIFEST).exists():
        return _launch(run, _anew(run), load_config(run / paths.RUN_CONFIG).model.name, spawn, now)
    manifest = RunManifest.read(run)
    with hold(run):
        pass  # now nobody else does; whoever comes between is found out by the worker
    return _launch(run, ["--resume", "--run", run.name, "--output", str(run.parent)], manifest.model, spawn, now)


def _anew(run: Path) -> list[str]:
    return [str(run / paths.RUN_CONFIG), "--run", run.name, "--output", str(run.parent)]


def _launch(run: Path, arguments: Sequence[str], model: str, spawn: Spawn, now: Callable[[], float]) -> Launched:
    command = [sys.executable, "-m", "recipe_tui", "train", *arguments]
    log = run / paths.WORKER_LOG
    created = now()
    with writing(log), log.open("a", encoding="utf-8") as file:
        moment = time.strftime("%Y-%m-%d %H:%M:%S", time.localtime(created))
        file.write(f"{HEADING}{moment} {shlex.join(command)}\n")
    Control(run).clear()
    logged = log_size(run)
    process = spawn(command, log)
    Launch(created, model, process, logged).write(run)
    return Launched(run.name, run, process)
