import math
import os
import shutil

import numpy as np
import pytest

from recipe_tui.core.runs import steps, tail
from recipe_tui.core.runs.event_log import EventLog
from recipe_tui.core.runs.events import (
    CheckpointSaved,
    Continued,
    Ended,
    Paused,
    Sample,
    Scored,
    Started,
    Step,
    Validation,
)
from recipe_tui.core.runs.steps import lines_that_matter
from recipe_tui.core.runs.tail import LogTail, end_of_log, state_after

STARTED = Started(0.0, 0, 10, 5.0, 100, 20, 64)


def started(step, time=0.0):
    return Started(time, step, 10, 5.0, 100, 20, 64)


def step(number, loss=2.0, time=None, speed=10.0):
    return Step(float(number if time is None else time), number, 0.1, loss, 1e-3, 0.5, 60, speed, 1000, None, None)


def write(path, *events):
    log = EventLog(path)
    for event in events:
        log.append(event)
    log.close()


def in_bulk(path):
    return LogTail(path, bulk=0)


def one_by_one(path):
    return LogTail(path, bulk=2**30)


def in_pieces(path):
    return LogTail(path, chunk=700, bulk=0)


WAYS = [in_bulk, one_by_one, in_pieces]


@pytest.fixture(params=WAYS)
def follow(request):
    return request.param


@pytest.fixture
def path(tmp_path):
    return tmp_path / "events.jsonl"


def read(follower):
    follower.poll()
    follower.draw()
    return follower.log


def losses(follower):
    follower.draw()
    return dict(
        zip(*(getattr(follower.log.curves["loss"], name).tolist() for name in ("steps", "values")), strict=True)
    )


@pytest.mark.parametrize("event", ['"overlap": 0.25, "longest_span": 14, ', ""])
def test_the_overlap_of_samples_is_a_curve_and_samples_of_older_logs_have_none(path, follow, event):
    write(path, STARTED, step(1), step(2))
    old = '{{"kind": "sample", "time": 2.0, "step": 2, "prompt": "soup", {}"text": "boil"}}\n'
    path.write_text(path.read_text() + old.format(event))
    log = read(follow(path))
    sample = log.events[-1]
    assert (sample.overlap, sample.longest_span) == ((0.25, 14) if event else (None, None))
    points = [curve.values.tolist() for name, curve in log.curves.items() if name == "overlap"]
    assert points == ([[0.25]] if event else [])


def test_scorecards_are_curves_and_choose_the_best_validation(path, follow):
    write(path, STARTED, step(1), Validation(2.0, 1, 2.0, 7.4, True), scored(1, 0.5), step(2))
    write(
        path, Validation(3.0, 2, 2.5, 12.2, True), scored(2, 0.75), Validation(4.0, 3, 1.5, 4.5, False), scored(3, 0.7)
    )
    log = read(follow(path))
    assert log.best is not None and log.best.step == 2
    assert log.scored is not None and log.scored.score == 0.7
    assert log.curves["score"].values.tolist() == [0.5, 0.75, 0.7]
    assert log.curves["coverage"].steps.tolist() == [1, 2, 3]


def scored(step: int, score: float) -> Scored:
    return Scored(5.0, step, score, 0.6, 0.2, 0.0, 0.0, 0.0, 0.1, best=True)


def test_what_is_added_is_returned_once(path):
    follower = LogTail(path)
    write(path, STARTED, step(1))
    assert follower.poll() == [STARTED, step(1)]
    assert follower.poll() == []
    write(path, step(2))
    assert follower.poll() == [step(2)]


def test_of_steps_in_bulk_each_row_returns_its_last(path):
    write(path, STARTED, step(1), step(2), Validation(2.0, 2, 2.5, 12.2, True), step(3), step(4))
    assert in_bulk(path).poll() == [STARTED, step(2), Validation(2.0, 2, 2.5, 12.2, True), step(4)]


def test_nothing_new_leaves_the_same_log(path):
    write(path, STARTED, step(1))
    follower = LogTail(path)
    follower.poll()
    before = follower.log
    follower.poll()
    assert follower.log is before
    write(path, step(2))
    follower.poll()
    assert follower.log is not before


def test_curves_have_every_step(path, follow):
    write(path, STARTED, step(1, 3.0), step(2, 2.5), Validation(2.0, 2, 2.75, 15.6, True), step(3, 2.0))
    follower = follow(path)
    curves = read(follower).curves
    assert losses(follower) == {1: 3.0, 2: 2.5, 3: 2.0}
    assert curves["validation"].values.tolist() == [2.75]
    assert curves["memory"].values.tolist() == [1000] * 3
    assert "gpu_memory" not in curves


def test_a_half_written_line_waits_for_its_end(path, follow):
    write(path, STARTED, step(1), step(2))
    whole = path.read_bytes()
    path.write_bytes(whole[:-20])
    follower = follow(path)
    follower.poll()
    assert follower.log.step == 1
    with path.open("ab") as file:
        file.write(whole[-20:])
    assert follower.poll() == [step(2)]
    assert follower.log.step == 2


def test_a_line_longer_than_what_is_read_at_once_is_read(path):
    write(path, STARTED, Sample(1.0, 1, "soup", "x" * 5000), step(2))
    follower = in_pieces(path)
    follower.poll()
    assert follower.log.step == 2
    assert len(follower.log.events[1].text) == 5000


def test_a_damaged_line_is_passed_over(path, follow):
    write(path, STARTED, step(1))
    with path.open("ab") as file:
        file.write(b'{"kind": "step", "time": 1, "st\n')
        file.write(b'{"kind": "ended", "time": "late", "step": 1, "state": "failed", "reason": ""}\n')
        file.write(b'{"kind": "memory_probed", "time": 1, "step": 1, "batch_size": "x", ')
        file.write(b'"gradient_accumulation_steps": 1, "measured": 1, "planned": 1}\n')
        file.write(b'\xff\xfe\n{"kind": "unheard of"}\n')
    write(path, step(2))
    follower = follow(path)
    follower.poll()
    assert losses(follower) == {1: 2.0, 2: 2.0}
    assert follower.log.state == "running"
    assert follower.log.events == (STARTED,)
    assert follower.log.skipped == 5


def test_the_last_of_many_steps_that_is_damaged_is_replaced_by_the_one_before(path, follow):
    write(path, STARTED, *[step(number) for number in range(1, 6)])
    with path.open("ab") as file:
        for _ in range(3):
            file.write(b'{"kind": "step", "time": 1, "step": "x"}\n')
    tail = follow(path)
    tail.poll()
    assert tail.log.latest == step(5)
    assert losses(tail) == dict.fromkeys(range(1, 6), 2.0)
    assert tail.log.skipped == 3


def test_of_a_log_that_is_mostly_damage_few_lines_are_parsed_and_all_are_counted(path, follow, monkeypatch):
    write(path, STARTED, step(1))
    with path.open("ab") as file:
        file.write(b"a\n" * 10_000 + b'{"kind": "step"}\n' * 10_000)
    parsed = []
    for module in (tail, steps):
        parse = module.parse_event
        monkeypatch.setattr(module, "parse_event", lambda line, parse=parse: parsed.append(line) or parse(line))
        monkeypatch.setattr(module, "DAMAGED", 50)
    log = read(follow(path))
    assert (log.step, log.skipped) == (1, 20_000)
    chunks = path.stat().st_size / 700 if follow is in_pieces else 1
    assert len(parsed) < 200 * chunks


def test_of_a_chunk_with_more_events_than_a_run_logs_the_rest_is_skipped(path, monkeypatch):
    monkeypatch.setattr(tail, "PARSED", 5)
    write(path, STARTED, *(Paused(float(number), number) for number in range(20)))
    log = read(LogTail(path))
    assert (log.step, log.skipped) == (3, 16)


def test_a_line_that_is_far_too_long_is_skipped(path, monkeypatch):
    monkeypatch.setattr("recipe_tui.core.runs.tail.LONGEST_LINE", 3000)
    write(path, STARTED, step(1))
    with path.open("ab") as file:
        file.write(b"x" * 20_000 + b"\n")
    write(path, step(2))
    tail = in_pieces(path)
    tail.poll()
    assert losses(tail) == {1: 2.0, 2: 2.0}
    assert tail.log.skipped > 0


def test_the_end_of_a_long_log_has_its_last_events(path):
    write(path, STARTED, *[step(number) for number in range(1, 100)], Paused(100.0, 99))
    events = end_of_log(path, size=1000)
    assert events[-1] == Paused(100.0, 99)
    assert 1 < len(events) < 10
    assert end_of_log(path.with_name("nothing")) == []


@pytest.mark.parametrize(
    ("event", "state"),
    [
        (STARTED, "running"),
        (Paused(1.0, 1), "paused"),
        (Continued(1.0, 1), "running"),
        (Ended(1.0, 1, "failed", ""), "failed"),
        (Validation(1.0, 1, 1.0, 2.7, True), None),
    ],
)
def test_some_events_change_the_state(event, state):
    assert state_after(event) == state


def test_blank_lines_in_bulk_are_no_lines_that_matter():
    assert list(lines_that_matter(b"\n\n{}\n\n")) == [(2, 4)]


def test_a_log_that_is_not_there_is_empty_until_it_comes(path):
    follower = LogTail(path)
    assert follower.poll() == []
    assert follower.log.step == 0
    write(path, STARTED)
    assert follower.poll() == [STARTED]


def test_a_deleted_log_is_forgotten(tmp_path):
    run = tmp_path / "run"
    run.mkdir()
    write(run / "events.jsonl", STARTED, step(1))
    follower = LogTail(run / "events.jsonl")
    assert read(follower).curves
    shutil.rmtree(run)
    assert follower.poll() == []
    assert follower.log.step == 0
    assert follower.log.curves == {}


def test_a_truncated_log_is_read_anew(path):
    write(path, STARTED, step(1), step(2))
    follower = LogTail(path)
    follower.poll()
    os.truncate(path, 0)
    write(path, STARTED)
    assert follower.poll() == [STARTED]
    assert follower.log.step == 0


@pytest.mark.parametrize("in_place", [True, False])
def test_a_replaced_log_is_read_anew(path, tmp_path, in_place):
    write(path, STARTED, step(1))
    follower = LogTail(path)
    follower.poll()
    write(tmp_path / "other", started(0, time=5.0), *[step(number, 1.0) for number in (1, 2, 3)])
    if in_place:
        path.write_bytes((tmp_path / "other").read_bytes())
    else:
        (tmp_path / "other").replace(path)
    follower.poll()
    assert losses(follower) == {1: 1.0, 2: 1.0, 3: 1.0}


def test_what_a_resumed_run_does_again_counts_as_it_was_done_last(path, follow):
    write(
        path,
        STARTED,
        *[step(number) for number in range(1, 5)],
        Validation(4.0, 4, 1.0, 2.7, True),
        CheckpointSaved(4.0, 4, "x"),
        started(2, time=9.0),
    )
    follower = follow(path)
    follower.poll()
    log = follower.log
    assert (log.step, log.latest, log.validation, log.state) == (2, step(2), None, "running")
    assert losses(follower) == {1: 2.0, 2: 2.0}
    write(path, step(3, 1.5))
    follower.poll()
    assert losses(follower) == {1: 2.0, 2: 2.0, 3: 1.5}


def test_states_and_reasons_follow_what_is_told(path):
    follower = LogTail(path)
    seen = []
    for event in [
        STARTED,
        Paused(2.0, 1),
        Continued(4.0, 1),
        Ended(5.0, 1, "failed", "full disk"),
        started(1, time=6.0),
        Ended(9.0, 2, "finished", ""),
    ]:
        write(path, event)
        follower.poll()
        seen.append((follower.log.state, follower.log.reason, follower.log.seconds))
    assert seen == [
        ("running", "", 0.0),
        ("paused", "", 2.0),
        ("running", "", 2.0),
        ("failed", "full disk", 3.0),
        ("running", "", 3.0),
        ("finished", "", 6.0),
    ]


def test_numbers_that_are_none_are_gaps(path, follow):
    write(path, STARTED, step(1), step(2, math.nan), step(3, math.inf), step(4, speed=None))
    follower = follow(path)
    curves = read(follower).curves
    np.testing.assert_equal(curves["loss"].values, [2, np.nan, np.nan, 2])
    assert curves["tokens_per_second"].steps.tolist() == [1, 2, 3]  # unknown is no gap
    assert math.isfinite(follower.log.latest.loss)


def test_the_best_validation_is_the_lowest(path):
    worst, best, broken = (
        Validation(1.0, 1, 3.0, 20.1, True),
        Validation(2.0, 2, 2.0, 7.4, True),
        Validation(3.0, 3, math.nan, math.nan, False),
    )
    write(path, STARTED, worst, best, broken)
    follower = LogTail(path)
    follower.poll()
    assert follower.log.best == best
    assert follower.log.validation.step == 3


def test_what_is_told_is_known_before_the_curves_are_drawn(path, follow):
    write(path, STARTED, step(1), Validation(1.0, 1, 3.0, 20.1, True), *[step(number) for number in range(2, 9)])
    follower = follow(path)
    follower.poll()
    assert follower.undrawn == path.stat().st_size
    assert (follower.log.step, follower.log.latest, follower.log.validation.loss) == (8, step(8), 3.0)
    assert follower.log.curves == {}
    follower.draw()
    assert follower.undrawn == 0
    assert len(follower.log.curves["loss"]) == 8


def in_a_hundred_pieces(path):
    return LogTail(path, chunk=20_000, bulk=0)


@pytest.fixture(scope="module")
def long_log(tmp_path_factory):
    """A log of more steps than a curve has points, and their number."""
    path, many = tmp_path_factory.mktemp("long") / "events.jsonl", 10_000
    write(path, STARTED, *[step(number) for number in range(1, many + 1)])
    return path, many


@pytest.mark.parametrize("follow", [in_bulk, one_by_one, in_a_hundred_pieces])
def test_what_a_long_run_did_before_it_was_resumed_leaves_no_trace(path, follow, long_log):
    log, many = long_log
    shutil.copyfile(log, path)
    follower = follow(path)
    read(follower)
    write(path, step(many + 1), step(many + 2, loss=99.0), Ended(0.0, many + 2, "failed", ""))
    assert read(follower).curves["loss"].high.max() == 99.0
    write(path, started(many + 1), step(many + 2))
    for one in (follower, follow(path)):
        loss = read(one).curves["loss"]
        assert loss.high.max() == 2.0
        assert loss.steps[-1] == many + 2


def test_a_log_that_is_cut_between_polling_and_drawing_is_drawn_at_the_next_poll(path, follow):
    write(path, STARTED, step(1), step(2))
    follower = follow(path)
    follower.poll()
    os.truncate(path, 100)
    follower.draw()
    path.unlink()
    follower.draw()
    write(path, STARTED, step(1))
    read(follower)
    assert losses(follower) == {1: 2.0}


def test_lines_shorter_than_the_mark_of_a_step_are_passed_over(path, follow):
    path.write_bytes(b'\n{}\n{"kind": "step\n\n')
    write(path, STARTED, step(1))
    with path.open("ab") as file:
        file.write(b"{\n")
    assert read(follow(path)).step == 1
