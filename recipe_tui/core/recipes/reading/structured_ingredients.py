"""Write out an ingredient that is stored as quantity, unit, name and note, as recipes write it: ``1/2 cup milk``."""

from __future__ import annotations

from fractions import Fraction
from typing import TYPE_CHECKING

from recipe_tui.core.recipes.reading.field_names import FOODS, QUANTITIES, names, plain_name
from recipe_tui.core.recipes.reading.field_names import UNITS as FIELD_UNITS

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

NOTES = names("note notes comment comments preparation prep preparationnotes")
_NAMES = (*names("name food ingredient item product ingredientname ingredienttitle"), *FOODS, "title", "label")
_INNER_NAMES = ("name", "text", "@value", "rendered", "singular")
_BOUNDS = tuple(
    bounds
    for name in ("quantity", "amount", "qty")
    for bounds in ((f"{name}min", f"{name}max"), (f"min{name}", f"max{name}"), (f"{name}from", f"{name}to"))
)
_AMOUNTS = frozenset((*QUANTITIES, *(name for bounds in _BOUNDS for name in bounds)))
_COMMON_PARTS = (2, 3, 4, 8)  # of fractions in recipes
_LARGEST = 10**9  # that is a quantity

TOO_LARGE = "a number too large for a recipe"
"""What is said of such a number."""


def measured(known: dict[str, object]) -> str:
    """Write out an ingredient that is stored as quantity, unit, name and note; empty where it has no name."""
    note = first_text(known, NOTES)
    # Mealie stores a section's title with its first ingredient, which may be a note alone.
    name = first_text(known, _NAMES[:-2] if note and not amount(known) else _NAMES)
    name = name or (first_text(known, ("description",)) if amount(known) else "")
    if not name:
        return note
    if note and note.strip() == name.strip():
        note = ""
    quantity = "" if known.get("noamount") is True else amount(known)
    return " ".join(filter(None, (quantity, name))) + (f", {note}" if note else "")


def amount(known: dict[str, object]) -> str:
    """Write out the quantity and the unit of an ingredient; empty where it has neither."""
    quantity = next((text for name in QUANTITIES if (text := written_number(known.get(name)))), "")
    quantity = quantity or next((text for names in _BOUNDS if (text := _range(known, names))), "")
    if not quantity and too_large(known):  # a unit alone says nothing
        return ""
    unit = first_text(known, FIELD_UNITS) or first_text(known, ("measure",))
    unit = "" if unit.strip() == quantity else unit
    return " ".join(filter(None, (quantity, unit)))


def _range(known: dict[str, object], names: Iterable[str]) -> str:
    """Write the bounds of a quantity as one: ``200-250``."""
    return "-".join(dict.fromkeys(filter(None, (written_number(known.get(name)) for name in names))))


def written_number(value: object) -> str:
    """Write a quantity as recipes do: ``0.5`` is ``1/2``; zero, NaN and numbers too large for a recipe are none."""
    if isinstance(value, str):
        return value.strip()
    if isinstance(value, dict):
        known = {plain_name(name): inner for name, inner in value.items()}
        return _range(known, ("min", "max")) or amount(known) or written_number(known.get("value"))
    if isinstance(value, bool) or not isinstance(value, int | float) or not 0 < value < _LARGEST:
        return ""
    value = float(value)
    if value.is_integer():
        return str(int(value))
    whole, part = divmod(value, 1)
    for denominator in _COMMON_PARTS:
        fraction = Fraction(round(part * denominator), denominator)
        if 0 < fraction < 1 and abs(part - fraction) < 0.01:
            return f"{int(whole)} {fraction}" if whole else str(fraction)
    return f"{value:.3g}"


def first_text(known: dict[str, object], names: Sequence[str]) -> str:
    """Return the first text under one of the names, which may lie in an object, such as Tandoor's foods."""
    for name in names:
        value = known.get(name)
        if isinstance(value, dict):
            value = next((value[key] for key in _INNER_NAMES if value.get(key)), None)
        if isinstance(value, str) and value.strip():
            return value
    return ""


def is_too_large(value: object) -> bool:
    """Return whether a value is a number too large for a recipe, such as 10^400 or infinity, or holds one."""
    if isinstance(value, dict):
        value = list(value.values())
    if isinstance(value, list | tuple):
        return any(map(is_too_large, value))
    return isinstance(value, int | float) and abs(value) >= _LARGEST


def too_large(known: dict[str, object]) -> list[str]:
    """Return the names of an ingredient's quantities that are numbers too large for a recipe."""
    return [name for name in known if name in _AMOUNTS and is_too_large(known[name])]
