"""Numbers as cooks measure and write them: rounded to what a spoon, a cup or a scale shows."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction
from typing import TYPE_CHECKING

from recipe_tui.core.cookbook.units import FINER_PARTS, FINER_UNITS, LADDERS, MG, PINCH, SMALLEST, TSP, Unit

if TYPE_CHECKING:
    from recipe_tui.core.cookbook.numbers import Style

TOLERANCE = Fraction(5, 100)
"""Share by which rounding may change an amount before a smaller unit is taken."""

CONVERSION_TOLERANCE = Fraction(6, 100)
"""The same where units of the other system are rounded: a cup is 250 ml to a cook."""

_Steps = tuple[tuple[Fraction, tuple[Fraction, ...]], ...]
"""Of g and ml: from an amount on, what it is rounded to, the coarsest step that is exact enough."""

_EXACT_PARTS = 8  # of a whole egg and the like; finer fractions are rounded
_PARTS = "1/4 1/2 3/4 1/3 2/3 1/5 2/5 3/5 4/5 1/6 5/6 1/8 3/8 5/8 7/8"
_GLYPHS = dict(zip(map(Fraction, _PARTS.split()), "¼½¾⅓⅔⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞", strict=True))
_HALF, _TENTH, _TWENTIETH = Fraction(1, 2), Fraction(1, 10), Fraction(1, 20)
_STEPS: _Steps = (
    (Fraction(1000), (Fraction(10),)),
    (Fraction(250), (Fraction(5),)),
    (Fraction(10), (Fraction(1),)),
    (Fraction(1), (_HALF, _TENTH)),
    (Fraction(0), (_TENTH, _TWENTIETH)),
)
_CONVERSION_STEPS: _Steps = (
    (Fraction(250), (Fraction(10),)),
    (Fraction(10), (Fraction(5), Fraction(1))),
    (Fraction(2), (Fraction(1), _HALF)),
    (Fraction(1), (_HALF, _TENTH)),
    (Fraction(0), (_TENTH, _TWENTIETH)),
)
_ROUND_ML = Fraction(100)  # from which on ml are rounded to 10: a cup is 240 ml
_LEAST_SPOON = TSP.size * Fraction(3, 32)  # nearer to 1/16 tsp, which sets of spoons call a pinch, than to 1/8 tsp
_MG_STEP = Fraction(5)
_LARGE_STEP = Fraction(1, 20)  # of kg and l


@dataclass(frozen=True, slots=True)
class Measure:
    """An amount that can be measured.

    Attributes:
        value: The number.
        unit: Its unit; None where things are counted.
        error: Share by which it differs from the exact amount.
    """

    value: Fraction
    unit: Unit | None
    error: Fraction


def rounded(value: Fraction, unit: Unit | None, converted: bool = False) -> Measure:
    """Return the nearest amount that can be measured in a unit; never 0.

    Args:
        value: The exact amount, above 0.
        unit: The unit; None where things are counted.
        converted: Whether it comes from another system, where a coarser step says no less.
    """
    if unit is None or unit.kind in ("container", "count"):
        nearest = value if value.denominator <= _EXACT_PARTS else _to_parts(value, (2, 3, 4))
    elif unit.kind == "vague":
        nearest = Fraction(max(round(value), 1))
    elif unit.parts:
        nearest = _to_parts(value, unit.parts)
        if unit in FINER_PARTS and abs(nearest - value) > TOLERANCE * value:
            nearest = _to_parts(value, FINER_PARTS[unit])
    else:
        nearest = _to_step(value, unit, converted)
    return Measure(nearest, unit, abs(nearest - value) / value)


def measured(value: Fraction, unit: Unit | None) -> Measure:
    """Return an amount in its unit, or in a larger or smaller one of the same system if that suits a cook better.

    Less than any spoon is a pinch.

    Example:
        A sixth of a cup becomes 2 2/3 tbsp, and 8 tbsp become 1/2 cup.
    """
    if unit is not None and unit.system is None and unit.size and value * unit.size < _LEAST_SPOON:
        return Measure(Fraction(1), PINCH, Fraction(0))
    ladder = next((ladder for ladder in LADDERS if unit in ladder), ())
    if unit is None or not ladder:
        return rounded(value, unit)
    best = best_of(value * unit.size, ladder, TOLERANCE)
    finer = FINER_UNITS.get(best.unit) if best.unit else None
    if finer is None or best.error <= TOLERANCE:
        return best
    return min(best, rounded(value * unit.size / finer.size, finer), key=lambda one: one.error)


def best_of(size: Fraction, ladder: tuple[Unit, ...], tolerance: Fraction, converted: bool = False) -> Measure:
    """Return an amount in the largest unit that has at least its smallest measure and is exact enough.

    Args:
        size: The amount, in ml or g.
        ladder: The units, the largest first.
        tolerance: Share by which rounding may change it.
        converted: See `rounded`.
    """
    choices = [rounded(size / unit.size, unit, converted) for unit in ladder]
    for choice, unit in zip(choices, ladder, strict=True):
        if size / unit.size >= SMALLEST.get(unit, Fraction(0)) and choice.error <= tolerance:
            return choice
    return min(choices, key=lambda choice: choice.error)


def written(value: Fraction, unit: Unit | None, style: Style) -> str:
    """Return a number as text: metric units take decimals, others fractions.

    Args:
        value: The number.
        unit: Its unit.
        style: How the line wrote its number: with ``½`` or ``1/2``, with a point or a comma.
    """
    if value.denominator == 1:
        return str(value.numerator)
    is_metric = unit is not None and unit.system == "metric"
    if is_metric or style in ("decimal", "comma"):
        text = f"{float(value):.3f}".rstrip("0").rstrip(".")
        return text.replace(".", ",") if style == "comma" else text
    whole, part = divmod(value, 1)
    if style == "vulgar" and part in _GLYPHS:
        return f"{whole or ''}{_GLYPHS[part]}"
    return f"{whole} {part}" if whole else str(part)


def _to_parts(value: Fraction, parts: tuple[int, ...]) -> Fraction:
    """Return the nearest multiple of 1/2, 1/3 and so on; the simplest of equally near ones."""
    near = {Fraction(max(round(value * part), 1), part) for part in parts}
    if value > 10:
        near = {Fraction(round(value * 2), 2)}
    return min(near, key=lambda one: (abs(one - value), one.denominator))


def _to_step(value: Fraction, unit: Unit, converted: bool) -> Fraction:
    """Return the nearest multiple of the coarsest step that is exact enough, in a decimal unit."""
    size = value * unit.size
    is_whole = (value * max(unit.size, Fraction(1))).denominator == 1
    if is_whole and not converted:
        return value
    if unit is MG:
        steps: tuple[Fraction, ...] = (_MG_STEP, Fraction(1))
    elif unit.size >= 1000:
        steps = (_LARGE_STEP,)
    elif converted and unit.kind == "volume" and size >= _ROUND_ML:
        steps = (10 / unit.size,)
    else:
        table = _CONVERSION_STEPS if converted else _STEPS
        steps = tuple(step / unit.size for step in next(row for least, row in table if size >= least))
    choices = [max(round(value / step), 1) * step for step in steps]
    tolerance = CONVERSION_TOLERANCE if converted else TOLERANCE
    return next((one for one in choices if abs(one - value) <= tolerance * value), choices[-1])
