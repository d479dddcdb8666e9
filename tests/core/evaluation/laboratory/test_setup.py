"""An experiment from names, and with a real model of random weights."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from recipe_tui.core import paths
from recipe_tui.core.blocks.store import BlockStore
from recipe_tui.core.config import GenerationConfig
from recipe_tui.core.errors import CheckpointError, UsageError
from recipe_tui.core.evaluation.laboratory.ranking import TextReader, rank
from recipe_tui.core.evaluation.laboratory.run import Estimate, run_experiment
from recipe_tui.core.evaluation.laboratory.setup import ExperimentRequest
from recipe_tui.core.generation.decoder import Decoder
from recipe_tui.core.generation.generator import Generator
from recipe_tui.core.model.weights import new_model, read_config
from recipe_tui.core.text.tokenizer import load_tokenizer

SHORT = GenerationConfig(max_new_tokens=6, seed=1)
MODEL = str(paths.SAMPLE_MODEL)


def random_generator() -> Generator:
    config = read_config(paths.SAMPLE_MODEL)
    config.update({"n_layer": 1, "n_embd": 16, "n_head": 2})
    return Generator(Decoder(new_model(config)), load_tokenizer(paths.SAMPLE_MODEL))


def test_held_out_prompts_are_written_for_and_scored_with_the_training_recipes(
    store: BlockStore, tmp_path: Path
) -> None:
    sets = ("plain", "section_automaton=true, verbatim_guard=13")
    experiment = ExperimentRequest((MODEL,), SHORT, sets=sets, store=str(store.path), prompts=3).experiment()
    assert experiment.shortage == ""
    assert experiment.store is not None and experiment.store.path == store.path
    estimates: list[Estimate] = []
    path = tmp_path / "texts.jsonl"
    run_experiment(experiment, path, lambda _: random_generator(), estimated=estimates.append)
    assert (estimates[0].texts, estimates[0].tokens) == (6, 36)
    assert estimates[0].minutes > 0
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    assert [line["line"] for line in lines] == [1, 2, 3, 1, 2, 3]
    assert all(line["scores"]["extras"] is not None and line["scores"]["overlap_13"] == 0 for line in lines)
    reader = TextReader(experiment)
    ranking = rank(reader.read_file(path), reader.variants, 1)
    assert [one.texts for one in ranking.ranked] == [3, 3]


def test_fewer_prompts_than_were_asked_for_are_said(store: BlockStore) -> None:
    experiment = ExperimentRequest((MODEL,), SHORT, ("top_k=1,2",), store=str(store.path), prompts=1000).experiment()
    assert len(experiment.prompts) < 1000
    assert experiment.shortage == "1,000 prompts were asked for, and no more recipes are held out"


def test_a_single_prompt_needs_no_store() -> None:
    experiment = ExperimentRequest((MODEL,), SHORT, prompts=0, title="Soup").experiment()
    assert [one.title for one in experiment.prompts] == ["Soup"]


def test_what_is_missing_is_named(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="nothing to begin with"):
        ExperimentRequest((MODEL,), SHORT, prompts=0).experiment()
    with pytest.raises(UsageError, match="no model is given"):
        ExperimentRequest((), SHORT).experiment()
    with pytest.raises(UsageError, match="no block store is given"):
        ExperimentRequest((MODEL,), SHORT).experiment()
    with pytest.raises(CheckpointError, match="no such model folder"):
        ExperimentRequest((str(tmp_path / "none"),), SHORT).experiment()
