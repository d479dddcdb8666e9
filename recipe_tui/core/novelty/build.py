"""Building the novelty index of a block store from its training recipes, in bounded memory."""

from __future__ import annotations

import json
from array import array
from collections import defaultdict
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from recipe_tui.core import paths
from recipe_tui.core.atomic_io import whole_folder, write_array, write_text, writing
from recipe_tui.core.errors import StoreError
from recipe_tui.core.novelty.suffixes import CHUNK, END, key_bits, keys, sorted_suffixes
from recipe_tui.core.recipes.recipe import SPLITS
from recipe_tui.core.recipes.words import words_without_case

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from numpy.typing import NDArray

    from recipe_tui.core.blocks.store import BlockStore

FORMAT = "recipe-tui novelty index"
VERSION = 1

SECTIONS = 3
"""Sections of a recipe in the index: title, ingredients, steps. No span crosses the border of two."""

KEY_EVERY = 16
"""Every so many suffixes, the key of one is kept, so that a search begins in a small table."""


@dataclass(frozen=True, slots=True)
class IndexProgress:
    """How far the building of an index is.

    Attributes:
        stage: ``read`` the recipes, or ``sort`` the suffixes of their text.
        done: Recipes read, or words sorted.
        total: Number of recipes or words.
    """

    stage: Literal["read", "sort"]
    done: int
    total: int


def build_index(store: BlockStore, progress: Callable[[IndexProgress], None] = lambda _: None) -> Path:
    """Build the index of a store's training recipes in the folder of the store, in the place of an older one.

    Args:
        store: The store.
        progress: Receives the progress.

    Returns:
        The folder of the index.

    Raises:
        StoreError: The store has no training recipes.
        OutputError: The store's folder cannot be written to.
    """
    destination = store.path / paths.STORE_NOVELTY
    rows = np.flatnonzero(store.outcomes["split"] == SPLITS.index("train")).astype(np.int32)
    if not len(rows):
        raise StoreError(f"{store.path}: no training recipes", "build the store from more recipes")
    with whole_folder(destination) as folder:
        raw = folder / "words"
        vocabulary, starts = _write_words(store, rows, raw, progress)
        text = np.memmap(raw, np.uint32, "r").view(np.ndarray)
        counts = _counts(text, len(vocabulary))
        _write_suffixes(text, counts, folder, progress)
        write_array(folder / paths.NOVELTY_TEXT, np.uint32, text.shape, _chunks(text))
        del text
        with writing(folder):
            raw.unlink()
        write_array(folder / paths.NOVELTY_COUNTS, np.int64, counts.shape, [counts])
        write_array(folder / paths.NOVELTY_STARTS, np.int64, starts.shape, [starts])
        write_array(folder / paths.NOVELTY_ROWS, np.int32, rows.shape, [rows])
        write_text(folder / paths.NOVELTY_VOCABULARY, "".join(f"{word}\n" for word in vocabulary))
        files = {path.name: path.stat().st_size for path in sorted(folder.iterdir())}
        manifest = {"format": FORMAT, "version": VERSION, "store": store.fingerprint, "files": files}
        write_text(folder / paths.NOVELTY_MANIFEST, json.dumps(manifest, indent=1) + "\n")
    return destination


def _write_words(
    store: BlockStore, rows: NDArray[np.int32], path: Path, progress: Callable[[IndexProgress], None]
) -> tuple[list[str], NDArray[np.int64]]:
    """Write the ids of the words of all sections, and return the vocabulary and where the sections start."""
    numbers: defaultdict[str, int] = defaultdict(lambda: len(numbers) + 1)
    starts = array("q", [0])
    with writing(path), path.open("wb") as file:
        for done, sections in _sections(store, rows):
            ids: list[int] = []
            before = starts[-1]
            for section in sections:
                ids += [numbers[word] for word in words_without_case(section)[0]]
                ids.append(END)
                starts.append(before + len(ids))
            file.write(np.array(ids, np.uint32).tobytes())
            progress(IndexProgress("read", done, len(rows)))
    return list(numbers), np.frombuffer(starts, np.int64)


def _sections(store: BlockStore, rows: NDArray[np.int32]) -> Iterator[tuple[int, list[str]]]:
    """Yield the sections of the training recipes of each batch of rows, and how many recipes there were so far."""
    first = done = 0
    for batch in store.table.batches():
        low, high = np.searchsorted(rows, [first, first + batch.num_rows])
        wanted = rows[low:high] - first
        first += batch.num_rows
        if not len(wanted):
            continue
        columns = batch.take(wanted).select(["title", "ingredients", "steps"]).to_pydict()
        sections: list[str] = []
        for title, ingredients, steps in zip(*columns.values(), strict=True):
            sections += (title, "\n".join(ingredients), "\n".join(steps))
        done += len(wanted)
        yield done, sections


def _counts(text: NDArray[np.uint32], vocabulary: int) -> NDArray[np.int64]:
    """Return how often each id occurs, [vocabulary + 1]."""
    counts = np.zeros(vocabulary + 1, np.int64)
    for chunk in _chunks(text):
        counts += np.bincount(chunk, minlength=vocabulary + 1)
    return counts


def _write_suffixes(
    text: NDArray[np.uint32], counts: NDArray[np.int64], folder: Path, progress: Callable[[IndexProgress], None]
) -> None:
    """Write the suffix array and every `KEY_EVERY`-th key."""
    total = int(counts[END + 1 :].sum())
    bits = key_bits(len(counts) - 1)
    sampled: list[NDArray[np.uint64]] = []

    def sorted_ranges() -> Iterator[NDArray[np.int64]]:
        done = 0
        for positions in sorted_suffixes(text, counts):
            sampled.append(keys(text, positions[-done % KEY_EVERY :: KEY_EVERY], bits))
            done += len(positions)
            yield positions
            progress(IndexProgress("sort", done, total))

    dtype = np.uint32 if len(text) <= 1 << 32 else np.int64
    write_array(folder / paths.NOVELTY_SUFFIXES, dtype, (total,), sorted_ranges())
    table = np.concatenate(sampled) if sampled else np.zeros(0, np.uint64)
    write_array(folder / paths.NOVELTY_KEYS, np.uint64, table.shape, [table])


def _chunks(text: NDArray[np.uint32]) -> Iterator[NDArray[np.uint32]]:
    for start in range(0, len(text), CHUNK):
        yield text[start : start + CHUNK]
