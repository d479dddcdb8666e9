"""What the worker of the laboratory is asked for, and what it reports."""

from __future__ import annotations

from typing import Any

import pytest

from recipe_tui.core.config import GenerationConfig
from recipe_tui.core.errors import UsageError
from recipe_tui.core.evaluation.laboratory.setup import ExperimentRequest
from recipe_tui.workers.laboratory import LaboratoryRequest, write
from recipe_tui.workers.lines import adapter, line_of
from recipe_tui.workers.reports import ExperimentAt, ExperimentEstimated, read_report

WANTED = ExperimentRequest(("soups",), GenerationConfig(top_p=0.5), ("top_k=1,2",), title="Soup", ingredients=("leek",))


def test_a_request_is_read_as_it_was_sent() -> None:
    request = LaboratoryRequest(WANTED, "texts.jsonl", confirmed=True)
    assert adapter(LaboratoryRequest).validate_json(line_of(request)) == request


@pytest.mark.parametrize("report", [ExperimentEstimated("8 texts", True), ExperimentAt("writing", 1, 2, 3)])
def test_a_report_is_read_as_it_was_sent(report: Any) -> None:
    assert read_report(line_of(report).encode()) == report


def test_a_mistake_in_the_grid_comes_before_a_backend_is_chosen(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recipe_tui.core.backend.select_backend", lambda: pytest.fail("a backend was chosen"))
    wrong = ExperimentRequest(("soups",), GenerationConfig(), ("top_p=2",))
    with pytest.raises(UsageError, match="--grid top_p = 2"):
        write(LaboratoryRequest(wrong, "texts.jsonl"), lambda _: None)
