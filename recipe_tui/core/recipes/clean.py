"""Cleaning: repair the damage of scraping, and find what is no recipe."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import TYPE_CHECKING, Literal, TypeAlias

from recipe_tui.core.recipes.recipe import Recipe, is_heading
from recipe_tui.core.recipes.repairs import REPAIRS, SEPARATOR, part_markup
from recipe_tui.core.recipes.structure import (
    Lines,
    is_note,
    mark_headings,
    move_notes,
    part_ingredients,
    part_labels,
    part_steps,
    remove_bullets,
    remove_empty,
    remove_item_numbers,
    remove_numbering,
    remove_placeholders,
    unmark_headings,
)
from recipe_tui.core.recipes.words import text_length

if TYPE_CHECKING:
    from collections.abc import Callable

DropReason: TypeAlias = Literal["no_title", "no_ingredients", "no_steps", "short_steps"]

SHORT_STEPS = 40
"""Directions of fewer characters in all are dropped, as "Stir together all ingredients."; see `text_length`."""

_ROUNDS = 8  # a repair may make an earlier one necessary; two rounds are nearly always enough


@dataclass(frozen=True, slots=True)
class Cleaned:
    """A cleaned recipe.

    Attributes:
        recipe: The recipe, repaired even when it is to be dropped.
        reason: Why it is no recipe, or None when it is kept.
        repairs: The kinds of repair that changed it, each once, in the order in which they were made.
    """

    recipe: Recipe
    reason: DropReason | None
    repairs: tuple[str, ...]


def clean(recipe: Recipe) -> Cleaned:
    """Repair a recipe and decide whether it is kept.

    Cleaning what has been cleaned changes nothing. Afterwards no line is empty, holds a newline, a control or an
    invisible character, and all text is in Unicode's form NFC.

    Args:
        recipe: A recipe as it was read.
    """
    repairs: dict[str, None] = {}  # an ordered set
    for _ in range(_ROUNDS):
        mended, kinds = _mend(recipe)
        if mended == recipe:
            break
        recipe = mended
        repairs.update(dict.fromkeys(kinds))
    return Cleaned(recipe, _reason_to_drop(recipe), tuple(repairs))


def _mend(recipe: Recipe) -> tuple[Recipe, list[str]]:
    parted = part_markup(recipe.ingredients), part_markup(recipe.steps)
    ingredients, steps = map(unmark_headings, parted)
    (title, *lines), kinds = _mend_text((recipe.title, *ingredients, *steps))
    if parted != (recipe.ingredients, recipe.steps) and "markup" not in kinds:
        kinds.insert(0, "markup")
    if (ingredients, steps) != parted:
        kinds.append("headings")
    ingredients, steps = tuple(lines[: len(ingredients)]), tuple(lines[len(ingredients) :])
    for kind, mend in _LIST_REPAIRS:
        before = ingredients, steps
        ingredients, steps = mend(ingredients, steps)
        if (ingredients, steps) != before:
            kinds.append(kind)
    if (plain_title := _mend_title(title)) != title:
        kinds.append("title")
    tags = tuple(filter(None, map(_mend_tag, recipe.tags)))
    if tags != recipe.tags:
        kinds.append("tags")
    servings, times = _mend_tag(recipe.servings), tuple(filter(None, map(_mend_tag, recipe.times)))
    if (servings, times) != (recipe.servings, recipe.times):
        kinds.append("servings and times")
    mended = replace(
        recipe, title=plain_title, ingredients=ingredients, steps=steps, tags=tags, servings=servings, times=times
    )
    return mended, kinds


def _mend_text(lines: Lines) -> tuple[Lines, list[str]]:
    kinds = []
    text = SEPARATOR.join(lines)
    for repair in REPAIRS:
        if repair.suspects(text):
            mended = tuple(map(repair.mend, lines))
            if mended != lines:
                kinds.append(repair.name)
                lines, text = mended, SEPARATOR.join(mended)
    return lines, kinds


_LAST_PERIOD = re.compile(r"(?<=[a-zà-ÿ]{4})\.$")


def _mend_title(title: str) -> str:
    return _LAST_PERIOD.sub("", title.replace("\n", " "))


@lru_cache(maxsize=4096)  # the same tags, servings and times stand on many recipes
def _mend_tag(tag: str) -> str:
    (mended,), _ = _mend_text((tag,))
    return mended.replace("\n", " ")


_LIST_REPAIRS: tuple[tuple[str, Callable[[Lines, Lines], tuple[Lines, Lines]]], ...] = (
    ("line breaks", lambda ingredients, steps: (part_ingredients(ingredients), part_steps(steps))),
    ("bullets", lambda ingredients, steps: (remove_bullets(ingredients), remove_bullets(steps))),
    ("placeholders", lambda ingredients, steps: (remove_placeholders(ingredients), remove_placeholders(steps))),
    ("numbering", lambda ingredients, steps: (remove_item_numbers(ingredients), remove_numbering(steps))),
    ("empty lines", lambda ingredients, steps: (remove_empty(ingredients), remove_empty(steps))),
    ("headings", lambda ingredients, steps: (mark_headings(ingredients), mark_headings(steps))),
    ("labels", lambda ingredients, steps: (part_labels(ingredients), steps)),
    ("notes", move_notes),
)


def _reason_to_drop(recipe: Recipe) -> DropReason | None:
    if not re.search(r"\w", recipe.title):
        return "no_title"
    if all(map(is_heading, recipe.ingredients)):
        return "no_ingredients"
    steps = [step for step in recipe.steps if not is_note(step)]
    if not steps:
        return "no_steps"
    return "short_steps" if sum(map(text_length, steps)) < SHORT_STEPS else None
