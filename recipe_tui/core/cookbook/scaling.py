"""A recipe for another number of servings. Works with exact fractions throughout.

What is not understood stays as it is and says so. Amounts in the directions: `recipe_tui.core.cookbook.directions`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

from recipe_tui.core.cookbook.amounts import is_heaped
from recipe_tui.core.cookbook.directions import Listed, proportional_amounts
from recipe_tui.core.cookbook.doubts import has_unclear_number
from recipe_tui.core.cookbook.kitchen_numbers import best_of, measured, rounded, written
from recipe_tui.core.cookbook.nouns import respelled_noun
from recipe_tui.core.cookbook.number_words import linked
from recipe_tui.core.cookbook.quantities import quantities
from recipe_tui.core.cookbook.sums import added_up, follows_as_part
from recipe_tui.core.cookbook.units import respelled
from recipe_tui.core.errors import UsageError
from recipe_tui.core.recipes.recipe import is_heading

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from recipe_tui.core.cookbook.amounts import Amount
    from recipe_tui.core.cookbook.units import Unit
    from recipe_tui.core.recipes.recipe import Recipe

UNSCALED = "[not scaled]"
"""The mark at the end of an ingredient line that has no quantity that is understood."""

LARGEST = 1000
"""The largest factor, and the inverse of the smallest."""

_SERVINGS = re.compile(  # not the size in "a 9-inch pie" and "one 9 x 13 pan"
    r"(?<![\d.x×])(?<![x×] )\d{1,4}(?:\.\d{1,2})?(?![\d.]*\d)"
    r"(?!\s?-?\s?(?:inch|cm|mm|in\.|quart|pound|ounce)|-[^\W\d_]|\s?[\"”x×])"
)
_SERVINGS_RANGE = re.compile(rf"{_SERVINGS.pattern}(?:\s?(?:-|–|to|or)\s?{_SERVINGS.pattern})?")


@dataclass(frozen=True, slots=True)
class Scaled:
    """A recipe for other servings.

    Attributes:
        recipe: The recipe.
        unscaled: Its ingredient lines without a quantity that is understood.
    """

    recipe: Recipe
    unscaled: tuple[str, ...] = ()


def servings_of(recipe: Recipe) -> Fraction | None:
    """Return how many servings a recipe makes; of a range the lower end, None where it names no number."""
    match = _SERVINGS.search(recipe.servings)
    return Fraction(match[0]) or None if match else None


def factor_for(recipe: Recipe, servings: Fraction) -> Fraction:
    """Return by what a recipe is multiplied to make so many servings.

    Raises:
        UsageError: It does not say how many it makes.
    """
    made = servings_of(recipe)
    if made is None:
        raise UsageError(
            f"'{recipe.title}' does not say how many servings it makes", "give a factor instead, such as --scale 2"
        )
    return servings / made


def scale(recipe: Recipe, factor: Fraction) -> Scaled:
    """Multiply a recipe.

    Args:
        recipe: The recipe.
        factor: By what; 1 leaves it as it is.

    Raises:
        UsageError: The factor is not above 0, or too large or small for any kitchen.
    """
    if not Fraction(1, LARGEST) <= factor <= LARGEST:
        raise UsageError(f"a factor of {float(factor):g}", f"give one from 1/{LARGEST} to {LARGEST:,}")
    if factor == 1:
        return Scaled(recipe)
    ingredients, unscaled = [], []
    for line in recipe.ingredients:
        line = line.removesuffix(UNSCALED).rstrip()
        found = quantities(line)
        changed = _times(line, found, factor) if found else None
        if changed is not None:
            ingredients.append(changed)
        elif is_heading(line):
            ingredients.append(line)
        else:
            unscaled.append(line)
            ingredients.append(f"{line} {UNSCALED}")
    listed = Listed(recipe.ingredients)
    steps = tuple(_scaled_step(step, listed, factor) for step in recipe.steps)
    servings = _scaled_servings(recipe.servings, factor)
    return Scaled(replace(recipe, ingredients=tuple(ingredients), steps=steps, servings=servings), tuple(unscaled))


def _scaled_step(step: str, listed: Listed, factor: Fraction) -> str:
    found = proportional_amounts(step, listed)
    changed = None if found and has_unclear_number(step, found) else _times(step, found, factor)
    return f"{step.removesuffix(UNSCALED).rstrip()} {UNSCALED}" if changed is None else changed


_LARGEST_OF_PARTS = 4  # half of 1 tbsp 1 tsp is 2 tsp, but twice that is not 8


def _times(line: str, found: Sequence[Amount], factor: Fraction) -> str | None:
    amounts = _summed(line, found, factor)
    parts = [one for last, one in pairwise(amounts) if follows_as_part(line, last, one)]
    return replaced(line, amounts, lambda one: _multiplied(line, one, factor, is_part=one in parts))


def _summed(line: str, found: Sequence[Amount], factor: Fraction) -> list[Amount]:
    """Return amounts with their sum in the place of ``1 cup 2 tbsp``, where one measure is exactly the sum."""
    amounts: list[Amount] = []
    for whole in added_up(line, found, only_beside=True):
        parts = [one for one in found if whole.start <= one.start < whole.end]
        sum_ = measured(whole.low * factor, whole.unit)
        is_larger = whole.unit is not None and sum_.unit is not None and sum_.unit.size >= whole.unit.size
        amounts += [whole] if not sum_.error and (is_larger or sum_.value <= _LARGEST_OF_PARTS) else parts
    return amounts


def _scaled_servings(line: str, factor: Fraction) -> str:
    """Return a line such as ``4-6 servings`` with its first number, or range of numbers, multiplied."""

    def multiplied(match: re.Match[str]) -> str:
        return _SERVINGS.sub(lambda number: written(Fraction(number[0]) * factor, None, "fraction"), match[0])

    line = _SERVINGS_RANGE.sub(multiplied, line, count=1)
    if match := re.fullmatch(r"(.+) servings?", line):
        return f"{match[1]} serving{'s' * (match[1] != '1')}"
    return line


_SIZE_AFTER = re.compile(r"\s(?=[\d¼-¾⅐-⅞])")
_PART_AFTER = re.compile(r"\s(?:\d{1,2}/|[¼-¾⅐-⅞])")


def _multiplied(line: str, amount: Amount, factor: Fraction, is_part: bool = False) -> tuple[str, bool]:
    """Return an amount of a line times a factor as text, and whether it is at most one.

    Where a fraction meets the size that it counts, a sign parts them: 1/2 × 28-ounce can. The smaller part of a sum,
    as in 1 cup 2 tbsp, does not become a larger unit.
    """
    low = measured(amount.low * factor, amount.unit)
    is_larger = amount.unit is not None and low.unit is not None and low.unit.size > amount.unit.size
    if is_heaped(line, amount) or (is_part and is_larger):
        low = rounded(amount.low * factor, amount.unit)
    unit = low.unit
    numbers = [low.value]
    if amount.high is not None:
        high = amount.high * factor
        size = high * amount.unit.size / unit.size if amount.unit and unit and unit.size else high
        ladder = (unit,) if unit and unit.size else ()
        end = best_of(size * unit.size, ladder, Fraction(1)) if ladder and unit else measured(high, unit)
        numbers.append(end.value)
    if unit is None and amount.gap.strip() in ("-", "–", "—"):
        amount = replace(amount, gap=" × ")  # 1/2 × 8 oz pkg. and 9 × 8 oz pkgs., not 1/2-8 and 9-8 oz
    text = amount_text(amount, numbers, unit)
    if unit is None and _SIZE_AFTER.match(line, amount.end):
        is_fraction = any(number.denominator > 1 for number in numbers)
        text += " ×" if is_fraction or _PART_AFTER.match(line, amount.end) else ""
    return text, max(numbers) <= 1


def amount_text(amount: Amount, numbers: list[Fraction], unit: Unit | None) -> str:
    """Return numbers and unit as a line writes them, in place of the amount that it has.

    Args:
        amount: The amount.
        numbers: The number, or the ends of the range.
        unit: Their unit, which may differ from that of the amount.
    """
    texts = list(dict.fromkeys(written(number, unit, amount.style) for number in numbers))
    number = (amount.between if len(texts) > 1 else "").join(texts)
    if unit is None:
        return f"{number}{amount.gap}"
    is_one = max(numbers) <= 1
    if amount.unit == unit:
        return f"{number}{amount.gap}{respelled(amount.spelling, unit, is_one)}"
    adjectives = amount.gap.strip(" -")  # 1 scant tsp becomes scant 1 tbsp, 1 packed cup 240 ml packed
    text = f"{number} {unit.name if is_one else unit.plural}"
    return " ".join(filter(None, (text, adjectives) if "packed" in adjectives else (adjectives, text)))


def replaced(line: str, found: Iterable[Amount], change: Callable[[Amount], tuple[str, bool | None]]) -> str | None:
    """Return a line with other amounts in the place of those that were found; None where they overlap.

    Args:
        line: The line.
        found: The amounts, in their order.
        change: Returns the text for an amount, and whether what it counts is one; None if that has not changed.
    """
    pieces, place = [], 0
    for amount in found:
        if amount.start < place:
            return None
        text, is_one = change(amount)
        before, old = line[place : amount.start], line[amount.start : amount.end]
        has_lost_dot = old.endswith(".") and text[-1].isalnum() and line[amount.end : amount.end + 1].isalpha()
        text = f"{text} " if has_lost_dot else text  # 1 lb.butter becomes 450 g butter
        pieces += [before if text == old else linked(before, old), text]
        place = amount.end
        if amount.unit is None and is_one is not None:
            noun, place = respelled_noun(line, place, is_one)
            pieces.append(noun)
    return "".join([*pieces, line[place:]])
