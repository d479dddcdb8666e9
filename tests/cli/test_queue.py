"""``recipe-tui queue``: the commands, with a supervisor that is only noted."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from recipe_tui.core.queue.file import QueueFile
from tests.cli.conftest import CommandLine
from tests.cli.test_runs import make_run


@pytest.fixture(autouse=True)
def started(monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """How many entries the queue had each time when its supervisor was started."""
    counts: list[int] = []

    def ensure(file: QueueFile) -> bool:
        queue = file.read()
        if queue.has_work:
            counts.append(len(queue.entries))
        return queue.has_work

    monkeypatch.setattr("recipe_tui.core.queue.supervisor.ensure_supervisor", ensure)
    return counts


def config(folder: Path, name: str) -> Path:
    path = folder / f"{name}.toml"
    path.write_text('[data]\nsource = ["recipes.jsonl"]\n')
    return path


def test_configurations_and_a_grid_are_added_and_the_queue_is_started(
    recipe_tui: CommandLine, tmp_path: Path, started: list[int]
) -> None:
    soup, pie = config(tmp_path, "soup"), config(tmp_path, "pie")
    done = recipe_tui(
        "queue", "add", str(soup), str(pie), "--grid", "lr=1e-4,3e-4", "--set", "training.epochs=2", "--json"
    )
    assert [entry["settings"] for entry in done.json] == [
        "soup: learning_rate=1e-4",
        "soup: learning_rate=3e-4",
        "pie: learning_rate=1e-4",
        "pie: learning_rate=3e-4",
    ]
    assert all("epochs = 2.0" in entry["config"] for entry in done.json)
    assert started == [4]


def test_the_list_is_in_the_order_in_which_it_runs(recipe_tui: CommandLine, tmp_path: Path) -> None:
    for name in ("a", "b", "c"):
        recipe_tui("queue", "add", str(config(tmp_path, name)))
    recipe_tui("queue", "hold", "1")
    recipe_tui("queue", "move", "3", "1")
    listed = recipe_tui("queue", "--json").json
    assert [(entry["number"], entry["state"]) for entry in listed] == [(3, "waiting"), (1, "held"), (2, "waiting")]
    recipe_tui("queue", "remove", "2", "3")
    out = recipe_tui("queue", "release", "1").out
    assert [line.split()[:3] for line in out.splitlines()[1:]] == [["1", "waiting", "a"]]


def test_what_makes_no_sense_is_one_line(recipe_tui: CommandLine, tmp_path: Path) -> None:
    assert recipe_tui("queue", "hold", "7").error.startswith("no entry 7 in the queue")
    assert (
        "no setting is called 'speed'"
        in recipe_tui("queue", "add", str(config(tmp_path, "a")), "--grid", "speed=1").error
    )
    assert "no recipes are given" in recipe_tui("queue", "add").error
    assert recipe_tui("queue", "--json").json == []


def test_an_empty_queue_says_how_to_add_to_it(recipe_tui: CommandLine) -> None:
    assert "recipe-tui queue add" in recipe_tui("queue").err
    assert "nothing waits" in recipe_tui("queue", "start").err


def test_the_runs_are_compared_in_a_table_that_sorts_by_any_figure(recipe_tui: CommandLine, tmp_path: Path) -> None:
    recipe_tui("queue", "add", str(config(tmp_path, "soup")), "--grid", "lr=1e-4,3e-4")
    file = QueueFile()
    with file.changing() as change:
        for number, entry in enumerate(change.queue.entries):
            make_run(tmp_path / "output", f"run-{number}", 1000.0 + number)
            change.queue = change.queue.put(replace(entry, run=str(tmp_path / "output" / f"run-{number}")))
    assert [run["name"] for run in recipe_tui("queue", "table", "--sort", "-started", "--json").json] == [
        "run-1",
        "run-0",
    ]
    out = recipe_tui("queue", "table").out
    assert "soup: learning_rate=3e-4" in out
    assert "3.2500" in out
    assert "no such figure" in recipe_tui("queue", "table", "--sort", "taste").error


def test_runs_are_sorted_by_any_figure_too(recipe_tui: CommandLine, tmp_path: Path) -> None:
    for number in range(3):
        make_run(tmp_path / "output", f"run-{number}", 1000.0 + number)
    names = [run["name"] for run in recipe_tui("runs", "--sort", "started", "--json").json]
    assert names == ["run-0", "run-1", "run-2"]
