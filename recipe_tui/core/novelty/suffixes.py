"""The suffix array of a text of word ids: its positions in the lexicographic order of what follows them.

It is made by radix sort over as many words as fit into 64 bits, then over the next ones where positions are still tied.
Natural text has few long repeats, so few positions need more than three rounds. Positions are sorted in ranges of their
first word, so that the memory depends on the most frequent word and not on the length of the text.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

END = 0
"""The id at the end of each section; a suffix ends there. Ids of words begin at 1."""

RANGE = 1 << 23
"""Positions that are sorted at once, unless a single word is more frequent; sorting takes some 40 bytes for each."""

CHUNK = 1 << 24
"""Words of the text that are searched at once."""


def key_bits(vocabulary: int) -> int:
    """Return the bits of a word id in a key, with room for one id above all others."""
    return (vocabulary + 1).bit_length()


def sorted_suffixes(text: NDArray[np.uint32], counts: NDArray[np.int64]) -> Iterator[NDArray[np.int64]]:
    """Yield the suffix array, a range of first words at a time. Equal suffixes keep the order of the text.

    Args:
        text: Word ids, each section followed by `END`, [words].
        counts: Number of occurrences of each id, [vocabulary + 1].
    """
    bits = key_bits(len(counts) - 1)
    words = np.cumsum(counts)
    first = END + 1
    while first < len(counts):
        last = max(first + 1, int(np.searchsorted(words, words[first - 1] + RANGE, "right")))
        yield _sorted(text, _positions(text, first, last), bits)
        first = last


def keys(text: NDArray[np.uint32], positions: NDArray[np.int64], bits: int) -> NDArray[np.uint64]:
    """Return the first ``64 // bits`` words from each position as one number; what follows an `END` counts as `END`."""
    found = np.zeros(len(positions), np.uint64)
    ended = np.zeros(len(positions), np.bool_)
    for offset in range(64 // bits):
        words = text.take(positions + offset, mode="clip").astype(np.uint64)
        words[ended] = END
        ended |= words == END
        found = (found << np.uint64(bits)) | words
    return found


def _positions(text: NDArray[np.uint32], first: int, last: int) -> NDArray[np.int64]:
    """Return the positions of the words from ``first`` up to but not including ``last``."""
    found = []
    for start in range(0, len(text), CHUNK):
        chunk = text[start : start + CHUNK]
        found.append(start + np.flatnonzero((chunk >= first) & (chunk < last)))
    return np.concatenate(found) if found else np.zeros(0, np.int64)


def _sorted(text: NDArray[np.uint32], positions: NDArray[np.int64], bits: int) -> NDArray[np.int64]:
    key = keys(text, positions, bits)
    order = np.argsort(key, kind="stable")
    positions, key = positions[order], key[order]
    slots, group = _ties(key, np.zeros(len(key), np.int64), np.arange(len(key)), bits)
    offset = 64 // bits
    while len(slots):
        tied = positions[slots]
        key = keys(text, tied + offset, bits)
        order = np.lexsort((key, group))
        positions[slots] = tied[order]
        slots, group = _ties(key[order], group, slots, bits)
        offset += 64 // bits
    return positions


def _ties(
    key: NDArray[np.uint64], group: NDArray[np.int64], slots: NDArray[Any], bits: int
) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Return the slots whose order is not decided by the key, and the group of equal suffixes of each.

    Args:
        key: Key of each slot, sorted within each group.
        group: Group of each slot, ascending.
        slots: The slots.
        bits: Bits of a word in a key.
    """
    same = (key[1:] == key[:-1]) & (group[1:] == group[:-1])
    tied = np.zeros(len(key), np.bool_)
    tied[1:] |= same
    tied[:-1] |= same
    tied &= (key & np.uint64((1 << bits) - 1)) != END  # the others have ended, and stay in the order of the text
    number = np.zeros(len(key), np.int64)
    number[1:] = np.cumsum(~same)
    return slots[tied], number[tied]
