"""Trackers: what they are given, that none can hurt a run, and the two that are built in."""

from __future__ import annotations

import csv
import threading
from collections.abc import Mapping
from pathlib import Path

import pytest

from recipe_tui.core.config import load_config
from recipe_tui.core.errors import UsageError
from recipe_tui.core.runs.event_text import summary
from recipe_tui.core.runs.events import Ended, Event, Sample, Started, Step, TrackerFailed, Validation
from recipe_tui.core.tracking.csv_tracker import CsvTracker
from recipe_tui.core.tracking.follow import Trackers
from recipe_tui.core.tracking.tracker import TrackedRun, give, make_tracker


def step(number: int, loss: float = 2.5) -> Step:
    return Step(1000.0 + number, number, number / 4, loss, 1e-3, 1.5, 60, None, 10**9, None, None)


class FakeTracker:
    def __init__(self) -> None:
        self.got: list[object] = []

    def log(self, step: int, time: float, metrics: Mapping[str, float]) -> None:
        self.got.append((step, dict(metrics)))

    def text(self, step: int, time: float, name: str, text: str) -> None:
        self.got.append((step, name, text))

    def finish(self, state: str) -> None:
        self.got.append(state)


def given(*events: Event) -> list[object]:
    tracker = FakeTracker()
    for event in events:
        give(tracker, event)
    return tracker.got


class TestWhatTheyAreGiven:
    def test_a_step_is_its_figures_as_far_as_they_are_known_and_numbers(self) -> None:
        (number, metrics), (_, diverged) = given(step(4), step(5, float("nan")))  # type: ignore[misc]
        assert number == 4
        assert (metrics["train/loss"], metrics["train/learning_rate"], metrics["train/epoch"]) == (2.5, 1e-3, 1.0)
        assert "train/gpu_memory" not in metrics
        assert "train/loss" not in diverged

    def test_validations_samples_and_the_end(self) -> None:
        assert given(
            Started(1.0, 0, 8, 4.0, 1000, 20, 64),
            Validation(2.0, 4, 3.0, 20.0, True),
            Sample(3.0, 4, "Soup\n", "Boil.", 0.25, 9),
            Ended(4.0, 8, "finished", ""),
        ) == [
            (4, {"validation/loss": 3.0, "validation/perplexity": 20.0}),
            (4, "sample", "Soup\nBoil."),
            (4, {"sample/overlap": 0.25}),
            "finished",
        ]


class TestThatNoneCanHurtARun:
    def trackers(self, folder: Path, made: object, waiting: int = 100) -> Trackers:
        return Trackers(["one"], TrackedRun("soup", folder), lambda name: lambda run: made, waiting)  # type: ignore[arg-type, return-value]

    def test_each_gets_all_events_in_order(self, tmp_path: Path) -> None:
        tracker = FakeTracker()
        trackers = self.trackers(tmp_path, tracker)
        for number in range(1, 4):
            trackers.take(step(number))
        trackers.take(Ended(9.0, 3, "stopped", ""))
        trackers.close()
        assert [one if isinstance(one, str) else one[0] for one in tracker.got] == [1, 2, 3, "stopped"]  # type: ignore[index]
        assert trackers.problems() == []

    def test_one_that_fails_is_said_once_and_gets_nothing_more(self, tmp_path: Path) -> None:
        class Failing(FakeTracker):
            def log(self, step: int, time: float, metrics: Mapping[str, float]) -> None:
                raise ConnectionError("no\nroute")

        trackers = self.trackers(tmp_path, Failing())
        trackers.take(step(1))
        trackers.close()
        trackers.take(step(2))
        assert trackers.problems() == [("one", "ConnectionError: no route")]
        assert trackers.problems() == []

    def test_one_that_is_not_there_is_a_problem_of_its_own(self, tmp_path: Path) -> None:
        trackers = Trackers(["no-such"], TrackedRun("soup", tmp_path))
        trackers.close()
        assert trackers.problems() == [("no-such", "UsageError: no tracker 'no-such'; there are csv, tensorboard")]

    def test_one_that_hangs_is_not_waited_for(self, tmp_path: Path) -> None:
        released = threading.Event()

        class Hanging(FakeTracker):
            def log(self, step: int, time: float, metrics: Mapping[str, float]) -> None:
                released.wait(10)

        trackers = self.trackers(tmp_path, Hanging(), waiting=3)
        for number in range(1, 9):
            trackers.take(step(number))
        assert trackers.problems() == [("one", "it is too slow, so figures are missing there")]
        trackers.close(timeout=0.02)
        assert trackers.problems() == [("one", "it did not end within 0 seconds")]
        released.set()

    def test_the_log_says_what_is_missing(self) -> None:
        text = summary(TrackerFailed(1.0, 2, "wandb", "no route"))
        assert text == "tracker wandb failed, so figures are missing there: no route"


class TestCsv:
    def rows(self, folder: Path) -> list[dict[str, str]]:
        with (folder / "metrics.csv").open(newline="") as file:
            return list(csv.DictReader(file))

    def test_steps_and_validations_are_rows(self, tmp_path: Path) -> None:
        tracker = CsvTracker(TrackedRun("soup", tmp_path))
        for event in (step(1), step(2), Validation(5.0, 2, 3.0, 20.0, True), Ended(6.0, 2, "finished", "")):
            give(tracker, event)
        rows = self.rows(tmp_path)
        assert [(row["step"], row["train/loss"], row["validation/loss"]) for row in rows] == [
            ("1", "2.5", ""),
            ("2", "2.5", ""),
            ("2", "", "3.0"),
        ]

    def test_a_resumed_run_replaces_the_steps_that_it_takes_again(self, tmp_path: Path) -> None:
        first = CsvTracker(TrackedRun("soup", tmp_path))
        for number in (1, 2, 3):
            give(first, step(number))
        again = CsvTracker(TrackedRun("soup", tmp_path, step=2))
        give(again, step(3, 1.0))
        assert [(row["step"], row["train/loss"]) for row in self.rows(tmp_path)] == [
            ("1", "2.5"),
            ("2", "2.5"),
            ("3", "1.0"),
        ]


def test_tensorboard_reads_what_is_written(tmp_path: Path) -> None:
    """Read back by tensorboardX's own protocol buffers, since TensorBoard is no dependency."""
    writer = pytest.importorskip("tensorboardX")
    from tensorboardX.proto.event_pb2 import Event as Record

    tracker = make_tracker("tensorboard")(TrackedRun("soup", tmp_path))
    for event in (step(1), Sample(3.0, 1, "Soup\n", "Boil."), Ended(4.0, 8, "finished", "")):
        give(tracker, event)
    assert writer.__version__
    (file,) = (tmp_path / "tensorboard").glob("events.out.tfevents.*")
    data, records = file.read_bytes(), []
    while data:  # TFRecord: length, its checksum, the record, its checksum
        size = int.from_bytes(data[:8], "little")
        records.append(Record.FromString(data[12 : 12 + size]))
        data = data[16 + size :]
    values = {value.tag: value for record in records for value in record.summary.value}
    assert values["train/loss"].simple_value == 2.5
    assert b"Boil." in values["sample/text_summary"].tensor.string_val[0]
    assert next(record.step for record in records if record.summary.value) == 1


def test_a_plug_in_is_found_by_its_entry_point(monkeypatch: pytest.MonkeyPatch) -> None:
    class Found:
        name = "trackio"

        def load(self) -> object:
            return CsvTracker

    monkeypatch.setattr("recipe_tui.core.tracking.tracker.entry_points", lambda group: [Found()])
    assert make_tracker("trackio") is CsvTracker
    with pytest.raises(UsageError, match="csv, tensorboard, trackio"):
        make_tracker("no-such")


def test_trackers_are_set_as_a_list_or_in_a_line() -> None:
    assert load_config(settings=["tracking.trackers=csv, tensorboard"]).tracking.trackers == ("csv", "tensorboard")
    assert load_config(settings=['tracking.trackers=["csv"]']).tracking.trackers == ("csv",)
    assert load_config().tracking.trackers == ()
