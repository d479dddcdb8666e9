from __future__ import annotations

import os
from pathlib import Path

from recipe_tui.core.browsing.stores import list_stores, newest_store
from recipe_tui.core.runs.folder import RunManifest
from tests.core.browsing.stores import make_store


def write_run(output: Path, name: str, store: Path) -> None:
    (output / name).mkdir(parents=True)
    RunManifest(name, 1.0, "gpt2", str(store), "d", "t", "c", "code").write(output / name)


def aged(store: Path, seconds: float) -> Path:
    os.utime(store / "store.json", (seconds, seconds))
    return store


def test_stores_are_those_of_the_output_folder_and_those_of_its_runs_the_newest_first(tmp_path: Path) -> None:
    output = tmp_path / "output"
    old = aged(make_store(output / "blocks" / "old"), 100)
    new = aged(make_store(tmp_path / "elsewhere"), 200)
    write_run(output, "first", new)
    write_run(output, "second", new)
    write_run(output, "third", tmp_path / "gone")
    (output / "blocks" / "foreign").mkdir()
    found = list_stores(output)
    assert [(store.path, store.runs) for store in found] == [(new, ("first", "second")), (old, ())]
    assert (found[0].sources, found[0].block_size, found[0].problem) == (("recipes.jsonl",), 8, "")
    assert newest_store(output) == new


def test_a_damaged_store_is_listed_with_its_problem_and_never_the_default(tmp_path: Path) -> None:
    good = aged(make_store(tmp_path / "blocks" / "good"), 100)
    bad = aged(make_store(tmp_path / "blocks" / "bad"), 200)
    (bad / "fates.npy").unlink()
    first, second = list_stores(tmp_path)
    assert first.path == bad and "missing from the block store" in first.problem
    assert second.path == good
    assert newest_store(tmp_path) == good


def test_without_an_output_folder_there_is_no_store(tmp_path: Path) -> None:
    assert list_stores(tmp_path / "none") == []
    assert newest_store(tmp_path / "none") is None
