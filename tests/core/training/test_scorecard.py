"""A training of four steps whose best weights are chosen by a scorecard."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

from recipe_tui.core import paths
from recipe_tui.core.blocks.store import BlockStore
from recipe_tui.core.config import Config, GenerationConfig
from recipe_tui.core.errors import UsageError
from recipe_tui.core.novelty.index import novelty_index
from recipe_tui.core.recipes.recipe import SPLITS
from recipe_tui.core.runs.events import Scored, Validation
from recipe_tui.core.runs.tail import end_of_log
from recipe_tui.core.text.tokenizer import load_tokenizer
from recipe_tui.core.training.scorecard import ScorecardWriter
from tests.core.training.conftest import WholeRun, small_config


@pytest.fixture
def run(whole_run: Callable[[Config], WholeRun], store: BlockStore, shared_output: Path) -> Path:
    config = small_config(
        store, shared_output, "scored", best_by="scorecard", scorecard_prompts=3, max_steps=4, evaluate_every=2
    )
    return whole_run(config.model_copy(update={"generation": GenerationConfig(max_new_tokens=6)})).run


def test_each_validation_has_a_scorecard(run: Path) -> None:
    events = end_of_log(run / paths.EVENTS)
    scored = [event for event in events if isinstance(event, Scored)]
    validations = [event for event in events if isinstance(event, Validation)]
    assert [event.step for event in scored] == [event.step for event in validations] == [2, 4]
    for event, validation in zip(scored, validations, strict=True):
        assert event.best == validation.best
        assert 0 <= event.coverage <= 1
        assert event.parse_rate == 0  # six tokens are no recipe


def test_the_best_score_is_kept_with_the_checkpoint(run: Path) -> None:
    scored = [event for event in end_of_log(run / paths.EVENTS) if isinstance(event, Scored)]
    best = max(scored, key=lambda event: event.score)
    progress = json.loads((run / paths.CHECKPOINTS / "step-00000004" / paths.TRAINING_PROGRESS).read_text())
    assert (progress["best_step"], progress["best_score"]) == (best.step, best.score)
    assert f"by the scorecard ({best.score:.3f})" in (run / paths.FINISHED_MODEL / paths.MODEL_CARD).read_text()


def test_too_few_validation_recipes_are_a_clear_error(store: BlockStore, monkeypatch: pytest.MonkeyPatch) -> None:
    none_held_out = SimpleNamespace(outcomes={"split": store.outcomes["split"] * 0 + SPLITS.index("train")})
    model = SimpleNamespace(config=SimpleNamespace(max_position_embeddings=64, vocab_size=10))
    monkeypatch.setattr("recipe_tui.core.generation.decoder.compiled", lambda *_: None)
    tokenizer, index = load_tokenizer(store.tokenizer_path), novelty_index(store)
    with pytest.raises(UsageError, match="a scorecard needs 2 validation recipes with ingredients, and there are 0"):
        ScorecardWriter(model, tokenizer, Config(), none_held_out, index)  # type: ignore[arg-type]
