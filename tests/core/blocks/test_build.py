from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import numpy as np
import pytest

from recipe_tui.core.blocks import fingerprint as fingerprints
from recipe_tui.core.blocks.build import build_store, default_destination
from recipe_tui.core.blocks.field_values import FieldValues
from recipe_tui.core.blocks.ledger import Ledger
from recipe_tui.core.blocks.packing import Packed
from recipe_tui.core.blocks.progress import BuildProgress
from recipe_tui.core.blocks.store import BlockStore
from recipe_tui.core.config import DataConfig
from recipe_tui.core.errors import ConfigError, OutputError, SourceError, StoreError, UsageError
from recipe_tui.core.recipes.recipe import SPLITS
from recipe_tui.core.text.tokenizer import load_tokenizer

every_way = pytest.mark.parametrize(
    ("layout", "packing"),
    [("plain", "best_fit"), ("plain", "concatenate"), ("sections", "best_fit"), ("sections", "concatenate")],
)


@pytest.fixture
def config(recipes_file) -> DataConfig:
    return DataConfig(source=(str(recipes_file),), block_size=64, validation_fraction=0.1, test_fraction=0.1)


def changed(config: DataConfig, **changes) -> DataConfig:
    return config.model_copy(update=changes)


def rows_of(path) -> list[dict]:
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def write_rows(path, rows: list[dict]) -> str:
    path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return str(path)


def tokens_by_recipe(store: BlockStore) -> dict[int, list[int]]:
    """Put every recipe's tokens together again from all blocks."""
    parts: dict[int, dict[int, int]] = {}
    for split in SPLITS:
        for block in store.blocks(split):
            for segment in block.segments:
                for i in range(segment.length):
                    place = parts.setdefault(segment.recipe, {})
                    assert segment.offset + i not in place
                    place[segment.offset + i] = int(block.input_ids[segment.start + i])
    return {row: [places[i] for i in sorted(places)] for row, places in parts.items()}


@every_way
def test_the_blocks_hold_every_token_of_every_kept_recipe_once(config, tmp_path, tokenizers, layout, packing) -> None:
    store = build_store(changed(config, layout=layout, packing=packing), tmp_path / "store", tokenizers[layout])
    kept = [row for row in range(len(store)) if store.outcome(row).name == "kept"]
    tokenizer = load_tokenizer(store.tokenizer_path)
    assert len(kept) == store.ledger.kept > 30
    assert tokens_by_recipe(store) == {row: tokenizer.encode_recipes([store.recipe(row)]).ids.tolist() for row in kept}


@every_way
def test_every_split_holds_the_recipes_that_are_in_it(config, tmp_path, tokenizers, layout, packing) -> None:
    store = build_store(changed(config, layout=layout, packing=packing), tmp_path / "store", tokenizers[layout])
    for split in SPLITS:
        in_blocks = {segment.recipe for block in store.blocks(split) for segment in block.segments}
        assert in_blocks == {row for row in range(len(store)) if store.outcome(row).split == split} != set()


def test_recipes_stay_in_the_split_that_their_file_is_for(config, tmp_path, tokenizers) -> None:
    rows = rows_of(Path(config.source[0]))
    for name, some in (("training", rows[:30]), ("validation", rows[30:36]), ("testing", rows[36:])):
        lines = (line for row in some for line in (row["title"], *row["ingredients"], *row["directions"]))
        (tmp_path / f"hand.recipes.{name}").write_text("".join(f"{line}\n" for line in lines))
    store = build_store(changed(config, source=(str(tmp_path),)), tmp_path / "store", tokenizers["plain"])
    splits = [store.outcome(row).split for row in range(len(store))]
    assert set(splits) == set(SPLITS)
    assert splits == [store.recipe(row).source.split for row in range(len(store))]


def test_the_end_token_stands_only_where_a_recipe_ends(config, tmp_path, tokenizers) -> None:
    store = build_store(changed(config, overlong="cut", block_size=40), tmp_path / "store", tokenizers["sections"])
    assert store.ledger.cut_recipes > 0
    ends = 0
    for block in store.blocks("train"):
        for segment in block.segments:
            tokens = block.input_ids[segment.start : segment.start + segment.length].tolist()
            whole = not segment.continues_after
            ends += whole
            assert (tokens[-1] == store.eos_id) == whole
            assert store.eos_id not in tokens[:-1]
    assert ends == store.ledger.splits["train"].recipes - sum(
        store.outcome(row).split == "train" and store.outcome(row).tokens > 40 for row in range(len(store))
    )


def test_the_ledger_adds_up_and_counts_what_was_read(config, tmp_path, tokenizers) -> None:
    rows = rows_of(Path(config.source[0]))
    source = tmp_path / "recipes.jsonl"
    no_steps = {"title": "Nothing", "ingredients": ["1 egg"], "directions": []}
    write_rows(source, [no_steps, *rows, rows[4]])
    with source.open("a") as file:
        file.write("{not json\n")
    store = build_store(changed(config, source=(str(source),)), tmp_path / "store", tokenizers["sections"])
    ledger = store.ledger
    ledger.check()
    assert ledger.read == len(rows) + 3
    assert ledger.dropped["unreadable"] == 1
    assert ledger.dropped["no_steps"] == 1
    assert ledger.dropped["exact_duplicate"] == 1
    assert ledger.read == ledger.kept + sum(ledger.dropped.values())
    assert ledger.sources == (str(source),)
    assert store.outcome(0).name == "no_steps"
    duplicate = store.outcome(len(rows) + 1)
    assert (duplicate.name, duplicate.duplicate_of, duplicate.split) == ("exact_duplicate", 5, None)
    assert store.recipe(5).title == store.recipe(len(rows) + 1).title == rows[4]["title"]
    (unreadable,) = rows_of(tmp_path / "store" / "unreadable.jsonl")
    assert (unreadable["file"], unreadable["line"]) == (str(source), len(rows) + 3)
    assert unreadable["reason"] in ledger.warnings[0]


@every_way
def test_the_ledger_can_be_counted_again_from_what_is_in_the_store(
    config, tmp_path, tokenizers, layout, packing
) -> None:
    store = build_store(changed(config, layout=layout, packing=packing), tmp_path / "store", tokenizers[layout])
    repairs: dict[str, int] = {}
    for row in range(len(store)):
        for repair in store.repairs(row):
            repairs[repair] = repairs.get(repair, 0) + 1
    packed = {split: Packed(store.blocks(split).segments, store.blocks(split).first_segments) for split in SPLITS}
    counted = Ledger.count(
        sources=config.source,
        read=len(store),
        unreadable=0,
        repairs=repairs,
        outcomes=store.outcomes,
        outcome_names=store.manifest.outcome_names,
        packed=packed,
        block_size=64,
    )
    assert counted == store.ledger
    # And the parts that an array cannot get wrong, one recipe and one block at a time.
    outcomes = [store.outcome(row) for row in range(len(store))]
    assert counted.kept == sum(outcome.name == "kept" for outcome in outcomes)
    assert counted.tokens.kept == sum(outcome.tokens for outcome in outcomes if outcome.name == "kept")
    blocks = [block for split in SPLITS for block in store.blocks(split)]
    assert counted.tokens.in_blocks == sum(len(block.input_ids) for block in blocks)
    assert counted.tokens.padding == sum(block.padding for block in blocks)


@pytest.mark.parametrize("overlong", ["split", "cut", "drop"])
def test_recipes_longer_than_a_block_are_split_cut_or_dropped_and_counted(
    config, tmp_path, tokenizers, overlong
) -> None:
    store = build_store(changed(config, overlong=overlong, block_size=100), tmp_path / "store", tokenizers["sections"])
    long = [row for row in range(len(store)) if store.outcome(row).tokens > 100]
    assert long
    ledger = store.ledger
    assert ledger.split_recipes == (len(long) if overlong == "split" else 0)
    assert ledger.cut_recipes == (len(long) if overlong == "cut" else 0)
    assert ledger.dropped.get("overlong", 0) == (len(long) if overlong == "drop" else 0)
    lost = sum(store.outcome(row).tokens - 100 for row in long)
    assert ledger.tokens.cut == (lost if overlong == "cut" else 0)


@pytest.mark.parametrize("near_duplicates", ["drop", "keep"])
def test_near_duplicates_are_dropped_or_kept_together(config, tmp_path, tokenizers, near_duplicates) -> None:
    rows = rows_of(Path(config.source[0]))
    steps = [f"Stir the {word} into the pot and cook it for {n} minutes." for n, word in enumerate("abcdefgh", 3)]
    twins = [
        {"title": title, "ingredients": [f"{n} cups of {word}" for n, word in enumerate("abcdefgh", 2)] + [salt]}
        for title, salt in (("Grand Alphabet Soup", "salt"), ("Grand Alphabet Soup", "pepper"))
    ]
    source = write_rows(tmp_path / "twins.jsonl", [*rows, *(twin | {"directions": steps} for twin in twins)])
    config = changed(config, source=(source,), near_duplicates=near_duplicates)
    store = build_store(config, tmp_path / "store", tokenizers["sections"])
    first, second = store.outcome(len(rows)), store.outcome(len(rows) + 1)
    assert (first.duplicate_of, second.duplicate_of) == (None, len(rows))
    assert 0.8 <= second.similarity < 1
    if near_duplicates == "drop":
        assert (first.name, second.name) == ("kept", "near_duplicate")
        assert store.ledger.dropped["near_duplicate"] == 1
    else:
        assert first.name == second.name == "kept"
        assert first.split == second.split


def files_of(folder) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name != "store.json"
    }


def test_the_same_sources_and_settings_make_the_same_store(config, tmp_path, tokenizers) -> None:
    for name in ("one", "two"):
        build_store(config, tmp_path / name, tokenizers["sections"])
    assert files_of(tmp_path / "one") == files_of(tmp_path / "two")
    assert not (tmp_path / "one" / "tokens.bin").exists()


def test_an_unchanged_store_is_reused_without_reading_its_sources(config, tmp_path, tokenizers, monkeypatch) -> None:
    built = build_store(config, tmp_path / "store", tokenizers["sections"])
    assert not built.reused
    before = (tmp_path / "store" / "store.json").stat()

    def unwanted(*_: object) -> str:
        raise AssertionError("the source was read again")

    monkeypatch.setattr(fingerprints, "_hash", unwanted)
    reports: list[BuildProgress] = []
    again = build_store(config, tmp_path / "store", tokenizers["sections"], reports.append)
    assert again.reused
    assert [report.stage for report in reports] == ["reuse"]
    assert (tmp_path / "store" / "store.json").stat().st_mtime_ns == before.st_mtime_ns


@pytest.mark.parametrize(
    "changes", [{"block_size": 32}, {"packing": "concatenate"}, {"seed": 1}, {"near_duplicates": "keep"}]
)
def test_changed_settings_rebuild_the_store(config, tmp_path, tokenizers, changes) -> None:
    first = build_store(config, tmp_path / "store", tokenizers["sections"])
    second = build_store(changed(config, **changes), tmp_path / "store", tokenizers["sections"])
    assert not second.reused
    assert second.fingerprint != first.fingerprint
    assert [path.name for path in tmp_path.iterdir()] == ["store"]


def test_a_changed_source_rebuilds_the_store_and_a_touched_one_does_not(config, tmp_path, tokenizers) -> None:
    source = tmp_path / "recipes.jsonl"
    rows = rows_of(Path(config.source[0]))
    config = changed(config, source=(write_rows(source, rows),))
    build_store(config, tmp_path / "store", tokenizers["sections"])
    write_rows(source, rows)  # another time, the same text
    assert build_store(config, tmp_path / "store", tokenizers["sections"]).reused
    write_rows(source, rows[:-1])
    changed_store = build_store(config, tmp_path / "store", tokenizers["sections"])
    assert not changed_store.reused
    assert changed_store.ledger.read == len(rows) - 1


def test_another_layout_rebuilds_the_store(config, tmp_path, tokenizers) -> None:
    build_store(config, tmp_path / "store", tokenizers["sections"])
    store = build_store(changed(config, layout="plain"), tmp_path / "store", tokenizers["plain"])
    assert not store.reused
    assert store.vocab_size == tokenizers["plain"].vocab_size


def test_a_damaged_store_is_rebuilt(config, tmp_path, tokenizers) -> None:
    build_store(config, tmp_path / "store", tokenizers["sections"])
    (tmp_path / "store" / "train" / "input_ids.npy").write_bytes(b"")
    assert not build_store(config, tmp_path / "store", tokenizers["sections"]).reused
    BlockStore.open(tmp_path / "store")


def test_the_tokenizer_is_the_configurations_unless_another_is_given(config, tmp_path, tokenizer_folder) -> None:
    store = build_store(changed(config, tokenizer=str(tokenizer_folder)), tmp_path / "store")
    assert load_tokenizer(store.tokenizer_path).layout.name == "sections"
    with pytest.raises(UsageError, match="no tokenizer is given; name a folder"):
        build_store(config, tmp_path / "other")


def test_a_store_without_a_place_has_one_of_its_own_below_the_output(config, tmp_path, tokenizers) -> None:
    place = default_destination(config, tokenizers["sections"], tmp_path)
    store = build_store(config, place, tokenizers["sections"])
    assert place.parent == tmp_path / "blocks"
    assert store.fingerprint.startswith(place.name)
    assert default_destination(changed(config, seed=7), tokenizers["sections"], tmp_path) != place


def test_progress_goes_through_the_stages_and_ends_with_all_blocks(config, tmp_path, tokenizers) -> None:
    reports: list[BuildProgress] = []
    store = build_store(config, tmp_path / "store", tokenizers["sections"], reports.append)
    assert list(dict.fromkeys(report.stage for report in reports)) == ["read", "find duplicates", "pack", "write"]
    blocks = sum(counts.blocks for counts in store.ledger.splits.values())
    assert (reports[-1].done, reports[-1].total) == (blocks, blocks)


def test_the_smallest_block_size_works(config, tmp_path, tokenizers) -> None:
    store = build_store(changed(config, block_size=8), tmp_path / "store", tokenizers["sections"])
    assert len(tokens_by_recipe(store)) == store.ledger.kept


def test_no_held_out_recipes_are_empty_splits(config, tmp_path, tokenizers) -> None:
    config = changed(config, validation_fraction=0.0, test_fraction=0.0)
    store = build_store(config, tmp_path / "store", tokenizers["sections"])
    assert len(store.blocks("validation")) == len(store.blocks("test")) == 0
    assert len(store.blocks("train")) > 0


@pytest.mark.parametrize("content", ["folder", "file"])
def test_a_destination_that_is_no_store_is_never_touched(config, tmp_path, tokenizers, content) -> None:
    destination = tmp_path / "thesis"
    if content == "folder":
        destination.mkdir()
    precious = destination / "chapter.txt" if content == "folder" else destination
    precious.write_text("precious")
    with pytest.raises(StoreError, match="thesis: exists and is no block store; choose another folder"):
        build_store(config, destination, tokenizers["sections"])
    assert precious.read_text() == "precious"


def test_an_empty_folder_is_filled(config, tmp_path, tokenizers) -> None:
    (tmp_path / "store").mkdir()
    assert len(build_store(config, tmp_path / "store", tokenizers["sections"])) > 0


@pytest.mark.parametrize(
    "victim", ["numpy.lib.format.write_array_header_1_0", "pathlib.Path.write_text", "pyarrow.record_batch"]
)
def test_a_full_disk_is_a_clear_error_and_leaves_the_old_store(
    config, tmp_path, tokenizers, monkeypatch, victim
) -> None:
    build_store(config, tmp_path / "store", tokenizers["sections"])
    before = files_of(tmp_path / "store")

    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(victim, full)
    with pytest.raises(OutputError, match=r"store.*cannot be written \(No space left on device\); free some space"):
        build_store(changed(config, seed=7), tmp_path / "store", tokenizers["sections"])
    assert files_of(tmp_path / "store") == before
    assert [path.name for path in tmp_path.iterdir()] == ["store"]


def test_an_unwritable_destination_is_a_clear_error(config, tmp_path, tokenizers) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OutputError, match="store: cannot be written"):
        build_store(config, tmp_path / "file" / "store", tokenizers["sections"])


def test_a_source_without_a_usable_recipe_is_a_clear_error(config, tmp_path, tokenizers) -> None:
    source = write_rows(tmp_path / "bad.jsonl", [{"title": "Air", "ingredients": ["1 egg"], "directions": []}])
    with pytest.raises(SourceError, match="none of the 1 recipes is left after cleaning"):
        build_store(changed(config, source=(source,)), tmp_path / "store", tokenizers["sections"])
    assert not (tmp_path / "store").exists()


def test_a_file_whose_name_is_not_utf_8_is_read_like_any_other(config, tmp_path, tokenizers) -> None:
    source = tmp_path / os.fsdecode(b"caf\xe9.jsonl")
    rows = rows_of(Path(config.source[0]))
    try:
        write_rows(source, rows)
    except OSError:
        pytest.skip("this file system takes no such name")
    with source.open("a") as file:
        file.write("{not json\n")
    store = build_store(changed(config, source=(str(source),)), tmp_path / "store", tokenizers["sections"])
    assert store.ledger.read == len(rows) + 1
    assert store.recipe(0).source.file == str(tmp_path / "caf?.jsonl")


def test_a_missing_source_is_a_clear_error(config, tmp_path, tokenizers) -> None:
    with pytest.raises(SourceError, match=r"nowhere\.jsonl"):
        build_store(changed(config, source=(str(tmp_path / "nowhere.jsonl"),)), tmp_path / "store", tokenizers["plain"])


def test_given_splits_are_kept_in_any_format_and_in_sub_folders(config, tmp_path, tokenizers) -> None:
    rows = rows_of(Path(config.source[0]))
    (tmp_path / "data" / "test").mkdir(parents=True)
    write_rows(tmp_path / "data" / "train.jsonl", rows[:14])
    (tmp_path / "data" / "recipes_val.json").write_text(json.dumps(rows[14:17]))
    (tmp_path / "data" / "test" / "part-1.json").write_text(json.dumps(rows[17:20]))
    store = build_store(changed(config, source=(str(tmp_path / "data"),)), tmp_path / "store", tokenizers["sections"])
    titles = {
        split: {store.title(row) for row in range(len(store)) if store.outcome(row).split == split} for split in SPLITS
    }
    assert titles["test"] == {row["title"] for row in rows[17:20]}
    assert titles["validation"] == {row["title"] for row in rows[14:17]}
    assert (store.ledger.given_splits, store.ledger.overruled_splits, store.ledger.held_out_splits) == (20, 0, 0)
    assert ("splits given by the source", 20) in store.ledger.rows()


def test_a_copy_in_the_training_file_goes_and_the_test_keeps_its_recipe(config, tmp_path, tokenizers) -> None:
    rows = rows_of(Path(config.source[0]))
    copies = [{**row, "title": f"Copied {row['title']}"} for row in rows[17:19]]
    write_rows(tmp_path / "a_train.jsonl", copies + rows[:17])
    write_rows(tmp_path / "b_test.jsonl", rows[17:20])
    source = (str(tmp_path / "a_train.jsonl"), str(tmp_path / "b_test.jsonl"))
    store = build_store(changed(config, source=source), tmp_path / "store", tokenizers["sections"])
    in_test = {store.title(row) for row in range(len(store)) if store.outcome(row).split == "test"}
    assert in_test == {row["title"] for row in rows[17:20]}
    assert store.ledger.overruled_splits == 2
    assert store.ledger.held_out_splits == store.ledger.splits["validation"].recipes > 0


def test_a_lone_file_named_test_is_split_as_if_it_had_no_name(config, tmp_path, tokenizers) -> None:
    source = write_rows(tmp_path / "test.jsonl", rows_of(Path(config.source[0])))
    store = build_store(changed(config, source=(source,)), tmp_path / "store", tokenizers["sections"])
    assert store.ledger.splits["train"].recipes > store.ledger.splits["test"].recipes > 0
    assert store.ledger.ignored_splits > 0
    assert "was ignored: nothing would be left to train on" in store.ledger.warnings[0]
    assert store.ledger.overruled_splits == store.ledger.held_out_splits == 0


def test_nothing_left_to_train_on_is_a_clear_error(config, tmp_path, tokenizers, monkeypatch) -> None:
    from recipe_tui.core.blocks import selection

    monkeypatch.setattr(selection, "assign_splits", lambda cluster, *_: np.ones(len(cluster), np.int8))
    with pytest.raises(ConfigError, match=r"none of the \d+ recipes is left to train on; lower data.validation"):
        build_store(config, tmp_path / "store", tokenizers["sections"])


def test_the_store_knows_the_tags_and_the_ledger_the_fields_that_were_not_understood(
    config, tmp_path, tokenizers
) -> None:
    rows = rows_of(Path(config.source[0]))
    for row in rows:
        row |= {"tags": ["soup"], "yield": 4, "notes_html": "<p>Hot.</p>"}
    rows[0]["ratings"] = 5
    source = write_rows(tmp_path / "described.jsonl", rows)
    store = build_store(changed(config, source=(source,)), tmp_path / "store", tokenizers["sections"])
    assert FieldValues.read(store.path).tags.keys() == {"soup"}
    assert FieldValues.read(store.path).servings.keys() == {"4 servings"}
    assert store.ledger.unread_fields == {"notes_html": len(rows), "ratings": 1}
    assert any("notes_html" in warning and "ratings (1)" in warning for warning in store.ledger.warnings)


def test_a_store_that_holds_a_file_of_the_users_is_not_replaced(config, tmp_path, tokenizers) -> None:
    store = build_store(config, tmp_path / "store", tokenizers["sections"])
    (store.path / "novelty").mkdir()
    (store.path / "NOTES.txt").write_text("mine")
    assert build_store(config, store.path, tokenizers["sections"]).reused
    with pytest.raises(StoreError, match=r"NOTES\.txt in it is no part of a store; move that file"):
        build_store(changed(config, block_size=32), store.path, tokenizers["sections"])
    (store.path / "NOTES.txt").rename(store.path / ".novelty.999999999.new")  # as a killed build of the index leaves it
    assert build_store(changed(config, block_size=32), store.path, tokenizers["sections"]).block_size == 32


def test_a_store_is_built_where_a_link_points(config, tmp_path, tokenizers) -> None:
    (tmp_path / "disk").mkdir()
    (tmp_path / "link").symlink_to(tmp_path / "disk")
    build_store(config, tmp_path / "link", tokenizers["sections"])
    assert (tmp_path / "link").is_symlink()
    assert (tmp_path / "disk" / "store.json").is_file()


def test_a_store_is_built_in_the_present_folder(config, tmp_path, tokenizers, monkeypatch) -> None:
    (tmp_path / "here").mkdir()
    monkeypatch.chdir(tmp_path / "here")
    build_store(config, Path(), tokenizers["sections"])
    assert (tmp_path / "here" / "store.json").is_file()


def test_what_a_killed_build_left_is_removed_when_the_store_is_reused(config, tmp_path, tokenizers) -> None:
    build_store(config, tmp_path / "store", tokenizers["sections"])
    (tmp_path / ".store.999999999.new").mkdir()
    build_store(config, tmp_path / "store", tokenizers["sections"])
    assert not list(tmp_path.glob(".store*"))
