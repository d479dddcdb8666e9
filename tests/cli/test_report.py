from __future__ import annotations

from pathlib import Path

from tests.cli.conftest import CommandLine
from tests.cli.test_runs import make_run


def test_the_latest_run_is_written_as_a_page_in_its_folder(recipe_tui: CommandLine, tmp_path: Path) -> None:
    for number, name in enumerate(("old", "new")):
        make_run(tmp_path / "output", name, 1000.0 + number)
        (tmp_path / "output" / name / "config.toml").touch()
    done = recipe_tui("report", "--json")
    assert done.json["report"] == "output/new/report.html"
    assert "<h1>new</h1>" in (tmp_path / "output" / "new" / "report.html").read_text()
    recipe_tui("report", "--run", "old", "--to", "old.html")
    assert "<h1>old</h1>" in (tmp_path / "old.html").read_text()


def test_without_runs_it_says_what_to_name(recipe_tui: CommandLine) -> None:
    assert recipe_tui("report").error.startswith("no runs in output")
    assert "no run in this folder" in recipe_tui("report", "--run", "none").error
