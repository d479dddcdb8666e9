"""Full disks, and folders that vanish or can no longer be written to."""

from __future__ import annotations

import errno
import os
import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from recipe_tui.core.atomic_io import SPARE_BYTES
from recipe_tui.core.config import GenerationConfig
from recipe_tui.core.errors import OutputError
from recipe_tui.core.text.prompt import Prompt
from recipe_tui.tui.generate.generation_session import GenerationRequest
from recipe_tui.tui.generate.history import Entry, WrittenText, append, read_history
from recipe_tui.workers.protocol import Text
from tests.faults.ground import Ground, assert_nothing_built, assert_resumes_exactly, summary
from tests.faults.trainee import Ending, Fault, fill

NO_SPACE = os.strerror(errno.ENOSPC)
ROOM = SPARE_BYTES + (16 << 20)
"""Bytes of a small disk: the reserve, and some checkpoints."""


def faults(ground: Ground) -> Iterator[tuple[str, Callable[[], None]]]:
    """Yield the faults by name. Those that need a small disk of their own are tried by root alone."""
    for stage, call in (("save", 2), ("final save", 1)):
        for operation in (0, 3):
            fault = Fault(stage, call, "full disk", operation=operation)
            yield f"ENOSPC in {fault}", lambda fault=fault: refused_by_the_system(ground, fault)  # type: ignore[misc]
    yield "full disk in the history", lambda: full_in_history(ground)
    yield "run folder removed while training", lambda: vanished(ground)
    yield "run folder read-only while training", lambda: read_only(ground)
    if os.geteuid() != 0:
        return
    yield "full disk in a checkpoint", lambda: full(ground, Fault("weights", 2, "fill"))
    yield "full disk in the final save", lambda: full(ground, Fault("final save", 1, "fill"))
    yield "full disk in the log", lambda: full(ground, Fault("log", 8, "fill"))
    yield "full disk before a checkpoint", lambda: too_small(ground)
    yield "full disk in the block store", lambda: full_in_store(ground)


@contextmanager
def small_disk(folder: Path, size: int) -> Iterator[Path]:
    """Give a folder that is a disk of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def assert_one_line(ending: Ending, *words: str) -> None:
    """The error is one that users see as one line, and says what is wrong and what to do."""
    assert ending.exit_code == 0, ending
    assert ending.in_family, f"{ending.state}: {ending.message}"
    assert "\n" not in ending.message, ending.message
    for word in words:
        assert word in ending.message, ending.message


def refused_by_the_system(ground: Ground, fault: Fault) -> None:
    """A file operation fails; nothing whole is damaged."""
    run, ending = ground.begin(fault)
    assert_one_line(ending, NO_SPACE, "free some space")
    assert summary(run).state == "failed", summary(run)
    assert_resumes_exactly(ground, run)


def full(ground: Ground, fault: Fault) -> None:
    """The disk fills up; with room again the run resumes exactly."""
    with small_disk(ground.output(), ROOM) as output:
        run, ending = ground.begin(Fault(fault.stage, fault.number, fault.act, folder=str(output)), output)
        assert_one_line(ending, NO_SPACE, "free some space")
        (output / "filler").unlink()
        assert summary(run).state in ("failed", "lost"), summary(run)
        assert_resumes_exactly(ground, run)


def too_small(ground: Ground) -> None:
    """What is said to be needed includes the reserve."""
    with small_disk(ground.output(), SPARE_BYTES // 2) as output:
        _, ending = ground.begin(output=output)
        assert_one_line(ending, "are free", "free some space")
        sizes = re.search(r"takes ([\d.]+) GB and ([\d.]+) GB are free", ending.message)
        assert sizes and float(sizes[1]) > float(sizes[2]), ending.message


def full_in_store(ground: Ground) -> None:
    """The building of blocks fails, and leaves nothing."""
    with small_disk(ground.output(), 64 << 10) as output:
        config = ground.config(output)
        config = config.model_copy(
            update={"data": config.data.model_copy(update={"source": (str(ground.recipes),), "store": None})}
        )
        assert_one_line(ground.trainee.train(config), NO_SPACE, "free some space")
        assert_nothing_built(output)


def entry(title: str) -> Entry:
    """Return an entry of the history."""
    text = Text(f"{title}\nStir.", title, ("1 egg",), ("Stir.",), "stop", 2, 9.0, 1)
    return Entry(1.0, GenerationRequest("model", Prompt(title), GenerationConfig()), (WrittenText((), text),))


def full_in_history(ground: Ground) -> None:
    """The entries of before stay, and the next one is whole."""
    place = ground.output()
    if os.geteuid() == 0:
        with small_disk(place, 64 << 10):
            _fill_history(place / "history.jsonl", lambda: fill(place), (place / "filler").unlink)
        return
    _fill_history(place / "history.jsonl", lambda: None, lambda: None, Path("/dev/full"))


def _fill_history(path: Path, fill: Callable[[], None], empty: Callable[[], None], full: Path | None = None) -> None:
    append(path, entry("before"))
    fill()
    message = ""
    for number in range(2000):  # the last block of a file has room still
        try:
            append(full or path, entry(f"full {number}"))
        except OutputError as error:
            message = str(error)
            break
    assert NO_SPACE in message and "free some space" in message, message
    empty()
    append(path, entry("after"))
    labels = [one.label for one in read_history(path)]
    assert (labels[0], labels[-1]) == ("after", "before"), labels


def vanished(ground: Ground) -> None:
    """The error is one line, and nothing comes back in the folder's place."""
    output = ground.output()
    run, ending = ground.begin(Fault("step", 3, "remove folder", folder=str(output / "run")), output)
    assert_one_line(ending, str(run))
    assert not run.exists(), sorted(map(str, run.rglob("*")))


def read_only(ground: Ground) -> None:
    """The error is one line, and the run resumes exactly where it can be written to again."""
    output = ground.output()
    for folder in (ground.folder, output.parent, output):
        folder.chmod(0o755)
    run, ending = ground.begin(Fault("step", 3, "read-only", folder=str(output / "run")), output)
    assert_one_line(ending, str(run), os.strerror(errno.EACCES), "choose a folder that you may write to")
    for path in (run, *run.rglob("*")):
        path.chmod(0o755 if path.is_dir() else 0o644)
    assert_resumes_exactly(ground, run)
