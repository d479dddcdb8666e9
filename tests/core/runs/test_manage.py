"""Deleting and renaming runs: what it frees, what stays, and what is refused."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from recipe_tui.core.config import load_config
from recipe_tui.core.errors import OutputError, RunError
from recipe_tui.core.runs.files import folder_size
from recipe_tui.core.runs.folder import RunManifest, hold
from recipe_tui.core.runs.manage import Deletion, delete_run, deletion_of, rename_run
from recipe_tui.core.runs.process import Launch, Process
from recipe_tui.core.runs.status import list_runs

GONE = replace(Process.current(), pid=2**22 + 1)


def a_run(output: Path, name: str = "soup", model: str = "gpt2", store: str = "", log: str = "stopped") -> Path:
    run = output / name
    checkpoint = run / "checkpoints" / "step-00000012"
    checkpoint.mkdir(parents=True)
    (checkpoint / "COMPLETE").touch()
    (checkpoint / "model.safetensors").write_bytes(b"x" * 1000)
    (run / "config.toml").write_text(f'run = "{name}"\n')
    event = f'{{"kind": "ended", "time": 2.0, "step": 12, "state": "{log}", "reason": ""}}\n'
    (run / "events.jsonl").write_text(event if log else "")
    RunManifest(name, 1.0, model, store, "d", "t", "c", "k", {}, GONE if log else Process.current()).write(run)
    return run


def test_the_size_of_a_folder_is_that_of_its_files_and_not_of_what_links_lead_to(tmp_path: Path) -> None:
    (tmp_path / "large").write_bytes(b"x" * 5000)
    (tmp_path / "a" / "b").mkdir(parents=True)
    (tmp_path / "a" / "one").write_bytes(b"x" * 10)
    (tmp_path / "a" / "b" / "two").write_bytes(b"x" * 5)
    link = tmp_path / "a" / "link"
    link.symlink_to(tmp_path / "large")
    assert folder_size(tmp_path / "a") == 15 + link.lstat().st_size
    assert folder_size(tmp_path / "none") == 0


def test_it_is_said_what_deleting_frees(tmp_path: Path) -> None:
    run = a_run(tmp_path)
    assert deletion_of(run) == Deletion(folder_size(run), 1, 1000)
    assert run.is_dir()


def test_a_block_store_that_no_other_run_uses_is_named(tmp_path: Path) -> None:
    store = tmp_path / "blocks" / "abc"
    store.mkdir(parents=True)
    (store / "store.json").write_bytes(b"x" * 20)
    run = a_run(tmp_path, store=str(store))
    assert (deletion_of(run).store, deletion_of(run).store_size) == (store, 20)
    a_run(tmp_path, "other", store=str(store))
    assert deletion_of(run).store is None


def test_the_runs_that_began_from_it_are_named(tmp_path: Path) -> None:
    run = a_run(tmp_path)
    a_run(tmp_path, "second", model=str(run / "model"))
    a_run(tmp_path, "first", model=str(run))
    a_run(tmp_path, "other", model=f"{run}-like")
    assert deletion_of(run).dependents == ("first", "second")


def test_a_deleted_run_is_gone_and_all_else_is_there(tmp_path: Path) -> None:
    store = tmp_path / "blocks"
    store.mkdir()
    run = a_run(tmp_path, store=str(store))
    other = a_run(tmp_path, "other")
    delete_run(run)
    assert not run.exists()
    assert store.is_dir()
    assert [one.path for one in list_runs(tmp_path)] == [other]


def test_a_damaged_run_can_be_deleted(tmp_path: Path) -> None:
    run = a_run(tmp_path)
    (run / "run.json").write_text("{")
    delete_run(run)
    assert not run.exists()


@pytest.mark.parametrize("act", [delete_run, deletion_of, lambda run: rename_run(run, "new")])
class TestRefused:
    def test_a_run_that_trains(self, tmp_path: Path, act) -> None:
        run = a_run(tmp_path, log="")
        with pytest.raises(RunError, match="is running; stop it first"):
            act(run)
        assert run.is_dir()

    def test_a_run_that_another_process_holds(self, tmp_path: Path, act) -> None:
        run = a_run(tmp_path)
        with hold(run), pytest.raises(RunError, match="being written to"):
            act(run)

    def test_a_run_whose_resumed_process_has_logged_nothing_yet(self, tmp_path: Path, act) -> None:
        run = a_run(tmp_path)
        Launch(3.0, "gpt2", Process.current(), (run / "events.jsonl").stat().st_size).write(run)
        with pytest.raises(RunError, match="is starting"):
            act(run)

    def test_a_folder_that_is_no_run(self, tmp_path: Path, act) -> None:
        (tmp_path / "thesis").mkdir()
        with pytest.raises(RunError, match="no run in this folder"):
            act(tmp_path / "thesis")

    def test_a_link(self, tmp_path: Path, act) -> None:
        run = a_run(tmp_path / "elsewhere")
        (tmp_path / "link").symlink_to(run)
        with pytest.raises(RunError, match="a link"):
            act(tmp_path / "link")


def test_what_cannot_be_deleted_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(path: Path) -> None:
        raise PermissionError(13, "Permission denied", str(path))

    monkeypatch.setattr("recipe_tui.core.runs.manage.shutil.rmtree", refuse)
    with pytest.raises(OutputError, match=r"cannot be deleted \(Permission denied\)"):
        delete_run(a_run(tmp_path))


def test_a_renamed_run_has_its_name_everywhere(tmp_path: Path) -> None:
    renamed = rename_run(a_run(tmp_path), "stew")
    assert renamed == tmp_path / "stew"
    assert [(one.name, one.state) for one in list_runs(tmp_path)] == [("stew", "stopped")]
    config = load_config(renamed / "config.toml")
    manifest = RunManifest.read(renamed)
    assert (config.run, manifest.name) == ("stew", "stew")
    assert manifest == manifest.of(config)


def test_a_run_whose_configuration_cannot_be_read_is_renamed_all_the_same(tmp_path: Path) -> None:
    run = a_run(tmp_path)
    (run / "config.toml").write_text("colour = 'red'\n")
    assert (rename_run(run, "stew") / "config.toml").read_text() == "colour = 'red'\n"


@pytest.mark.parametrize(("name", "said"), [("other", "exists already"), ("a/b", "cannot be the name of a run")])
def test_a_name_that_is_taken_or_none_is_refused(tmp_path: Path, name: str, said: str) -> None:
    run = a_run(tmp_path)
    (tmp_path / "other").mkdir()
    with pytest.raises(RunError, match=said):
        rename_run(run, name)
    assert run.is_dir()
