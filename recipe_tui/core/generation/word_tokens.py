"""The tokens that begin or continue words, in every spelling that a tokenizer has for them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import numpy as np

from recipe_tui.core.recipes.ingredients import inflections

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Sequence

    from numpy.typing import NDArray

    from recipe_tui.core.text.tokenizer import Tokenizer

AFTER_SPACE, AT_START = "a ", "\n"
"""What stands before a word where it is spelled with a space, and without one."""


class NextTokens(NamedTuple):
    """Tokens that begin or continue words, an entry for each spelling.

    Attributes:
        ids: The tokens, [spellings].
        shares: Share of the word's letters that are in the token, [spellings].
        owners: Index of the group of words that the word is from, [spellings].
        last: Whether the token completes the word, [spellings].
    """

    ids: NDArray[np.int64]
    shares: NDArray[np.float64]
    owners: NDArray[np.int64]
    last: NDArray[np.bool_]

    @classmethod
    def of(cls, rows: Sequence[tuple[int, float, int, bool]]) -> NextTokens:
        """Return rows as columns."""
        ids, shares, owners, last = zip(*rows, strict=True) if rows else ((), (), (), ())
        return cls(np.array(ids, np.int64), np.array(shares), np.array(owners, np.int64), np.array(last, np.bool_))


class WordTokens:
    """Groups of words as tokens: with a space before them and without, small and capital, singular and plural.

    Args:
        tokenizer: The tokenizer.
        groups: The words of each group.
    """

    def __init__(self, tokenizer: Tokenizer, groups: Sequence[Collection[str]]) -> None:
        self._texts = tokenizer.token_texts
        rows: dict[tuple[bool, tuple[int, ...]], set[tuple[int, float, int, bool]]] = {}
        for owner, spaced, tokens in _spellings(tokenizer, groups):
            letters = [len(self._texts[token].text.strip()) for token in tokens]
            for place, token in enumerate(tokens):
                row = (token, letters[place] / max(sum(letters), 1), owner, place == len(tokens) - 1)
                rows.setdefault((spaced, tokens[:place]), set()).add(row)
        self._next = {key: NextTokens.of(sorted(found)) for key, found in rows.items()}
        self.longest = max((len(prefix) for _, prefix in rows), default=0) + 1
        """Tokens of the longest word, which `following` needs of a text."""

    def following(self, written: Sequence[int]) -> NextTokens:
        """Return the tokens that begin a word after a text, or continue the one at its end.

        Args:
            written: The last token ids of the text.
        """
        found = []
        for length in range(min(self.longest, len(written) + 1)):
            begun = tuple(written[len(written) - length :])
            for spaced in (True, False):
                tokens = self._next.get((spaced, begun))
                if tokens is not None and (spaced or self._word_can_begin(written[: len(written) - length])):
                    found.append(tokens)
        return NextTokens(*map(np.concatenate, zip(*found, strict=True))) if found else NextTokens.of(())

    def _word_can_begin(self, before: Sequence[int]) -> bool:
        return not before or not self._texts[before[-1]].text[-1:].isalpha()


def _spellings(tokenizer: Tokenizer, groups: Sequence[Collection[str]]) -> Iterator[tuple[int, bool, tuple[int, ...]]]:
    """Yield the group of each word, whether a space is before it, and its tokens."""
    words = [
        (owner, spelling)
        for owner, group in enumerate(groups)
        for word in sorted({form for word in group for form in inflections(word)})
        for spelling in sorted({word, word[:1].upper() + word[1:]})
    ]
    if not words:
        return
    encode = tokenizer.hugging_face
    for context in (AFTER_SPACE, AT_START):
        alone = encode(context.rstrip(" "), add_special_tokens=False)["input_ids"]
        every = encode([context + word for _, word in words], add_special_tokens=False)["input_ids"]
        for (owner, _), tokens in zip(words, every, strict=True):
            if tokens[: len(alone)] == alone and len(tokens) > len(alone):
                yield owner, context is AFTER_SPACE, tuple(tokens[len(alone) :])
