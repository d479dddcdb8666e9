from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from recipe_tui.core.errors import ConfigError, UsageError
from recipe_tui.core.queue.add import config_of, entries_of
from recipe_tui.core.queue.entries import Entry, EntryState, Queue


def queue_of(*states: EntryState) -> Queue:
    queue = Queue()
    for state in states:
        queue = queue.add(Entry(0, "", "/", 0.0, state))
    return queue


def order(queue: Queue) -> list[int]:
    return [entry.number for entry in queue.entries]


class TestOperations:
    def test_numbers_are_never_given_twice(self) -> None:
        queue = queue_of("waiting", "waiting").remove(2).add(Entry(0, "", "/", 0.0))
        assert order(queue) == [1, 3]

    def test_what_waits_is_held_and_released(self) -> None:
        queue = queue_of("waiting").hold(1)
        assert queue.entry(1).state == "held"
        assert not queue.has_work
        assert queue.release(1).entry(1).state == "waiting"

    @pytest.mark.parametrize(
        ("number", "place", "expected"),
        [(4, 0, [1, 4, 2, 3]), (2, 1, [1, 3, 2, 4]), (2, 9, [1, 3, 4, 2]), (3, -1, [1, 3, 2, 4])],
        ids=["first", "second", "last", "before the first"],
    )
    def test_it_is_moved_among_those_that_wait(self, number: int, place: int, expected: list[int]) -> None:
        queue = queue_of("running", "waiting", "held", "waiting")
        assert order(queue.move(number, place)) == expected

    def test_one_that_has_ended_is_tried_again_with_all_its_attempts(self) -> None:
        queue = queue_of("failed")
        queue = queue.put(replace(queue.entry(1), attempts=3, problem="out of memory", not_before=5.0))
        again = queue.retry(1).entry(1)
        assert (again.state, again.attempts, again.problem, again.not_before) == ("waiting", 0, "", 0.0)

    @pytest.mark.parametrize(
        ("operation", "state"),
        [
            ("hold", "running"),
            ("release", "waiting"),
            ("retry", "running"),
            ("retry", "finished"),
            ("remove", "running"),
        ],
        ids=["hold a run", "release what waits", "retry a run", "retry what is finished", "remove a run"],
    )
    def test_what_makes_no_sense_is_refused_with_its_state(self, operation: str, state: EntryState) -> None:
        with pytest.raises(UsageError, match=f"entry 1 is {state}"):
            getattr(queue_of(state), operation)(1)

    def test_an_entry_that_is_not_there_is_refused(self) -> None:
        with pytest.raises(UsageError, match="no entry 7"):
            queue_of("waiting").hold(7)


class TestAdding:
    def test_a_grid_makes_entries_that_say_what_distinguishes_them(self, tmp_path: Path) -> None:
        file = tmp_path / "soup.toml"
        file.write_text('run = "soup"\n[data]\nsource = ["recipes.jsonl"]\n')
        entries = entries_of(file, ["training.epochs=2"], ["lr=1e-4,3e-4"], now=5.0, device="1", held=True)
        assert [entry.settings for entry in entries] == ["soup: learning_rate=1e-4", "soup: learning_rate=3e-4"]
        assert [(entry.state, entry.device, entry.added) for entry in entries] == [("held", "1", 5.0)] * 2
        first, second = map(config_of, entries)
        assert (first.run, second.run) == ("soup-1", "soup-2")
        assert (second.training.learning_rate, second.training.epochs) == (3e-4, 2.0)

    def test_the_output_folder_is_that_of_the_present_folder_wherever_the_supervisor_is(
        self, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.chdir(tmp_path)
        (entry,) = entries_of(None, ["data.source=recipes.jsonl"], now=5.0)
        assert config_of(entry).output == tmp_path / "output"
        assert entry.folder == str(tmp_path)

    def test_what_is_wrong_is_said_when_it_is_added(self) -> None:
        with pytest.raises(ConfigError):
            entries_of(None, ["data.source=x"], ["rank=8,many"], now=5.0)
        with pytest.raises(UsageError, match="no recipes are given"):
            entries_of(None, now=5.0)
