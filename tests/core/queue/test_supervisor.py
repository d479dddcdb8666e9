"""The supervisor, with trainings that are only files: what is launched when, and what becomes of it."""

from __future__ import annotations

import platform
from dataclasses import replace
from pathlib import Path

import pytest

from recipe_tui.core import paths
from recipe_tui.core.errors import RunError
from recipe_tui.core.queue.add import entries_of
from recipe_tui.core.queue.entries import Entry, Queue
from recipe_tui.core.queue.file import QueueFile
from recipe_tui.core.queue.supervisor import Supervisor, ensure_supervisor, is_supervised, supervise
from recipe_tui.core.runs.event_log import EventLog
from recipe_tui.core.runs.events import Ended, Event, Started, Step
from recipe_tui.core.runs.folder import RunManifest
from recipe_tui.core.runs.process import Launch, Process, log_size

GONE = Process(platform.node(), 2**22 + 1, 1.0)


class Trainings:
    """Stands for the processes that train: each launch leaves what a training leaves when it begins."""

    def __init__(self, clock: Clock) -> None:
        self.clock = clock
        self.launched: list[tuple[int, str]] = []
        self.refused = ""

    def __call__(self, entry: Entry) -> None:
        if self.refused:
            raise RunError(self.refused, "")
        run = Path(entry.run)
        (run / paths.CHECKPOINTS).mkdir(parents=True, exist_ok=True)
        self.launched.append((entry.number, entry.used_device))
        Launch(self.clock.now, "gpt2", Process.current(), log_size(run)).write(run)
        RunManifest(run.name, 1.0, "gpt2", "s", "d", "t", "c", "c", {}, Process.current()).write(run)

    def log(self, entry: Entry, *events: Event) -> None:
        log = EventLog(Path(entry.run) / paths.EVENTS)
        for event in (Started(1.0, 0, 8, 4.0, 1000, 20, 64), *events):
            log.append(event)
        log.close()

    def die(self, entry: Entry) -> None:
        """Have the process of a run be gone, as if it was killed."""
        run = Path(entry.run)
        launch = Launch.load(run)
        assert launch is not None
        replace(launch, process=GONE).write(run)
        replace(RunManifest.read(run), process=GONE).write(run)


class Clock:
    def __init__(self) -> None:
        self.now = 1000.0

    def __call__(self) -> float:
        return self.now


class Night:
    """A queue, its supervisor, and the trainings."""

    def __init__(self, folder: Path, count: int = 2, devices: tuple[str, ...] = ("",), booted: float = 0.0) -> None:
        self.file = QueueFile(folder / "queue.json")
        self.clock = Clock()
        self.trainings = Trainings(self.clock)
        self.supervisor = Supervisor(self.file, devices, launch=self.trainings, now=self.clock, booted=booted)
        with self.file.changing() as change:
            change.queue = replace(Queue(), supervisor=Process.current())
            for number in range(count):
                settings = [f"output={folder}/runs", "data.source=r.jsonl", f"run=run-{number}"]
                for entry in entries_of(None, settings, now=self.clock.now):
                    change.queue = change.queue.add(entry)

    @property
    def entries(self) -> tuple[Entry, ...]:
        return self.file.read().entries

    @property
    def states(self) -> list[str]:
        return [entry.state for entry in self.entries]


def test_one_runs_at_a_time_and_the_next_follows_when_it_has_ended(tmp_path: Path) -> None:
    night = Night(tmp_path)
    assert night.supervisor.tick()
    assert night.states == ["running", "waiting"]
    night.supervisor.tick()
    assert night.trainings.launched == [(1, "")]
    night.trainings.log(night.entries[0], Ended(2.0, 8, "finished", "all steps done"))
    night.supervisor.tick()
    assert night.states == ["finished", "running"]
    night.trainings.log(night.entries[1], Ended(2.0, 3, "stopped", "asked to stop"))
    assert not night.supervisor.tick()
    assert night.states == ["finished", "stopped"]
    assert night.file.read().supervisor is None


def test_each_device_has_its_run_and_one_that_needs_a_device_waits_for_it(tmp_path: Path) -> None:
    night = Night(tmp_path, 3, devices=("0", "1"))
    with night.file.changing() as change:
        change.queue = change.queue.put(replace(change.queue.entry(2), device="0"))
    night.supervisor.tick()
    assert night.trainings.launched == [(1, "0"), (3, "1")]
    night.trainings.log(night.entries[0], Ended(2.0, 8, "finished", ""))
    night.supervisor.tick()
    assert night.trainings.launched[-1] == (2, "0")


def test_what_is_held_is_passed_over_and_is_no_work(tmp_path: Path) -> None:
    night = Night(tmp_path)
    with night.file.changing() as change:
        change.queue = change.queue.hold(1)
    night.supervisor.tick()
    assert night.states == ["held", "running"]
    night.trainings.log(night.entries[1], Ended(2.0, 8, "finished", ""))
    assert not night.supervisor.tick()


def test_a_run_that_crashed_is_resumed_after_a_while_and_given_up_after_its_retries(tmp_path: Path) -> None:
    night = Night(tmp_path, 1)
    night.supervisor.tick()
    for attempt in (1, 2):
        night.trainings.log(night.entries[0], Step(1.5, 1, 0.1, 2.0, 1e-3, 1.0, 60, None, 1, None, None))
        night.trainings.die(night.entries[0])
        night.supervisor.tick()
        assert (night.states, len(night.trainings.launched)) == (["waiting"], attempt)
        night.clock.now += 10.0 * attempt
        night.supervisor.tick()
        assert (night.states, len(night.trainings.launched)) == (["running"], attempt + 1)
    night.trainings.log(night.entries[0])
    night.trainings.die(night.entries[0])
    assert not night.supervisor.tick()
    assert night.states == ["failed"]
    assert night.entries[0].problem == "its process is gone"


def test_a_run_that_says_itself_why_it_failed_is_not_tried_again_but_the_next_runs(tmp_path: Path) -> None:
    night = Night(tmp_path)
    night.supervisor.tick()
    night.trainings.log(night.entries[0], Ended(2.0, 3, "failed", "the loss became nan at step 3"))
    night.supervisor.tick()
    assert night.states == ["failed", "running"]
    assert night.entries[0].problem == "the loss became nan at step 3"


def test_a_process_that_dies_before_it_logs_anything_is_a_crash_too(tmp_path: Path) -> None:
    night = Night(tmp_path, 1)
    night.supervisor.tick()
    night.trainings.die(night.entries[0])
    night.supervisor.tick()
    assert night.states == ["waiting"]


def test_after_a_reboot_runs_are_resumed_without_counting_it_as_a_crash(tmp_path: Path) -> None:
    night = Night(tmp_path, 1, booted=5000.0)
    night.supervisor.tick()
    night.trainings.log(night.entries[0])
    night.trainings.die(night.entries[0])
    night.clock.now = 6000.0
    night.supervisor.tick()
    assert night.states == ["running"]
    assert night.entries[0].attempts == 1
    assert len(night.trainings.launched) == 2


def test_a_supervisor_that_died_between_marking_and_launching_loses_nothing(tmp_path: Path) -> None:
    night = Night(tmp_path, 1)
    with night.file.changing() as change:
        entry = replace(change.queue.entry(1), state="running", run=str(tmp_path / "runs" / "run-0"), attempts=1)
        change.queue = change.queue.put(entry)
    night.supervisor.tick()
    assert night.trainings.launched == [(1, "")]
    assert (night.states, night.entries[0].attempts) == (["running"], 1)


def test_one_that_cannot_be_launched_has_failed_with_the_reason(tmp_path: Path) -> None:
    night = Night(tmp_path, 1)
    night.trainings.refused = "/runs/run-0: exists already"
    night.supervisor.tick()
    assert (night.states, night.entries[0].problem) == (["failed"], "/runs/run-0: exists already")


def test_an_entry_whose_configuration_is_damaged_has_failed_and_the_next_runs(tmp_path: Path) -> None:
    night = Night(tmp_path)
    with night.file.changing() as change:
        change.queue = change.queue.put(replace(change.queue.entry(1), config="[data"))
    night.supervisor.tick()
    assert night.states == ["failed", "running"]
    assert "entry 1 of the queue: its configuration is damaged" in night.entries[0].problem


def test_runs_that_would_have_the_same_name_get_their_numbers(tmp_path: Path) -> None:
    night = Night(tmp_path, 2, devices=("0", "1"))
    with night.file.changing() as change:
        for entry in change.queue.entries:
            toml = "\n".join(line for line in entry.config.splitlines() if not line.startswith("run ="))
            change.queue = change.queue.put(replace(entry, config=toml))
    night.supervisor.tick()
    first, second = (Path(entry.run).name for entry in night.entries)
    assert second == f"{first}-2"


def test_a_run_that_was_killed_too_often_notifies_in_its_place(tmp_path: Path) -> None:
    night = Night(tmp_path, 1)
    with night.file.changing() as change:
        entry = change.queue.entry(1)
        told = f"""\n[notify]\non_failure = 'sh -c "echo $RECIPE_TUI_STATE > {tmp_path}/told"'\n"""
        config = entry.config.partition("\n[notify]")[0] + told
        change.queue = change.queue.put(replace(entry, config=config, retries=0))
    night.supervisor.tick()
    night.trainings.log(night.entries[0])
    night.trainings.die(night.entries[0])
    night.supervisor.tick()
    assert (tmp_path / "told").read_text() == "lost\n"


class TestOneSupervisor:
    def test_another_one_ends_at_once(self, tmp_path: Path) -> None:
        night = Night(tmp_path)
        parent = night.file.read().supervisor
        supervise(night.file, sleep=lambda _: pytest.fail("it supervises"))
        assert night.file.read().supervisor == parent
        assert night.trainings.launched == []

    def test_one_that_was_replaced_ends(self, tmp_path: Path) -> None:
        night = Night(tmp_path)
        with night.file.changing() as change:
            change.queue = replace(change.queue, supervisor=GONE)
        assert not night.supervisor.tick()
        assert night.states == ["waiting", "waiting"]

    def test_it_is_started_only_where_there_is_work_and_none(self, tmp_path: Path) -> None:
        night = Night(tmp_path, 1)
        commands: list[list[str]] = []

        def spawn(command: object, log: Path) -> Process:
            commands.append(list(command)[1:])  # type: ignore[call-overload]
            return Process.current()

        assert not ensure_supervisor(night.file, spawn)
        with night.file.changing() as change:
            change.queue = replace(change.queue, supervisor=GONE)
        assert not is_supervised(night.file.read())
        assert ensure_supervisor(night.file, spawn)
        assert commands == [["-m", "recipe_tui", "queue", "supervise"]]
        with night.file.changing() as change:
            change.queue = change.queue.hold(1)
        assert not ensure_supervisor(night.file, spawn)


class TestFile:
    def test_a_damaged_file_is_an_error_and_is_not_replaced(self, tmp_path: Path) -> None:
        file = QueueFile(tmp_path / "queue.json")
        file.path.write_text('{"entries": 5}')
        with pytest.raises(RunError, match="damaged"), file.changing():
            pass
        assert file.path.read_text() == '{"entries": 5}'

    def test_a_change_that_fails_is_not_written(self, tmp_path: Path) -> None:
        night = Night(tmp_path, 1)
        with pytest.raises(ZeroDivisionError), night.file.changing() as change:
            change.queue = Queue()
            raise ZeroDivisionError
        assert len(night.entries) == 1
