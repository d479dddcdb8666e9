import json
import math

from recipe_tui.core.runs.events import (
    CheckpointSaved,
    Ended,
    EventLog,
    Started,
    Step,
    Validation,
    history,
    last,
    parse_event,
    read_events,
)


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
        Ended(5, 1, "a", "b"),
    ]
    for event in events:
        log.append(event)
    assert list(read_events(log.path)) == events


def test_a_log_that_is_not_there_has_no_events(tmp_path):
    assert list(read_events(tmp_path / "events.jsonl")) == []


def test_a_line_cut_in_the_middle_is_passed_over_and_the_next_writer_begins_a_new_one(tmp_path):
    path = tmp_path / "events.jsonl"
    log = EventLog(path)
    log.append(step(1))
    log.append(step(2))
    log.close()
    path.write_bytes(path.read_bytes()[:-20])
    assert list(read_events(path)) == [step(1)]
    EventLog(path).append(step(3))
    assert list(read_events(path)) == [step(1), step(3)]


def test_lines_that_are_no_events_are_passed_over():
    for line in [b"", b"\n", b"[]", b'"step"', b'{"kind": "unheard of"}', b'{"kind": "step"}', b"\xff\xfe", b"{"]:
        assert parse_event(line) is None


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
    assert math.isnan(float(first.loss))
    assert float(second.loss) == math.inf


def test_what_a_resumed_run_does_again_is_told_once():
    events = [started(), step(1), step(2), step(3, loss=9.0), started(step=2), step(3, loss=1.0)]
    told = history(events)
    assert [event.loss for event in told if isinstance(event, Step)] == [2.0, 2.0, 1.0]
    assert last(told, Step).loss == 1.0
    assert last(told, Validation) is None
