"""Damaged and hostile run folders: each is shown as unreadable with its reason, and never hides another."""

import json
import os
import random
import shutil

import pytest

from recipe_tui.core.errors import RunError
from recipe_tui.core.runs.event_log import EventLog
from recipe_tui.core.runs.events import Ended, Started
from recipe_tui.core.runs.files import LARGEST_JSON
from recipe_tui.core.runs.folder import RunManifest
from recipe_tui.core.runs.launch import resume
from recipe_tui.core.runs.process import Launch, Process
from recipe_tui.core.runs.status import active_run, find_run, list_runs, run_state
from recipe_tui.core.runs.tail import LogTail

DEEP = "[" * 10_000 + "]" * 10_000


def a_run(output, name, created=1.0):
    run = output / name
    run.mkdir()
    RunManifest(name, created, "gpt2", "store", "d", "t", "c", "k", {}, Process.current()).write(run)
    log = EventLog(run / "events.jsonl")
    log.append(Started(2.0, 0, 10, 5.0, 100, 20, 64))
    log.append(Ended(3.0, 4, "stopped", "asked to stop"))
    log.close()
    return run


def changed(path, **values):
    path.write_text(json.dumps(json.loads(path.read_text()) | values))


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ({"name": 5}, "name: Input should be a valid string"),
        ({"created": "yesterday"}, "created: "),
        ({"created": 1e300}, "created: "),
        ({"libraries": []}, "libraries: "),
        ({"store": "a\0b"}, "store: "),
        ({"process": {"host": "here", "pid": "x", "started": 1.0}}, "process.pid: "),
        ({"process": {"host": "here", "pid": -1, "started": 1.0}}, "process.pid: "),
        ({"process": 5}, "process: "),
        ({"version": "1"}, "version: "),
        ({"version": 99}, "newer version"),
        (DEEP, "recursion limit"),
        ("[]", "run.json: damaged"),
        ("5", "run.json: damaged"),
        ("{", "run.json: damaged"),
        ("", "run.json: damaged"),
        ('{"name": "\\ud800"}', "run.json: damaged"),
        (" " * (LARGEST_JSON + 1), "larger than"),
    ],
)
def test_a_damaged_manifest_is_unreadable_with_its_reason_and_hides_no_other_run(tmp_path, text, reason):
    a_run(tmp_path, "good")
    manifest = a_run(tmp_path, "bad", created=2.0) / "run.json"
    if isinstance(text, dict):
        changed(manifest, **text)
    else:
        manifest.write_text(text)
    found = {run.name: run for run in list_runs(tmp_path)}
    assert (found["good"].state, found["bad"].state) == ("stopped", "unreadable")
    assert reason in found["bad"].reason
    assert find_run(tmp_path, None).name == "good"
    assert active_run(tmp_path) is None
    with pytest.raises(RunError):
        find_run(tmp_path, "bad")


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ('{"created": 1.0, "process": ', "launch.json: damaged"),
        ('{"created": Infinity, "model": "m", "process": {"host": "h", "pid": 1, "started": 1.0}}', "created: "),
        ('{"created": 1.0, "model": 5, "process": {"host": "h", "pid": 1, "started": 1.0}}', "model: "),
        ('{"created": 1.0, "model": "m", "process": {"host": "h", "pid": "1", "started": 1.0}}', "process.pid: "),
        ('{"created": 1.0, "model": "m", "process": []}', "process: "),
        (DEEP, "recursion limit"),
    ],
)
@pytest.mark.parametrize("begun", [True, False])
def test_a_damaged_launch_is_unreadable_with_its_reason_and_hides_no_other_run(tmp_path, text, reason, begun):
    a_run(tmp_path, "good")
    bad = a_run(tmp_path, "bad", created=2.0)
    if not begun:
        (bad / "run.json").unlink()
    (bad / "launch.json").write_text(text)
    found = {run.name: run for run in list_runs(tmp_path)}
    assert (found["good"].state, found["bad"].state) == ("stopped", "unreadable")
    assert reason in found["bad"].reason
    assert find_run(tmp_path, None).name == "good"
    assert active_run(tmp_path) is None


def test_a_run_with_a_damaged_launch_can_be_resumed(tmp_path):
    run = a_run(tmp_path, "one")
    (run / "launch.json").write_text("{")
    launched = resume(run, lambda command, log: Process.current())
    assert Launch.read(run).process == launched.process
    assert list_runs(tmp_path)[0].state == "starting"


def test_what_should_be_a_file_and_is_a_folder_hides_no_other_run(tmp_path):
    a_run(tmp_path, "good")
    for name in ("run.json", "launch.json", "events.jsonl"):
        run = a_run(tmp_path, f"bad {name}")
        (run / name).unlink(missing_ok=True)
        (run / name).mkdir()
    assert {run.name: run.state for run in list_runs(tmp_path)} == {
        "good": "stopped",
        "bad run.json": "unreadable",
        "bad launch.json": "unreadable",
        "bad events.jsonl": "unreadable",
    }


def test_damaged_events_are_skipped_and_counted(tmp_path):
    a_run(tmp_path, "good")
    bad = a_run(tmp_path, "bad")
    with (bad / "events.jsonl").open("a") as file:
        file.write('{"kind": "ended", "time": 9, "step": 1, "state": "\\u001b]0;x\\u0007", "reason": ""}\n')
        file.write(f'{{"kind": "ended", "time": 9, "step": {DEEP}, "state": "failed", "reason": ""}}\n')
    found = {run.name: run for run in list_runs(tmp_path)}
    assert (found["good"].skipped, found["bad"].skipped) == (0, 2)
    assert found["bad"].state == "stopped"


@pytest.mark.parametrize("file", ["run.json", "launch.json", "events.jsonl"])
def test_a_file_with_any_bytes_changed_raises_nothing(tmp_path, file):
    dice = random.Random(0)
    run = a_run(tmp_path, "one")
    Launch(1.0, "gpt2", Process.current()).write(run)
    whole = (run / file).read_bytes()
    for _ in range(150):
        data = bytearray(whole)
        for _ in range(dice.randint(1, 4)):
            at = dice.randrange(len(data))
            match dice.randrange(4):
                case 0:
                    data[at] = dice.randrange(256)
                case 1:
                    del data[at:]
                    data += b"}"
                case 2:
                    data[at:at] = dice.choice([b"null", b"[[", b'"', b"-1", b"1e999", b"NaN", b"\\u0000", b"{}", b"\n"])
                case 3:
                    del data[at : at + dice.randrange(9)]
        (run / file).write_bytes(data)
        (summary,) = list_runs(tmp_path)
        assert summary.state in ("starting", "stopped", "running", "failed", "lost", "unreadable")
        active_run(tmp_path)
        for bulk in (0, 2**30):
            tail = LogTail(run / "events.jsonl", bulk=bulk)
            tail.poll()
            tail.draw()
            assert tail.log.curves is not None


@pytest.mark.parametrize("name", ["run.json", "events.jsonl", "launch.json"])
def test_a_pipe_in_the_place_of_a_file_is_not_waited_for(tmp_path, name):
    run = a_run(tmp_path, "damaged")
    (run / name).unlink(missing_ok=True)
    os.mkfifo(run / name)
    a_run(tmp_path, "sound", 2.0)
    assert {one.name for one in list_runs(tmp_path)} == {"damaged", "sound"}


@pytest.mark.parametrize("name", ["run.json", "events.jsonl", "launch.json"])
@pytest.mark.parametrize("what", ["a pipe", "a device or a socket"])
def test_what_stands_in_the_place_of_a_file_is_said(tmp_path, name, what):
    run = a_run(tmp_path, "damaged")
    (run / name).unlink(missing_ok=True)
    if what == "a pipe":
        os.mkfifo(run / name)
    else:
        (run / name).symlink_to("/dev/zero")
    (summary,) = list_runs(tmp_path)
    assert summary.state == "unreadable"
    assert f"{name}: damaged ({what} stands in its place); " in summary.reason
    assert run_state(run) == "unreadable"


def test_a_pipe_in_the_place_of_a_log_has_no_events(tmp_path):
    os.mkfifo(tmp_path / "events.jsonl")
    assert LogTail(tmp_path / "events.jsonl").poll() == []


def test_a_copied_run_is_listed_by_the_name_of_its_folder(tmp_path):
    shutil.copytree(a_run(tmp_path, "soups"), tmp_path / "copy")
    assert {one.name for one in list_runs(tmp_path)} == {"soups", "copy"}
