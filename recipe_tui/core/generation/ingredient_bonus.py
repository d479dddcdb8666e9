"""Ingredient-aware decoding: directions that use what is listed, in the single pass that writes them.

As in lexically constrained decoding with soft rewards (Pascual et al., 2021, arXiv:2109.09707), scores are shifted
before sampling. What counts as a mention is what the checklist of the workbench ticks.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING

import numpy as np

from recipe_tui.core.generation.word_tokens import WordTokens
from recipe_tui.core.recipes.ingredients import content_words, folded_words, name_words
from recipe_tui.core.text.layout import Section

if TYPE_CHECKING:
    from collections.abc import Sequence

    from numpy.typing import NDArray

    from recipe_tui.core.generation.candidates import Candidates, Context
    from recipe_tui.core.measures.ingredients import Lexicon
    from recipe_tui.core.text.prompt import Prompt
    from recipe_tui.core.text.tokenizer import Tokenizer

PLAUSIBLE = 7.0
"""Nats below the likeliest token, down to which a token is plausible: some 1/1000 of its probability."""

FEW = 0.2
"""Share of ingredients not mentioned up to which a text may end freely."""


def ingredient_bonus(candidates: Candidates, context: Context) -> Candidates:
    """Raise plausible tokens of listed ingredients not mentioned yet; lower the end until then, and unlisted ones."""
    if context.config.ingredient_bonus and context.ingredients is not None:
        context.ingredients.shift(candidates.values, context)
    return candidates


@dataclass(frozen=True, slots=True)
class LexiconTokens:
    """The words of a lexicon, and their tokens."""

    words: tuple[str, ...]
    tokens: WordTokens

    @classmethod
    def of(cls, tokenizer: Tokenizer, lexicon: Lexicon) -> LexiconTokens:
        """Return the tokens of a lexicon."""
        words = tuple(sorted(lexicon.words))
        return cls(words, WordTokens(tokenizer, [(word,) for word in words]))


class Listed:
    """Listed ingredients. Those without any content word, such as headings, are left out.

    Attributes:
        words: The folded words of each, any of which mentions it.
        known: All folded words of the list.
        tokens: Their tokens.
    """

    def __init__(self, tokenizer: Tokenizer, lines: Sequence[str]) -> None:
        named = [line for line in lines if content_words(line)]
        self.words = [content_words(line) for line in named]
        self.known = frozenset(word for line in lines for word in folded_words(line))
        self.tokens = WordTokens(tokenizer, [name_words(line) for line in named])

    def missing(self, mentioned: frozenset[str]) -> NDArray[np.bool_]:
        """Return for each ingredient whether no word mentions it."""
        return np.array([words.isdisjoint(mentioned) for words in self.words], np.bool_)


class IngredientBonus:
    """Shifts the scores of tokens by the ingredients of a prompt, or of the text where the prompt lists none.

    Args:
        tokenizer: The tokenizer.
        prompt: The prompt.
        prompt_ids: Its token ids.
        lexicon: Words that mean an ingredient wherever they are; None if none are known.
    """

    def __init__(
        self, tokenizer: Tokenizer, prompt: Prompt, prompt_ids: Sequence[int], lexicon: LexiconTokens | None
    ) -> None:
        parsed = tokenizer.parse(prompt_ids)
        self._tokenizer, self._lexicon = tokenizer, lexicon
        self._begun = prompt.directions if prompt.text is None else "\n".join(parsed.steps)
        self._lines = prompt.ingredients or parsed.ingredients
        openings = dict(zip(tokenizer.layout.openings, tokenizer.section_ids, strict=True))
        self._step_id = openings.get(Section.STEPS)
        self._writes_list = self._step_id is not None and self._step_id not in prompt_ids
        self._end_ids = np.array(sorted(tokenizer.end_ids), np.int64)
        self._written_lists: dict[tuple[int, ...], Listed] = {}

    @cached_property
    def _listed(self) -> Listed:
        return Listed(self._tokenizer, self._lines)

    @property
    def has_effect(self) -> bool:
        """Whether there are ingredients with a content word, or may be."""
        return self._writes_list or any(map(content_words, self._lines))

    def shift(self, scores: NDArray[np.float64], context: Context) -> None:
        """Shift the scores of a vocabulary in place. A bonus is spread over the tokens of a word by their letters."""
        listed, directions = self._directions(context)
        if listed is None or not listed.words:
            return
        strength = context.config.ingredient_bonus
        mentioned = frozenset(folded_words(directions))
        missing = listed.missing(mentioned)
        following = listed.tokens.following(self._last(context, listed.tokens))
        shift = np.zeros_like(scores)
        if self._lexicon is not None:
            others = self._lexicon.tokens.following(self._last(context, self._lexicon.tokens))
            known = listed.known | mentioned
            unlisted = np.array([word not in known for word in self._lexicon.words], np.bool_)
            shift[others.ids[others.last & unlisted[others.owners]]] = -strength
            shift[following.ids] = 0.0
        raised = missing[following.owners] & (scores[following.ids] >= scores.max() - PLAUSIBLE)
        np.maximum.at(shift, following.ids[raised], strength * following.shares[raised])
        scores += shift
        if (share := missing.mean()) > FEW:
            scores[self._end_ids] -= strength * share

    def _directions(self, context: Context) -> tuple[Listed | None, str]:
        """Return the ingredients and the directions so far; no ingredients while they are still being written."""
        if not self._writes_list:
            return self._listed, f"{self._begun}{context.text}"
        written = list(context.written)
        if self._step_id not in written:
            return None, ""
        first = written.index(self._step_id)
        key = tuple(written[:first])
        if key not in self._written_lists:
            recipe = self._tokenizer.parse([*context.prompt, *key, self._step_id])
            self._written_lists[key] = Listed(self._tokenizer, recipe.ingredients)
        return self._written_lists[key], self._tokenizer.text(written[first:])

    @staticmethod
    def _last(context: Context, tokens: WordTokens) -> Sequence[int]:
        count = tokens.longest + 1
        return [*context.prompt[-count:], *context.written[-count:]][-count:]
