"""All notes on a recipe: who wrote it, what it may contain, and what authorities recommend."""

from __future__ import annotations

from typing import TYPE_CHECKING

from recipe_tui.core.cookbook.allergens import NO_HINT, allergen_hints
from recipe_tui.core.cookbook.document import MACHINE_WRITTEN
from recipe_tui.core.cookbook.safety import safety_notes

if TYPE_CHECKING:
    from recipe_tui.core.recipes.recipe import Recipe

BY_RULES = (
    "Hints were found by lists of words, safety notes by English ones. They were written by a machine, are untested "
    "and may be incomplete."
)


def notes_on(recipe: Recipe, machine_written: bool = True, hints: bool = True) -> tuple[str, ...]:
    """Return the notes on a recipe, a line each.

    Args:
        recipe: The recipe, as it will be shown.
        machine_written: Whether a model wrote it.
        hints: Whether hints at allergens and safety notes are among them.
    """
    notes = [MACHINE_WRITTEN] if machine_written else []
    if hints:
        allergens = allergen_hints(recipe)
        notes += [f"May contain {'; '.join(map(str, allergens))}."] if allergens else []
        notes += [*map(str, safety_notes(recipe)), f"{BY_RULES} {NO_HINT}"]
    return tuple(notes)
