"""Measures of a text by itself and beside a reference: repetition, distinct n-grams, ROUGE-L, BLEU."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import numpy as np

from recipe_tui.core.measures.libraries import evaluation_library

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

_WORD = re.compile(r"[^\W_]+")

BLEU_PARTS = 10
"""Numbers that a BLEU score is made of: matches and totals of four orders, and both lengths."""


def words_of(text: str) -> list[str]:
    """Return the words of a text: runs of letters and digits in lower case; in ASCII, those of rouge-score."""
    return _WORD.findall(text.lower())


def ngrams(words: Sequence[str], size: int) -> list[tuple[str, ...]]:
    """Return the n-grams of some words."""
    return list(zip(*(words[start:] for start in range(size)), strict=False))


def repetition(text: str, size: int = 4) -> float | None:
    """Return the share of the n-grams of a text that occurred before in it; None if it has none."""
    found = ngrams(words_of(text), size)
    return 1 - len(set(found)) / len(found) if found else None


def distinct(texts: Sequence[Sequence[str]], words: int, size: int = 2) -> float | None:
    """Return the share of different n-grams among all in the first words of some texts.

    The share falls with the number of words, so that only shares over the same number compare (Li et al. 2016).

    Args:
        texts: The words of each text; n-grams do not cross texts.
        words: Words that are counted.
        size: Words in an n-gram.

    Returns:
        None where the texts have fewer words.
    """
    found: list[tuple[str, ...]] = []
    left = words
    for text in texts:
        found += ngrams(text[:left], size)
        left -= min(left, len(text))
        if not left:
            return len(set(found)) / len(found)
    return None


def rouge_l(text: str, reference: str) -> float:
    """Return the F-measure of the longest common subsequence of words (Lin 2004), as rouge-score computes it."""
    ours, theirs = words_of(text), words_of(reference)
    common = longest_common_subsequence(ours, theirs)
    if not common:
        return 0.0
    precision, recall = common / len(ours), common / len(theirs)
    return 2 * precision * recall / (precision + recall)


def longest_common_subsequence(one: Sequence[str], other: Sequence[str]) -> int:
    """Return the length of the longest common subsequence; bit-parallel, a number is a row (Hyyrö 2004)."""
    places: dict[str, int] = {}
    for number, word in enumerate(one):
        places[word] = places.get(word, 0) | 1 << number
    full = (1 << len(one)) - 1
    row = full
    for word in other:
        matches = row & places.get(word, 0)
        row = ((row + matches) | (row - matches)) & full
    return len(one) - row.bit_count()


class Bleu:
    """BLEU of a corpus as sacrebleu computes it (Post 2018), from numbers of each text that can be summed.

    Raises:
        UsageError: sacrebleu is not installed.
    """

    def __init__(self) -> None:
        with evaluation_library():
            from sacrebleu.metrics import BLEU
        self._corpus: Any = BLEU()
        self._sentence: Any = BLEU(effective_order=True)

    @property
    def signature(self) -> str:
        """The signature by which a score can be repeated."""
        if not hasattr(self._corpus, "num_refs") or self._corpus.num_refs is None:
            self._corpus.corpus_score(["a"], [["a"]])  # which is when it learns that there is one reference
        return str(self._corpus.get_signature())

    def parts(self, text: str, reference: str) -> NDArray[np.float64]:
        """Return the numbers of one text, [`BLEU_PARTS`]."""
        score = self._sentence.sentence_score(text, [reference])
        return np.array([*score.counts, *score.totals, score.sys_len, score.ref_len], np.float64)

    def score(self, sums: NDArray[np.float64]) -> float:
        """Return the score, from 0 to 100, of texts whose numbers were summed."""
        numbers = [round(number) for number in sums.tolist()]
        if not numbers[8] or not numbers[9]:
            return 0.0
        computed = self._corpus.compute_bleu(
            numbers[:4], numbers[4:8], numbers[8], numbers[9], smooth_method="exp", max_ngram_order=4
        )
        return float(computed.score)
