"""What the title bar says of the runs on the disk."""

from __future__ import annotations

import time
from pathlib import Path

from recipe_tui.core import paths
from recipe_tui.core.runs.event_log import EventLog
from recipe_tui.core.runs.events import Continued, Ended, Event, Paused, Started
from recipe_tui.core.runs.folder import RunManifest
from recipe_tui.core.runs.process import Process
from recipe_tui.tui.status import StatusReader, load_summary
from recipe_tui.tui.train.machine import Gpu, Machine
from recipe_tui.tui.widgets.title_bar import Status

GIB = 2**30


def make_run(output: Path, name: str, *events: Event, alive: bool = True) -> Path:
    run = output / name
    run.mkdir(parents=True)
    process = Process.current() if alive else Process(Process.current().host, 1, 0.0)
    values = dict.fromkeys(("model", "store", "data", "tokenizer", "config", "code"), "0")
    RunManifest(name, time.time(), **values, process=process).write(run)
    log = EventLog(run / paths.EVENTS)
    for event in (Started(0.0, 0, 10, 5.0, 1, 1, 1), *events):
        log.append(event)
    log.close()
    return run


def status(output: Path) -> Status:
    return StatusReader(output, lambda: Machine(cpu=12, used=3 * GIB, total=16 * GIB)).read()


def test_a_run_whose_process_is_there_is_running(tmp_path: Path) -> None:
    make_run(tmp_path, "0412")
    assert status(tmp_path) == Status("running", "0412", "CPU 12% 3/16G")


def test_one_that_waits_is_paused_until_it_goes_on(tmp_path: Path) -> None:
    make_run(tmp_path, "0412", Paused(1.0, 3))
    assert status(tmp_path).state == "paused"
    make_run(tmp_path, "0413", Paused(1.0, 3), Continued(2.0, 3))
    assert status(tmp_path).state == "running"


def test_one_that_has_ended_or_whose_process_is_gone_is_not_told(tmp_path: Path) -> None:
    make_run(tmp_path, "ended", Ended(1.0, 3, "finished", ""))
    make_run(tmp_path, "lost", alive=False)
    assert status(tmp_path) == Status()


def test_folders_that_are_no_runs_and_cut_lines_are_no_error(tmp_path: Path) -> None:
    (tmp_path / "empty").mkdir()
    (tmp_path / "foreign").mkdir()
    (tmp_path / "foreign" / paths.RUN_MANIFEST).write_text("{", encoding="utf-8")
    run = make_run(tmp_path, "0412")
    with (run / paths.EVENTS).open("ab") as file:
        file.write(b'{"kind": "ste')
    assert status(tmp_path).run == "0412"


def test_no_folder_at_all_is_no_error(tmp_path: Path) -> None:
    assert status(tmp_path / "none") == Status()


def test_accelerators_are_told_where_there_are_any() -> None:
    assert load_summary(Machine(gpus=(Gpu(71, 38 * GIB, 140 * GIB),))) == "GPU 71% 38/140G"
    assert load_summary(Machine(gpus=(Gpu(50, GIB, 8 * GIB), Gpu(100, GIB, 8 * GIB)))) == "2 GPU 75% 2/16G"


def test_the_end_of_the_active_run_is_told_with_its_state(tmp_path: Path) -> None:
    run = make_run(tmp_path, "0412")
    reader = StatusReader(tmp_path, lambda: Machine(cpu=12, used=3 * GIB, total=16 * GIB))
    assert reader.read().ended == (0, "")
    log = EventLog(run / paths.EVENTS)
    log.append(Ended(2.0, 5, "failed", "out of memory"))
    log.close()
    assert reader.read() == Status(ended=(1, "0412 failed"))
    assert reader.read() == Status(ended=(1, "0412 failed"))
