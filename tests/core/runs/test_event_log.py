import json
import math

import pytest

from recipe_tui.core.runs.event_log import EventLog, parse_event
from recipe_tui.core.runs.events import CheckpointSaved, Ended, Started, Step, Validation
from recipe_tui.core.runs.files import LONGEST_LINE
from recipe_tui.core.runs.tail import LogTail
from tests.core.runs.logs import read_events


def started(step=0):
    return Started(1.0, step, 10, 5.0, 100, 20, 64)


def step(number, loss=2.0):
    return Step(2.0, number, 0.1, loss, 1e-3, 0.5, 60, None, 1000, None, None)


def test_what_is_appended_is_read_back(tmp_path):
    log = EventLog(tmp_path / "events.jsonl")
    events = [
        started(),
        step(1),
        Validation(3.0, 1, 2.5, 12.2, True),
        CheckpointSaved(4.0, 1, "x"),
        Ended(5, 1, "stopped", "b"),
    ]
    for event in events:
        log.append(event)
    assert read_events(log.path) == events


def test_a_log_that_is_not_there_has_no_events(tmp_path):
    assert read_events(tmp_path / "events.jsonl") == []


def test_a_line_cut_in_the_middle_is_passed_over_and_the_next_writer_begins_a_new_one(tmp_path):
    path = tmp_path / "events.jsonl"
    log = EventLog(path)
    log.append(step(1))
    log.append(step(2))
    log.close()
    path.write_bytes(path.read_bytes()[:-20])
    assert read_events(path) == [step(1)]
    EventLog(path).append(step(3))
    assert read_events(path) == [step(1), step(3)]


def test_lines_that_are_no_events_are_passed_over():
    for line in [b"", b"\n", b"[]", b'"step"', b'{"kind": "unheard of"}', b'{"kind": "step"}', b"\xff\xfe", b"{"]:
        assert parse_event(line) is None


STEP = (
    '{"kind": "step", "time": 1.0, "step": 5, "epoch": 0.5, "loss": 2.0, "learning_rate": 0.001, "gradient_norm": 1.0, '
    '"tokens": 60, "tokens_per_second": null, "memory": 1000, "gpu_memory": null, "eta": null}'
)
ENDED = '{"kind": "ended", "time": 1.0, "step": 2, "state": "failed", "reason": "full disk"}'
STARTED = json.dumps(
    {"kind": "started", **dict.fromkeys(("step", "total_steps", "parameters", "blocks"), 5)}
    | {"tokens_per_step": 5, "time": 1.0, "steps_per_epoch": 2.5}
)


@pytest.mark.parametrize("line", [STEP, ENDED, STARTED])
def test_the_lines_that_the_next_test_damages_are_valid(line):
    assert parse_event(line.encode()) is not None


@pytest.mark.parametrize(
    ("line", "old", "new"),
    [
        (STARTED, '"total_steps": 5', '"total_steps": "x"'),
        (STARTED, '"total_steps": 5', '"total_steps": "5"'),
        (STARTED, '"total_steps": 5', '"total_steps": 5.5'),
        (STARTED, '"total_steps": 5', '"total_steps": true'),
        (STARTED, '"total_steps": 5', '"total_steps": -5'),
        (STARTED, '"total_steps": 5', '"total_steps": 1' + "0" * 5000),
        (STARTED, '"steps_per_epoch": 2.5', '"steps_per_epoch": NaN'),
        (STARTED, '"time": 1.0', '"time": 1e300'),
        (STARTED, '"time": 1.0', '"time": NaN'),
        (STARTED, '"time": 1.0', '"time": "late"'),
        (STARTED, '"blocks": 5', '"blocks": ' + "[" * 10_000 + "]" * 10_000),
        (STEP, '"loss": 2.0', '"loss": "low"'),
        (STEP, '"loss": 2.0', '"loss": null'),
        (STEP, '"loss": 2.0', '"loss": [2.0]'),
        (STEP, '"step": 5', '"step": 9223372036854775808'),
        (ENDED, '"failed"', '"\\u001b]0;x\\u0007"'),
        (ENDED, '"failed"', '"running"'),
        (ENDED, '"failed"', "null"),
        (ENDED, '"full disk"', "[]"),
        (ENDED, '"full disk"', '"\\ud800"'),
        (ENDED, '"kind": "ended"', '"kind": ["ended"]'),
        (ENDED, '"kind": "ended"', '"kind": 5'),
    ],
)
def test_a_line_with_a_value_of_a_wrong_type_is_no_event(line, old, new):
    assert old in line
    assert parse_event(line.replace(old, new).encode()) is None


def test_a_line_of_any_length_and_depth_is_no_error(tmp_path):
    path = tmp_path / "events.jsonl"
    path.write_bytes(b"[" * 100_000 + b"\n" + b"x" * (LONGEST_LINE + 100) + b"\n" + ENDED.encode() + b"\n")
    assert read_events(path) == [Ended(1.0, 2, "failed", "full disk")]


@pytest.mark.parametrize("written", ["NaN", '"nan"', '"NaN"'])
def test_nan_is_a_number_however_it_is_written(written):
    event = parse_event(STEP.replace('"loss": 2.0', f'"loss": {written}').encode())
    assert math.isnan(event.loss)


def test_an_event_with_fields_of_a_later_version_is_understood():
    line = json.dumps({"kind": "ended", "time": 1, "step": 2, "state": "finished", "reason": "", "new": 3}).encode()
    assert parse_event(line) == Ended(1, 2, "finished", "")


def test_numbers_that_json_does_not_know_survive(tmp_path):
    log = EventLog(tmp_path / "events.jsonl")
    log.append(step(1, loss=math.nan))
    log.append(step(2, loss=math.inf))
    for line in log.path.read_text().splitlines():
        json.loads(line, parse_constant=lambda name: (_ for _ in ()).throw(ValueError(name)))
    first, second = read_events(log.path)
    assert math.isnan(first.loss)
    assert second.loss == math.inf


def test_what_a_resumed_run_does_again_counts_once(tmp_path):
    log = EventLog(tmp_path / "events.jsonl")
    for event in [started(), step(1), step(2), step(3, loss=9.0), started(step=2), step(3, loss=1.0)]:
        log.append(event)
    tail = LogTail(log.path)
    tail.poll()
    tail.draw()
    assert tail.log.curves["loss"].values.tolist() == [2.0, 2.0, 1.0]
    assert tail.log.latest.loss == 1.0
    assert tail.log.validation is None


def test_an_observer_gets_each_event_after_it_is_written(tmp_path):
    path, seen = tmp_path / "events.jsonl", []
    log = EventLog(path, lambda event: seen.append((event, read_events(path))))
    log.append(step(1))
    log.append(CheckpointSaved(4.0, 1, "x"))
    assert seen == [(step(1), [step(1)]), (CheckpointSaved(4.0, 1, "x"), [step(1), CheckpointSaved(4.0, 1, "x")])]
