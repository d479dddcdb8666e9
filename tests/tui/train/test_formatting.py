from __future__ import annotations

from recipe_tui.tui.train.formatting import log_text, machine_figures, table
from recipe_tui.tui.train.machine import Gpu, Machine

GIB = 2**30


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
