import json
from dataclasses import replace

import psutil
import pytest

from recipe_tui.core.errors import RunError
from recipe_tui.core.runs.event_log import EventLog
from recipe_tui.core.runs.events import Continued, Ended, Paused, Started, Step, Validation
from recipe_tui.core.runs.folder import RunManifest, check_new_run, create_run, hold, new_run_name
from recipe_tui.core.runs.process import Launch, Process
from recipe_tui.core.runs.status import active_run, find_run, list_runs, summarize

STARTED = Started(1.0, 0, 10, 5.0, 100, 20, 64)


def a_run(output, name="one", events=(STARTED,), created=1.0, process="own", **changes):
    run = create_run(output, name)
    process = Process.current() if process == "own" else process
    manifest = RunManifest(name, created, "gpt2", "store", "d", "t", "c", "k", {}, process)
    replace(manifest, **changes).write(run)
    log = EventLog(run / "events.jsonl")
    for event in events:
        log.append(event)
    log.close()
    return run


def step(number, loss):
    return Step(2.0, number, 0.1, loss, 1e-3, 0.5, 60, None, 1000, None, None)


def test_a_summary_tells_how_far_a_run_is(tmp_path):
    run = a_run(tmp_path, events=[STARTED, step(1, 3.0), step(2, 2.5), Validation(3.0, 2, 2.75, 15.6, True)])
    summary = summarize(run)
    assert (summary.state, summary.step, summary.total_steps) == ("running", 2, 10)
    assert (summary.train_loss, summary.validation_loss, summary.updated) == (2.5, 2.75, 3.0)


@pytest.mark.parametrize(
    ("events", "state"),
    [
        ([STARTED], "running"),
        ([STARTED, Paused(2.0, 1)], "paused"),
        ([STARTED, Paused(2.0, 1), Continued(3.0, 1)], "running"),
        ([STARTED, Ended(2.0, 10, "finished", "all steps done")], "finished"),
        ([STARTED, Ended(2.0, 4, "stopped", "asked to stop")], "stopped"),
        ([STARTED, Ended(2.0, 4, "failed", "full disk")], "failed"),
        ([STARTED, Ended(2.0, 4, "stopped", "asked to stop"), replace(STARTED, step=4)], "running"),
    ],
)
def test_the_state_is_what_the_log_says_last(tmp_path, events, state):
    assert summarize(a_run(tmp_path, events=events)).state == state


def test_a_run_whose_process_is_gone_without_a_word_is_lost(tmp_path):
    gone = replace(Process.current(), pid=2**22 + 1)
    assert summarize(a_run(tmp_path, process=gone)).state == "lost"


def test_a_process_that_only_has_the_same_number_is_another_one(tmp_path):
    reused = replace(Process.current(), started=psutil.Process().create_time() - 1000)
    assert summarize(a_run(tmp_path, process=reused)).state == "lost"


def test_a_run_that_is_held_is_not_lost_when_the_clock_was_set(tmp_path):
    before = replace(Process.current(), started=psutil.Process().create_time() - 1000)
    run = a_run(tmp_path, process=before)
    with hold(run):
        assert summarize(run).state == "running"
    assert summarize(run).state == "lost"


def test_of_a_process_on_another_host_nothing_is_assumed(tmp_path):
    elsewhere = replace(Process.current(), host="elsewhere", pid=2**22 + 1)
    assert summarize(a_run(tmp_path, process=elsewhere)).state == "running"


def test_a_finished_run_stays_finished_when_its_process_is_gone(tmp_path):
    gone = replace(Process.current(), pid=2**22 + 1)
    run = a_run(tmp_path, events=[STARTED, Ended(2.0, 10, "finished", "")], process=gone)
    assert summarize(run).state == "finished"


def test_runs_are_listed_the_newest_first_and_foreign_folders_are_passed_over(tmp_path):
    a_run(tmp_path, "old", created=1.0)
    a_run(tmp_path, "new", created=2.0)
    (tmp_path / "blocks").mkdir()
    (tmp_path / "notes.txt").touch()
    assert [run.name for run in list_runs(tmp_path)] == ["new", "old"]
    assert list_runs(tmp_path / "nowhere") == []


def test_a_run_of_a_later_version_or_with_a_damaged_manifest_is_listed_as_unreadable(tmp_path):
    newer = a_run(tmp_path, "newer")
    manifest = json.loads((newer / "run.json").read_text())
    (newer / "run.json").write_text(json.dumps(manifest | {"version": 99}))
    (a_run(tmp_path, "damaged") / "run.json").write_text('{"name": ')
    reasons = {run.name: (run.state, run.reason) for run in list_runs(tmp_path)}
    assert reasons["newer"][0] == reasons["damaged"][0] == "unreadable"
    assert "newer version" in reasons["newer"][1]
    assert "damaged" in reasons["damaged"][1]


def test_a_second_writer_is_refused(tmp_path):
    run = a_run(tmp_path)
    with hold(run), pytest.raises(RunError, match="another process is training it"), hold(run):
        pass
    with hold(run):
        pass  # released


@pytest.mark.parametrize("name", ["", ".", "..", "a/b", ".hidden"])
def test_a_name_that_is_no_folder_name_is_refused(tmp_path, name):
    with pytest.raises(RunError, match="cannot be the name of a run"):
        create_run(tmp_path, name)


def test_nothing_that_is_there_is_overwritten(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "thesis.txt").touch()
    with pytest.raises(RunError, match="exists already"):
        create_run(tmp_path, "mine")


def test_of_two_processes_that_make_the_same_run_one_is_refused(tmp_path, monkeypatch):
    monkeypatch.setattr("recipe_tui.core.runs.folder.check_new_run", lambda output, name: output / name)
    create_run(tmp_path, "mine")
    with pytest.raises(RunError, match="exists already"):
        create_run(tmp_path, "mine")


def test_a_made_up_name_is_one_that_no_run_has(tmp_path):
    first = new_run_name("models/my gpt2", tmp_path, now=0.0)
    assert first.endswith("-my-gpt2")
    (tmp_path / first).mkdir()
    second = new_run_name("models/my gpt2", tmp_path, now=0.0)
    assert second == f"{first}-2"


def test_resuming_finds_the_latest_run_that_did_not_finish(tmp_path):
    a_run(tmp_path, "stopped", events=[STARTED, Ended(2.0, 4, "stopped", "")], created=1.0)
    a_run(tmp_path, "finished", events=[STARTED, Ended(2.0, 10, "finished", "")], created=2.0)
    assert find_run(tmp_path, None).name == "stopped"
    assert find_run(tmp_path, "finished").name == "finished"
    with pytest.raises(RunError, match="no run in this folder"):
        find_run(tmp_path, "nameless")


def test_with_nothing_to_resume_it_says_so(tmp_path):
    with pytest.raises(RunError, match="no run to resume"):
        find_run(tmp_path, None)


def test_a_name_is_taken_even_by_an_empty_folder(tmp_path):
    (tmp_path / "mine").mkdir()
    for make in (check_new_run, create_run):
        with pytest.raises(RunError, match="exists already"):
            make(tmp_path, "mine")


def test_the_active_run_is_the_latest_whose_process_is_there(tmp_path):
    a_run(tmp_path, "ended", [STARTED, Ended(2.0, 10, "finished", "")])
    assert active_run(tmp_path) is None
    run = a_run(tmp_path, "paused", [STARTED, Paused(2.0, 1)])
    assert active_run(tmp_path) == (run, "paused")
    Launch(3.0, "gpt2", Process.current()).write(run)
    assert active_run(tmp_path) == (run, "starting")
