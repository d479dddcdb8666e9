"""An evaluation from the run to its JSON and its page, with a model of one layer."""

from __future__ import annotations

import json
import shutil
from dataclasses import replace
from pathlib import Path

import pytest

from recipe_tui.cli.evaluate import to_json
from recipe_tui.core.blocks.store import BlockStore
from recipe_tui.core.evaluation import evaluate as module
from recipe_tui.core.evaluation import outputs
from recipe_tui.core.evaluation.evaluate import Evaluated, evaluate
from recipe_tui.core.evaluation.report import write_report
from recipe_tui.core.evaluation.subject import find_subject
from tests.core.evaluation.conftest import DECODING

pytestmark = pytest.mark.usefixtures("eager")

EVERY = ("model", "base", "human", "swapped", "bm25", "random", "template", "copy")
OF_ALL = (
    *("coverage", "extras", "order_tau", "title_match", "repetition_4gram", "distinct_2", "rouge_l", "sacrebleu"),
    *("overlap_13", "overlap_20", "longest_span", "parse_rate", "perplexity", "bits_per_byte"),
)


def test_every_system_has_every_measure(evaluated: Evaluated) -> None:
    document = json.loads(json.dumps(to_json(evaluated)))
    assert tuple(document["systems"]) == EVERY
    for measures in document["systems"].values():
        assert set(OF_ALL) <= set(measures)
        assert all(set(one) == {"value", "low", "high"} for one in measures.values())
    assert document["systems"]["template"]["coverage"]["value"] == 1.0
    assert document["systems"]["human"]["coverage"]["value"] > 0.9
    assert document["systems"]["human"]["rouge_l"]["value"] is None
    assert document["systems"]["bm25"]["overlap_13"]["value"] == 1.0


def test_a_model_of_two_steps_is_about_as_likely_as_its_random_weights(evaluated: Evaluated) -> None:
    systems = evaluated.evaluations[0].intervals
    rows = 4096  # of the sample's tokenizer, about
    for system in ("model", "base"):
        perplexity = systems[system]["perplexity"].value
        assert perplexity is not None
        assert rows / 4 < perplexity < rows * 2
    assert systems["model"]["perplexity"] != systems["base"]["perplexity"]


def test_such_a_model_is_not_called_improved(evaluated: Evaluated) -> None:
    (one,) = evaluated.evaluations
    assert not one.verdict.improved
    assert "coverage above that of nearest recipe (BM25)" in one.verdict.sentence
    assert any("random weights" in note for note in one.notes)


def test_texts_are_kept_with_all_settings_and_not_written_again(
    evaluated: Evaluated, store: BlockStore, run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = Path(evaluated.evaluations[0].folder)
    settings = json.loads((folder / "settings.json").read_text())
    assert settings["generation"]["max_new_tokens"] == 8
    assert settings["store"] == store.fingerprint
    assert (
        len((folder / "texts.jsonl").read_text().splitlines())
        == len(settings["rows"])
        == len(evaluated.benchmark.prompts)
    )
    monkeypatch.setattr(outputs, "_generator", lambda *_: pytest.fail("a model was loaded"))
    again = evaluate([find_subject(str(run))], store, 4, DECODING, run.parent)
    assert to_json(again) == to_json(evaluated)


def test_the_prompts_of_a_tag_are_measured_by_themselves(
    evaluated: Evaluated, store: BlockStore, run: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert evaluated.evaluations[0].slices == ()  # no tag has ten prompts
    monkeypatch.setattr(module, "FEWEST_OF_A_TAG", 2)
    again = evaluate([find_subject(str(run))], store, 4, DECODING, run.parent)
    slices = again.evaluations[0].slices
    tags = [tag.casefold() for recipe in again.benchmark.prompts.recipes for tag in recipe.tags]
    assert {one.tag: one.prompts for one in slices} == {tag: tags.count(tag) for tag in tags if tags.count(tag) > 1}
    assert all(one.human["coverage"].value is not None for one in slices)


def test_a_model_is_compared_with_itself_without_a_difference(
    evaluated: Evaluated, store: BlockStore, run: Path
) -> None:
    subject = find_subject(str(run))
    both = evaluate([subject, replace(subject, name="twin", random_base=False)], store, 4, DECODING, run.parent)
    (pair,) = both.comparisons
    assert pair.differences["coverage"].difference.value == 0.0
    assert not any(one.significant for one in pair.differences.values())
    assert pair.prompts == ()


def test_the_report_is_one_page_that_needs_nothing_else(evaluated: Evaluated, tmp_path: Path) -> None:
    write_report(tmp_path / "report.html", evaluated, ("recipe-tui", "evaluate", "<run>"))
    page = (tmp_path / "report.html").read_text(encoding="utf-8")
    assert evaluated.evaluations[0].verdict.sentence.partition(";")[0] in page
    assert page.count("<svg") >= 5
    assert "recipe-tui evaluate &lt;run&gt;" in page
    assert not any(text in page for text in ("<script", "src=", "href=", ">nan", ">None"))


def test_the_checkpoint_of_a_run_that_still_trains_is_evaluated(store: BlockStore, run: Path, tmp_path: Path) -> None:
    training = Path(shutil.copytree(run, tmp_path / "training"))
    shutil.rmtree(training / "model")
    subject = find_subject(str(training))
    assert subject.notes == ("the run has not finished: its checkpoint of step 2 is evaluated",)
    done = evaluate([replace(subject, random_base=False)], store, 2, DECODING, tmp_path)
    assert done.evaluations[0].intervals["model"]["perplexity"].value is not None


def test_without_a_model_the_baselines_are_evaluated(store: BlockStore, tmp_path: Path) -> None:
    done = evaluate([], store, 4, DECODING, tmp_path)
    assert tuple(to_json(done)["systems"]) == ("human", "bm25", "random", "template", "copy")
    write_report(tmp_path / "report.html", done)
