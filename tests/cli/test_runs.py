"""``recipe-tui runs``: the runs that are there, as a list or a table."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from recipe_tui.core.config import Config
from recipe_tui.core.queue.add import entry_of
from recipe_tui.core.queue.file import QueueFile
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


def test_an_unreadable_run_is_listed_with_its_reason_beside_the_others(recipe_tui: CommandLine, tmp_path: Path) -> None:
    make_run(tmp_path / "output", "good", 1000.0)
    make_run(tmp_path / "output", "bad", 2000.0)
    (tmp_path / "output" / "bad" / "run.json").write_text('{"name": 5}')
    done = recipe_tui("runs")
    assert [line.split()[:2] for line in done.out.splitlines()[1:]] == [["bad", "unreadable"], ["good", "finished"]]
    assert "bad: " in done.err
    assert "run.json: damaged (name: Input should be a valid string)" in done.err
    assert {run["name"]: run["state"] for run in recipe_tui("runs", "--json").json} == {
        "bad": "unreadable",
        "good": "finished",
    }


def test_nothing_from_the_files_of_a_run_reaches_the_terminal_as_an_escape(
    recipe_tui: CommandLine, tmp_path: Path
) -> None:
    hostile = "\x1b]0;x\x07\u202e"
    make_run(tmp_path / "output", "one", 1000.0, model=hostile)
    log = tmp_path / "output" / "one" / "events.jsonl"
    end = {"kind": "ended", "time": 1005.0, "step": 8, "state": hostile, "reason": hostile}
    log.write_text(log.read_text() + json.dumps(end) + "\n" + json.dumps(end | {"state": "failed"}) + "\n")
    make_run(tmp_path / "output", "bad \x1b[2J", 1000.0)
    (tmp_path / "output" / "bad \x1b[2J" / "run.json").write_text(json.dumps({"version": 1, hostile: hostile}))
    done = recipe_tui("runs")
    assert "failed" in done.out
    assert not set(done.out + done.err) & set("\x1b\x07\u202e")


def test_a_folder_that_was_named_must_be_one(recipe_tui: CommandLine, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    missing, file = recipe_tui("runs", "--output", "nope"), recipe_tui("runs", "--output", "file")
    assert (missing.code, missing.error) == (2, "nope: no such folder; check --output")
    assert (file.code, file.error) == (2, "file: not a folder; check --output")


def test_a_folder_in_the_place_of_a_log_is_called_one(recipe_tui: CommandLine, tmp_path: Path) -> None:
    make_run(tmp_path / "output", "bad", 2000.0)
    (tmp_path / "output" / "bad" / "events.jsonl").unlink()
    (tmp_path / "output" / "bad" / "events.jsonl").mkdir()
    done = recipe_tui("runs")
    assert "a folder stands in the place of a file" in done.err
    assert "permissions" not in done.err


class TestWorkspaces:
    def test_where_the_present_folder_has_no_runs_those_used_last_are_listed_and_it_says_so(
        self, recipe_tui: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        make_run(tmp_path / "output", "soup", 1000.0)
        recipe_tui("runs")
        (tmp_path / "elsewhere").mkdir()
        monkeypatch.chdir(tmp_path / "elsewhere")
        done = recipe_tui("runs")
        assert "soup" in done.out
        assert str(tmp_path / "output") in done.err
        assert recipe_tui("runs", "--json").json == []
        assert recipe_tui("runs", "--output", "other").out == ""

    def test_all_lists_the_runs_of_every_folder_used_before(
        self, recipe_tui: CommandLine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        for number, folder in enumerate(("a", "b")):
            make_run(tmp_path / folder, f"run-{folder}", 1000.0 + number)
            recipe_tui("runs", "--output", folder)
        make_run(tmp_path / "output", "here", 500.0)
        assert [run["name"] for run in recipe_tui("runs", "--all", "--json").json] == ["run-b", "run-a", "here"]
        assert [one["path"] for one in recipe_tui("runs", "--workspaces", "--json").json] == [
            str(tmp_path / "b"),
            str(tmp_path / "a"),
        ]
        assert str(tmp_path / "a") in recipe_tui("runs", "--workspaces").out


class TestManaging:
    def test_a_run_is_deleted_only_when_that_is_confirmed(self, recipe_tui: CommandLine, tmp_path: Path) -> None:
        make_run(tmp_path / "output", "soup", 1000.0)
        asked = recipe_tui("runs", "--delete", "soup")
        assert asked.code == 2
        assert asked.error.startswith("deleting output/soup frees ")
        assert (tmp_path / "output" / "soup").is_dir()
        done = recipe_tui("runs", "--delete", "soup", "--yes")
        assert done.code == 0
        assert "output/soup is deleted" in done.err
        assert not (tmp_path / "output" / "soup").exists()

    def test_a_run_is_renamed(self, recipe_tui: CommandLine, tmp_path: Path) -> None:
        make_run(tmp_path / "output", "soup", 1000.0)
        (tmp_path / "output" / "soup" / "config.toml").write_text('run = "soup"\n')
        assert recipe_tui("runs", "--rename", "soup", "stew", "--json").json == "output/stew"
        assert [run["name"] for run in recipe_tui("runs", "--json").json] == ["stew"]

    def test_a_run_that_only_waits_in_the_queue_is_removed_there(self, recipe_tui: CommandLine, tmp_path: Path) -> None:
        with QueueFile().changing() as change:
            config = Config(output=tmp_path / "output", run="soup", data={"source": ["r.jsonl"]})
            change.queue = change.queue.add(entry_of(config, 1.0))
        for arguments in (("--delete", "soup", "--yes"), ("--rename", "soup", "stew")):
            assert "recipe-tui queue remove 1" in recipe_tui("runs", *arguments).error

    def test_what_is_no_run_is_left_alone(self, recipe_tui: CommandLine, tmp_path: Path) -> None:
        (tmp_path / "output" / "thesis").mkdir(parents=True)
        assert "no run in this folder" in recipe_tui("runs", "--delete", "thesis", "--yes").error
        assert "exclude each other" in recipe_tui("runs", "--delete", "a", "--rename", "b", "c").error
        assert (tmp_path / "output" / "thesis").is_dir()
