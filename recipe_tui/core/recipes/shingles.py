"""Shingles: a recipe as sets of hashed word sequences, which can be compared quickly.

Spellings are folded: fractions and decimals, names of units, accents, list numbers. Ingredients are shingled line by
line, so that their order does not matter; steps as one text, so that line breaks do not. Many recipes are shingled at
once, since NumPy's cost is by the call.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from hashlib import blake2b
from typing import TYPE_CHECKING

import numpy as np

from recipe_tui.core.recipes.words import fold_numbers, fold_word, split_words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from recipe_tui.core.recipes.recipe import Recipe

INGREDIENTS, STEPS, MEASURED, UNMEASURED = range(4)
"""The sets of a recipe: the shingles of its ingredients and steps, the ingredient lines that hold a number, and the
same lines without their numbers."""

SETS = 4

_WORD = re.compile(r"\w+")
_NO_WORD = {code: " " for code in range(128) if not _WORD.match(chr(code))}
_LIST_NUMBER = re.compile(r"\s*(?:step\s+)?\d{1,2}[.):]\s", re.IGNORECASE)
_MULTIPLIER = np.uint64(0x9E3779B97F4A7C15)  # odd and without pattern: 2**64 divided by the golden ratio
_MOST_WORDS = 1 << 18  # whose hashes are kept


@dataclass(frozen=True, slots=True)
class Shingled:
    """Recipes as sets of hashes.

    Attributes:
        digests: Of all words of each recipe, in order, without case and punctuation, [recipes, 2] uint64.
        hashes: The sets of all recipes one after the other, each sorted, uint32.
        sizes: Hashes in each set of each recipe, [recipes, `SETS`] int32.
    """

    digests: NDArray[np.uint64]
    hashes: NDArray[np.uint32]
    sizes: NDArray[np.int32]


def shingle_recipes(recipes: Sequence[Recipe]) -> Shingled:
    """Shingle recipes; a few hundred at a time is fastest."""
    digests = np.frombuffer(b"".join(map(_digest, recipes)), np.uint64).reshape(-1, 2)
    lines, line_owners = _hashed(["\n\n".join(_without_numbers(recipe.ingredients)) for recipe in recipes])
    texts, text_owners = _hashed([" ".join(_without_numbers(recipe.steps)) for recipe in recipes])
    starts = np.flatnonzero((lines[:-1] == 0) & (lines[1:] != 0)) + 1
    totals = numbers = lines[:0]
    if len(starts):
        totals = np.add.reduceat(lines, starts)
        numbers = np.add.reduceat(lines * (lines & np.uint64(1)), starts)
    measured = numbers != 0
    owners = line_owners[starts][measured]
    parts = (
        (INGREDIENTS, *_shingles(lines, line_owners)),
        (STEPS, *_shingles(texts, text_owners)),
        (MEASURED, totals[measured], owners),
        (UNMEASURED, (totals - numbers)[measured], owners),
    )
    # The upper halves of the hashes, below the number of their set: sorted, each once.
    keys = np.concatenate(
        [
            ((owner * SETS + kind).astype(np.uint64) << np.uint64(32)) | (hashes >> np.uint64(32))
            for kind, hashes, owner in parts
        ]
    )
    keys.sort()
    keys = keys[np.diff(keys, prepend=~keys[:1]) != 0]
    sizes = np.bincount((keys >> np.uint64(32)).astype(np.int64), minlength=len(recipes) * SETS)
    return Shingled(digests, keys.astype(np.uint32), sizes.reshape(-1, SETS).astype(np.int32))


def _digest(recipe: Recipe) -> bytes:
    text = f"{_words(recipe.ingredients)}\n{_words(recipe.steps)}"
    return blake2b(text.encode(errors="surrogatepass"), digest_size=16).digest()


def _words(lines: Sequence[str]) -> str:
    text = "\n".join(lines).casefold()
    words = text.translate(_NO_WORD).split() if text.isascii() else _WORD.findall(text)
    return " ".join(words)


def _without_numbers(lines: Sequence[str]) -> list[str]:
    """Return lines without list numbers, ``1.`` or ``Step 1:``."""
    return [line[match.end() :] if (match := _LIST_NUMBER.match(line)) else line for line in lines]


class _WordHashes(dict[str, bytes]):
    """64-bit hash of each word as folded, computed once: odd for a number, even for a word, 0 for a line break."""

    def __missing__(self, word: str) -> bytes:
        if len(self) == _MOST_WORDS:
            self.clear()
        digest = blake2b(fold_word(word).encode(errors="surrogatepass"), digest_size=8).digest()
        value = int.from_bytes(digest, "little") & ~1
        value = 0 if word == "\n" else value | 1 if word[0].isdecimal() else value or 2
        self[word] = found = np.uint64(value).tobytes()
        return found


_word_hashes = _WordHashes()
_BREAK = bytes(8)


def _hashed(texts: Sequence[str]) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Return the hashes of the words of all texts, 0 for a line break, and the number of the text of each.

    One 0 stands before each text and two after it.
    """
    parts: list[bytes] = []
    lengths: list[int] = []
    for text in texts:
        words = split_words(fold_numbers(text))
        lengths.append(len(words) + 3)
        parts += (_BREAK, *map(_word_hashes.__getitem__, words), _BREAK, _BREAK)
    return np.frombuffer(b"".join(parts), np.uint64), np.repeat(np.arange(len(texts)), lengths)


def _shingles(hashes: NDArray[np.uint64], owners: NDArray[np.int64]) -> tuple[NDArray[np.uint64], NDArray[np.int64]]:
    """Hash all runs of three words within a line; a shorter line is a run by itself.

    Args:
        hashes: Those of the words; at least one 0 before and two after each line.
        owners: The recipe of each.

    Returns:
        The hashes of the runs, and the recipe of each.
    """
    before, one, two, three = hashes[:-3], hashes[1:-2], hashes[2:-1], hashes[3:]
    runs = np.flatnonzero((one != 0) & (((two != 0) & (three != 0)) | (before == 0)))
    shingles = one[runs] * _MULTIPLIER
    for word in (two, three):
        shingles = (shingles ^ word[runs]) * _MULTIPLIER
    return shingles, owners[1:-2][runs]
