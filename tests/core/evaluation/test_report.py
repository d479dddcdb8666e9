"""The parts of the page: marked texts and plots."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace

import pytest

from recipe_tui.core.evaluation.report import Part, marked, plot, shown_interval
from recipe_tui.core.evaluation.scores import MEASURES
from recipe_tui.core.evaluation.statistics import Interval
from recipe_tui.core.novelty import index as module
from recipe_tui.core.novelty.index import novelty_index
from recipe_tui.core.recipes.recipe import Recipe
from tests.core.novelty.stores import table_store

COVERAGE = MEASURES[0]
STEP = "Peel the apples, slice them thinly, and bake them in a crust of butter"


def test_copied_spans_are_marked_with_their_source(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "COPIED", -5.0)  # nothing is improbable in a corpus of one recipe
    store = table_store(tmp_path / "store", [Recipe("Apple Pie", ("4 apples",), (STEP,))])
    benchmark = SimpleNamespace(index=novelty_index(store), store=SimpleNamespace(title=lambda row: f"recipe {row}"))  # type: ignore[arg-type]
    text = f"First, {STEP.lower()}\nuntil golden."
    assert marked(text, benchmark) == [  # type: ignore[arg-type]
        Part("First, "),
        Part(STEP.lower(), "14 words of recipe 0"),
        Part("\nuntil golden."),
    ]
    assert marked("", benchmark) == []  # type: ignore[arg-type]


def test_a_plot_has_a_row_for_each_system_that_was_measured() -> None:
    intervals = {
        "model": {"coverage": Interval(0.5, 0.25, 1.0)},
        "human": {"coverage": Interval(None)},
        "copy": {"coverage": Interval(1.0, 1.0, 1.0)},
    }
    drawn = plot(COVERAGE, intervals)
    assert drawn is not None
    assert [(row.label, row.value, row.left, row.x, row.right) for row in drawn.rows] == [
        ("the model", "0.50", 65.0, 130.0, 260.0),
        ("copy of the list", "1.00", 260.0, 260.0, 260.0),
    ]
    assert drawn.ticks == ((0.0, "0"), (130.0, "0.5"), (260.0, "1"))
    assert plot(COVERAGE, {"human": {"coverage": Interval(None)}}) is None


def test_an_interval_that_is_not_known_is_empty() -> None:
    assert shown_interval(Interval(1.0), COVERAGE) == ""
    assert shown_interval(Interval(0.5, 0.25, 0.75), COVERAGE) == "0.25 – 0.75"
