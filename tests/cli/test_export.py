"""``recipe-tui export``: what it is asked for, and what it says of the result."""

from __future__ import annotations

import sys
from dataclasses import dataclass, field
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

from recipe_tui.core.errors import OutputError
from recipe_tui.core.export.comparison import Standing, Tolerance, Verdict
from recipe_tui.core.export.export import Export
from tests.cli.conftest import CommandLine


@dataclass
class FakeExport:
    """Stands for the export: keeps what it is given."""

    given: tuple[Any, ...] = ()
    standing: Standing = "equal within rounding"
    error: Exception | None = None
    said: list[str] = field(default_factory=list)

    def export(self, *given: Any) -> Export:
        *self.given, report = given
        report("writing it")
        if self.error is not None:
            raise self.error
        verdict = Verdict(
            standing=self.standing,
            text="2 held-out blocks of its run",
            tolerance=Tolerance(0.1, 0.1),
            positions=128,
            largest_difference=0.04,
            relative_difference=0.001,
            agreement=0.9921875,
            same_tokens=True,
            tokens=900,
            loss_before=2.0,
            loss_after=2.01,
        )
        return Export(given[1], given[2], given[1] / "soups.gguf", 12_300_000, verdict, None)


@pytest.fixture
def exporting(monkeypatch: pytest.MonkeyPatch) -> FakeExport:
    """An export that takes no time."""
    fake = FakeExport()
    module = ModuleType("exporting")
    module.export = fake.export  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "recipe_tui.core.export.export", module)
    monkeypatch.setattr("recipe_tui.core.backend.select_backend", lambda: "tensorflow")
    return fake


def test_what_is_asked_for_reaches_the_export(recipe_tui: CommandLine, exporting: FakeExport) -> None:
    done = recipe_tui(
        *("export", "output/soups", "--to", "out", "--as", "gguf", "--type", "q8_0", "--held-out-blocks", 3)
    )
    assert done.code == 0
    assert exporting.given == ["output/soups", Path("out"), "gguf", "q8_0", 3]


def test_a_merged_model_folder_is_what_one_gets_unasked(recipe_tui: CommandLine, exporting: FakeExport) -> None:
    recipe_tui("export", "output", "--to", "out")
    assert exporting.given[2] == "huggingface"


def test_the_verdict_is_shown(recipe_tui: CommandLine, exporting: FakeExport) -> None:
    done = recipe_tui("export", "output", "--to", "out", "--as", "gguf")
    assert "writing it" in done.err
    shown = ("out/soups.gguf, 12.3 MB", "2 held-out blocks of its run", "equal within rounding", "99.2%", "7.389")
    assert all(text in done.out for text in shown)


def test_the_json_holds_the_verdict(recipe_tui: CommandLine, exporting: FakeExport) -> None:
    printed = recipe_tui("export", "output", "--to", "out", "--json").json
    assert (printed["folder"], printed["weights"], printed["size"]) == ("out", "out/soups.gguf", 12_300_000)
    assert printed["verdict"]["standing"] == "equal within rounding"
    assert printed["verdict"]["loss_after"] == 2.01


@pytest.mark.parametrize("options", [(), ("--json",)])
def test_another_model_is_a_warning_and_an_exit_code(
    recipe_tui: CommandLine, exporting: FakeExport, options: tuple[str, ...]
) -> None:
    exporting.standing = "different"
    done = recipe_tui("export", "output", "--to", "out", *options)
    assert done.code == 1
    assert "warning: different: logits differ by at most 0.04" in done.err
    assert "do not use it" in done.err


def test_an_error_is_one_line(recipe_tui: CommandLine, exporting: FakeExport) -> None:
    exporting.error = OutputError("out: exists already", "choose another place, or move it away")
    done = recipe_tui("export", "output", "--to", "out")
    assert (done.code, done.error) == (1, "out: exists already; choose another place, or move it away")


@pytest.mark.parametrize(
    ("options", "complaint"),
    [
        (("--to", "out", "--as", "onnx"), "onnx"),
        (("--to", "out", "--type", "q2_k"), "q2_k"),
        (("--to", "out", "--held-out-blocks", "0"), "--held-out-blocks"),
        ((), "--to"),
    ],
)
def test_a_wrong_option_is_named(
    recipe_tui: CommandLine, exporting: FakeExport, options: tuple[str, ...], complaint: str
) -> None:
    done = recipe_tui("export", "output", *options)
    assert done.code == 2
    assert complaint in done.error
