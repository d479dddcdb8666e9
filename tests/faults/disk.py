"""Full disks."""

from __future__ import annotations

import errno
import os
import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

from recipe_tui.core.atomic_io import SPARE_BYTES
from recipe_tui.core.config import GenerationConfig
from recipe_tui.core.errors import OutputError
from recipe_tui.core.text.prompt import Prompt
from recipe_tui.tui.generate.generation_session import GenerationRequest
from recipe_tui.tui.generate.history import Entry, WrittenText, append, read_history
from recipe_tui.workers.protocol import Text
from tests.faults.ground import Ground, Scenario, assert_nothing_built, assert_one_line, assert_resumes_exactly, summary
from tests.faults.trainee import Fault, fill

NO_SPACE = os.strerror(errno.ENOSPC)
ROOM = SPARE_BYTES + (16 << 20)
"""Bytes of a small disk: the reserve, and some checkpoints."""


def scenarios(ground: Ground) -> Iterator[Scenario]:
    """Yield the full disks. Those that need a small disk of their own are tried by root alone."""
    for name, stage, call in (("checkpoint", "save", 2), ("final save", "final save", 1)):
        for operation in (0, 5):
            fault = Fault(stage, call, "full disk", operation=operation)
            run = partial(refused_by_the_system, ground, fault)
            yield Scenario(f"full disk in the {name}", run, f"before file operation {operation}")
    run = partial(refused_by_the_system, ground, Fault("log", 8, "full disk"))
    yield Scenario("full disk in the log", run, "half of a line written")
    yield Scenario("full disk in the history", partial(full_in_history, ground))
    if os.geteuid() != 0:
        return
    for name, fault in (
        ("checkpoint", Fault("weights", 2, "fill")),
        ("final save", Fault("final save", 1, "fill")),
        ("log or the checkpoint after", Fault("log", 8, "fill")),
    ):
        yield Scenario(f"full disk in the {name}", partial(full, ground, fault), "a small disk")
    yield Scenario("full disk in the block store", partial(full_in_store, ground))
    yield Scenario("too small a disk, and what is said to be needed", partial(too_small, ground))


@contextmanager
def small_disk(folder: Path, size: int) -> Iterator[Path]:
    """Give a folder that is a disk of its own."""
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)], check=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def refused_by_the_system(ground: Ground, fault: Fault) -> None:
    """A file operation fails; nothing whole is damaged."""
    run, ending = ground.begin(fault)
    assert_one_line(ending, NO_SPACE, "free some space")
    assert summary(run).state in ("failed", "lost"), summary(run)  # lost: the log itself was full
    assert_resumes_exactly(ground, run)


def full(ground: Ground, fault: Fault) -> None:
    """The disk fills up; with room again the run resumes exactly."""
    with small_disk(ground.output(), ROOM) as output:
        run, ending = ground.begin(Fault(fault.stage, fault.number, fault.act, folder=str(output)), output)
        assert_one_line(ending, "free some space")
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
        ending = ground.trainee.train(ground.config_from_recipes(output))
        assert_one_line(ending, NO_SPACE, "free some space")
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
