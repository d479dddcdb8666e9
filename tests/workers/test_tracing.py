"""Tracing a text by the store of the run that its model is from."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from recipe_tui.core.blocks.store import BlockStore
from recipe_tui.core.novelty import index
from recipe_tui.core.recipes.recipe import Recipe
from recipe_tui.core.runs.folder import RunManifest
from recipe_tui.workers.protocol import CopiedSpan, Reply, Trace, Traced
from recipe_tui.workers.writer import Writer
from tests.core.browsing.stores import RECIPES, make_store

PIE = "Roll the dough out thinly on a floured board, and lay it in a buttered tin."


@pytest.fixture
def model(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The model of a run, whose store has a pie that is baked by the text."""
    monkeypatch.setattr(index, "COPIED", -10.0)  # in three recipes no span is improbable
    pie: Recipe = replace(RECIPES[1], steps=(PIE,))
    store = make_store(tmp_path / "store", (RECIPES[0], pie, *RECIPES[2:]))
    run = tmp_path / "run"
    (run / "model").mkdir(parents=True)
    (run / "model" / "config.json").write_text("{}")
    RunManifest("run", 1.0, "gpt2", str(store), "d", "t", "c", "k", {}, None).write(run)
    return run / "model"


def answer(job: Trace) -> Reply:
    return Writer(lambda reply: None)._answer(job)


def test_a_copied_span_has_its_place_and_the_recipe_it_is_from(model: Path) -> None:
    text = f"First, {PIE.upper()} Then bake it."
    found = answer(Trace(1, str(model), text))
    assert isinstance(found, Traced)
    (span,) = found.spans
    assert isinstance(span, CopiedSpan)
    assert text[span.start : span.end] == PIE.upper().rstrip(".")
    assert (span.words, span.occurrences, span.recipe, span.title) == (16, 1, 1, "Apple Pie")
    assert found.store == str(BlockStore.open(Path(found.store)).path)


def test_a_model_of_no_run_has_no_training_text(tmp_path: Path) -> None:
    (tmp_path / "config.json").write_text("{}")
    assert answer(Trace(1, str(tmp_path), PIE)) == Traced(1, "", ())
