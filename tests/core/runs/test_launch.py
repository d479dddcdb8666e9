import os
import sys
from contextlib import suppress
from dataclasses import replace

import psutil
import pytest

from recipe_tui.core.config import load_config
from recipe_tui.core.errors import OutputError, RunError
from recipe_tui.core.runs.control import Control, request
from recipe_tui.core.runs.event_log import EventLog
from recipe_tui.core.runs.events import Ended, Started
from recipe_tui.core.runs.folder import RunManifest, create_run, hold
from recipe_tui.core.runs.launch import resume, spawn, start
from recipe_tui.core.runs.process import Launch, Process, last_words
from recipe_tui.core.runs.status import active_run, find_run, list_runs, summarize

GONE = Process(os.uname().nodename, 2**22 + 1, 1.0)


class FakeSpawn:
    """Starts nothing; remembers the commands, and writes to the log what a worker would have said."""

    def __init__(self, process=GONE, says=""):
        self.process, self.says, self.commands = process, says, []

    def __call__(self, command, log):
        self.commands.append(list(command))
        with log.open("a") as file:
            file.write(self.says)
        return self.process


def a_config(tmp_path, **top):
    return load_config(top={"output": str(tmp_path / "output"), **top}, data={"source": ["recipes.jsonl"]})


def begun(run, *events, process=GONE):
    """Make a run whose process has come as far as its manifest."""
    RunManifest(run.name, 1.0, "gpt2", "store", "d", "t", "c", "k", {}, process).write(run)
    log = EventLog(run / "events.jsonl")
    for event in events:
        log.append(event)
    log.close()
    return run


def test_a_run_has_its_name_and_its_configuration_before_its_process_begins(tmp_path):
    spawned = FakeSpawn()
    launched = start(a_config(tmp_path), spawned, now=lambda: 0.0)
    assert launched.name.endswith("-gpt2")
    assert launched.path == tmp_path / "output" / launched.name
    assert load_config(launched.path / "config.toml").run == launched.name
    config = str(launched.path / "config.toml")
    arguments = ["train", config, "--run", launched.name, "--output", str(tmp_path / "output")]
    assert spawned.commands == [[sys.executable, "-m", "recipe_tui", *arguments]]


def test_a_run_whose_process_is_there_but_has_not_begun_is_starting(tmp_path):
    launched = start(a_config(tmp_path), FakeSpawn(Process.current()))
    (run,) = list_runs(tmp_path / "output")
    assert (run.name, run.state, run.model, run.path) == (launched.name, "starting", "gpt2", launched.path)


def test_a_worker_that_dies_at_start_leaves_a_failed_run_with_its_last_words(tmp_path):
    start(a_config(tmp_path), FakeSpawn(says="loading the libraries\nerror: recipes.jsonl: no such file; check it\n"))
    (run,) = list_runs(tmp_path / "output")
    assert (run.state, run.reason) == ("failed", "recipes.jsonl: no such file; check it")


def test_a_worker_that_dies_without_a_word_is_said_to_have_done_so(tmp_path):
    start(a_config(tmp_path), FakeSpawn())
    assert list_runs(tmp_path / "output")[0].reason == "its process ended without a message"


@pytest.mark.parametrize(
    ("said", "words"),
    [
        ("error: no\n=== launched again\nloading\n", "loading"),
        ("error: no\n=== launched again\n", ""),
        ("Fatal Python error: Segmentation fault\n  File x\n  File y\n", "Fatal Python error: Segmentation fault"),
        ("Traceback\nMemoryError: much\n\n", "MemoryError: much"),
        ("x" * 100_000 + "\nerror: at the end", "at the end"),
        ("", ""),
    ],
)
def test_last_words_say_why_rather_than_where_and_are_those_of_the_latest_process(tmp_path, said, words):
    (tmp_path / "worker.log").write_text(said)
    assert last_words(tmp_path) == words
    assert last_words(tmp_path / "nowhere") == ""


def test_a_name_that_is_taken_is_refused_and_nothing_is_started(tmp_path):
    spawned = FakeSpawn()
    start(a_config(tmp_path, run="mine"), spawned)
    with pytest.raises(RunError, match="exists already"):
        start(a_config(tmp_path, run="mine"), spawned)
    assert len(spawned.commands) == 1


def test_a_process_that_cannot_be_started_leaves_nothing(tmp_path):
    def refused(command, log):
        raise RunError("the training cannot be started (out of memory)")

    with pytest.raises(RunError, match="cannot be started"):
        start(a_config(tmp_path, run="mine"), refused)
    assert list((tmp_path / "output").iterdir()) == []


def test_an_output_folder_that_cannot_be_made_is_a_clear_error(tmp_path):
    (tmp_path / "output").write_text("a file")
    with pytest.raises(OutputError, match="cannot be written"):
        start(a_config(tmp_path), FakeSpawn())


def test_only_the_process_that_a_run_was_launched_for_takes_its_folder_over(tmp_path):
    start(a_config(tmp_path, run="ours"), FakeSpawn(Process.current()))
    assert create_run(tmp_path / "output", "ours") == tmp_path / "output" / "ours"
    start(a_config(tmp_path, run="another's"), FakeSpawn(GONE))
    with pytest.raises(RunError, match="exists already"):
        create_run(tmp_path / "output", "another's")


def test_a_run_goes_on_in_a_process_of_its_own(tmp_path):
    run = begun(create_run(tmp_path, "one"), Started(2.0, 0, 10, 5.0, 100, 20, 64), Ended(3.0, 4, "stopped", ""))
    request(run, "stop")
    spawned = FakeSpawn(Process.current())
    launched = resume(run, spawned, now=lambda: 4.0)
    assert (launched.name, launched.path) == ("one", run)
    assert spawned.commands[0][3:] == ["train", "--resume", "--run", "one", "--output", str(tmp_path)]
    assert summarize(run).state == "starting"
    assert Control(run).requested == "continue"


def test_a_resumed_run_that_has_begun_is_running_and_one_that_died_before_has_failed(tmp_path):
    run = begun(create_run(tmp_path, "one"), Ended(3.0, 4, "stopped", ""), process=Process.current())
    resume(run, FakeSpawn(says="error: its block store has changed\n"), now=lambda: 4.0)
    summary = summarize(run)
    assert (summary.state, summary.reason, summary.step) == ("failed", "its block store has changed", 4)
    begun(run, Started(5.0, 4, 10, 5.0, 100, 20, 64), process=Process.current())
    assert summarize(run).state == "running"


def test_a_run_that_begins_after_the_clock_was_set_back_has_begun(tmp_path):
    run = begun(create_run(tmp_path, "one"), Ended(3.0, 4, "stopped", ""), process=Process.current())
    resume(run, FakeSpawn(Process.current()), now=lambda: 90_000.0)
    assert summarize(run).state == "starting"
    begun(run, Started(5.0, 4, 10, 5.0, 100, 20, 64), process=Process.current())
    assert summarize(run).state == "running"
    assert active_run(tmp_path) == (run, "running")


def test_closing_the_line_that_a_killed_process_left_is_no_beginning(tmp_path):
    run = begun(create_run(tmp_path, "one"), Ended(3.0, 4, "failed", ""), process=Process.current())
    with (run / "events.jsonl").open("a") as log:
        log.write('{"kind": "st')
    resume(run, FakeSpawn(Process.current()), now=lambda: 4.0)
    EventLog(run / "events.jsonl").close()
    assert summarize(run).state == "starting"


def test_a_launch_of_an_earlier_version_is_compared_by_time(tmp_path):
    run = begun(create_run(tmp_path, "one"), Started(5.0, 4, 10, 5.0, 100, 20, 64), process=Process.current())
    for created, state in ((4.0, "running"), (6.0, "starting")):
        Launch(created, "gpt2", Process.current()).write(run)
        assert summarize(run).state == state


def test_a_worker_that_is_stopped_before_it_trains_leaves_a_stopped_run(tmp_path):
    start(
        a_config(tmp_path), FakeSpawn(says="reading the recipes\nerror: interrupted; what was saved before is kept\n")
    )
    (run,) = list_runs(tmp_path / "output")
    assert (run.state, run.reason) == ("stopped", "interrupted; what was saved before is kept")


def test_a_run_that_never_began_is_started_again_in_its_folder(tmp_path):
    spawned = FakeSpawn(says="error: no such file\n")
    launched = start(a_config(tmp_path, run="one"), spawned)
    spawned.process = Process.current()
    assert resume(launched.path, spawned) == replace(launched, process=Process.current())
    assert spawned.commands[0] == spawned.commands[1]
    assert summarize(launched.path).state == "starting"
    assert last_words(launched.path) == "no such file"


def test_a_run_that_never_began_is_not_the_one_that_resume_finds(tmp_path):
    begun(create_run(tmp_path / "output", "before"), Ended(3.0, 4, "stopped", ""))
    start(a_config(tmp_path), FakeSpawn())
    assert find_run(tmp_path / "output", None).name == "before"


def test_a_second_writer_is_refused_before_it_is_launched(tmp_path):
    spawned = FakeSpawn()
    run = begun(create_run(tmp_path, "one"))
    with hold(run), pytest.raises(RunError, match="another process is training it"):
        resume(run, spawned)
    Launch(1.0, "gpt2", Process.current()).write(run)
    with pytest.raises(RunError, match="another process is training it"):
        resume(run, spawned)
    assert spawned.commands == []


def test_a_folder_that_is_no_run_cannot_go_on(tmp_path):
    with pytest.raises(RunError, match="no run in this folder"):
        resume(tmp_path, FakeSpawn())


def test_a_damaged_launch_is_as_none(tmp_path):
    (tmp_path / "launch.json").write_text('{"created": 1.0, "process": ')
    assert Launch.read(tmp_path) is None


def test_a_spawned_process_is_in_a_session_of_its_own_and_its_words_are_in_the_log(tmp_path):
    script = "import os, sys; print(os.getsid(0) == os.getpid(), sys.stdin.read() == ''); sys.exit('the end')"
    process = spawn([sys.executable, "-c", script], tmp_path / "worker.log")
    wait_for(process)
    assert (tmp_path / "worker.log").read_text() == "True True\nthe end\n"


def test_a_program_that_is_not_there_is_a_clear_error(tmp_path):
    with pytest.raises(RunError, match="cannot be started"):
        spawn([str(tmp_path / "nothing")], tmp_path / "worker.log")


def test_a_real_worker_without_recipes_says_so_in_the_list(tmp_path):
    launched = start(load_config(top={"output": str(tmp_path)}))
    wait_for(launched.process)
    (run,) = list_runs(tmp_path)
    assert run.state == "failed"
    assert run.reason.startswith("no recipes are given; name files or folders")


def wait_for(process):
    with suppress(psutil.NoSuchProcess):
        psutil.Process(process.pid).wait(timeout=60)
