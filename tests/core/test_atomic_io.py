from __future__ import annotations

import errno
import os
import shutil
from collections import namedtuple

import numpy as np
import pytest

from recipe_tui.core.atomic_io import (
    SPARE_BYTES,
    clear_all_abandoned,
    require_space,
    whole_folder,
    write_array,
    write_text,
    writing,
)
from recipe_tui.core.errors import OutputError


def content(folder) -> dict[str, str]:
    return {path.name: path.read_text() for path in folder.iterdir()}


def test_a_folder_appears_when_it_is_whole(tmp_path) -> None:
    destination = tmp_path / "deep" / "store"
    with whole_folder(destination) as folder:
        (folder / "a").write_text("1")
        assert not destination.exists()
    assert content(destination) == {"a": "1"}
    assert list(destination.parent.iterdir()) == [destination]


def test_it_takes_the_place_of_an_older_one(tmp_path) -> None:
    destination = tmp_path / "store"
    destination.mkdir()
    (destination / "old").write_text("0")
    with whole_folder(destination) as folder:
        (folder / "new").write_text("1")
        assert content(destination) == {"old": "0"}
    assert content(destination) == {"new": "1"}
    assert list(tmp_path.iterdir()) == [destination]


@pytest.mark.parametrize("interruption", [ValueError, KeyboardInterrupt])
def test_when_it_fails_the_older_one_stays_and_nothing_else(tmp_path, interruption) -> None:
    destination = tmp_path / "store"
    destination.mkdir()
    (destination / "old").write_text("0")
    with pytest.raises(interruption), whole_folder(destination) as folder:
        (folder / "new").write_text("1")
        raise interruption
    assert content(destination) == {"old": "0"}
    assert list(tmp_path.iterdir()) == [destination]


def test_a_folder_that_is_removed_while_it_is_written_is_an_error_even_if_another_stands_there(tmp_path) -> None:
    with pytest.raises(OutputError, match="cannot be written"), whole_folder(tmp_path / "store") as folder:
        (folder / "new").write_text("1")
        shutil.rmtree(folder)
        folder.mkdir()  # as libraries do that make the folders of what they save
    assert list(tmp_path.iterdir()) == []


def test_when_the_last_move_fails_the_older_one_is_put_back(tmp_path, monkeypatch) -> None:
    destination = tmp_path / "store"
    destination.mkdir()
    (destination / "old").write_text("0")
    rename = type(tmp_path).rename

    def failing(path, target):
        if path.name.endswith(".new"):
            raise OSError(errno.EIO, "Input/output error")
        return rename(path, target)

    monkeypatch.setattr(type(tmp_path), "rename", failing)
    with pytest.raises(OutputError, match="cannot be written"), whole_folder(destination):
        pass
    assert content(destination) == {"old": "0"}
    assert list(tmp_path.iterdir()) == [destination]


@pytest.mark.parametrize("name", ["store", "st[o]re*"])
def test_what_a_killed_process_left_is_cleared_away_but_not_what_a_living_one_writes(tmp_path, name) -> None:
    dead, living = tmp_path / f".{name}.999999999.new", tmp_path / f".{name}.{os.getppid()}.new"
    dead.mkdir()
    living.mkdir()
    with whole_folder(tmp_path / name):
        pass
    assert not dead.exists()
    assert living.exists()


@pytest.mark.parametrize(
    ("code", "said"),
    [
        (errno.ENOSPC, r"place: cannot be written \(No space left on device\); free some space"),
        (errno.EACCES, r"place: cannot be written \(Permission denied\); choose a folder that you may write to"),
        (errno.EIO, r"place: cannot be written \(Input/output error\); check the path and the disk"),
    ],
)
def test_a_failed_write_says_where_why_and_what_to_do(tmp_path, code, said) -> None:
    with pytest.raises(OutputError, match=said), writing(tmp_path / "place"):
        raise OSError(code, "whatever")


def test_a_place_below_a_file_cannot_be_written(tmp_path) -> None:
    (tmp_path / "file").write_text("")
    said = r"cannot be written \(.*/file is in the way\); move or rename that, or choose another place"
    for place in ("file/store", "file/deep/store"):
        with pytest.raises(OutputError, match=f"{place}: {said}"), whole_folder(tmp_path / place):
            pass
    with pytest.raises(OutputError, match=rf"a\.txt: {said}"):
        write_text(tmp_path / "file" / "a.txt", "text")


def test_what_killed_processes_left_in_a_folder_of_ours_is_cleared_whatever_it_was_to_become(tmp_path) -> None:
    names = [".one.999999999.new", "..one.partial.999999999.new", ".two.999999999.old", f".one.{os.getppid()}.new"]
    for name in names:
        (tmp_path / name).mkdir()
    clear_all_abandoned(tmp_path)
    assert {path.name for path in tmp_path.iterdir()} == {"two", names[-1]}


def test_an_array_is_written_some_rows_at_a_time(tmp_path) -> None:
    rows = np.arange(12).reshape(6, 2)
    write_array(tmp_path / "a.npy", np.uint16, (6, 2), [rows[:4], rows[4:]])
    read = np.load(tmp_path / "a.npy")
    assert read.dtype == np.uint16
    assert read.tolist() == rows.tolist()


def test_what_a_full_disk_is_said_to_need_includes_the_reserve(tmp_path, monkeypatch) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr("shutil.disk_usage", lambda _: usage(0, 0, SPARE_BYTES))
    with pytest.raises(
        OutputError, match=r"with 0\.07 GB in reserve, a checkpoint takes 0\.08 GB and 0\.07 GB are free"
    ):
        require_space(tmp_path, 10_000_000)


def test_a_vanished_folder_has_no_room(tmp_path) -> None:
    with pytest.raises(OutputError, match="gone: cannot be written"):
        require_space(tmp_path / "gone", 1)


def test_a_folder_that_a_killed_process_had_put_aside_comes_back(tmp_path) -> None:
    aside = tmp_path / ".model.999999999.old"
    aside.mkdir()
    (aside / "weights").write_text("whole")
    with pytest.raises(RuntimeError), whole_folder(tmp_path / "model"):
        raise RuntimeError
    assert content(tmp_path / "model") == {"weights": "whole"}
    assert [path.name for path in tmp_path.iterdir()] == ["model"]


def test_what_was_replaced_by_a_killed_process_is_cleared_away(tmp_path) -> None:
    (tmp_path / ".model.999999999.old").mkdir()
    for _ in range(2):
        with whole_folder(tmp_path / "model") as folder:
            (folder / "weights").write_text("new")
    (tmp_path / ".model.999999999.old").mkdir()
    with whole_folder(tmp_path / "model") as folder:
        (folder / "weights").write_text("newer")
    assert [path.name for path in tmp_path.iterdir()] == ["model"]
