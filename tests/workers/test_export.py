"""What the worker of an export is asked for, and what it reports."""

from __future__ import annotations

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from recipe_tui.core.export.comparison import Tolerance, Verdict
from recipe_tui.core.export.export import Export
from recipe_tui.workers.export import ExportRequest, export
from recipe_tui.workers.lines import adapter, line_of
from recipe_tui.workers.reports import ExportAt, ExportDone, Report, read_report

VERDICT = Verdict("equal", "a recipe", Tolerance(), 128, 1e-5, 1e-6, 1.0, True, 900, 2.0, 2.0)


def test_a_request_is_read_as_it_was_sent() -> None:
    request = ExportRequest("output/soup", "out", "gguf", "q8_0")
    assert adapter(ExportRequest).validate_json(line_of(request)) == request


def test_steps_and_comparison_are_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    def fake(*given: Any, report: Any) -> Export:
        assert given == ("output/soup", Path("out"), "gguf", "q8_0")
        report("writing out")
        return Export(Path("out"), "gguf", Path("out/soup.gguf"), 1000, VERDICT, None)

    module = ModuleType("exporting")
    module.export = fake  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "recipe_tui.core.export.export", module)
    monkeypatch.setattr("recipe_tui.core.backend.select_backend", lambda: "tensorflow")
    reports: list[Report] = []
    export(ExportRequest("output/soup", "out", "gguf", "q8_0"), reports.append)
    assert reports[1] == ExportAt("writing out")
    done = reports[-1]
    assert done == ExportDone("out", "soup.gguf", 1000, "equal", tuple(VERDICT.rows()))
    assert [read_report(line_of(report).encode()) for report in reports] == reports
