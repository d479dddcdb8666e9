"""A tiny training in a process of its own, with a fault at a chosen moment.

TensorFlow is imported once, in the fork server of `multiprocessing`; each training is forked from it.
"""

from __future__ import annotations

import errno
import io
import multiprocessing
import os
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, Literal

from recipe_tui.core.config import Config

SECONDS = 900
"""Longest that a training may take."""

STAGES = {
    "blocks": "recipe_tui.core.training.setup:prepare_blocks",
    "loading": "recipe_tui.core.training.loop:restore",
    "step": "recipe_tui.core.training.trainer:Trainer.steps",
    "validation": "recipe_tui.core.training.trainer:Trainer.validate",
    "sampling": "recipe_tui.core.training.trainer:Trainer.sample",
    "save": "recipe_tui.core.training.trainer:Trainer.save",
    "weights": "recipe_tui.core.training.checkpoint:save_weights",
    "log": "recipe_tui.core.runs.event_log:EventLog.append",
    "final save": "recipe_tui.core.training.final_model:FinalModel.write_model",
}
"""The function in which each stage of a training is."""

OPERATIONS = ("open", "os.mkdir", "os.rename", "os.remove", "os.rmdir", "os.truncate", "os.chmod")
"""Audit events of the file operations that a fault can precede; see `sys.addaudithook`."""

Act = Literal["kill", "signal", "tear", "full disk", "fill", "remove folder", "read-only", "clock"]


@dataclass(frozen=True, slots=True)
class Fault:
    """What happens to a training, and when.

    Attributes:
        stage: See `STAGES`.
        number: In which call of the stage's function, from 1; 0 for all calls of all stages.
        act: ``kill``: SIGKILL; ``signal``: a signal to the process itself; ``tear``: SIGKILL after part of an event
            is written; ``full disk``: from this file operation of the call on, no file can be written (ENOSPC);
            ``fill``: a file fills the disk; ``remove folder``: the run's folder goes; ``read-only``: the folder can
            no longer be written to; ``clock``: the clock is set.
        after: Seconds after the call begins, for ``kill``; the part of the event, for ``tear``; seconds that the
            clock jumps, for ``clock``.
        operation: The file operation of the call that the fault precedes, from 0; None for the beginning of the call.
        signal: Number of the signal.
        folder: The folder that is removed or filled or can no longer be written to.
    """

    stage: str
    number: int = 1
    act: Act = "kill"
    after: float | None = None
    operation: int | None = None
    signal: int = 0
    folder: str = ""

    def __str__(self) -> str:
        where = f"{self.stage} {self.number}"
        if self.operation is not None:
            return f"{where}, before file operation {self.operation}"
        if self.act == "tear":
            return f"{where}, {self.after:.0%} of the line written"
        return where if self.after is None else f"{where}, after {self.after * 1000:.0f} ms"


@dataclass(slots=True)
class Call:
    """A call of a stage's function: how long it took, and how many file operations it had."""

    stage: str
    seconds: float
    operations: int


@dataclass(slots=True)
class Ending:
    """How a training ended.

    Attributes:
        exit_code: Of the process: the negative number of the signal that killed it.
        state: ``finished`` or ``stopped``; else the kind of the error.
        message: What the error said.
        in_family: Whether it is an error that users see as one line.
        calls: Calls of the stages' functions, in the order of their ends.
    """

    exit_code: int | None = None
    state: str = "killed"
    message: str = ""
    in_family: bool = True
    calls: list[Call] = field(default_factory=list)


class Trainee:
    """Trains in processes that are forked from one that has imported TensorFlow."""

    def __init__(self) -> None:
        os.environ.setdefault("XLA_FLAGS", "--xla_backend_optimization_level=0")
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
        self._processes = multiprocessing.get_context("forkserver")
        self._processes.set_forkserver_preload(["tests.faults.preload"])

    def train(self, config: Config, *, resume: bool = False, fault: Fault | None = None) -> Ending:
        """Train to the end or to the fault, and return how it ended."""
        ours, theirs = self._processes.Pipe()
        process = self._processes.Process(target=_train, args=(theirs, config, resume, fault))
        process.start()
        theirs.close()
        ending = Ending()
        deadline = time.monotonic() + SECONDS
        try:
            while ours.poll(max(0.0, deadline - time.monotonic())):
                message = ours.recv()
                if isinstance(message, Ending):
                    ending = message
                elif fault is not None and fault.after is not None:
                    time.sleep(fault.after)
                    process.kill()
            if time.monotonic() >= deadline:
                raise AssertionError(f"the training did not end within {SECONDS} s")
        except (EOFError, ConnectionError):
            pass  # the process has ended
        finally:
            process.join(10)
            if process.exitcode is None:
                process.kill()
                process.join()
        ending.exit_code = process.exitcode
        return ending


def _train(pipe: Connection, config: Config, resume: bool, fault: Fault | None) -> None:
    """Train in this process, and send how it ended."""
    from recipe_tui.core.errors import RecipeTuiError
    from recipe_tui.core.training.loop import train
    from recipe_tui.core.training.step import FineTuning

    config.output.parent.mkdir(parents=True, exist_ok=True)
    log = os.open(config.output.parent / "trainee.log", os.O_CREAT | os.O_APPEND | os.O_WRONLY)
    os.dup2(log, 1)
    os.dup2(log, 2)
    FineTuning.probe = lambda self, batch: None  # type: ignore[method-assign]  # most of a tiny training's time
    ending = Ending()
    stages = _Stages(pipe, fault, ending.calls)
    try:
        ending.state = train(config, resume=resume).state
    except RecipeTuiError as error:
        ending.state, ending.message = type(error).__name__, str(error)
    except KeyboardInterrupt:
        ending.state = "interrupted"
    except BaseException as error:
        import traceback

        traceback.print_exc()
        ending.state, ending.message, ending.in_family = type(error).__name__, str(error), False
    stages.fault = None
    pipe.send(ending)
    sys.stdout.flush()
    os._exit(0)


class _Stages:
    """Wraps the functions of the stages, and does what the fault says."""

    def __init__(self, pipe: Connection, fault: Fault | None, calls: list[Call]) -> None:
        self.fault = fault
        self._pipe = pipe
        self._calls = calls
        self._counts: dict[str, int] = {}
        self._operations = 0
        self._inside = False
        for stage, place in STAGES.items():
            module, _, path = place.partition(":")
            __import__(module)
            owner: Any = sys.modules[module]
            *outer, name = path.split(".")
            for part in outer:
                owner = getattr(owner, part)
            setattr(owner, name, self._wrapped(stage, getattr(owner, name)))
        sys.addaudithook(self._audit)

    def _wrapped(self, stage: str, function: Callable[..., Any]) -> Callable[..., Any]:
        def call(*args: Any, **kwargs: Any) -> Any:
            number = self._counts[stage] = self._counts.get(stage, 0) + 1
            fault = self.fault
            struck = fault is not None and (fault.number == 0 or (fault.stage, fault.number) == (stage, number))
            if stage not in ("log", "weights"):  # calls inside of calls
                self._operations = 0
            if fault is not None and struck:
                if fault.operation is None:
                    self._strike(fault, args)
                self._inside = True
            began = time.perf_counter()
            try:
                return function(*args, **kwargs)
            finally:
                self._inside = self._inside and not struck
                self._calls.append(Call(stage, time.perf_counter() - began, self._operations))

        return call

    def _audit(self, event: str, args: tuple[Any, ...]) -> None:
        if event not in OPERATIONS:
            return
        number, self._operations = self._operations, self._operations + 1
        fault = self.fault
        if not self._inside or fault is None or fault.operation is None:
            return
        if number == fault.operation or (fault.act == "full disk" and number > fault.operation):
            self._strike(fault, (event, *args))

    def _strike(self, fault: Fault, args: tuple[Any, ...]) -> None:
        if fault.act == "kill" and fault.after is not None:
            self._pipe.send("now")
        elif fault.act == "kill":
            os.kill(os.getpid(), 9)
        elif fault.act == "signal":
            os.kill(os.getpid(), fault.signal)
        elif fault.act == "tear":
            log, _ = args
            log._file = _Torn(log._file, fault.after or 0.0)
        elif fault.act == "full disk" and fault.stage == "log":
            log, _ = args
            log._file = _Torn(log._file, 0.5, killed=False)
        elif fault.act == "full disk":
            event, *rest = args
            if event == "os.mkdir" or (event == "open" and rest[2] & (os.O_WRONLY | os.O_RDWR)):  # what takes space
                raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        elif fault.act == "fill":
            fill(Path(fault.folder))
        elif fault.act == "remove folder":
            import shutil

            self.fault = None
            shutil.rmtree(fault.folder)
        elif fault.act == "read-only":
            self.fault = None
            _make_read_only(Path(fault.folder))
        elif fault.act == "clock":
            now = time.time
            time.time = lambda: now() + (fault.after or 0.0)


class _Torn(io.RawIOBase):
    """A file of which a write reaches the disk in part before the process is killed, or the disk is full."""

    def __init__(self, file: Any, part: float, killed: bool = True) -> None:
        self._file = file
        self._part = part
        self._killed = killed

    def write(self, data: Any) -> int:
        self._file.write(bytes(data)[: int(len(data) * self._part)])
        self._file.flush()
        if not self._killed:
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.kill(os.getpid(), 9)
        return len(data)


def fill(folder: Path) -> None:
    """Write a file ``filler`` that leaves no room on the disk of a folder."""
    with suppress(OSError), (folder / "filler").open("wb", buffering=0) as file:
        while file.write(bytes(1 << 16)):
            pass


def _make_read_only(folder: Path) -> None:
    """Take away the right to write; root, who needs none, becomes nobody first."""
    for path in (*folder.rglob("*"), folder):
        path.chmod(0o555 if path.is_dir() else 0o444)
    if os.geteuid() == 0:
        os.seteuid(65534)
