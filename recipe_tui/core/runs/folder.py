"""Run folders: the manifest, making a folder, and owning it for writing."""

from __future__ import annotations

import hashlib
import json
import os
import re
import time
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from pydantic import Field, TypeAdapter

from recipe_tui.core import paths
from recipe_tui.core.atomic_io import replace_text, writing
from recipe_tui.core.errors import OutputError, RunError, problem
from recipe_tui.core.runs.events import Time  # noqa: TC001 - pydantic reads it
from recipe_tui.core.runs.files import read_json
from recipe_tui.core.runs.process import Process, is_launched

if TYPE_CHECKING:
    from collections.abc import Iterator

    from recipe_tui.core.config import Config

RUN_VERSION = 1
"""Version of the run folder's layout; runs of later versions are not opened."""

PathText = Annotated[str, Field(pattern=r"^[^\x00]*$")]
"""A path as text; no path has a NUL."""


@dataclass(frozen=True, slots=True)
class RunManifest:
    """What a run consists of, in ``run.json``.

    Attributes:
        name: The run's name.
        created: When it was made, seconds since 1970.
        model: The name the model was given by.
        store: Folder of the block store.
        data: Fingerprint of the block store: sources, tokenizer, layout and code.
        tokenizer: Fingerprint of the tokenizer.
        config: SHA-256 of the resolved configuration.
        code: SHA-256 of the sources that shape the trained weights; see `blocks.fingerprint.TRAINING_PACKAGES`.
        libraries: Versions of the libraries that decide the result.
        process: The process that trains, or trained last.
        version: Version of the folder's layout.
    """

    name: str
    created: Time
    model: PathText
    store: PathText
    data: str
    tokenizer: str
    config: str
    code: str
    libraries: dict[str, str] = field(default_factory=dict)
    process: Process | None = None
    version: Annotated[int, Field(strict=True)] = RUN_VERSION

    def of(self, config: Config) -> RunManifest:
        """Return the manifest of the same run with another configuration."""
        return replace(self, config=hashlib.sha256(config.to_toml().encode()).hexdigest())

    def write(self, run: Path) -> None:
        """Write the manifest into a run folder.

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
            values = read_json(path)
            version = values.get("version") if isinstance(values, dict) else None
            if isinstance(version, int) and version > RUN_VERSION:
                raise RunError(f"{run}: a run of a newer version of recipe-tui", "install that version to open it")
            return _adapter().validate_python(values)
        except FileNotFoundError:
            raise RunError(f"{run}: no run in this folder (no {path.name})", "recipe-tui runs lists them") from None
        except (OSError, ValueError) as error:
            raise RunError(f"{path}: damaged ({problem(error)})", "start a new run") from error


def run_folders(output: Path) -> set[Path]:
    """Return the folders in a folder that hold a run, or one that was launched and has not begun."""
    return {path.parent for name in (paths.RUN_MANIFEST, paths.LAUNCH) for path in output.glob(f"*/{name}")}


def new_run_name(model: str, output: Path, now: float) -> str:
    """Return a name that no run has: date, time and model, and a number if need be."""
    short = re.sub(r"[^A-Za-z0-9.-]+", "-", Path(model).name).strip("-.") or "model"
    name = f"{time.strftime('%m%d-%H%M%S', time.localtime(now))}-{short}"
    taken = (f"{name}-{number}" for number in range(2, 10_000))
    while (output / name).exists():
        name = next(taken)
    return name


def check_new_run(output: Path, name: str) -> Path:
    """Return the folder that a new run of a name gets; nothing is written.

    The folder must not exist, not even empty, unless this process was launched for it.

    Raises:
        RunError: The name is no folder name, or is taken.
    """
    if name in ("", ".", "..") or {"/", os.sep, "\0"} & set(name) or name.startswith("."):
        raise RunError(f"'{name}' cannot be the name of a run", "use letters, digits, dots and dashes")
    run = output / name
    if run.exists() and not _is_ours(run):
        raise _taken(run)
    return run


def create_run(output: Path, name: str) -> Path:
    """Make the folder of a new run; see `check_new_run`.

    Raises:
        RunError: The name is no folder name, or is taken.
        OutputError: The output folder cannot be written to.
    """
    run = check_new_run(output, name)
    with writing(run):
        output.mkdir(parents=True, exist_ok=True)
        try:
            run.mkdir(exist_ok=_is_ours(run))
        except FileExistsError:  # made by another process since the check
            raise _taken(run) from None
        (run / paths.CHECKPOINTS).mkdir(exist_ok=True)
    return run


def _is_ours(run: Path) -> bool:
    """Return whether a folder was made for this process, which has not begun to train."""
    return is_launched(run) and not (run / paths.RUN_MANIFEST).exists()


def _taken(run: Path) -> RunError:
    return RunError(f"{run}: exists already", "choose another --run, or resume it by --resume")


@contextmanager
def hold(run: Path) -> Iterator[None]:
    """Own a run for writing inside the block.

    The operating system releases the lock when the process ends, however it ends.

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


def is_held(run: Path) -> bool:
    """Return whether a process owns a run for writing."""
    if not (run / paths.LOCK).exists():
        return False
    try:
        with hold(run):
            return False
    except RunError:
        return True
    except OutputError:  # the lock of a folder that cannot be written to is nobody's
        return False


@cache
def _adapter() -> TypeAdapter[RunManifest]:
    return TypeAdapter(RunManifest)
