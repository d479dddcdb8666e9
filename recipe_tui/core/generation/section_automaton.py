"""The order of a recipe's sections as a finite automaton: only tokens after which the recipe can be well formed.

It also ends the text in time: near the limit of tokens no new item is opened, the text ends where a sentence does, and
at the last moment a full stop and the end token are all that is left. Layouts without section tokens, where lines
delimit, have the rules of the directions alone.
"""

from __future__ import annotations

import re
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from recipe_tui.core.text.layout import Section

if TYPE_CHECKING:
    from collections.abc import Iterator

    from numpy.typing import NDArray

    from recipe_tui.core.generation.candidates import Candidates, Context
    from recipe_tui.core.text.tokenizer import Tokenizer

_AFTER_FIELDS = frozenset({Section.TIMES, Section.INGREDIENTS})
_AFTER_TITLE = _AFTER_FIELDS | {Section.TAGS, Section.SERVINGS}
NEXT = {
    Section.TITLE: _AFTER_TITLE,
    Section.TAGS: _AFTER_TITLE,
    Section.SERVINGS: _AFTER_FIELDS,
    Section.TIMES: _AFTER_FIELDS,
    Section.INGREDIENTS: frozenset({Section.INGREDIENTS, Section.STEPS}),
    Section.STEPS: frozenset({Section.STEPS, Section.END}),
}
"""What may follow an item of each section."""

ENDING, DIRECTIONS = 32, 96
"""Tokens before the limit from which directions end with the next sentence, and from which no ingredient is added."""

_SENTENCE_END = re.compile(r"[.!?][\"'”’)\]]*\s*$")


def section_automaton(candidates: Candidates, context: Context) -> Candidates:
    """Allow only section tokens in the order of a recipe, and the end where the directions can end."""
    if context.sections is not None:
        context.sections.restrict(candidates.values, context)
    return candidates


class SectionAutomaton:
    """Restricts the next token by the sections written so far.

    Args:
        tokenizer: The tokenizer, whose layout has the section tokens.
    """

    def __init__(self, tokenizer: Tokenizer) -> None:
        self._texts = tokenizer.token_texts
        self._section_of = dict(zip(tokenizer.section_ids, tokenizer.layout.openings, strict=True))
        self._openings = {section: token_id for token_id, section in self._section_of.items()}
        self._end_ids = sorted(tokenizer.end_ids)
        special = tokenizer.special_ids | tokenizer.end_ids | self._section_of.keys()
        self._special = np.array(sorted(one for one in special if one < tokenizer.vocab_size), np.int64)
        texts = [self._texts[one].text for one in range(tokenizer.vocab_size)]
        self._full_stops = [one for one, text in enumerate(texts) if text == "."]
        self._blank = np.array([one for one, text in enumerate(texts) if text.isspace()], np.int64)

    def restrict(self, scores: NDArray[np.float64], context: Context) -> None:
        """Forbid in place what may not come next."""
        section, has_text = self._item(context)
        ended = has_text and _SENTENCE_END.search(context.text[-8:]) is not None
        left = context.remaining - 1
        in_time = needed(section, has_text, ended) <= context.remaining
        following = set(NEXT[section]) if has_text else set()
        text = True
        if in_time:
            following = {one for one in following if needed(one, False, False) <= left}
            text = needed(section, True, False) <= left
            if needed(section, False, False) > left and not has_text:
                scores[self._blank] = -np.inf
            share = context.config.max_new_tokens
            if section is Section.INGREDIENTS and following > {section} and left < min(DIRECTIONS, share // 4):
                following.discard(section)
            if section is Section.STEPS and has_text and left < min(ENDING, share // 8):
                following.discard(section)
                text &= not ended
        allowed = list(self._tokens(following))
        if not text and section is Section.STEPS and not ended and left >= 1:
            allowed = self._full_stops or allowed
        kept = scores[allowed]
        scores[self._special if text else slice(None)] = -np.inf
        scores[allowed] = kept if text else np.where(np.isfinite(kept), kept, 0.0)  # something must be left

    def _item(self, context: Context) -> tuple[Section, bool]:
        """Return the section of the last item, and whether it has text."""
        has_text = False
        for ids in (context.written, context.prompt):
            for token_id in reversed(ids):
                section = self._section_of.get(token_id)
                if section is not None:
                    return section, has_text
                has_text = has_text or not self._texts[token_id].text.isspace()
            if not self._section_of:
                return Section.STEPS, has_text
        return Section.TITLE, has_text

    def _tokens(self, sections: set[Section]) -> Iterator[int]:
        for section in sections:
            if section is Section.END:
                yield from self._end_ids
            elif section in self._openings:
                yield self._openings[section]


@lru_cache(maxsize=4)
def automaton_of(tokenizer: Tokenizer) -> SectionAutomaton:
    """Return the automaton of a tokenizer."""
    return SectionAutomaton(tokenizer)


def needed(section: Section, has_text: bool, ended: bool) -> int:
    """Return the tokens that the shortest ending of a recipe takes: an ingredient, a step, a full stop and the end.

    Args:
        section: Section of the last item.
        has_text: Whether that item has text.
        ended: Whether its text ends with a sentence.
    """
    if section is Section.END:
        return 0
    if section is Section.STEPS:
        return (1 if ended else 2) if has_text else 3
    opened = 1 + needed(Section.STEPS, False, False)
    if section is not Section.INGREDIENTS:
        opened += 2
    return opened if has_text else opened + 1
