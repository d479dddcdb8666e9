"""The arrays of a block store: opened as memory maps, and checked before anything relies on what they say."""

from __future__ import annotations

import mmap
from typing import TYPE_CHECKING, Any

import numpy as np

from recipe_tui.core.blocks.outcomes import OLDER_SECTIONS, OUTCOME, with_all_sections
from recipe_tui.core.blocks.packing import SEGMENT
from recipe_tui.core.errors import StoreError
from recipe_tui.core.recipes.recipe import SPLITS

if TYPE_CHECKING:
    from pathlib import Path

    from numpy.typing import NDArray

_OLDER_OUTCOME = np.dtype(
    [
        (name, (np.int32, (len(OLDER_SECTIONS),)) if name == "section_tokens" else OUTCOME[name])
        for name in OUTCOME.names or ()
    ]
)
_TOKENS = (np.dtype(np.uint16), np.dtype(np.uint32))


def damaged(path: Path, reason: object) -> StoreError:
    """Return the error for a file of a store that is not as it was written."""
    line = next(iter(str(reason).splitlines()), type(reason).__name__)
    return StoreError(f"{path}: damaged ({line})", "build the store again")


def open_tokens(path: Path, block_size: int) -> NDArray[np.integer[Any]]:
    """Open the tokens of a split's blocks, [blocks, block_size].

    Raises:
        StoreError: They are damaged.
    """
    tokens = _open(path)
    if tokens.dtype not in _TOKENS or tokens.ndim != 2 or tokens.shape[1] != block_size:
        raise damaged(path, f"{tokens.dtype} {list(tokens.shape)}")
    return tokens


def open_outcomes(path: Path, outcome_names: int) -> NDArray[np.void]:
    """Open the outcomes of the recipes, [recipes] `OUTCOME`, also those of an older store.

    Raises:
        StoreError: They are damaged.
    """
    outcomes = _open(path)
    if outcomes.dtype not in (OUTCOME, _OLDER_OUTCOME) or outcomes.ndim != 1:
        raise damaged(path, f"{outcomes.dtype} {list(outcomes.shape)}")
    outcomes = with_all_sections(outcomes)
    _require(path, outcomes["outcome"] < outcome_names, "an unknown outcome")
    _require(path, (outcomes["split"] >= -1) & (outcomes["split"] < len(SPLITS)), "an unknown split")
    _require(path, (outcomes["cluster"] >= -1) & (outcomes["cluster"] < len(outcomes)), "an unknown duplicate")
    _require(path, outcomes["section_tokens"] >= 0, "a negative count of tokens")
    return outcomes


def open_segments(
    segments_path: Path, first_path: Path, blocks: int, block_size: int, outcomes: NDArray[np.void]
) -> tuple[NDArray[np.void], NDArray[np.int64]]:
    """Open the segments of a split, [segments] `SEGMENT`, and the row of each block's first one, [blocks + 1].

    Raises:
        StoreError: They are damaged.
    """
    segments, first = _open(segments_path), _open(first_path)
    if first.dtype != np.int64 or first.shape != (blocks + 1,):
        raise damaged(first_path, f"{first.dtype} {list(first.shape)}")
    if segments.dtype != SEGMENT or segments.ndim != 1:
        raise damaged(segments_path, f"{segments.dtype} {list(segments.shape)}")
    if first[0] != 0 or first[-1] != len(segments) or not (np.diff(first) > 0).all():
        raise damaged(first_path, "its rows are not those of the segments")
    recipes = segments["recipe"]
    _require(segments_path, (recipes >= 0) & (recipes < len(outcomes)), "an unknown recipe")
    starts, lengths, offsets = (segments[name].astype(np.int64) for name in ("start", "length", "offset"))
    ends = starts + lengths
    follows = np.concatenate([[0], ends[:-1]])
    follows[first[:-1]] = 0
    _require(segments_path, (starts == follows) & (lengths > 0) & (ends <= block_size), "a segment out of its block")
    tokens = outcomes["section_tokens"].sum(axis=1, dtype=np.int64)[recipes]
    _require(segments_path, (offsets >= 0) & (offsets + lengths <= tokens), "a segment out of its recipe")
    return segments, first


def release_pages(array: np.memmap[Any, Any]) -> None:
    """Have the system take back the memory of a mapped file, of which each page that is read again is mapped again.

    It does so by itself where memory is short. Until then the pages count as memory of the process, and a file that is
    read in any order is there as a whole.
    """
    mapped: mmap.mmap = array._mmap  # type: ignore[attr-defined]  # numpy gives no other access
    if hasattr(mmap, "MADV_DONTNEED"):  # not on Windows
        mapped.madvise(mmap.MADV_DONTNEED)


def _require(path: Path, holds: NDArray[np.bool_], otherwise: str) -> None:
    if not holds.all():
        raise damaged(path, otherwise)


def _open(path: Path) -> NDArray[Any]:
    try:
        array: NDArray[Any] = np.load(path, mmap_mode="r", allow_pickle=False)
    except Exception as error:  # of a damaged header numpy raises whatever results
        raise damaged(path, error) from error
    return array
