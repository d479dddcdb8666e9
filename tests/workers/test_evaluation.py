"""What the worker of an evaluation is asked for, and what it reports."""

from __future__ import annotations

from typing import Any

import pytest

from recipe_tui.core.errors import CheckpointError
from recipe_tui.core.evaluation.result import Evaluation
from recipe_tui.core.evaluation.scores import MEASURES
from recipe_tui.core.evaluation.statistics import Interval
from recipe_tui.core.evaluation.verdict import Condition, Verdict
from recipe_tui.workers.evaluation import EvaluationRequest, conclusion, evaluate
from recipe_tui.workers.lines import adapter, line_of
from recipe_tui.workers.reports import EvaluationAt, EvaluationDone, EvaluationRow, read_report

DONE = EvaluationDone(
    50, "improved, and not memorized", ((True, "coverage", ".5"),), (EvaluationRow("ROUGE-L", {"model": "0.2"}),),
    ("a note",), "soup.html", "texts",
)  # fmt: skip


def systems(**coverage: float | None) -> dict[str, dict[str, Interval]]:
    return {
        name: {one.name: Interval(value if one.name in ("coverage", "title_match") else None) for one in MEASURES}
        for name, value in coverage.items()
    }


def test_a_request_is_read_as_it_was_sent() -> None:
    request = EvaluationRequest("output/soup", "output", 50, 300, "soup.html")
    assert adapter(EvaluationRequest).validate_json(line_of(request)) == request


@pytest.mark.parametrize("report", [EvaluationAt("writing", 1, 2, 3), DONE])
def test_a_report_is_read_as_it_was_sent(report: Any) -> None:
    assert read_report(line_of(report).encode()) == report


def test_the_command_line_does_the_same() -> None:
    command = EvaluationRequest("output/soup", "output", 50, 300).command
    assert " ".join(command) == (
        "recipe-tui evaluate output/soup --output output --prompts 50 --max-new-tokens 300"
    )  # fmt: skip
    assert EvaluationRequest("a", "b", 1, 1, "c.html").command[-2:] == ["--report", "c.html"]


def test_the_conclusion_has_the_main_measures_of_every_system_and_the_verdict() -> None:
    verdict = Verdict((Condition("coverage above BM25", False, "0.4", "improved"),))
    measured = systems(model=0.5, human=0.75, bm25=None)
    evaluation = Evaluation("soup", {}, "texts", measured, verdict, (), ("a note",), {}, {})
    assert conclusion(evaluation, 50, "soup.html") == EvaluationDone(
        prompts=50,
        verdict="not shown to be improved, not memorized",
        conditions=((False, "coverage above BM25", "0.4"),),
        rows=(EvaluationRow("ingredient coverage", {"model": "0.50", "human": "0.75", "bm25": "–"}),),
        notes=("a note",),
        report="soup.html",
        texts="texts",
    )


def test_a_missing_model_is_said_before_a_backend_is_chosen(monkeypatch: pytest.MonkeyPatch, tmp_path: Any) -> None:
    monkeypatch.setattr("recipe_tui.core.backend.select_backend", lambda: pytest.fail("a backend was chosen"))
    with pytest.raises(CheckpointError):
        evaluate(EvaluationRequest(str(tmp_path / "none"), str(tmp_path), 5, 5), lambda _: None)
