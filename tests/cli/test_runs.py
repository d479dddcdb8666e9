"""``recipe-tui runs``: the runs that are there, as a list or a table."""

from __future__ import annotations

from pathlib import Path

from recipe_tui.core.runs.event_log import EventLog
from recipe_tui.core.runs.events import Ended, Started, Step, Validation
from recipe_tui.core.runs.folder import RunManifest
from tests.cli.conftest import CommandLine


def make_run(output: Path, name: str, created: float, model: str = "gpt2") -> None:
    folder = output / name
    folder.mkdir(parents=True)
    manifest = RunManifest(name, created, model, store="s", data="d", tokenizer="t", config="c", code="c")
    manifest.write(folder)
    log = EventLog(folder / "events.jsonl")
    log.append(Started(created, 0, 8, 4.0, 1000, 20, 64))
    log.append(Step(created + 1, 8, 2.0, 3.5, 1e-3, 1.0, 60, 100.0, 10**9, None, 0.0))
    log.append(Validation(created + 2, 8, 3.25, 25.8, True))
    log.append(Ended(created + 3, 8, "finished", "all steps done"))
    log.close()


def test_the_json_is_a_list_with_the_newest_first(recipe_tui: CommandLine, tmp_path: Path) -> None:
    make_run(tmp_path / "runs", "old", 1000.0)
    make_run(tmp_path / "runs", "new", 2000.0)
    listed = recipe_tui("runs", "--output", "runs", "--json").json
    assert [run["name"] for run in listed] == ["new", "old"]
    assert listed[0]["path"] == "runs/new"
    assert (listed[0]["state"], listed[0]["step"], listed[0]["total_steps"]) == ("finished", 8, 8)
    assert (listed[0]["train_loss"], listed[0]["validation_loss"]) == (3.5, 3.25)


def test_without_runs_the_json_is_an_empty_list(recipe_tui: CommandLine) -> None:
    done = recipe_tui("runs", "--json")
    assert (done.code, done.json) == (0, [])


def test_without_runs_it_says_how_to_start_one(recipe_tui: CommandLine) -> None:
    done = recipe_tui("runs")
    assert (done.code, done.out) == (0, "")
    assert "recipe-tui demo" in done.err


def test_for_people_it_is_a_table_without_markup(recipe_tui: CommandLine, tmp_path: Path) -> None:
    make_run(tmp_path / "output", "[red]hot", 1000.0, model="gpt2\x1b[1m")
    out = recipe_tui("runs").out
    (row,) = [line for line in out.splitlines() if "[red]hot" in line]
    assert row.split()[:5] == ["[red]hot", "finished", "8/8", "3.5000", "3.2500"]
    assert "gpt2\\x1b[1m" in row
    assert "\x1b" not in out
