"""What the worker that trains a tokenizer is asked for, and what it reports."""

from __future__ import annotations

from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from recipe_tui.core.blocks.progress import BuildProgress
from recipe_tui.core.config import Config, DataConfig
from recipe_tui.workers.lines import adapter, line_of
from recipe_tui.workers.reports import Building, Report, TokenizerTrained, read_report
from recipe_tui.workers.tokenizer import TokenizerRequest, train

REQUEST = TokenizerRequest(
    Config().data.model_copy(update={"source": ("soups.jsonl",), "tokenizer": "new:300"}), "tokenizers/soups"
)


def test_a_request_is_read_as_it_was_sent() -> None:
    assert adapter(TokenizerRequest).validate_json(line_of(REQUEST)) == REQUEST


def test_progress_and_size_are_reported(monkeypatch: pytest.MonkeyPatch) -> None:
    def fake(data: DataConfig, folder: Path, progress: Any, at_most: bool) -> Any:
        assert (data, folder, at_most) == (REQUEST.data, Path("tokenizers/soups"), True)
        progress(BuildProgress("train tokenizer"))
        return SimpleNamespace(vocab_size=300)

    monkeypatch.setattr("recipe_tui.core.blocks.tokenizer.new_tokenizer", fake)
    reports: list[Report] = []
    train(REQUEST, reports.append)
    assert reports == [Building("train tokenizer", 0, None), TokenizerTrained("tokenizers/soups", 300)]
    assert [read_report(line_of(report).encode()) for report in reports] == reports
