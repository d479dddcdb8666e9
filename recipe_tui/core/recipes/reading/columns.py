"""Know the fields of a record by their names: title, ingredients, directions, tags, and what says nothing about it."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING

from recipe_tui.core.errors import SourceError
from recipe_tui.core.recipes.reading.description import TIME_NAMES
from recipe_tui.core.recipes.reading.field_names import INGREDIENTS, SERVINGS, STEPS, TAGS, TITLE, names, plain_name

if TYPE_CHECKING:
    from collections.abc import Iterable


@dataclass(frozen=True, slots=True)
class Columns:
    """The names in a record that hold a field, the preferred one first.

    Attributes:
        title: Names of the title.
        ingredients: Names of the ingredients.
        steps: Names of the directions.
        tags: Names of tags of all kinds.
        quantities: Name of the quantities, where they are listed apart from the ingredients (Food.com).
        numbered_steps: Names of one step each, ``step1`` and so on.
        numbered: Pairs of names for one ingredient and its measure, ``strIngredient1`` and ``strMeasure1`` (TheMealDB).
        split: Name of the split that the source assigns.
        servings: Names of how much the recipe makes.
        times: Names of how long it takes.
        unread: Names that are not understood; those that are known to hold nothing to learn are not among them.
    """

    title: tuple[str, ...]
    ingredients: tuple[str, ...]
    steps: tuple[str, ...]
    tags: tuple[str, ...]
    quantities: tuple[str, ...] = ()
    numbered: tuple[tuple[str, str | None], ...] = ()
    numbered_steps: tuple[str, ...] = ()
    split: tuple[str, ...] = ()
    servings: tuple[str, ...] = ()
    times: tuple[str, ...] = ()
    unread: tuple[str, ...] = ()

    @property
    def description(self) -> tuple[str, ...]:
        """The names of tags, servings and times."""
        return self.tags + self.servings + self.times

    @property
    def names(self) -> list[str]:
        """All names, each once."""
        numbered = [name for pair in self.numbered for name in pair if name is not None]
        steps = self.steps + self.numbered_steps
        lists = (self.title, self.ingredients, steps, self.description, self.quantities, numbered, self.split)
        return list(dict.fromkeys(name for names in lists for name in names))

    @property
    def has_ingredients(self) -> bool:
        """Whether any name holds ingredients."""
        return bool(self.ingredients or self.numbered)

    @property
    def has_steps(self) -> bool:
        """Whether any name holds directions."""
        return bool(self.steps or self.numbered_steps)


_QUANTITIES = ("recipeingredientquantities", "ingredientquantities")
_SPLIT = names("split partition datasplit datasetsplit splitname traintestsplit subset fold set")
_ONE_STEP = ("step", "direction", "instruction")
_AGAIN = re.compile(r"(.{1,100}) \(\d{1,3}\)")  # see `distinct`
_NUMBERED = re.compile(r"(?:str)?ingredient(\d{1,3})")
_NUMBERED_STEP = re.compile(r"(?:step|direction|instruction)(\d{1,3})")


@lru_cache(maxsize=1024)
def columns(names: tuple[str, ...]) -> Columns:
    """Find out which names hold which field."""
    known = {name: plain_name(name).removeprefix("recipe.") for name in names}  # as pandas flattens objects

    def holding(aliases: Iterable[str]) -> tuple[str, ...]:
        return tuple(name for alias in aliases for name in names if known[name] == alias)

    plain = {spelled: name for name, spelled in known.items()}
    numbered = sorted((int(match[1]), name) for name in names if (match := _NUMBERED.fullmatch(known[name])))
    steps = [(int(match[1]), name) for name in names if (match := _NUMBERED_STEP.fullmatch(known[name]))]
    pairs = tuple(
        (name, next((plain[f"{word}{number}"] for word in _MEASURES if f"{word}{number}" in plain), None))
        for number, name in numbered
    )
    # A name for one item that a header has several times holds an item each time.
    again = {name: match[1] for name in names if (match := _AGAIN.fullmatch(name)) and match[1] in names}
    several = {name for pair in again.items() for name in pair}
    pairs += tuple((name, None) for name in names if name in several and known[again.get(name, name)] == "ingredient")
    steps += [(0, name) for name in names if name in several and known[again.get(name, name)] in _ONE_STEP]
    found = Columns(
        holding(TITLE),
        tuple(name for name in holding(INGREDIENTS) if name not in several or known[name] != "ingredient"),
        tuple(name for name in holding(STEPS) if name not in several or known[name] not in _ONE_STEP),
        (*holding(TAGS), *(name for name, first in again.items() if known[first] in TAGS)),
        holding(_QUANTITIES),
        pairs,
        tuple(name for _, name in sorted(steps, key=lambda pair: pair[0])),
        holding(_SPLIT),
        holding(SERVINGS),
        holding(TIME_NAMES),
    )
    ignored = {*found.names, *(name for name in names if known[name] in _KNOWN or _UNUSED.fullmatch(known[name]))}
    return replace(found, unread=tuple(name for name in names if name not in ignored))


def distinct(header: Iterable[str]) -> list[str]:
    """Number the columns of a name that a header has before, ``tags (2)``, so that none takes another one's place."""
    seen: dict[str, int] = {}
    found = []
    for name in header:
        seen[name] = number = seen.get(name, 0) + 1
        found.append(f"{name} ({number})" if number > 1 and name else name)
    return found


_MEASURES = ("strmeasure", "measure", "quantity", "amount")


def table_columns(names: Iterable[str], file: str) -> Columns:
    """Find out which columns of a table hold which field.

    Raises:
        SourceError: The table has no column for the title, the ingredients or the directions.
    """
    names = tuple(names)
    found = columns(names)
    if not (found.title and found.has_ingredients and found.has_steps):
        given = ", ".join(name or "(unnamed)" for name in names)
        raise SourceError(
            f"{file}: its columns ({given[:200]}) are not those of a recipe table",
            "name them title, ingredients and directions (or name, instructions, steps, method)",
        )
    return found


# What identifies, dates, illustrates or credits a recipe, row numbers, and schema.org's other properties of a recipe.
_UNUSED = re.compile(
    r"@.*|(?:.*(?:url|uri|link|href|image|img|photo|picture|thumb|thumbnail|video|hash|slug|guid|uuid|uid))s?"
    r"|_?(?:recipe|meal|user|author|owner|group|household|food|contributor|submitter)?ids?|id(?:meal|drink)|unnamed:?\d+|(?:is|has)[a-z]+"
    r"|(?:date|time|last|num|number|n)(?:of)?(?:created|added|updated|modified|published|steps|ingredients|reviews)"
    r"|(?:created|added|updated|modified|published|deleted|scraped|submitted)(?:at|on|date|time|by)?"
)
_KNOWN = frozenset(
    names(
        """_ layout permalink draft weight aliases excerpt cover hero toc
        index row rowid rowidx number position language lang locale inlanguage source sources website site domain
        host publisher author authors by chef contributor creator credit copyright license date datetime timestamp type
        kind version ner cleanedingredients headline alternatename alternativeheadline description abstract summary
        nutrition aggregaterating review interactionstatistic commentcount comment mainentityofpage mainentity speakable
        potentialaction estimatedcost sameas about mentions audience breadcrumb copyrightholder copyrightyear
        sourceorganization provider tool supply credittext strdrinkalternate strcreativecommonsconfirmed strsource
        stryoutube strimagesource"""
    )
)
