"""The verbatim guard: no n-gram of the training text is written.

A token is blocked if the word that it ends in would be the last of such an n-gram. Whether the word is complete shows
only with the token after it, and too late: what is left then are continuations that make no word. So a longer word
that begins like the forbidden one is blocked as well where its tokens begin with exactly that one. The prompt is not
part of any n-gram. A text that is blocked here can still be a paraphrase: less copying is learned with
``training.goldfish_k``.
"""

from __future__ import annotations

from collections import defaultdict
from functools import lru_cache
from typing import TYPE_CHECKING, Protocol

import numpy as np

from recipe_tui.core.recipes.words import words_without_case

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from recipe_tui.core.generation.candidates import Candidates, Context
    from recipe_tui.core.text.tokenizer import Tokenizer

LONGEST_WORD = 64
"""Characters of a word, so that only the end of a text is searched."""


class Follows(Protocol):
    """What the guard needs of a `NoveltyIndex`."""

    def following(self, text: str, words: int) -> frozenset[str]: ...  # noqa: D102


def verbatim_guard(candidates: Candidates, context: Context) -> Candidates:
    """Forbid tokens that complete a run of this many words of the training text."""
    if context.guard is not None:
        blocked = context.guard.blocked(context.text, context.config.verbatim_guard)
        candidates.values[sorted(blocked)] = -np.inf
    return candidates


class VerbatimGuard:
    """Finds the tokens that complete an n-gram of the training text.

    Args:
        tokenizer: The tokenizer.
        index: The index of the training text.
    """

    def __init__(self, tokenizer: Tokenizer, index: Follows) -> None:
        self._index = index
        self._new, self._continuing = _tokens_by_word(tokenizer)

    def blocked(self, text: str, words: int) -> frozenset[int]:
        """Return the tokens that complete an n-gram.

        Args:
            text: The text so far, without the prompt.
            words: Words of the n-gram.
        """
        end = text[-LONGEST_WORD * (words + 1) :]
        known, places = words_without_case(end)
        unfinished = known[-1] if places and places[-1][1] == len(end) else ""
        found: set[int] = set()
        if len(known) >= words - 1:
            for word in self._index.following(end, words - 1):
                found.update(self._new.get(word, ()))
                found.update(() if unfinished else self._continuing.get(word, ()))
        if unfinished and len(known) >= words:
            for word in self._index.following(end[: places[-1][0]], words - 1):
                if word.startswith(unfinished):
                    found.update(self._continuing.get(word[len(unfinished) :], ()))
        return frozenset(found)


@lru_cache(maxsize=4)
def _tokens_by_word(tokenizer: Tokenizer) -> tuple[Mapping[str, Iterable[int]], Mapping[str, Iterable[int]]]:
    """Return the tokens by the first word in them: of those that begin with a space or mark, and of the others."""
    new: defaultdict[str, list[int]] = defaultdict(list)
    continuing: defaultdict[str, list[int]] = defaultdict(list)
    for token_id in range(tokenizer.vocab_size):
        text = tokenizer.token_texts[token_id]
        words, places = words_without_case("" if text.special else text.text)
        if words:
            (continuing if places[0][0] == 0 else new)[words[0]].append(token_id)
    return new, continuing
