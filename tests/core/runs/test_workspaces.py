from __future__ import annotations

from pathlib import Path

import pytest

from recipe_tui.core import paths
from recipe_tui.core.errors import OutputError
from recipe_tui.core.runs.workspaces import known_workspaces, remember_workspace, workspace_instead


@pytest.fixture(autouse=True)
def own_state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


def workspace(folder: Path, used: float, runs: int = 1) -> Path:
    for number in range(runs):
        (folder / f"run-{number}").mkdir(parents=True)
        (folder / f"run-{number}" / paths.RUN_MANIFEST).write_text("{}")
    remember_workspace(folder, lambda: used)
    return folder


def test_the_folders_that_were_used_are_known_from_anywhere_the_latest_first(tmp_path: Path) -> None:
    first, second = workspace(tmp_path / "a", 10.0, runs=2), workspace(tmp_path / "b", 20.0)
    assert [(one.path, one.used, one.runs) for one in known_workspaces()] == [(second, 20.0, 1), (first, 10.0, 2)]
    remember_workspace(first, lambda: 30.0)
    assert [one.path for one in known_workspaces()] == [first, second]


def test_a_relative_folder_is_remembered_where_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    workspace(Path("output"), 10.0)
    monkeypatch.chdir("/")
    assert [one.path for one in known_workspaces()] == [tmp_path / "output"]


def test_folders_that_are_gone_or_empty_are_not_listed_but_not_forgotten(tmp_path: Path) -> None:
    folder = workspace(tmp_path / "disk", 10.0)
    folder.rename(tmp_path / "unmounted")
    remember_workspace(tmp_path / "empty", lambda: 20.0)
    assert known_workspaces() == []
    (tmp_path / "unmounted").rename(folder)
    assert [one.path for one in known_workspaces()] == [folder]


@pytest.mark.parametrize("damaged", ["", "[{]", '{"a": 1}', '[{"path": 3, "used": 1}]', '[{"path": "a", "used": "b"}]'])
def test_a_damaged_file_counts_as_empty_and_is_replaced(tmp_path: Path, damaged: str) -> None:
    paths.workspaces_file().parent.mkdir(parents=True)
    paths.workspaces_file().write_text(damaged)
    assert known_workspaces() == []
    folder = workspace(tmp_path / "a", 10.0)
    assert [one.path for one in known_workspaces()] == [folder]


def test_no_more_than_a_bounded_number_is_kept(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("recipe_tui.core.runs.workspaces.KEPT", 2)
    for number in range(4):
        workspace(tmp_path / str(number), float(number))
    assert [one.path.name for one in known_workspaces()] == ["3", "2"]


def test_a_state_folder_that_cannot_be_written_to_is_an_error_of_ours(tmp_path: Path) -> None:
    (tmp_path / "state").write_text("a file stands in its place")
    with pytest.raises(OutputError):
        remember_workspace(tmp_path / "a")


def test_the_latest_workspace_stands_in_for_a_folder_without_runs(tmp_path: Path) -> None:
    assert workspace_instead(tmp_path / "here") is None
    elsewhere = workspace(tmp_path / "elsewhere", 10.0)
    assert workspace_instead(tmp_path / "here") == elsewhere
    assert workspace_instead(workspace(tmp_path / "here", 5.0)) is None
