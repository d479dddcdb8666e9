"""Measures of how directions use the listed ingredients: coverage, extras, order, and how they fit the title.

An ingredient is mentioned where the checklist of the workbench ticks it, see `recipe_tui.core.recipes.ingredients`.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from typing import TYPE_CHECKING

from recipe_tui.core.measures.libraries import evaluation_library
from recipe_tui.core.recipes.ingredients import content_words, first_mentions, fold, folded_words, name_words

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from recipe_tui.core.recipes.recipe import Recipe

MATCHER = "any word of the name, plurals folded"
"""The name of the matcher, which is printed beside each coverage."""

FEWEST_MATCHES = 3
"""Ingredients that must be mentioned for an order to mean anything."""

FEWEST_RECIPES = 5
"""Recipes that must list a word for the lexicon; `RARE` of all recipes where that is more."""

RARE = 0.0003


def coverage(ingredients: Sequence[str], directions: str) -> float | None:
    """Return the share of the listed ingredients that directions mention; None if none has a name."""
    mentions = first_mentions(ingredients, directions)
    return sum(one is not None for one in mentions) / len(mentions) if mentions else None


def order_tau(ingredients: Sequence[str], directions: str) -> float | None:
    """Return Kendall's tau-b between the order of the list and that of the first mentions.

    Words that no other listed ingredient has count first: "chicken stock" is where the stock is, not the chicken.

    Returns:
        From -1 to 1; None where fewer than three ingredients are mentioned, or all of them by the same word.

    Raises:
        UsageError: SciPy is not installed.
    """
    places = _distinguished_places(ingredients, directions)
    if len(places) < FEWEST_MATCHES or len(set(places)) == 1:
        return None
    with evaluation_library():
        from scipy.stats import kendalltau
    return float(kendalltau(range(len(places)), places).statistic)


def _distinguished_places(ingredients: Sequence[str], directions: str) -> list[int]:
    """Return the number of the word that first mentions each ingredient that is mentioned, in the order of the list."""
    first: dict[str, int] = {}
    for number, word in enumerate(folded_words(directions)):
        first.setdefault(word, number)
    listed = [content_words(line) for line in ingredients]
    shared = Counter(word for words in listed for word in words)
    found = []
    for words in listed:
        own = [first[word] for word in words if word in first and shared[word] == 1]
        places = own or [first[word] for word in words if word in first]
        if places:
            found.append(min(places))
    return found


def title_match(title: str, ingredients: Iterable[str], directions: str) -> float | None:
    """Return the share of the title's content words that ingredients or directions have; None if it has none."""
    words = content_words(title)
    if not words:
        return None
    known = set(folded_words("\n".join([*ingredients, directions])))
    return len(words & known) / len(words)


@dataclass(frozen=True, slots=True)
class Lexicon:
    """Words that mean an ingredient wherever they are.

    Attributes:
        words: The folded words.
    """

    words: frozenset[str]

    @classmethod
    def of(cls, recipes: Iterable[Recipe]) -> Lexicon:
        """Collect the lexicon of a corpus.

        A word is in it if it is the last one of an ingredient's name in enough recipes, and if most recipes whose
        directions have it list it: so "onion" is in it, and "sauce", "bowl" and "piece" are not.
        """
        heads: Counter[str] = Counter()
        mentions: Counter[str] = Counter()
        listed_mentions: Counter[str] = Counter()
        count = 0
        for recipe in recipes:
            count += 1
            names = [[fold(word) for word in name_words(line)] for line in recipe.ingredients]
            heads.update({name[-1] for name in names if name})
            listed = {word for name in names for word in name}
            used = set(folded_words("\n".join(recipe.steps)))
            mentions.update(used)
            listed_mentions.update(used & listed)
        fewest = max(FEWEST_RECIPES, RARE * count)
        return cls(
            frozenset(
                word
                for word, times in heads.items()
                if times >= fewest and len(word) > 2 and 2 * listed_mentions[word] > mentions[word]
            )
        )

    def extras(self, ingredients: Iterable[str], directions: str) -> frozenset[str]:
        """Return the words of the lexicon that directions have and no listed ingredient has."""
        listed = {word for line in ingredients for word in folded_words(line)}
        return frozenset(self.words.intersection(folded_words(directions)) - listed)
