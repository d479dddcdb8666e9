from __future__ import annotations

import pytest

from recipe_tui.core.runs.events import (
    CheckpointSaved,
    Ended,
    MemoryPlanned,
    MemoryProbed,
    Paused,
    Started,
    Validation,
)
from recipe_tui.tui.train.formatting import duration, log_text, machine_figures, table, told_line
from recipe_tui.tui.train.machine import Gpu, Machine

GIB = 2**30


@pytest.mark.parametrize(
    ("seconds", "said"),
    [(0, "0s"), (59.4, "59s"), (61, "1m 01s"), (3599, "59m 59s"), (3660, "1h 01m"), (400_000, "4d 15h"), (-3, "0s")],
)
def test_durations_have_two_units_at_most(seconds, said):
    assert duration(seconds) == said


def test_events_are_told_in_sentences():
    assert (
        told_line(Started(0.0, 0, 1000, 5.0, 3_700_000, 400, 64)) == "began: 1,000 steps, 400 blocks, 3.7M parameters"
    )
    assert told_line(Started(0.0, 50, 100, 5.0, 10, 400, 64)).startswith("went on at step 50")
    assert told_line(Validation(0.0, 40, 2.5, 12.182, True)).endswith("loss 2.5, perplexity 12.18, best so far")
    assert told_line(Validation(0.0, 40, "nan", "nan", False)).endswith("loss nan, perplexity nan")  # type: ignore[arg-type]
    assert told_line(CheckpointSaved(0.0, 40, "checkpoints/40")) == "step 40: checkpoint saved in checkpoints/40"
    assert told_line(Paused(0.0, 40)) == "step 40: paused"
    assert told_line(MemoryProbed(0.0, 0, 4, 2, 3_900_000_000, 3_700_000_000)) == (
        "memory: 3.90 GB at the peak of a probe, 3.70 were planned (4 blocks at once, 2 times a step)"
    )
    plan = MemoryPlanned(0.0, 0, 3 * 10**9, 10**9, 10**9, 10**9, 10**8, 10**7, "main memory", 2 * 10**10)
    assert told_line(plan) == (
        "memory: about 3.00 GB are planned (not all at once: weights 1.00, gradients 1.00, optimizer 1.00, "
        "activations 0.10, logits 0.01); 20.00 GB of main memory are free"
    )
    assert told_line(Ended(0.0, 40, "failed", "full disk")) == "step 40: failed: full disk"


def test_a_machine_without_accelerators_shows_processor_and_memory():
    assert machine_figures(Machine(37, 12 * GIB, 64 * GIB)) == [("CPU", "37%"), ("memory", "12/64G")]
    assert machine_figures(Machine()) == []


def test_several_accelerators_are_numbered():
    gpus = (Gpu(71, 38 * GIB, 140 * GIB), Gpu(0, GIB // 2, 140 * GIB))
    shown = dict(machine_figures(Machine(37, 12 * GIB, 64 * GIB, gpus)))
    assert (shown["GPU 0"], shown["GPU 1"]) == ("71% 38/140G", "0% 0.5/140G")


def test_a_table_has_names_left_and_values_right():
    assert str(table([("loss", "2.1"), ("step", "12/20")], 12)) == "loss     2.1\nstep   12/20"


def test_a_search_marks_every_hit_in_every_line_that_has_one():
    shown = log_text(["Salt and salt", "pepper"], "salt")
    assert str(shown) == "Salt and salt"
    assert [(span.start, span.end) for span in shown.spans] == [(0, 4), (9, 13)]
