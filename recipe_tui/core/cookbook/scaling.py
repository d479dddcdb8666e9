"""A recipe for another number of servings, or in the units of another system. Works with exact fractions throughout.

What is not understood stays as it is and says so. In the directions, measures of volume and weight change and numbers
of listed things ("beat 2 eggs"); times, temperatures, sizes of pans and what is portioned ("1/4 cup each") do not.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from fractions import Fraction
from itertools import pairwise
from typing import TYPE_CHECKING

from recipe_tui.core.cookbook.kitchen_numbers import CONVERSION_TOLERANCE, best_of, measured, written
from recipe_tui.core.cookbook.quantities import Amount, every_amount, is_size, leading, quantities
from recipe_tui.core.cookbook.temperatures import convert_temperatures
from recipe_tui.core.cookbook.units import CUP, KG, LB, LITRE, ML, OZ, PLURALS, TBSP, TSP, G, respelled
from recipe_tui.core.errors import UsageError
from recipe_tui.core.recipes.ingredients import fold, name_words
from recipe_tui.core.recipes.recipe import is_heading

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from recipe_tui.core.cookbook.units import Kind, System, Unit
    from recipe_tui.core.recipes.recipe import Recipe

UNSCALED = "[not scaled]"
"""The mark at the end of an ingredient line that has no quantity that is understood."""

LARGEST = 1000
"""The largest factor, and the inverse of the smallest."""

_SERVINGS = re.compile(r"\d{1,4}(?:\.\d{1,2})?")
_SERVINGS_RANGE = re.compile(rf"{_SERVINGS.pattern}(?:\s?(?:-|–|to|or)\s?{_SERVINGS.pattern})?")
_TARGETS: dict[tuple[System, Kind], tuple[Unit, ...]] = {
    ("metric", "volume"): (LITRE, ML),
    ("metric", "weight"): (KG, G),
    ("us", "volume"): (CUP, TBSP, TSP),
    ("us", "weight"): (LB, OZ),
}
_LARGEST_ERROR = Fraction(1, 10)  # of a conversion; what is too small to measure stays in its own unit


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
        if found:
            ingredients.append(_replaced(line, found, lambda one: _multiplied(one, factor)))
        elif is_heading(line):
            ingredients.append(line)
        else:
            unscaled.append(line)
            ingredients.append(f"{line} {UNSCALED}")
    counted = _counted(recipe.ingredients)
    steps = tuple(
        _replaced(step, _in_step(step, counted), lambda one: _multiplied(one, factor)) for step in recipe.steps
    )
    servings = _scaled_servings(recipe.servings, factor)
    return Scaled(replace(recipe, ingredients=tuple(ingredients), steps=steps, servings=servings), tuple(unscaled))


def convert(recipe: Recipe, system: System) -> Recipe:
    """Write a recipe in the units of a system: weights, volumes and temperatures.

    Teaspoons and tablespoons stay, since both systems have them. A volume becomes a volume, never a weight.
    """
    return replace(
        recipe,
        ingredients=tuple(_converted(line, system) for line in recipe.ingredients),
        steps=tuple(convert_temperatures(_converted_step(step, system), system) for step in recipe.steps),
    )


def _scaled_servings(line: str, factor: Fraction) -> str:
    """Return a line such as ``4-6 servings`` with its first number, or range of numbers, multiplied."""

    def multiplied(match: re.Match[str]) -> str:
        return _SERVINGS.sub(lambda number: written(Fraction(number[0]) * factor, None, "fraction"), match[0])

    line = _SERVINGS_RANGE.sub(multiplied, line, count=1)
    if match := re.fullmatch(r"(.+) servings?", line):
        return f"{match[1]} serving{'s' * (match[1] != '1')}"
    return line


def _multiplied(amount: Amount, factor: Fraction) -> tuple[str, bool]:
    """Return an amount times a factor as text, and whether it is at most one."""
    low = measured(amount.low * factor, amount.unit)
    unit = low.unit
    numbers = [low.value]
    if amount.high is not None:
        high = amount.high * factor
        size = high * amount.unit.size / unit.size if amount.unit and unit and unit.size else high
        ladder = (unit,) if unit and unit.size else ()
        numbers.append(
            best_of(size * unit.size, ladder, Fraction(1)).value if ladder and unit else _nearest(high, unit)
        )
    return _text(amount, numbers, unit), max(numbers) <= 1


def _nearest(value: Fraction, unit: Unit | None) -> Fraction:
    return measured(value, unit).value


def _text(amount: Amount, numbers: list[Fraction], unit: Unit | None) -> str:
    """Return numbers and unit as the line writes them."""
    texts = list(dict.fromkeys(written(number, unit, amount.style) for number in numbers))
    number = (amount.between if len(texts) > 1 else "").join(texts)
    if unit is None:
        return number
    is_one = max(numbers) <= 1
    same = amount.unit is unit
    spelling = respelled(amount.spelling, unit, is_one) if same else unit.name if is_one else unit.plural
    return f"{number}{amount.gap if same else ' '}{spelling}"


def _replaced(line: str, found: Iterable[Amount], change: Callable[[Amount], tuple[str, bool | None]]) -> str:
    """Return a line with other amounts in the place of those that were found.

    Args:
        line: The line.
        found: The amounts, in their order.
        change: Returns the text for an amount, and whether what it counts is one; None if that has not changed.
    """
    pieces, place = [], 0
    for amount in found:
        text, is_one = change(amount)
        pieces += [line[place : amount.start], text]
        place = amount.end
        if amount.unit is None and is_one is not None:
            noun, place = _noun(line, place, is_one)
            pieces.append(noun)
    return "".join([*pieces, line[place:]])


_NOUNS = "|".join({**PLURALS, **dict.fromkeys(PLURALS.values(), "")})
_NOUN = re.compile(rf"((?:\s\([^()]{{1,20}}\))?(?:\s(?!dozen)[\w-]+)?\s)({_NOUNS})\b(?!-)", re.IGNORECASE)
_SINGULARS = {plural: name for name, plural in PLURALS.items()}


def _noun(line: str, place: int, is_one: bool) -> tuple[str, int]:
    """Return what is counted in singular or plural, and the place after it: ``large egg`` becomes ``large eggs``."""
    match = _NOUN.match(line, place)
    if not match:
        return "", place
    name = _SINGULARS.get(match[2].lower(), match[2].lower())
    noun = name if is_one else PLURALS[name]
    return match[1] + (noun.capitalize() if match[2][0].isupper() else noun), match.end()


_VESSEL = re.compile(
    r"\s(?:[\w-]+\s){0,2}(?:saucepans?|pans?|pots?|dish(?:es)?|bowls?|casseroles?|measures?|molds?|skillets?|ramekins?"
    r"|jars?|pieces|portions|batches|times|at a time)\b",
    re.IGNORECASE,
)
_PORTIONED = re.compile(r"\b(?:each|apiece|per|at a time|intervals)\b|\b(?:by|every)\s+(?:the\s+)?$", re.IGNORECASE)
_CLAUSE = re.compile(r"[.;:!?]\s|$")


def _counted(ingredients: Iterable[str]) -> Mapping[str, Fraction]:
    """Return the things that are listed by number, such as eggs, with their number."""
    counted: dict[str, Fraction] = {}
    for line in ingredients:
        amount = leading(line)
        if amount is not None and amount.unit is None:
            for word in name_words(line):
                counted[fold(word)] = counted.get(fold(word), Fraction(0)) + amount.low
    return counted


_NEXT_WORDS = re.compile(r"\s(?:of the\s|large\s|small\s|medium\s|whole\s)*([^\W\d_]+)")


def _in_step(step: str, counted: Mapping[str, Fraction]) -> list[Amount]:
    """Return the amounts of a step that are proportional to the servings."""
    found = []
    for amount in every_amount(step):
        if is_size(step, amount) or not step[amount.start].isnumeric():
            continue
        clause_end = _CLAUSE.search(step, amount.end)
        clause = step[amount.end : clause_end.start() if clause_end else None]
        if _VESSEL.match(step, amount.end) or _PORTIONED.search(clause) or _PORTIONED.search(step[: amount.start]):
            continue
        if amount.unit is None:
            word = _NEXT_WORDS.match(step, amount.end)
            if word and amount.low <= counted.get(fold(word[1]), Fraction(0)):
                found.append(amount)
        elif amount.unit.size:
            found.append(amount)
    return found


def _converted(line: str, system: System) -> str:
    found = list(every_amount(line))
    if is_heading(line):
        return line
    pair = _same_in_brackets(line, found, system)
    return pair or _replaced(line, found, lambda one: (_in_system(line, one, system), None))


def _converted_step(step: str, system: System) -> str:
    found = [one for one in every_amount(step) if one.unit is not None and not is_size(step, one)]
    return _replaced(step, found, lambda one: (_in_system(step, one, system), None))


_BRACKETS = re.compile(r"\s?(?:(?P<bracket>\()(?:about\s|approx\.?\s|~)?|/\s?)", re.IGNORECASE)


def _same_in_brackets(line: str, found: list[Amount], system: System) -> str:
    """Return ``240 ml milk`` for ``1 cup (240 ml) milk``: what the line itself says in the system is not computed."""
    for first, second in pairwise(found):
        units = (first.unit, second.unit)
        if not all(unit is not None and unit.size for unit in units) or units[0] == units[1]:
            continue
        joined = _BRACKETS.fullmatch(line[first.end : second.start])
        if not joined or (joined["bracket"] and line[second.end : second.end + 1] != ")"):
            continue
        rest = line[second.end + 1 if joined["bracket"] else second.end :]
        if first.unit and first.unit.system == system:
            return line[: first.end] + rest
        if second.unit and second.unit.system == system:
            return line[: first.start] + line[second.start : second.end] + rest
    return ""


def _in_system(line: str, amount: Amount, system: System) -> str:
    """Return an amount in a system, or as it is written where it has no unit of the other one."""
    unit = amount.unit
    as_written = line[amount.start : amount.end]
    if unit is None or unit.system in (None, system) or (system, unit.kind) not in _TARGETS:
        return as_written
    ladder = _TARGETS[system, unit.kind]
    low = best_of(amount.low * unit.size, ladder, CONVERSION_TOLERANCE, converted=True)
    if low.error > _LARGEST_ERROR or low.unit is None:
        return as_written
    numbers = [low.value]
    if amount.high is not None:
        numbers.append(best_of(amount.high * unit.size, (low.unit,), Fraction(1), converted=True).value)
    gap = "-" if amount.gap == "-" else " "
    style = "fraction" if amount.style in ("decimal", "comma") and system == "us" else amount.style
    texts = list(dict.fromkeys(written(number, low.unit, style) for number in numbers))
    spelling = low.unit.name if max(numbers) <= 1 or is_size(line, amount) else low.unit.plural
    return f"{(amount.between or '-').join(texts)}{gap}{spelling}"
