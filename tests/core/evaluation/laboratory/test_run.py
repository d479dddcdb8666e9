"""Experiments with a stand-in for the model: the file, its continuation, the estimate and the ranking."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from recipe_tui.core.errors import UsageError
from recipe_tui.core.evaluation.laboratory.experiment import Experiment
from recipe_tui.core.evaluation.laboratory.ranking import Ranking, TextReader, rank
from recipe_tui.core.evaluation.laboratory.run import Estimate, LaboratoryProgress, run_experiment
from recipe_tui.core.generation.prompt_batch import journal_of
from tests.core.evaluation.laboratory.conftest import CAKES, PROMPTS, SOUPS, Clock, Model, experiment_of

BONUS = experiment_of("ingredient_bonus=0,2")


def run(experiment: Experiment, path: Path, model: Model | None = None, **options: bool) -> Model:
    model = model or Model()
    run_experiment(experiment, path, model.load, clock=Clock(), **options)  # type: ignore[arg-type]
    return model


def ranking_of(experiment: Experiment, path: Path) -> Ranking:
    reader = TextReader(experiment)
    return rank(reader.read_file(path), reader.variants, 0)


def test_each_line_has_one_text_with_every_setting_beside_every_score(tmp_path: Path) -> None:
    run(BONUS, tmp_path / "texts.jsonl")
    lines = [json.loads(line) for line in (tmp_path / "texts.jsonl").read_text().splitlines()]
    assert len(lines) == 8
    assert lines[0]["variant"] == "ingredient_bonus=0"
    assert lines[4]["generation"]["ingredient_bonus"] == 2.0
    assert lines[4]["prompt"] == {"title": "leek soup", "ingredients": ["2 leeks", "1 onion", "salt"]}
    assert lines[4]["scores"]["coverage"] == 1.0
    assert lines[0]["scores"]["coverage"] == pytest.approx(1 / 3)
    assert lines[0]["scores"]["extras"] is None  # no store, so that no lexicon is known
    assert [line["seed"] for line in lines[:4]] == [line["seed"] for line in lines[4:]]


def test_the_score_is_the_sum_of_its_parts(tmp_path: Path) -> None:
    run(BONUS, tmp_path / "texts.jsonl")
    scores = json.loads((tmp_path / "texts.jsonl").read_text().splitlines()[4])["scores"]
    # the leek soup's text names leeks, onion and salt, of which the carrot soup lists the salt alone
    assert scores["swapped_coverage"] == pytest.approx(1 / 3)
    assert scores["repetition_4gram"] == 0
    assert scores["score"] == pytest.approx(1 - 1 / 3 - 0 + 1)


def test_a_start_after_a_stop_writes_only_what_is_missing(tmp_path: Path) -> None:
    path = tmp_path / "texts.jsonl"
    run(BONUS, path)
    kept = path.read_text().splitlines()
    path.write_text("\n".join(kept[:6]) + "\n" + kept[6][:40])
    model = run(BONUS, path)
    assert [title for bonus, title, seed in model.asked if seed] == [one.title for one in PROMPTS[2:]]
    assert [json.loads(line)["key"] for line in path.read_text().splitlines()] == [json.loads(k)["key"] for k in kept]
    assert run(BONUS, path).loaded == []


def test_the_file_may_hold_other_experiments(tmp_path: Path) -> None:
    path = tmp_path / "texts.jsonl"
    run(experiment_of("temperature=0.5,1"), path)
    run(BONUS, path)
    assert len(path.read_text().splitlines()) == 16
    assert [one.texts for one in ranking_of(BONUS, path).ranked] == [4, 4]


def test_a_model_is_loaded_once_for_all_of_its_variants(tmp_path: Path) -> None:
    model = run(experiment_of("ingredient_bonus=0,2", models=(SOUPS, CAKES)), tmp_path / "texts.jsonl")
    assert model.loaded == ["soups", "cakes"]


def test_what_takes_more_than_an_hour_is_refused_unless_it_is_confirmed(tmp_path: Path) -> None:
    class Slow(Clock):
        def __call__(self) -> float:
            self.now += 600.0
            return self.now

    long = experiment_of("best_of=2,4", max_new_tokens=1000)
    estimates: list[Estimate] = []
    path = tmp_path / "texts.jsonl"
    with pytest.raises(UsageError, match=r"8 texts to write, at most 24,000 tokens in .* min: more than 60 minutes"):
        run_experiment(long, path, SlowModel().load, estimated=estimates.append, clock=Slow())  # type: ignore[arg-type]
    # a step takes 2 texts / 0.1 tokens a second = 20 s, and there are 8 texts of 1,000 steps
    assert estimates[0].minutes == pytest.approx(8 * 1000 * 20 / 60)
    assert not path.exists()
    run_experiment(long, path, SlowModel().load, confirmed=True, clock=Slow())  # type: ignore[arg-type]
    assert len(path.read_text().splitlines()) == 8


class SlowModel(Model):
    def generate_batch(self, *args, **kwargs):  # type: ignore[no-untyped-def]
        from dataclasses import replace

        for number, text in super().generate_batch(*args, **kwargs):
            yield number, replace(text, tokens_per_second=0.1)


def test_rows_that_do_not_fit_the_memory_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    from recipe_tui.core.evaluation.laboratory import run as module
    from recipe_tui.core.machine import Available

    monkeypatch.setattr(module, "available_memory", lambda: Available("main memory", 1_000_000, 1_000_000))
    with pytest.raises(UsageError, match="best_of=500: the KV caches and scores of 500 texts side by side need up to"):
        run(experiment_of("best_of=2,500"), tmp_path / "texts.jsonl")


def test_variants_are_ranked_by_their_score_and_tested_on_the_same_prompts(tmp_path: Path) -> None:
    run(BONUS, tmp_path / "texts.jsonl")
    ranking = ranking_of(BONUS, tmp_path / "texts.jsonl")
    assert [one.variant for one in ranking.ranked] == ["ingredient_bonus=2", "ingredient_bonus=0"]
    forth = ranking.between("ingredient_bonus=0", "ingredient_bonus=2")["coverage"]
    back = ranking.between("ingredient_bonus=2", "ingredient_bonus=0")["coverage"]
    assert forth.difference.value == pytest.approx(2 / 3)
    assert back.difference.value == pytest.approx(-2 / 3)
    assert forth.p is not None and forth.p > 0.05  # four prompts are too few, whatever the difference
    assert json.dumps(ranking.to_json()["pairs"][0]["differences"]["coverage"])


def test_one_prompt_is_ranked_and_not_tested(tmp_path: Path) -> None:
    one = Experiment(BONUS.variants, PROMPTS[:1])
    run(one, tmp_path / "texts.jsonl")
    ranking = ranking_of(one, tmp_path / "texts.jsonl")
    assert ranking.ranked[0].variant == "ingredient_bonus=2"
    assert ranking.ranked[0].measures["coverage"].low is None
    assert ranking.pairs[0].differences == {}


def test_the_progress_counts_the_texts_of_all_variants(tmp_path: Path) -> None:
    seen: list[LaboratoryProgress] = []
    run_experiment(BONUS, tmp_path / "texts.jsonl", Model().load, seen.append, clock=Clock())  # type: ignore[arg-type]
    assert [one.stage for one in seen[:2]] == ["loading soups", "ingredient_bonus=0: compiling and timing"]
    assert (seen[-1].done, seen[-1].total) == (8, 8)


def test_a_reader_reads_only_what_was_appended_since_it_read_last(tmp_path: Path) -> None:
    path = tmp_path / "texts.jsonl"
    run(BONUS, path)
    lines = path.read_bytes().splitlines(keepends=True)
    path.write_bytes(b"".join(lines[:3]))
    reader = TextReader(BONUS)
    before = reader.read_file(path)
    with path.open("r+b") as file:  # unreadable now, as a second reading of it would show
        file.write(b"#" * 20)
        file.seek(0, 2)
        file.write(lines[3] + lines[4][:40])
    journal_of(path).write_bytes(lines[5])
    read = reader.read_file(path)
    assert read[:3] == before
    assert [(one.variant, one.prompt) for one in read[3:]] == [("ingredient_bonus=0", 3), ("ingredient_bonus=2", 1)]


def test_a_file_that_was_replaced_is_read_anew(tmp_path: Path) -> None:
    path = tmp_path / "texts.jsonl"
    run(BONUS, path)
    reader = TextReader(BONUS)
    assert len(reader.read_file(path)) == 8
    path.write_bytes(path.read_bytes().splitlines(keepends=True)[0])
    assert len(reader.read_file(path)) == 1
    path.unlink()
    assert reader.read_file(path) == []


def test_no_text_is_estimated_longer_than_the_context(tmp_path: Path) -> None:
    found: list[Estimate] = []
    experiment = experiment_of("top_k=1,2", max_new_tokens=99_999)
    run_experiment(experiment, tmp_path / "texts.jsonl", Model().load, estimated=found.append, clock=Clock())
    assert [one.tokens for one in found] == [8 * 4096]
