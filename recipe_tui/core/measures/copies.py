"""Titles and ingredient lists that are those of a training recipe, or nearly."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from functools import lru_cache
from typing import TYPE_CHECKING

import numpy as np

from recipe_tui.core.recipes.ingredients import fold, folded_words, name_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from numpy.typing import NDArray

    from recipe_tui.core.recipes.recipe import Recipe

SIMILAR_TITLE = 0.9
"""Ratio from which two titles are similar: twice the matching characters ÷ all characters."""

CHUNK = 1024
"""Training recipes that are compared at once."""

LETTERS = "abcdefghijklmnopqrstuvwxyz "


@dataclass(slots=True)
class Closest:
    """The training recipes that are closest to one recipe; rows are -1 where there is none.

    Attributes:
        title_ratio: Similarity of the most similar title, from 0 to 1; only looked for from `SIMILAR_TITLE` on.
        title_row: Its row.
        jaccard: Largest Jaccard similarity of the sets of ingredient names.
        ingredients_row: Its row.
    """

    title_ratio: float = 0.0
    title_row: int = -1
    jaccard: float = 0.0
    ingredients_row: int = -1

    @property
    def title_copied(self) -> bool:
        """Whether the title is that of a training recipe, letter case and plurals apart."""
        return self.title_ratio == 1.0

    @property
    def title_similar(self) -> bool:
        """Whether the title is nearly that of a training recipe."""
        return self.title_ratio >= SIMILAR_TITLE


@dataclass
class _Queries:
    """The recipes that are looked for, prepared."""

    recipes: Sequence[Recipe]
    titles: list[str] = field(init=False)
    letters: NDArray[np.int16] = field(init=False)
    names: list[frozenset[str]] = field(init=False)
    having: dict[str, list[int]] = field(init=False)

    def __post_init__(self) -> None:
        self.titles = [folded_title(recipe.title) for recipe in self.recipes]
        self.letters = _letters(self.titles)
        self.names = [ingredient_names(recipe.ingredients) for recipe in self.recipes]
        self.having = {}
        for number, names in enumerate(self.names):
            for name in names:
                self.having.setdefault(name, []).append(number)


def closest(recipes: Sequence[Recipe], training: Iterable[tuple[int, Recipe]]) -> list[Closest]:
    """Find for each recipe the closest ones of the training recipes, which are read once.

    Args:
        recipes: The recipes.
        training: Rows of the training recipes, and the recipes. One that is the same object as a recipe, or was read
            from the same place, is left out for that recipe.
    """
    queries = _Queries(recipes)
    found = [Closest() for _ in recipes]
    chunk: list[tuple[int, Recipe]] = []
    for one in training:
        chunk.append(one)
        if len(chunk) == CHUNK:
            _compare(queries, chunk, found)
            chunk = []
    if chunk:
        _compare(queries, chunk, found)
    return found


def folded_title(title: str) -> str:
    """Return a title as folded words, so that case, accents, punctuation and plurals do not count."""
    return " ".join(folded_words(title))


def ingredient_names(lines: Iterable[str]) -> frozenset[str]:
    """Return the set of the names in ingredient lines, folded; lines without a name are left out."""
    return frozenset(filter(None, map(_name, lines)))


@lru_cache(maxsize=1 << 16)
def _name(line: str) -> str:
    return " ".join(map(fold, name_words(line)))


def _compare(queries: _Queries, chunk: Sequence[tuple[int, Recipe]], found: list[Closest]) -> None:
    _compare_titles(queries, chunk, found)
    for row, recipe in chunk:
        names = ingredient_names(recipe.ingredients)
        shared = Counter(number for name in names for number in queries.having.get(name, ()))
        for number, count in shared.items():
            jaccard = count / (len(names) + len(queries.names[number]) - count)
            if jaccard > found[number].jaccard and not _same(recipe, queries.recipes[number]):
                found[number].jaccard, found[number].ingredients_row = jaccard, row


def _compare_titles(queries: _Queries, chunk: Sequence[tuple[int, Recipe]], found: list[Closest]) -> None:
    """Compare titles whose letters alone allow the ratio; that leaves few, since comparing is slow."""
    titles = [folded_title(recipe.title) for _, recipe in chunk]
    theirs = _letters(titles)
    lengths = theirs.sum(axis=1)
    for number, (title, letters) in enumerate(zip(queries.titles, queries.letters, strict=True)):
        if not title:
            continue
        common = np.minimum(letters, theirs).sum(axis=1)
        possible = 2 * common >= SIMILAR_TITLE * (letters.sum() + lengths) - 1e-9
        for place in np.flatnonzero(possible).tolist():
            row, recipe = chunk[place]
            ratio = SequenceMatcher(None, title, titles[place], autojunk=False).ratio()
            if (
                ratio >= SIMILAR_TITLE
                and ratio > found[number].title_ratio
                and not _same(recipe, queries.recipes[number])
            ):
                found[number].title_ratio, found[number].title_row = ratio, row


def _letters(titles: Sequence[str]) -> NDArray[np.int16]:
    """Return how often each title has each letter, and all other characters together, [titles, letters + 1]."""
    counts = np.array([[title.count(letter) for letter in LETTERS] for title in titles], np.int16)
    counts = counts.reshape(len(titles), len(LETTERS))
    others = np.array([len(title) for title in titles], np.int16) - counts.sum(axis=1, dtype=np.int16)
    return np.column_stack([counts, others])


def _same(one: Recipe, other: Recipe) -> bool:
    return one is other or (one.source is not None and one.source == other.source)
