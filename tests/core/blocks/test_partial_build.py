from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

import pytest
from filelock import FileLock

from recipe_tui.core import paths
from recipe_tui.core.atomic_io import whole_file
from recipe_tui.core.blocks import gathered, partial_build, preparation
from recipe_tui.core.blocks.build import build_store
from recipe_tui.core.blocks.partial_build import PartialBuild, partial_folder
from recipe_tui.core.blocks.progress import BuildProgress
from recipe_tui.core.blocks.tokenizer import new_tokenizer
from recipe_tui.core.config import DataConfig
from recipe_tui.core.errors import StoreError
from recipe_tui.core.text.tokenizer import Tokenizer

ROWS = 8
"""Recipes in a batch, so that the few of these tests are several batches."""

Build = Callable[..., list[BuildProgress]]


class KilledError(BaseException):
    """Ends a build as Ctrl-C does."""


@pytest.fixture(autouse=True)
def checkpoint_after_each_batch(monkeypatch) -> None:
    monkeypatch.setattr(gathered, "ROWS", ROWS)
    monkeypatch.setattr(preparation, "ALONE", 1000)
    monkeypatch.setattr(partial_build, "SECONDS", 0.0)


@pytest.fixture
def source(recipes_file, tmp_path) -> Path:
    """Recipes with fields to count, an unreadable line before and after those of the first batches, and duplicates."""
    rows = [json.loads(line) for line in recipes_file.read_text(encoding="utf-8").splitlines()][:36]
    for number, row in enumerate(rows):
        row |= {"tags": [f"tag {number % 3}"], "yield": 2 + number % 2, "notes_html": "<p>Hot.</p>"}
    lines = [json.dumps(row) for row in [*rows, {**rows[3], "directions": []}, rows[5]]]
    path = tmp_path / "recipes.jsonl"
    path.write_text("\n".join(["{broken", *lines[:20], "{broken too", *lines[20:]]) + "\n", encoding="utf-8")
    return path


@pytest.fixture
def config(source) -> DataConfig:
    return DataConfig(source=(str(source),), block_size=64, validation_fraction=0.1, test_fraction=0.1)


@pytest.fixture
def store(tmp_path) -> Path:
    return tmp_path / "stores" / "store"


@pytest.fixture
def run(config, store, tokenizers) -> Build:
    """Build the store, killed when the given progress is reported; return the progress."""

    def run(
        stop: Callable[[BuildProgress], bool] = lambda _: False,
        config: DataConfig = config,
        tokenizer: Tokenizer = tokenizers["sections"],
    ) -> list[BuildProgress]:
        reports: list[BuildProgress] = []

        def report(progress: BuildProgress) -> None:
            reports.append(progress)
            if stop(progress):
                raise KilledError

        with suppress(KilledError):
            build_store(config, store, tokenizer, report)
        return reports

    return run


@pytest.fixture
def whole(config, tmp_path, tokenizers) -> dict[str, bytes]:
    """The files of an uninterrupted build."""
    return files_of(build_store(config, tmp_path / "whole", tokenizers["sections"]).path)


def files_of(folder: Path) -> dict[str, bytes]:
    return {str(path.relative_to(folder)): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def after(recipes: int) -> Callable[[BuildProgress], bool]:
    """Stop when so many recipes are prepared; the last batch of them is in no checkpoint."""
    return lambda progress: progress.stage == "read" and progress.done >= recipes


def notes(reports: list[BuildProgress]) -> set[str]:
    return {report.note for report in reports if report.stage in ("resume", "read")}


def test_a_build_that_is_killed_anywhere_is_resumed_to_the_same_bytes(run, store, whole) -> None:
    stages = [(report.stage, report.done) for report in run()]
    assert files_of(store) == whole
    assert {stage for stage, _ in stages} == {"read", "find duplicates", "pack", "write"}
    for stage in dict.fromkeys(stages):
        shutil.rmtree(store)
        run(lambda progress, stage=stage: (progress.stage, progress.done) == stage)
        assert not (store / "store.json").exists()
        done = (stage[1] - 1) // ROWS * ROWS if stage[0] == "read" else 38
        resumed = run()
        assert notes(resumed) == ({f"resuming after {done:,} recipes"} if done > 0 else {""})
        assert files_of(store) == whole
        assert [path.name for path in store.parent.iterdir()] == ["store"]


def test_a_build_that_is_killed_again_and_again_is_resumed_each_time(run, store, whole) -> None:
    for recipes in (16, 24, 32):
        run(after(recipes))
    reports = run()
    assert reports[:3] == [BuildProgress("resume", done, 24, "resuming after 24 recipes") for done in (0, 8, 16)]
    assert reports[3].summary == "reading recipes: 32 (resuming after 24 recipes)"
    assert files_of(store) == whole


@pytest.mark.parametrize("moment", ["before", "after"])
def test_a_build_that_is_killed_at_a_checkpoint_has_it_whole_or_not_at_all(
    run, store, whole, monkeypatch, moment
) -> None:
    def killed(destination):
        if moment == "before":
            destination.with_name(f".{destination.name}.1.new").write_bytes(b"half")
            raise KilledError
        return whole_file(destination)

    save = PartialBuild.save

    def save_third(self, checkpoint):
        third = checkpoint.recipes == 3 * ROWS
        if third:
            patched.setattr(partial_build, "whole_file", killed)
        save(self, checkpoint)
        if third:
            raise KilledError

    with monkeypatch.context() as patched:
        patched.setattr(PartialBuild, "save", save_third)
        run()
    done = 16 if moment == "before" else 24
    assert notes(run()) == {f"resuming after {done} recipes"}
    assert files_of(store) == whole


def test_a_short_build_keeps_nothing(run, store, monkeypatch) -> None:
    monkeypatch.setattr(partial_build, "SECONDS", 1000.0)
    run(after(16))
    assert list(store.parent.iterdir()) == []


def test_an_unfinished_build_is_no_store(run, store) -> None:
    from recipe_tui.core.browsing.stores import list_stores

    run(after(24))
    assert [path.name for path in store.parent.iterdir()] == [".store.partial"]
    assert list_stores(store.parent.parent) == []


@pytest.mark.parametrize(
    ("change", "reason"),
    [
        ("source", "the sources have changed"),
        ("settings", "near_duplicates, seed changed"),
        ("tokenizer", "the tokenizer has changed"),
        ("code", "recipe-tui has changed"),
        ("libraries", "libraries have changed"),
    ],
)
def test_a_change_starts_the_build_afresh_and_says_why(
    run, config, source, store, tmp_path, tokenizers, monkeypatch, change, reason
) -> None:
    run(after(24))
    tokenizer = tokenizers["sections"]
    if change == "source":
        source.write_text(source.read_text(encoding="utf-8").replace("tag 1", "tag 9"), encoding="utf-8")
    elif change == "settings":
        config = config.model_copy(update={"near_duplicates": "keep", "seed": 7})
    elif change == "tokenizer":
        monkeypatch.setattr(Tokenizer, "fingerprint", "another")
    elif change == "code":
        monkeypatch.setattr("recipe_tui.core.blocks.fingerprint.code_fingerprint", lambda _: "newer")
    else:
        monkeypatch.setattr(partial_build, "version", lambda _: "0.0.1")
    assert notes(run(config=config, tokenizer=tokenizer)) == {f"starting afresh: {reason}"}
    expected = build_store(config, tmp_path / "expected", tokenizer)
    assert files_of(store) == files_of(expected.path)


DAMAGED = "a later checkpoint is damaged"


@pytest.mark.parametrize(
    ("name", "damage", "note"),
    [
        ("recipes.bin", "cut", f"resuming after 32 recipes, since {DAMAGED}"),
        ("tokens.bin", "changed", f"resuming after 32 recipes, since {DAMAGED}"),
        ("sets.bin", "cut", f"resuming after 32 recipes, since {DAMAGED}"),
        ("000000000038.npz", "cut", f"resuming after 32 recipes, since {DAMAGED}"),
        ("000000000024.npz", "changed", f"resuming after 16 recipes, since {DAMAGED}"),
        ("000000000024.npz", "missing", f"resuming after 16 recipes, since {DAMAGED}"),
        ("000000000008.npz", "cut", "starting afresh: the partial build is damaged"),
        ("sets.bin", "missing", "starting afresh: the partial build is damaged"),
        ("build.json", "cut", "starting afresh: the partial build is damaged"),
    ],
)
def test_a_damaged_checkpoint_is_not_trusted_and_the_one_before_is_resumed(
    run, store, whole, name, damage, note
) -> None:
    run(lambda progress: progress.stage == "find duplicates")
    path = partial_folder(store) / name
    data = path.read_bytes()
    path.unlink()
    if damage != "missing":
        path.write_bytes(data[:-40] + (b"" if damage == "cut" else bytes(40)))
    assert notes(run()) == {note}
    assert files_of(store) == whole


def test_a_partial_build_whose_place_is_named_by_outdated_sources_is_taken_over(run, source, store) -> None:
    run(after(24))
    partial_folder(store).rename(partial_folder(store.with_name("0123abcd")))
    assert notes(run(after(16))) == {""}, "the same sources: the partial build is of use to the other store"
    shutil.rmtree(partial_folder(store))
    source.write_text(source.read_text(encoding="utf-8").replace("tag 1", "tag 9"), encoding="utf-8")
    assert notes(run()) == {"starting afresh: the sources have changed"}
    assert [path.name for path in store.parent.iterdir()] == ["store"]


def test_a_build_leaves_the_partial_build_of_another_process_alone(run, store, whole) -> None:
    run(after(24))
    partial = partial_folder(store)
    before = files_of(partial)
    with FileLock(partial / paths.LOCK):
        assert notes(run()) == {""}
        assert files_of(store) == whole
        assert files_of(partial) == before
        assert {path.name for path in store.parent.iterdir()} == {"store", partial.name}


def test_what_a_killed_second_build_prepared_is_removed_by_the_next_build(run, store, monkeypatch) -> None:
    partial = partial_folder(store)
    partial.mkdir(parents=True)
    with FileLock(partial / paths.LOCK), monkeypatch.context() as killed:
        killed.setattr(
            partial_build, "unfinished_folder", lambda _: partial.with_name(f".{partial.name}.999999999.new")
        )
        killed.setattr("shutil.rmtree", lambda *_, **__: None)  # SIGKILL leaves it
        run(after(16))
    assert (store.parent / f".{partial.name}.999999999.new").is_dir()
    run()
    assert [path.name for path in store.parent.iterdir()] == ["store"]


def test_it_is_removed_also_where_the_store_is_complete(run, store) -> None:
    run()
    left = store.with_name("..store.partial.999999999.new")
    left.mkdir()
    run()
    assert not left.exists()


@pytest.mark.parametrize("kind", ["a file", "a folder"])
def test_what_the_user_has_in_place_of_the_partial_build_is_named_and_kept(run, store, whole, kind) -> None:
    run()
    shutil.rmtree(store)
    place = partial_folder(store)
    mine = place / "notes.txt" if kind == "a folder" else place
    mine.parent.mkdir(exist_ok=True)
    mine.write_text("mine")
    with pytest.raises(StoreError, match=r"\.store\.partial: is in the way .*; move or rename it"):
        run()
    assert mine.read_text() == "mine"
    place.rename(store.with_name("moved"))
    run()
    (store.with_name("moved")).rename(place)
    run()  # it is complete
    assert files_of(store) == whole
    assert mine.read_text() == "mine"


def test_what_is_left_beside_a_complete_store_is_removed(run, store) -> None:
    run()
    partial_folder(store).mkdir()
    (partial_folder(store) / "000000000008.npz").write_bytes(b"")
    assert [report.stage for report in run()] == ["reuse"]
    assert [path.name for path in store.parent.iterdir()] == ["store"]


@pytest.mark.parametrize("stage", ["read for tokenizer", "train tokenizer"])
def test_the_reading_for_a_new_tokenizer_is_resumed_to_the_same_tokenizer(config, tmp_path, stage) -> None:
    config = config.model_copy(update={"tokenizer": "new:330"})
    new_tokenizer(config, tmp_path / "expected")
    reports: list[BuildProgress] = []

    def killed(progress: BuildProgress) -> None:
        if progress.stage == stage and (progress.done >= 24 or stage == "train tokenizer"):
            raise KilledError

    with pytest.raises(KilledError):
        new_tokenizer(config, tmp_path / "tokenizer", killed)
    new_tokenizer(config, tmp_path / "tokenizer", reports.append)
    assert reports[0].note == f"resuming after {16 if stage == 'read for tokenizer' else 38} recipes"
    assert files_of(tmp_path / "tokenizer") == files_of(tmp_path / "expected")
    assert not partial_folder(tmp_path / "tokenizer").exists()
