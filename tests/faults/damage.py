"""Damaged runs and checkpoints, strange folders, two starts, reused pids, clocks and losses that are no numbers."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from pathlib import Path

from recipe_tui.core import paths
from recipe_tui.core.runs import event_text
from recipe_tui.core.runs.checkpoints import latest_checkpoint
from recipe_tui.core.runs.events import CheckpointDamaged, Validation
from recipe_tui.core.runs.launch import resume
from recipe_tui.core.runs.process import Process
from recipe_tui.core.runs.status import active_run, find_run, list_runs
from tests.core.runs.logs import read_events
from tests.faults.ground import Ground, Scenario, assert_resumes_exactly, assert_same, summary
from tests.faults.trainee import Fault

DAMAGES: dict[str, bytes] = {
    "empty": b"",
    "zeros": bytes(4096),
    "no JSON": b"{nonsense",
    "no UTF-8": b'{"name": "\xff\xfe"}',
    "a list": b"[1, 2]",
    "nested": b"[" * 10_000,
    "wrong types": b'{"name": 5, "created": "x", "model": [], "process": 7, "kind": "started", "total_steps": "x"}\n',
    "huge numbers": b'{"created": 1e999, "kind": "step", "step": 99999999999999999999999, "time": -1}\n',
    "an escape": b'{"kind": "ended", "time": 1, "step": 1, "state": "\\u001b]0;x\\u0007", "reason": "\\u001b[2J"}\n',
    "a later version": b'{"version": 99}',
}


Damage = Callable[[Path], object]

DAMAGED_FILES: tuple[tuple[str, str, Damage], ...] = (
    ("a flipped bit in the weights", paths.MODEL_WEIGHTS, lambda path: flip_bit(path)),
    ("a flipped bit in the optimizer's state", paths.TRAINING_STATE, lambda path: flip_bit(path)),
    ("a flipped bit in the tokenizer", paths.TOKENIZER, lambda path: flip_bit(path)),
    ("a truncated file", paths.TRAINING_STATE, lambda path: os.truncate(path, path.stat().st_size // 2)),
    ("an empty file", paths.TRAINING_PROGRESS, lambda path: os.truncate(path, 0)),
    ("a missing file", paths.MODEL_WEIGHTS, Path.unlink),
    ("damaged hashes", paths.COMPLETE, lambda path: path.write_bytes(b"{")),
)
"""Damages of a checkpoint: what, the file, and how."""

DAY = 86_400


def scenarios(ground: Ground) -> Iterator[Scenario]:
    """Yield the damages, and the other accidents."""
    for what, name, damage in DAMAGED_FILES:
        yield Scenario("damaged newest checkpoint", partial(damaged_checkpoint, ground, name, damage), what)
    yield Scenario("damaged files and symlinks beside a run", partial(damaged_neighbours, ground))
    yield Scenario("damaged log of the run itself", partial(damaged_log, ground))
    yield Scenario("NaN", partial(not_a_number, ground, max_steps=4), "in every validation")
    yield Scenario("NaN", partial(not_a_number, ground, max_steps=1), "in the only step")
    for what, seconds in (("a day back", -DAY), ("a day forward", DAY)):
        yield Scenario("clock jumps", partial(clock, ground, seconds), what)
    yield Scenario("clock jumps", partial(clock_of_launched, ground), "back, after a launch")
    yield Scenario("two starts at once", partial(two_starts, ground), "of one name")
    yield Scenario("two starts at once", partial(two_resumes, ground), "that resume")
    yield Scenario("reused pid", partial(reused_pid, ground))


def damage_neighbours(ground: Ground, output: Path) -> list[str]:
    """Put damaged runs and symlinks into an output folder; return the names of the runs."""
    names = []
    for name in (paths.RUN_MANIFEST, paths.LAUNCH, paths.EVENTS):
        for kind, data in DAMAGES.items():
            run = ground.copy(output, f"{name.partition('.')[0]}-{kind.replace(' ', '-')}")
            (run / name).write_bytes(data)
            names.append(run.name)
        run = ground.copy(output, f"{name.partition('.')[0]}-is-a-folder")
        (run / name).unlink(missing_ok=True)
        (run / name).mkdir()
        names.append(run.name)
        run = ground.copy(output, f"{name.partition('.')[0]}-is-a-loop")
        (run / name).unlink(missing_ok=True)
        (run / name).symlink_to(name)
        names.append(run.name)
    (output / "dangling").symlink_to("nowhere")
    (output / "itself").symlink_to("itself")
    (output / "parent").symlink_to("..")
    (output / "here").symlink_to(".")
    (output / "file").symlink_to(names[0] + "/config.toml")
    return names


def damaged_neighbours(ground: Ground) -> None:
    """All runs are listed, none hides another, and ``--resume`` finds the one that is unfinished."""
    output = ground.output()
    names = damage_neighbours(ground, output)
    run = ground.unfinished(output, "unfinished")
    os.utime(run / paths.RUN_MANIFEST)
    runs = list_runs(output)
    listed = {one.path.name: one for one in runs}
    for name in names:
        if name not in listed:
            assert name.endswith("loop"), f"{name} is not listed"
        elif name.startswith("run-"):
            assert listed[name].state == "unreadable", listed[name]
            assert listed[name].reason and "\n" not in listed[name].reason, listed[name]
    active_run(output)
    for one in runs:
        if one.state == "lost" and one.path != run:
            shutil.rmtree(one.path)  # an emptied log makes it resumable too, and all were made at the same time
    assert find_run(output, None) == run
    assert_resumes_exactly(ground, run)


def damaged_log(ground: Ground) -> None:
    """A run whose log has foreign lines resumes all the same."""
    run = ground.unfinished()
    with (run / paths.EVENTS).open("ab") as log:
        log.write(b"\n".join(DAMAGES.values()) + b'\n{"kind": "step", "st')
    assert summary(run).state in ("lost", "failed"), summary(run)
    assert_resumes_exactly(ground, run)


def flip_bit(path: Path) -> None:
    """Change one bit in the middle of a file."""
    data = bytearray(path.read_bytes())
    data[len(data) // 2] ^= 1
    path.write_bytes(data)


def damaged_checkpoint(ground: Ground, name: str, damage: Damage) -> None:
    """The checkpoint before is taken, which the log says."""
    run = ground.copy(run=ground.killed)
    newest = latest_checkpoint(run)
    assert newest is not None and newest.name.endswith("4")
    damage(newest / name)
    assert_resumes_exactly(ground, run)
    (said,) = (event for event in read_events(run / paths.EVENTS) if isinstance(event, CheckpointDamaged))
    assert said.step == 4 and name in said.reason, said
    assert " is tried" in event_text.summary(said)


def clock(ground: Ground, seconds: int) -> None:
    """Nothing changes but the times after the resume."""
    run = ground.copy(run=ground.killed)
    ending = ground.resume(run, Fault("loading", 1, "clock", after=seconds))
    assert (ending.exit_code, ending.state) == (0, "finished"), ending
    assert_same(run, ground.whole.run)
    assert summary(run).state == "finished", summary(run)


def clock_of_launched(ground: Ground) -> None:
    """A run has begun as soon as its process logs something, whatever the time."""
    run = ground.copy(run=ground.killed)
    resume(run, lambda *_: Process.current())
    assert summary(run).state == "starting", summary(run)
    ending = ground.resume(run, Fault("loading", 1, "clock", after=-DAY))
    assert (ending.exit_code, ending.state) == (0, "finished"), ending
    assert summary(run).state == "finished", summary(run)


def two_starts(ground: Ground) -> None:
    """One of them trains, and the other says that the run exists."""
    output = ground.output()
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(lambda _: ground.begin(output=output)[1], range(2))
    assert {first.state, second.state} == {"finished", "RunError"}, (first, second)
    assert_same(output / "run", ground.whole.run)


def two_resumes(ground: Ground) -> None:
    """One of them trains, and the other says so; or finds all done."""
    run = ground.copy(run=ground.killed)
    with ThreadPoolExecutor(2) as pool:
        first, second = pool.map(lambda _: ground.resume(run), range(2))
    assert "finished" in (first.state, second.state), (first, second)
    assert {first.state, second.state} <= {"finished", "RunError"}, (first, second)
    assert_same(run, ground.whole.run)


def reused_pid(ground: Ground, resumes: bool = True) -> None:
    """A process that has the pid of the dead one is not taken for it."""
    run = ground.unfinished()
    path = run / paths.RUN_MANIFEST
    manifest = json.loads(path.read_text(encoding="utf-8"))
    alive = Process.current()
    manifest["process"] = {"host": alive.host, "pid": alive.pid, "started": alive.started - 1000}
    path.write_text(json.dumps(manifest), encoding="utf-8")
    assert summary(run).state == "lost", summary(run)
    assert find_run(run.parent, None) == run
    if resumes:
        assert_resumes_exactly(ground, run)


def not_a_number(ground: Ground, max_steps: int) -> None:
    """The run fails with a reason; no such loss is the best, and resuming says what to do."""
    settings = {"precision": "mixed_float16", "learning_rate": 1000.0, "evaluate_every": 1, "max_steps": max_steps}
    run, ending = ground.begin(**settings)
    validations = [event for event in read_events(run / paths.EVENTS) if isinstance(event, Validation)]
    assert not [event for event in validations if event.best and event.loss != event.loss], validations
    if any(event.loss != event.loss for event in validations):
        assert ending.state == "TrainingError", ending
        assert "learning rate" in ending.message, ending
        assert summary(run).state == "failed", summary(run)
        again = ground.resume(run)
        assert again.state == "TrainingError" and "learning rate" in again.message, again
    else:
        assert ending.state in ("finished", "TrainingError"), ending
