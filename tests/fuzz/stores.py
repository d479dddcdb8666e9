"""The files of a block store, opened as the training and the dataset screen open them."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np

from recipe_tui.core.blocks.store import BlockStore
from recipe_tui.core.browsing.filters import FILTERS, filtered
from recipe_tui.core.browsing.recipe_index import RecipeIndex
from recipe_tui.core.browsing.search import search_recipes, search_tokens
from recipe_tui.core.browsing.statistics import count_statistics
from recipe_tui.core.paths import STORE_MANIFEST
from recipe_tui.core.text.token_text import TokenTexts
from tests.core.browsing.stores import make_store
from tests.fuzz.harness import Reader

FILES = (
    STORE_MANIFEST,
    "ledger.json",
    "fates.npy",
    "recipes.arrow",
    "train/input_ids.npy",
    "train/segments.npy",
    "train/first_segments.npy",
    "tokenizer/tokenizer.json",
)


def store_readers(folder: Path) -> list[Reader]:
    """Return a reader for each file of a store; the manifest knows the size of the damaged file."""

    def reader(name: str) -> Reader:
        show = show_tokens if name.startswith("tokenizer") else browse
        store = make_store(folder / name.replace("/", " "))
        path, manifest = store / name, store / STORE_MANIFEST
        whole = manifest.read_bytes()

        def read(_: str, data: bytes) -> None:
            path.unlink(missing_ok=True)
            path.write_bytes(data)
            if path != manifest:
                values = json.loads(whole)
                values["files"][name] = len(data)
                manifest.write_text(json.dumps(values))
            show(store)

        return Reader(f"store: {name}", ((name, path.read_bytes()),), read, tested=100)

    folder.mkdir()
    return [reader(name) for name in FILES]


def browse(folder: Path) -> None:
    """Read all that a store holds, in the ways in which it is read."""
    store = BlockStore.open(folder)
    str(store.ledger.lines())
    for row in range(len(store)):
        store.outcome(row)
        store.title(row)
        store.repairs(row)
        str(store.recipe(row)).encode("utf-8", "surrogatepass")
    blocks = store.blocks("train")  # the other splits are empty
    for index in range(len(blocks)):
        str(blocks[index])
        assert len(blocks.recipe_of_tokens(index)) == len(blocks.sections_of_tokens(index)) == store.block_size
    batch = blocks.batch(range(len(blocks)))
    assert batch.input_ids.max(initial=0) < store.vocab_size
    index = RecipeIndex(blocks)
    index.blocks_of(np.arange(len(store)))
    for which in FILTERS:
        filtered(blocks, which)
    for found in (search_recipes(store, index, "leek"), search_tokens(blocks, [4, 5])):
        list(found)
    count_statistics(store, "train")


def show_tokens(folder: Path) -> None:
    """Read the texts of a store's tokens, which are all that its tokenizer is opened for."""
    store = BlockStore.open(folder)
    texts = TokenTexts.load(store.tokenizer_path)
    str([texts[token] for token in range(len(texts))]).encode("utf-8", "surrogatepass")
    texts.find("Leek")
