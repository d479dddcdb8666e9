from __future__ import annotations

import subprocess
import sys
import threading
from dataclasses import replace
from pathlib import Path

import pytest

from recipe_tui.core.runs.process import Process
from recipe_tui.tui.train import watch
from recipe_tui.tui.train.machine import Machine
from recipe_tui.tui.train.watch import RunReader, Snapshot, Watcher
from tests.tui.train.stage import MACHINE, STARTED, a_run, append, ended, gone, step, training


def reader(output: Path) -> RunReader:
    return RunReader(output, lambda: MACHINE)


def test_without_a_wish_the_newest_run_is_read_in_full(tmp_path):
    a_run(tmp_path, "old", training(), created=1.0)
    a_run(tmp_path, "new", training(), created=2.0)
    seen = reader(tmp_path).read(())
    assert [run.name for run in seen.runs] == ["new", "old"]
    assert [view.name for view in seen.shown] == ["new"]
    assert len(seen.shown[0].log.curves["loss"]) == 120
    assert seen.shown[0].store == "/stores/one"


def test_wanted_runs_come_in_the_order_in_which_they_are_wanted(tmp_path):
    for name in ("a", "b", "c"):
        a_run(tmp_path, name, training(3))
    watching = reader(tmp_path)
    watching.read(())
    assert [view.name for view in watching.read(("c", "missing", "a")).shown] == ["c", "a"]


def test_a_world_that_stands_still_is_the_same_snapshot(tmp_path):
    run = a_run(tmp_path, "one", training())
    watching = reader(tmp_path)
    first = watching.read(())
    assert watching.read(()) == first
    append(run, step(121))
    assert watching.read(()) != first


def test_the_figures_of_a_long_run_come_before_its_curves(tmp_path, monkeypatch):
    monkeypatch.setattr(watch, "AT_ONCE", 1000)
    run = a_run(tmp_path, "long", training())
    a_run(tmp_path, "short", [STARTED, step(1)])
    watching = reader(tmp_path)
    first, second = watching.read(("long", "short")), watching.read(("long", "short"))
    assert first.unfinished
    assert [(view.log.step, len(view.log.curves)) for view in first.shown] == [(120, 0), (1, 6)]
    assert not second.unfinished
    assert len(second.shown[0].log.curves["loss"]) == 120
    append(run, step(121))
    assert len(watching.read(("long",)).shown[0].log.curves["loss"]) == 121


def test_what_is_unfinished_is_not_waited_for():
    source, posted = ScriptedReader(Snapshot(unfinished=True), Snapshot()), []
    done = threading.Event()
    watcher = Watcher(source, lambda: 3600.0)
    watcher.start(lambda snapshot: (posted.append(snapshot), len(posted) == 2 and done.set()), pytest.fail)
    assert done.wait(10)
    watcher.stop()


def test_a_killed_process_is_noticed_at_the_next_look(tmp_path):
    with subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE) as process:
        a_run(tmp_path, "one", training(), process=Process.of(process.pid))
        watching = reader(tmp_path)
        assert watching.read(()).runs[0].state == "running"
        process.kill()
        process.wait()
        assert watching.read(()).runs[0].state == "lost"


def test_the_machine_is_measured_only_while_a_run_is_active(tmp_path):
    measured = []

    def measure() -> Machine:
        measured.append(1)
        return MACHINE

    run = a_run(tmp_path, "one", training())
    watching = RunReader(tmp_path, measure)
    watching.read(())
    watching.read(())
    assert len(measured) == 2
    append(run, ended("finished"))
    watching.read(())
    assert len(measured) == 2


def test_the_end_of_what_a_process_printed_is_read_and_followed(tmp_path):
    run = a_run(tmp_path, "one", training(), process=gone())
    watching = reader(tmp_path)
    assert watching.read(()).shown[0].output == ""
    (run / "worker.log").write_bytes(b"\xff first\n" + b"x" * 200_000 + b"\nlast")
    output = watching.read(()).shown[0].output
    assert output.endswith("\nlast")
    assert len(output) <= 128 * 1024


def test_no_folder_no_runs(tmp_path):
    assert reader(tmp_path / "nowhere").read(("one",)) == Snapshot(machine=MACHINE)


class ScriptedReader:
    """Returns snapshots by heart, and lets a test wait until each was asked for."""

    def __init__(self, *script: Snapshot | Exception) -> None:
        self.script = list(script)
        self.wanted: list[tuple[str, ...]] = []
        self.read_all = threading.Event()

    def read(self, wanted: tuple[str, ...]) -> Snapshot:
        self.wanted.append(wanted)
        snapshot = self.script.pop(0) if len(self.script) > 1 else self.script[0]
        if len(self.wanted) >= 4:
            self.read_all.set()
        if isinstance(snapshot, Exception):
            raise snapshot
        return snapshot


def test_only_what_differs_is_posted(tmp_path):
    first, second = Snapshot(machine=MACHINE), Snapshot(machine=replace(MACHINE, cpu=99))
    source, posted = ScriptedReader(first, first, second), []
    watcher = Watcher(source, lambda: 0.0)
    watcher.start(posted.append, pytest.fail)
    assert source.read_all.wait(10)
    watcher.stop()
    assert posted == [first, second]


def test_a_wish_is_read_at_once():
    source, posted = ScriptedReader(Snapshot()), threading.Event()
    watcher = Watcher(source, lambda: 3600.0)
    watcher.start(lambda snapshot: posted.set(), pytest.fail)
    assert posted.wait(10)
    for name in ("a", "b", "c", "d"):
        while len(source.wanted) < 4 and source.wanted[-1] != (name,):
            watcher.want((name,))
            source.read_all.wait(0.001)
    assert ("c",) in source.wanted
    watcher.stop()


def test_what_ends_the_watching_is_reported():
    failed: list[Exception] = []
    done = threading.Event()
    watcher = Watcher(ScriptedReader(ValueError("broken")), lambda: 0.0)
    watcher.start(lambda snapshot: None, lambda error: (failed.append(error), done.set()))
    assert done.wait(10)
    assert str(failed[0]) == "broken"
