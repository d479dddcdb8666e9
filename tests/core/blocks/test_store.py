from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest

from recipe_tui.core.blocks.fingerprint import Fingerprint
from recipe_tui.core.blocks.manifest import VERSION, StoreManifest
from recipe_tui.core.blocks.outcomes import OLDER_SECTIONS, OUTCOME
from recipe_tui.core.blocks.packing import SEGMENT
from recipe_tui.core.blocks.store import BlockStore, Segment
from recipe_tui.core.blocks.table import ROWS, RecipeTableWriter
from recipe_tui.core.config import DataConfig
from recipe_tui.core.errors import StoreError
from recipe_tui.core.recipes.recipe import Recipe, Source

END = 9  # also the pad token, as in GPT-2

# Recipe 0 is 11 12 13 END, recipe 1 is 21 22 .. 29 END, recipe 3 is 31 END; recipe 2 was dropped.
BEST_FIT = {
    "input_ids": [[21, 22, 23, 24, 25, 26, 27, 28], [11, 12, 13, END, 29, END, 31, END], [31, END] + [END] * 6],
    "segments": [
        (1, 0, 8, 0, False, True),
        (0, 0, 4, 0, False, False),
        (1, 4, 2, 8, True, False),
        (3, 6, 2, 0, False, False),
        (3, 0, 2, 0, False, False),
    ],
    "first_segments": [0, 1, 4, 5],
}
CONCATENATE = {
    "input_ids": [[11, 12, 13, END, 21, 22, 23, 24], [25, 26, END] + [END] * 5],
    "segments": [(0, 0, 4, 0, False, False), (1, 4, 4, 0, False, True), (1, 0, 3, 4, True, False)],
    "first_segments": [0, 2, 3],
}
NO_BLOCKS = {"input_ids": np.zeros((0, 8)), "segments": [], "first_segments": [0]}

RECIPES = [
    Recipe("Soup", ("leek",), ("Boil.",), ("vegan",), Source("a.jsonl", 1, "train")),
    Recipe("Pie", ("flour", "apples"), ("Mix.", "Bake."), (), Source("a.jsonl", 2)),
    Recipe("Soup", ("leek",), ("Boil.",), (), Source("b.csv", 7)),
    Recipe("Tea", (), ("Brew.",)),
]


def make_store(folder, packing="best_fit", train=BEST_FIT):
    for split, blocks in (("train", train), ("validation", NO_BLOCKS), ("test", NO_BLOCKS)):
        (folder / split).mkdir(parents=True)
        np.save(folder / split / "input_ids.npy", np.array(blocks["input_ids"], np.uint16).reshape(-1, 8))
        np.save(folder / split / "segments.npy", np.array(blocks["segments"], SEGMENT))
        np.save(folder / split / "first_segments.npy", np.array(blocks["first_segments"], np.int64))
    outcomes = np.zeros(4, OUTCOME)
    outcomes["outcome"] = [0, 0, 1, 0]
    outcomes["split"] = [0, 0, -1, 0]
    outcomes["cluster"] = [0, 1, 0, -1]
    outcomes["similarity"] = [0, 0, 1, 0]
    outcomes["section_tokens"][:, OLDER_SECTIONS] = [[1, 1, 1, 1], [1, 4, 4, 1], [1, 1, 1, 1], [1, 0, 0, 1]]
    np.save(folder / "fates.npy", outcomes)
    with RecipeTableWriter(folder / "recipes.arrow") as table:
        table.write(RECIPES, [(), ("entities",), (), ()])
    (folder / "ledger.json").write_text("{}")
    StoreManifest(
        config=DataConfig(source=("a.jsonl",), block_size=8, packing=packing),
        fingerprint=Fingerprint((), ("a.jsonl",), "t", {}, "c"),
        vocab_size=40,
        eos_id=END,
        pad_id=END,
        outcome_names=("kept", "exact_duplicate"),
        files={
            path.relative_to(folder).as_posix(): path.stat().st_size for path in folder.rglob("*") if path.is_file()
        },
    ).write(folder)
    return folder


@pytest.fixture
def store(tmp_path) -> BlockStore:
    return BlockStore.open(make_store(tmp_path / "store"))


def test_a_store_knows_what_it_was_built_with(store) -> None:
    assert (store.block_size, store.vocab_size, store.eos_id, store.pad_id) == (8, 40, END, END)
    assert store.config.source == ("a.jsonl",)
    assert store.isolated
    assert len(store) == 4
    assert not store.reused


def test_a_block_has_its_tokens_without_padding_and_its_segments(store) -> None:
    blocks = store.blocks("train")
    assert len(blocks) == 3
    assert blocks[1].input_ids.tolist() == [11, 12, 13, END, 29, END, 31, END]
    assert blocks[1].segments == (
        Segment(0, 0, 4, 0, False, False),
        Segment(1, 4, 2, 8, True, False),
        Segment(3, 6, 2, 0, False, False),
    )
    assert blocks[1].padding == 0
    assert blocks[2].input_ids.tolist() == [31, END]
    assert blocks[2].padding == 6
    assert blocks[-1].segments == blocks[2].segments
    with pytest.raises(IndexError):
        blocks[3]


def test_every_block_of_a_split_can_be_walked_through(store) -> None:
    assert [len(block.segments) for block in store.blocks("train")] == [1, 3, 1]
    assert list(store.blocks("validation")) == []


def test_isolated_recipes_restart_positions_and_are_not_predicted_from_each_other(store) -> None:
    batch = store.blocks("train").batch([1])
    assert batch.input_ids.tolist() == [[11, 12, 13, END, 29, END, 31, END]]
    assert batch.labels.tolist() == [[-100, 12, 13, END, -100, END, -100, END]]
    assert batch.position_ids.tolist() == [[0, 1, 2, 3, 0, 1, 0, 1]]
    assert batch.segment_ids.tolist() == [[0, 0, 0, 0, 1, 1, 2, 2]]


def test_padding_is_masked_by_length_though_it_is_the_end_token(store) -> None:
    batch = store.blocks("train").batch([2])
    assert batch.input_ids.tolist() == [[31] + [END] * 7]
    assert batch.labels.tolist() == [[-100, END] + [-100] * 6]
    assert batch.position_ids.tolist() == [[0, 1] + [0] * 6]
    assert batch.segment_ids.tolist() == [[0, 0] + [-1] * 6]


def test_concatenated_recipes_are_one_stream_but_for_the_padding(tmp_path) -> None:
    store = BlockStore.open(make_store(tmp_path / "store", "concatenate", CONCATENATE))
    assert not store.isolated
    batch = store.blocks("train").batch([0, 1])
    assert batch.labels.tolist() == [[11, 12, 13, END, 21, 22, 23, 24], [25, 26, END] + [-100] * 5]
    assert batch.position_ids.tolist() == [list(range(8))] * 2
    assert batch.segment_ids.tolist() == [[0] * 8, [0] * 3 + [-1] * 5]


def test_a_batch_comes_in_the_order_asked_for_as_int32(store) -> None:
    blocks = store.blocks("train")
    batch = blocks.batch(np.array([2, 0]))
    assert batch.input_ids[:, 0].tolist() == [31, 21]
    for array in (batch.input_ids, batch.labels, batch.position_ids, batch.segment_ids):
        assert array.shape == (2, 8)
        assert array.dtype == np.int32
    assert blocks.batch([]).labels.shape == (0, 8)


def test_each_token_knows_its_recipe_and_its_section(store) -> None:
    blocks = store.blocks("train")
    assert blocks.recipe_of_tokens(1).tolist() == [0, 0, 0, 0, 1, 1, 3, 3]
    assert blocks.recipe_of_tokens(2).tolist() == [3, 3] + [-1] * 6
    assert blocks.sections_of_tokens(0).tolist() == [0, 4, 4, 4, 4, 5, 5, 5]
    assert blocks.sections_of_tokens(1).tolist() == [0, 4, 5, 6, 5, 6, 0, 6]
    assert blocks.sections_of_tokens(2).tolist() == [0, 6] + [-1] * 6


def test_recipes_come_back_as_they_were_with_what_became_of_them(store) -> None:
    assert [store.recipe(row) for row in range(4)] == RECIPES
    assert store.repairs(1) == ("entities",)
    dropped = store.outcome(2)
    assert (dropped.name, dropped.split, dropped.duplicate_of, dropped.similarity) == ("exact_duplicate", None, 0, 1)
    kept = store.outcome(1)
    assert (kept.name, kept.split, kept.duplicate_of) == ("kept", "train", None)
    assert (kept.section_tokens, kept.tokens) == ((1, 0, 0, 0, 4, 4, 1), 10)
    assert store.outcome(3).duplicate_of is None
    assert store.outcome(-2) == dropped
    with pytest.raises(IndexError):
        store.recipe(4)


def test_any_row_of_a_long_table_is_found(tmp_path) -> None:
    from recipe_tui.core.blocks.table import RecipeTable

    recipes = [Recipe(f"Pie {i}", (), ()) for i in range(2 * ROWS + 5)]
    with RecipeTableWriter(tmp_path / "recipes.arrow") as table:
        for first in range(0, len(recipes), ROWS):
            table.write(recipes[first : first + ROWS], [()] * len(recipes[first : first + ROWS]))
    reader = RecipeTable(tmp_path / "recipes.arrow")
    assert [reader.recipe(row).title for row in (0, ROWS - 1, ROWS, 2 * ROWS + 4)] == [
        recipes[row].title for row in (0, ROWS - 1, ROWS, 2 * ROWS + 4)
    ]


def test_a_store_made_before_tags_were_written_has_the_sections_it_had(store) -> None:
    expected = np.array(store.outcomes)
    older = np.dtype([(name, OUTCOME[name]) for name in OUTCOME.names[:-1]] + [("section_tokens", np.int32, (4,))])
    written = np.zeros(len(store), older)
    for name in OUTCOME.names[:-1]:
        written[name] = expected[name]
    written["section_tokens"] = expected["section_tokens"][:, OLDER_SECTIONS]
    np.save(store.path / "fates.npy", written)
    reopened = BlockStore(store.path, store.manifest)
    assert np.array_equal(reopened.outcomes, expected)
    assert reopened.blocks("train").sections_of_tokens(0).tolist() == [0, 4, 4, 4, 4, 5, 5, 5]


def test_servings_and_times_come_back_and_older_tables_have_none(tmp_path) -> None:
    import pyarrow as pa

    from recipe_tui.core.blocks.table import RecipeTable

    recipe = Recipe("Pie", ("1 egg",), ("Bake.",), ("Dessert",), None, "4 servings", ("total 1 h",))
    with RecipeTableWriter(tmp_path / "recipes.arrow") as table:
        table.write([recipe], [()])
    assert RecipeTable(tmp_path / "recipes.arrow").recipe(0) == recipe
    rows = pa.ipc.open_file(str(tmp_path / "recipes.arrow")).read_all().drop_columns(["servings", "times"])
    with pa.ipc.new_file(str(tmp_path / "older.arrow"), rows.schema) as older:
        older.write(rows)
    assert RecipeTable(tmp_path / "older.arrow").recipe(0) == Recipe("Pie", ("1 egg",), ("Bake.",), ("Dessert",))


def test_a_store_is_memory_mapped_and_not_read_when_it_is_opened(store) -> None:
    blocks = store.blocks("train")
    assert isinstance(blocks.input_ids, np.memmap)
    assert isinstance(blocks.segments, np.memmap)
    assert isinstance(blocks.first_segments, np.memmap)
    assert "_table" not in vars(store)
    assert "ledger" not in vars(store)


def test_reading_blocks_needs_no_heavy_library() -> None:
    code = (
        "import sys, recipe_tui.core.blocks.store; "
        "print([m for m in ('pyarrow', 'datasets', 'transformers', 'tokenizers', 'rensa', 'ftfy') if m in sys.modules])"
    )
    printed = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout
    assert printed.strip() == "[]"


def change_manifest(folder, **changes) -> None:
    path = folder / "store.json"
    path.write_text(json.dumps(json.loads(path.read_text()) | changes))


def test_a_missing_store_is_a_clear_error(tmp_path) -> None:
    with pytest.raises(StoreError, match="nowhere: no such block store; check the path"):
        BlockStore.open(tmp_path / "nowhere")


def test_a_folder_that_is_no_store_is_a_clear_error(tmp_path) -> None:
    with pytest.raises(StoreError, match="not a block store"):
        BlockStore.open(tmp_path)
    (tmp_path / "store.json").write_text('{"format": "something else"}')
    with pytest.raises(StoreError, match="not a block store"):
        BlockStore.open(tmp_path)


def test_a_file_is_no_store(tmp_path) -> None:
    (tmp_path / "recipes.jsonl").touch()
    with pytest.raises(StoreError, match="not a block store"):
        BlockStore.open(tmp_path / "recipes.jsonl")


def test_a_store_of_another_version_is_a_clear_error(tmp_path) -> None:
    folder = make_store(tmp_path / "store")
    change_manifest(folder, version=VERSION + 1)
    with pytest.raises(StoreError, match=f"version {VERSION + 1}, not {VERSION}; build the store again"):
        BlockStore.open(folder)


@pytest.mark.parametrize("name", ["train/input_ids.npy", "recipes.arrow", "fates.npy"])
def test_a_file_that_was_cut_is_a_clear_error(tmp_path, name) -> None:
    folder = make_store(tmp_path / "store")
    content = (folder / name).read_bytes()
    (folder / name).write_bytes(content[:-1])
    with pytest.raises(StoreError, match=f"{name}: {len(content) - 1:,} bytes instead of {len(content):,}"):
        BlockStore.open(folder)


def test_a_file_that_is_missing_is_a_clear_error(tmp_path) -> None:
    folder = make_store(tmp_path / "store")
    (folder / "validation" / "segments.npy").unlink()
    with pytest.raises(StoreError, match=r"segments\.npy: missing from the block store"):
        BlockStore.open(folder)


@pytest.mark.parametrize(
    "damage",
    [
        {"made_of": {}},
        {"files": None},
        {"files": {"a": "1"}},
        {"files": [1]},
        {"config": {"block_size": "many"}},
        {"eos_id": None},
        {"eos_id": 1e400},
        {"vocab_size": 2**40},
        {"outcomes": 5},
    ],
)
def test_a_damaged_manifest_is_a_clear_error(tmp_path, damage) -> None:
    folder = make_store(tmp_path / "store")
    change_manifest(folder, **damage)
    with pytest.raises(StoreError, match=r"store\.json: damaged") as error:
        BlockStore.open(folder)
    assert "\n" not in str(error.value)


@pytest.mark.parametrize("name", ["a" * 300, "a\0b"])
def test_a_name_that_no_file_can_have_is_missing(tmp_path, name) -> None:
    folder = make_store(tmp_path / "store")
    change_manifest(folder, files={name: 1})
    with pytest.raises(StoreError, match="missing from the block store"):
        BlockStore.open(folder)


def test_a_nested_manifest_is_a_clear_error(tmp_path) -> None:
    folder = make_store(tmp_path / "store")
    (folder / "store.json").write_text("[" * 100_000)
    with pytest.raises(StoreError, match=r"store\.json: cannot be read"):
        BlockStore.open(folder)


def test_a_half_written_manifest_is_a_clear_error(tmp_path) -> None:
    folder = make_store(tmp_path / "store")
    (folder / "store.json").write_text((folder / "store.json").read_text()[:100])
    with pytest.raises(StoreError, match=r"store\.json: cannot be read"):
        BlockStore.open(folder)


def test_a_damaged_ledger_is_a_clear_error(store) -> None:
    with pytest.raises(StoreError, match=r"ledger\.json: damaged"):
        store.ledger  # noqa: B018


def written(dtype, *rows):
    return np.array([tuple(row) for row in rows], dtype)


@pytest.mark.parametrize(
    ("name", "array"),
    [
        ("fates.npy", np.zeros(4)),
        ("fates.npy", np.zeros((2, 2), OUTCOME)),
        ("fates.npy", written(OUTCOME, (7, 0, 0, 0, [0] * 7))),
        ("fates.npy", written(OUTCOME, (0, 3, 0, 0, [0] * 7))),
        ("fates.npy", written(OUTCOME, (0, 0, 9, 0, [0] * 7))),
        ("fates.npy", written(OUTCOME, (0, 0, 0, 0, [0, 0, 0, 0, 0, -1, 2**31 - 1]))),
        ("train/input_ids.npy", np.zeros((3, 7), np.uint16)),
        ("train/input_ids.npy", np.zeros((3, 8), np.float32)),
        ("train/first_segments.npy", np.array([0, 1, 4])),
        ("train/first_segments.npy", np.array([0, 4, 1, 5])),
        ("train/first_segments.npy", np.array([0, 1, 4, 2**62])),
        ("train/segments.npy", np.zeros(5, np.int64)),
        ("train/segments.npy", written(SEGMENT, *BEST_FIT["segments"][:4], (9, 0, 2, 0, False, False))),
        ("train/segments.npy", written(SEGMENT, *BEST_FIT["segments"][:4], (3, 0, 9, 0, False, False))),
        ("train/segments.npy", written(SEGMENT, *BEST_FIT["segments"][:4], (3, 5, 2, 0, False, False))),
        ("train/segments.npy", written(SEGMENT, *BEST_FIT["segments"][:4], (3, 0, 2, 2**31 - 2, False, False))),
    ],
)
def test_an_array_that_says_what_cannot_be_is_a_clear_error(store, name, array) -> None:
    np.save(store.path / name, array)
    with pytest.raises(StoreError, match=f"{name}: damaged"):
        BlockStore(store.path, store.manifest).blocks("train")


@pytest.mark.parametrize("header", [b"", b"\x93NUMPY\x01\x00v\x00{'descr': (", b"PK\x03\x04", b"\x80\x04."])
def test_an_array_whose_header_is_damaged_is_a_clear_error(store, header) -> None:
    (store.path / "train" / "segments.npy").write_bytes(header + b" " * 200)
    with pytest.raises(StoreError, match=r"segments\.npy: damaged"):
        store.blocks("train")


def test_a_token_that_is_in_no_vocabulary_is_a_clear_error(store) -> None:
    np.save(store.path / "train" / "input_ids.npy", np.full((3, 8), 40, np.uint32))
    blocks = store.blocks("train")
    for read in (lambda: blocks[0], lambda: blocks.batch([1])):
        with pytest.raises(StoreError, match=r"input_ids\.npy: damaged \(a token that is not in the vocabulary\)"):
            read()


def test_a_table_of_recipes_whose_bytes_are_changed_is_a_clear_error(store) -> None:
    path = store.path / "recipes.arrow"
    whole = path.read_bytes()
    place = whole.index(b"SoupPie")
    for damaged in (
        b"",
        whole[:100],
        whole.replace(b"Soup", b"So\xffp", 1),
        whole.replace(b"title", b"tit\xffe"),
        whole[: place - 64] + b"\xff" * 64 + whole[place:],
    ):
        path.unlink()
        path.write_bytes(damaged)
        with pytest.raises(StoreError, match=r"recipes\.arrow: damaged"):
            BlockStore(store.path, store.manifest).recipe(0)


def test_a_table_of_fewer_recipes_than_outcomes_is_a_clear_error(store) -> None:
    with RecipeTableWriter(store.path / "recipes.arrow") as table:
        table.write(RECIPES[:2], [(), ()])
    with pytest.raises(StoreError, match=r"recipes\.arrow: damaged \(2 rows in a batch\)"):
        store.title(3)
