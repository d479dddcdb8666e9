"""A recipe in the units of another system: weights, volumes and temperatures.

A volume becomes a volume, never a weight, except that of butter, which is sold in sticks of 4 oz or 8 tbsp.

In metric recipes less than 60 ml (a quarter of a cup) is measured by the spoon, as in metric cookbooks, and more in ml,
whatever the recipe measures it with: 2 tbsp and 1 fl oz become 2 tbsp, 1/4 cup and 4 tbsp become 60 ml. Measures of a
kind that are added are one: ``1 cup plus 2 tbsp`` becomes 270 ml.
"""

from __future__ import annotations

import re
from dataclasses import replace
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

from recipe_tui.core.cookbook.amounts import every_amount, is_ambiguous_size, is_heaped, is_size
from recipe_tui.core.cookbook.directions import is_vessel, without_full_stop
from recipe_tui.core.cookbook.doubts import has_unclear_number, is_doubtful
from recipe_tui.core.cookbook.equivalents import imperial, in_one_system
from recipe_tui.core.cookbook.kitchen_numbers import CONVERSION_TOLERANCE, best_of, written
from recipe_tui.core.cookbook.quantities import leading, size_of_each
from recipe_tui.core.cookbook.scaling import amount_text, replaced
from recipe_tui.core.cookbook.sums import added_up
from recipe_tui.core.cookbook.temperatures import convert_temperatures, scale_of
from recipe_tui.core.cookbook.units import CUP, FL_OZ, KG, LB, LITRE, ML, OZ, STICK, TBSP, TSP, G
from recipe_tui.core.recipes.recipe import is_heading

if TYPE_CHECKING:
    from recipe_tui.core.cookbook.amounts import Amount
    from recipe_tui.core.cookbook.units import Kind, System, Unit
    from recipe_tui.core.recipes.recipe import Recipe

_TARGETS: dict[tuple[System, Kind], tuple[Unit, ...]] = {
    ("metric", "volume"): (LITRE, ML),
    ("metric", "weight"): (KG, G),
    ("us", "volume"): (CUP, TBSP, TSP),
    ("us", "weight"): (LB, OZ),
}
_LABELS = {**_TARGETS, ("us", "volume"): (FL_OZ,)}  # what the sizes of packages are in
_LEAST_LB = 2 * LB.size  # of a package, which is labelled in ounces up to that
_LABEL_ERROR = Fraction(3, 100)
_SPOONS = (TBSP, TSP)
_LEAST_ML = CUP.size / 4  # from which on metric recipes are in ml
_LARGEST_ERROR = Fraction(1, 10)  # of a conversion; what is too small to measure stays in its own unit


def convert(recipe: Recipe, system: System) -> Recipe:
    """Write a recipe in the units of a system: weights, volumes and temperatures.

    Args:
        recipe: The recipe.
        system: The system; what is in it already stays as it is written.
    """
    scale = scale_of((*recipe.ingredients, *recipe.steps))
    return replace(
        recipe,
        ingredients=tuple(convert_temperatures(_converted(line, system), system, scale) for line in recipe.ingredients),
        steps=tuple(convert_temperatures(_converted_step(step, system), system, scale) for step in recipe.steps),
    )


def _converted(line: str, system: System) -> str:
    first = leading(line)
    if is_heading(line) or is_doubtful(line, first):
        return line
    found = [*every_amount(line[: first.start]), first, *every_amount(line, first.end)] if first else every_amount(line)
    found = [one for one in found if not is_ambiguous_size(line, one)]
    found = added_up(line, imperial(line, found))
    shorter = in_one_system(line, found, system)
    if shorter != line:
        return _converted(shorter, system)
    size = size_of_each(line, first) if first else None

    def change(amount: Amount) -> tuple[str, None]:
        if line[amount.start : amount.end].lower() in ("a", "an"):
            following = next((one for one in found if one.start == amount.end + 1 and is_size(line, one)), None)
            text = _size_in_system(line, following, system) if following else ""
            return (_article(line[amount.start], text) if text else line[amount.start : amount.end]), None
        if amount == size or is_size(line, amount):
            return _size_in_system(line, amount, system), None
        return _in_system(line, amount, system), None

    return replaced(line, found, change) or line


def _converted_step(step: str, system: System) -> str:
    every = [without_full_stop(step, one) for one in every_amount(step)]
    vessels = {end for one in pairwise(every) if _is_vessel_in_both(step, *one) for end in one}
    found = [one for one in every if one.unit is not None and not is_size(step, one) and one not in vessels]
    found = [one for one in found if one.low != 1 or one.unit is not CUP or not is_vessel(step, one)]
    if has_unclear_number(step, found):
        return step
    return replaced(step, added_up(step, found), lambda one: (_in_system(step, one, system), None)) or step


def _is_vessel_in_both(step: str, one: Amount, other: Amount) -> bool:
    """Return whether the size of a vessel is said in two systems: ``a 900g/2lb loaf tin``."""
    is_said_again = step[one.end : other.start].strip() in ("/", "(", "=", "or")
    is_other = one.unit is not None and other.unit is not None and one.unit.system != other.unit.system
    return is_said_again and is_other and is_vessel(step, one) and is_vessel(step, other)


_BUTTER = re.compile(
    r"\)?\s(?:\([^()]*\)\s)?(?:(?:of|the|cold|chilled|soft|softened|melted|unsalted|salted|sweet|European-style|good"
    r"|unmelted|room[ -]temperature),?\s)*(?:butter|margarine)\b(?!\s(?:beans?|lettuce|crackers?|cookies?))",
    re.IGNORECASE,
)


def _weighed(line: str, amount: Amount) -> Fraction | None:
    """Return the grams of an amount of butter that metric recipes weigh; None for other things."""
    unit = amount.unit
    if unit is None or not _BUTTER.match(line, amount.end):
        return None
    if unit.name == "stick":
        is_said = line[: amount.start].rstrip().endswith("(") or line[amount.end :].lstrip().startswith("(")
        return None if is_said else STICK.size  # 1/2 cup (1 stick), 1 stick (1/2 cup)
    is_large = unit.kind == "volume" and unit.system != "metric" and amount.low * unit.size >= _LEAST_ML
    return unit.size * STICK.size / (8 * TBSP.size) if is_large else None


def _in_system(line: str, amount: Amount, system: System) -> str:
    """Return an amount in a system, or as it is written where it has no unit of the other one."""
    unit = amount.unit
    as_written = line[amount.start : amount.end]
    if is_heaped(line, amount):
        return as_written
    grams = _weighed(line, amount) if system == "metric" else None
    if unit is None or (grams is None and (unit.system == system or (system, unit.kind) not in _TARGETS)):
        return as_written
    size, ladder = (grams, _TARGETS["metric", "weight"]) if grams else (unit.size, _TARGETS[system, unit.kind])
    if ladder == _TARGETS["metric", "volume"] and amount.low * size < _LEAST_ML:
        ladder = _SPOONS
    if unit.system is None and unit.size and (system == "us" or ladder == _SPOONS):
        return as_written
    low = best_of(amount.low * size, ladder, CONVERSION_TOLERANCE, converted=True)
    if low.error > _LARGEST_ERROR or low.unit is None:
        return as_written
    numbers = [low.value]
    if amount.high is not None:
        numbers.append(best_of(amount.high * size, (low.unit,), Fraction(1), converted=True).value)
    style = "fraction" if amount.style in ("decimal", "comma") and system == "us" else amount.style
    return amount_text(replace(amount, style=style), numbers, low.unit)


def _size_in_system(line: str, amount: Amount, system: System) -> str:
    """Return the size of a package or piece in a system; a sign parts a fraction from the count before it.

    Example:
        A 750 ml bottle is one of 25 fl oz, as it is labelled, and 2 1.5-kg chickens are 2 × 3 1/3-lb chickens.
    """
    unit = amount.unit
    if unit is None or not unit.size or unit.system in (None, system) or (system, unit.kind) not in _TARGETS:
        return line[amount.start : amount.end]
    ladder = _LABELS[system, unit.kind]
    if amount.low * unit.size < _LEAST_LB:
        ladder = ladder[-1:]
    low = best_of(amount.low * unit.size, ladder, CONVERSION_TOLERANCE, converted=True)
    if low.error > _LARGEST_ERROR or low.unit is None:
        return line[amount.start : amount.end]
    ends = [end * unit.size / low.unit.size for end in (amount.low, amount.high) if end is not None]
    numbers = [
        Fraction(round(end))
        if system == "us" and abs(round(end) - end) <= _LABEL_ERROR * end
        else best_of(end * low.unit.size, (low.unit,), Fraction(1), converted=True).value
        for end in ends
    ]
    style = "fraction" if amount.style in ("decimal", "comma") and system == "us" else amount.style
    texts = dict.fromkeys(written(number, low.unit, style) for number in numbers)
    text = f"{amount.between.join(texts)}{amount.gap or ' '}{low.unit.name}"
    return f"× {text}" if _COUNT.search(line[: amount.start]) and _PART.match(text) else text


_BEFORE_AN = re.compile(r"8|1[18](?!\d)")


def _article(letter: str, number: str) -> str:
    """Return ``a`` or ``an`` as it is before a number: an 8-oz can, a 225-g can."""
    return f"{letter}n" if _BEFORE_AN.match(number) else letter


_COUNT = re.compile(r"\d\s$")
_PART = re.compile(r"(?:\d+ )?\d+/|\d*[¼-¾⅐-⅞]")
